"""Corpus readers, one file per layout. Each yields `voiceclone.data.utterance.Utterance`s and reports what it skips."""

from voiceclone.data.corpora.folder import Folder
from voiceclone.data.corpora.ljspeech import LJSpeech
from voiceclone.data.corpora.ravdess import RAVDESS

__all__ = ["RAVDESS", "Folder", "LJSpeech"]
