"""The README's picture: one sentence in different emotions by one speaker of a voice.

python docs/picture.py [voice, default demo] [speaker]
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path

from voiceclone import VoiceCloner
from voiceclone.evaluation.pictures import spectrogram

EMOTIONS = ("neutral", "happy", "sad")
TARGET = Path(__file__).with_name("images") / "voice.png"


def main(voice_name: str = "demo", speaker: str | None = None) -> None:
    """Write ``docs/images/voice.png``."""
    voice = VoiceCloner.from_pretrained(voice_name)
    text = "The morning train was late, so we walked along the river."
    plans = [voice.plan(text, speaker=speaker, language="en", emotion=emotion) for emotion in EMOTIONS]
    spoken = dict(zip(EMOTIONS, voice.speak_all(plans, seed=1), strict=True))
    print({emotion: speech.failed for emotion, speech in spoken.items()})
    attention = spoken["sad"].sentences[0].alignment.numpy()
    drawn = spectrogram({emotion: s.wave for emotion, s in spoken.items()}, voice.sample_rate, attention)
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(base64.b64decode(drawn.partition(",")[2]))


if __name__ == "__main__":
    main(*sys.argv[1:])
