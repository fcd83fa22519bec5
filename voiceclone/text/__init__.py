"""Sentences to symbols: normalisation, phonemes, Mandarin, lexicon, symbol table.

`voiceclone.text.frontend.TextFrontend` is the door. Nothing heavy is imported before the first sentence is read.
"""
