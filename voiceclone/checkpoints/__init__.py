"""Voice bundles, and published checkpoints in and out."""

from voiceclone.checkpoints.published import load_published

__all__ = ["load_published"]
