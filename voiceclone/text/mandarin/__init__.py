"""Mandarin: characters to pinyin, tones as they are spoken, pinyin to symbols."""
