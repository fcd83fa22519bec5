"""The voice that fine-tuning begins with, and the one it leaves."""

from __future__ import annotations

import copy
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from recipes.run import provenance
from voiceclone.errors import ConfigError

if TYPE_CHECKING:
    from recipes.tuning.stages import Trained, Tuning
    from voiceclone.checkpoints.bundle import Bundle

NO_CONSENT = "none was noted: fine-tuned without consent="


def starting_voice(cfg: DictConfig, folder: Path, run: Path) -> tuple[Path, Bundle]:
    """The bundle in ``folder``; one of another language is warned of, and gets a place for the new language.

    Raises `ConfigError` where the speaker is known already.
    """
    from voiceclone.checkpoints.bundle import load_bundle, save_bundle
    from voiceclone.text.languages import canonical

    voice = load_bundle(folder)
    if str(cfg.speaker) in voice.speakers:
        raise ConfigError(f"speaker={cfg.speaker}: the voice has a speaker of this name. Give another name.")
    if cfg.consent == "":
        print('consent="<who agreed to what, and when>" is not given: the new speaker\'s entry will say so.')
    if canonical(str(cfg.language)) in {canonical(name) for name in voice.languages}:
        return folder, voice
    print(
        f"language={cfg.language}: this voice was trained on {', '.join(voice.languages)} only. A minute teaches it no "
        "language: expect an accent and wrong sounds, or begin with a voice of that language."
    )
    voice = with_language(voice, str(cfg.language))
    return save_bundle(voice, run / "start"), voice


def name_of_language(voice: Bundle, language: str) -> str:
    """``language`` as this voice spells it."""
    from voiceclone.text.languages import canonical

    return next((name for name in voice.languages if canonical(name) == canonical(language)), language)


def with_language(voice: Bundle, language: str) -> Bundle:
    """``voice`` with one more language, which begins as the mean of those it has."""
    from voiceclone.checkpoints.warm_start import acoustic_rows, warm_start
    from voiceclone.models.registry import build

    languages, specs, old = [*voice.languages, language], copy.deepcopy(voice.specs), voice.networks["acoustic"]
    conditioning: dict[str, Any] = specs["acoustic"].get("conditioning") or {}
    if not conditioning.get("languages"):
        return replace(voice, languages=languages)
    conditioning["languages"] = languages
    net = build(specs["acoustic"])
    warm_start(net, old.state_dict(), acoustic_rows({"languages": voice.languages}, {"languages": languages}))
    net.decoder.reduction = old.decoder.reduction
    table = net.conditioning.language.weight.data
    table[-1] = table[:-1].mean(dim=0)
    return replace(voice, languages=languages, specs=specs, networks={**voice.networks, "acoustic": net.eval()})


def assemble(tuning: Tuning, acoustic: Trained, vocoder: Trained) -> Path:
    """Write the voice with its new speaker into ``<run>/voice``; every old speaker stays."""
    from voiceclone.checkpoints.bundle import SpeakerEntry, save_bundle

    cfg, voice = tuning.cfg, tuning.voice
    consent = str(cfg.consent) or NO_CONSENT
    entry = SpeakerEntry([round(x, 6) for x in acoustic.embedding], [tuning.material.language], consent)
    made = replace(
        voice,
        name=f"{voice.name}+{cfg.speaker}",
        networks={**voice.networks, "acoustic": acoustic.network, "vocoder": vocoder.network},
        speakers={**voice.speakers, str(cfg.speaker): entry},
        made_by={**provenance(cfg), "fine_tuned_from": {"name": voice.name, "made_by": voice.made_by}},
        card=_card(tuning, consent),
    )
    if vocoder.run is None and (tuning.start / "training").is_dir():
        shutil.copytree(tuning.start / "training", tuning.folder / "voice" / "training", dirs_exist_ok=True)
    return save_bundle(made, tuning.folder / "voice")


def _card(tuning: Tuning, consent: str) -> str:
    seconds = sum(piece.seconds for piece in tuning.material.of("train"))
    return f"""{tuning.voice.card.rstrip()}

## {tuning.cfg.speaker}

Fine-tuned on {seconds:.0f} s of {tuning.cfg.speaker}'s speech ({tuning.material.language}), freeze={tuning.cfg.freeze}.

Consent: {consent}
"""
