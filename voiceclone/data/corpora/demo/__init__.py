"""The demo corpus: speech that the espeak-ng library speaks on the spot, so that everything runs on a bare machine."""

from voiceclone.data.corpora.demo.corpus import Demo

__all__ = ["Demo"]
