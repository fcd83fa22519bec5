"""voiceclone: train cloned voices that speak with emotion.

The public face is `VoiceCloner`; it is imported on first use, so that ``import voiceclone`` stays cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voiceclone.synthesis.cloner import VoiceCloner

__all__ = ["VoiceCloner", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "VoiceCloner":
        from voiceclone.synthesis.cloner import VoiceCloner

        return VoiceCloner
    raise AttributeError(f"module 'voiceclone' has no attribute {name!r}")
