"""What the corpora at hand can train of a whole voice; what they cannot is left out or comes ready."""

from __future__ import annotations

from omegaconf import DictConfig, open_dict

from recipes.run import first_rank
from recipes.stores import open_stores

# GE2E tells speakers apart: of fewer it learns nothing.
_FEWEST_SPEAKERS = 2


def suit(cfg: DictConfig) -> None:
    """Change ``cfg.stages`` to what the corpora can train, and say what was changed; prepares what is not prepared.

    Without emotions there is no emotion classifier, and the voice speaks without labels. With one speaker there is
    nothing to tell apart, and resemblyzer's encoder hears who speaks.
    """
    stores = [store.select(split="train") for store in open_stores(cfg)]
    speakers = sum(len(store.present("speaker")) for store in stores)
    emotional = any(store.present("emotion") for store in stores)
    with open_dict(cfg):
        if not emotional and cfg.stages.pop("emotion_classifier", None) is not None:
            _say("These corpora name no emotions: the voice will know none, and takes them from recordings alone.")
        encoder = cfg.stages.speaker_encoder
        if speakers < _FEWEST_SPEAKERS and encoder.get("use") is None:
            _say("One speaker is too few to train a speaker encoder: stages.speaker_encoder.use=resemblyzer.")
            encoder.use = "resemblyzer"


def _say(sentence: str) -> None:
    if first_rank():
        print(sentence)
