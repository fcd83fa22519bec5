"""Corpus readers, one file per layout. Each yields `voiceclone.data.utterance.Utterance`s and reports what it skips."""

from voiceclone.data.corpora.aishell import AISHELL, AISHELL3
from voiceclone.data.corpora.crema_d import CremaD
from voiceclone.data.corpora.demo import Demo
from voiceclone.data.corpora.emodb import EmoDB
from voiceclone.data.corpora.esd import ESD
from voiceclone.data.corpora.folder import Folder
from voiceclone.data.corpora.librispeech import LibriSpeech, LibriTTS
from voiceclone.data.corpora.ljspeech import LJSpeech
from voiceclone.data.corpora.manifest import Manifest
from voiceclone.data.corpora.ravdess import RAVDESS
from voiceclone.data.corpora.reader import CorpusReader
from voiceclone.data.corpora.speechocean762 import Speechocean762
from voiceclone.data.corpora.vctk import VCTK

__all__ = [
    "AISHELL",
    "AISHELL3",
    "ESD",
    "RAVDESS",
    "VCTK",
    "CorpusReader",
    "CremaD",
    "Demo",
    "EmoDB",
    "Folder",
    "LJSpeech",
    "LibriSpeech",
    "LibriTTS",
    "Manifest",
    "Speechocean762",
]
