"""The voice of the demo corpus: the espeak-ng library, spoken to through ctypes in a process of its own.

Run as ``python -m voiceclone.data.corpora.demo.espeak``. It reads one JSON object a line, ``{"path", "text", "voice",
"rate", "pitch", "range", "volume"}``, and writes a wav file for each. A process of its own, because the library keeps
its state in globals that phonemizer may hold already, and because that state makes a clip's samples depend on the clips
before it: the same lines in the same order give the same bytes.
"""

from __future__ import annotations

import ctypes
import json
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

_SYNCHRONOUS = 2
_UTF8 = 1
# The numbers espeak_SetParameter knows them by.
_PARAMETERS = {"rate": 1, "volume": 2, "pitch": 3, "range": 4}
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def speaker() -> tuple[Callable[[dict[str, Any]], bytes], int]:
    """A function from a job to 16-bit samples, and their sample rate in Hz."""
    import espeakng_loader

    library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
    sample_rate = library.espeak_Initialize(_SYNCHRONOUS, 0, str(espeakng_loader.get_data_path()).encode(), 0)
    if sample_rate <= 0:
        raise OSError(f"the espeak-ng library found no data in {espeakng_loader.get_data_path()}")
    library.espeak_ng_SetRandSeed(ctypes.c_long(1))
    chunks: list[bytes] = []

    @_Callback
    def collect(samples: Any, count: int, _: Any) -> int:
        if samples and count:
            chunks.append(ctypes.string_at(samples, 2 * count))
        return 0

    library.espeak_SetSynthCallback(collect)

    def speak(job: dict[str, Any]) -> bytes:
        # `collect` lives as long as this closure does; the library holds no reference to it.
        assert collect
        chunks.clear()
        if library.espeak_SetVoiceByName(job["voice"].encode()):
            raise OSError(f"the espeak-ng library has no voice {job['voice']!r}")
        for name, number in _PARAMETERS.items():
            library.espeak_SetParameter(number, job[name], 0)
        text = job["text"].encode()
        library.espeak_Synth(text, len(text) + 1, 0, 0, 0, _UTF8, None, None)
        return b"".join(chunks)

    return speak, sample_rate


def main() -> None:
    """Speak every job on standard input."""
    speak, sample_rate = speaker()
    for line in sys.stdin:
        job = json.loads(line)
        Path(job["path"]).parent.mkdir(parents=True, exist_ok=True)
        with wave.open(job["path"], "wb") as file:
            file.setparams((1, 2, sample_rate, 0, "NONE", ""))
            file.writeframes(speak(job))


if __name__ == "__main__":
    main()
