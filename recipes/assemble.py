"""The stages' results become one voice bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from recipes.embed import embedding_name
from recipes.run import provenance
from recipes.stores import open_stores
from recipes.trained import load_task

if TYPE_CHECKING:
    from recipes.voice import Making
    from voiceclone.checkpoints.bundle import SpeakerEntry

# The part of a bundle: the stage that made it, the task's attribute that holds it, the config group that describes it.
_PARTS = {
    "speaker_encoder": ("speaker_encoder", "network", "speaker_encoder"),
    "acoustic": ("acoustic", "acoustic", "acoustic"),
    "vocoder": ("vocoder_finetune", "network", "generator"),
}


def assemble(making: Making, folder: Path, half: bool = False) -> Path:
    """Write the bundle of a voice whose stages are trained; returns its folder."""
    from hydra.utils import instantiate

    from voiceclone.checkpoints.bundle import Bundle, save_bundle
    from voiceclone.models.registry import describe
    from voiceclone.text.symbols import default_table

    networks, specs, configs = {}, {}, {}
    for part, (stage, attribute, group) in _PARTS.items():
        task, cfg = load_task(making.runs[stage])
        networks[part], configs[part] = getattr(task, attribute), cfg
        specs[part] = describe(OmegaConf.to_container(cfg[group], resolve=True))
    facts = configs["acoustic"].facts
    bundle = Bundle(
        name=making.folder.name,
        audio=instantiate(configs["acoustic"].audio),
        encoder_audio=instantiate(configs["acoustic"].encoder_audio),
        specs=specs,
        networks=networks,
        symbols=default_table(),
        speakers=_speakers(configs["acoustic"], making.runs["speaker_encoder"]),
        languages=list(facts.languages),
        emotions=list(facts.emotions),
        made_by=provenance(making.cfg),
        card=_card(making, configs["acoustic"]),
    )
    return save_bundle(bundle, folder, half)


def _speakers(cfg: DictConfig, encoder_run: Path) -> dict[str, SpeakerEntry]:
    """The speakers the acoustic model was trained on, with their mean embeddings and languages."""
    from voiceclone.checkpoints.bundle import SpeakerEntry
    from voiceclone.data.embeddings import mean_embeddings

    stores, entries = open_stores(cfg), {}
    for store in stores:
        trained = store.select(split="train")
        for speaker, embedding in mean_embeddings(trained, embedding_name(encoder_run)).items():
            languages = list(trained.select(speakers=[speaker]).present("language"))
            name = speaker if len(stores) == 1 else f"{store.corpus}/{speaker}"
            entries[name] = SpeakerEntry([round(float(x), 6) for x in embedding], languages)
    return entries


def _card(making: Making, cfg: DictConfig) -> str:
    metrics = "\n".join(f"| {name} | {value:.4g} |" for name, value in sorted(making.metrics.items()))
    return f"""# {making.folder.name}

A voice made by voiceclone: speaker encoder, emotional acoustic model and vocoder.

* Trained on: {", ".join(cfg.corpus)}. The licences of these corpora go with the voice.
* Languages: {", ".join(cfg.facts.languages)}. Emotions: {", ".join(cfg.facts.emotions) or "none"}.
* Made with: `{provenance(making.cfg)["command"]}`

| metric of the last validation | value |
|---|---|
{metrics}

Speech made with it is synthetic. Clone only voices whose owners agreed to it.
"""
