"""The stages' results become one voice bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from recipes.card import command
from recipes.embed import embedding_name
from recipes.run import provenance
from recipes.stores import build_data
from recipes.trained import load_task

if TYPE_CHECKING:
    from recipes.voice import Making
    from voiceclone.checkpoints.bundle import SpeakerEntry
    from voiceclone.text.symbols import SymbolTable

# The part of a bundle: the stage that made it, the task's attribute that holds it, the config group that describes it.
_PARTS = {
    "speaker_encoder": ("speaker_encoder", "network", "speaker_encoder"),
    "acoustic": ("acoustic", "acoustic", "acoustic"),
    "vocoder": ("vocoder_finetune", "network", "generator"),
}


def assemble(making: Making, folder: Path) -> Path:
    """Write the bundle of a voice whose stages are trained, as ``cfg.bundle`` wishes; returns its folder."""
    from hydra.utils import instantiate

    from voiceclone.checkpoints.bundle import Bundle, save_bundle
    from voiceclone.models.registry import describe

    networks: dict[str, Any] = {}
    specs: dict[str, Any] = {}
    configs: dict[str, Any] = {}
    tasks: dict[str, Any] = {}
    for part, (stage, attribute, group) in _PARTS.items():
        task, cfg = load_task(making.runs[stage])
        tasks[part] = task
        networks[part], configs[part] = getattr(task, attribute), cfg
        specs[part] = describe(OmegaConf.to_container(cfg[group], resolve=True))
    facts = configs["acoustic"].facts
    wishes = making.cfg.bundle
    bundle = Bundle(
        name=wishes.name or making.folder.name,
        audio=instantiate(configs["acoustic"].audio),
        encoder_audio=instantiate(configs["speaker_encoder"].encoder_audio),
        specs=specs,
        networks=networks,
        symbols=_symbols(facts),
        speakers=_speakers(configs["acoustic"], making.runs["speaker_encoder"], wishes.consent),
        languages=list(facts.languages),
        emotions=list(facts.emotions),
        made_by=provenance(making.cfg) | {"command": command()},
        consent=wishes.consent,
    )
    save_bundle(bundle, folder, wishes.half)
    # A vocoder that came ready has no discriminators that learned with it.
    if wishes.training and making.cfg.stages.vocoder_finetune.get("use") is None:
        _keep_adversary(folder, tasks["vocoder"], configs["vocoder"])
    return folder


def _keep_adversary(folder: Path, task: Any, cfg: DictConfig) -> None:
    from voiceclone.checkpoints.adversary import save_adversary

    config = OmegaConf.to_container(cfg.discriminator, resolve=True)
    assert isinstance(config, dict)
    adversary = task.adversarial
    save_adversary(folder, adversary.discriminators, {str(k): v for k, v in config.items()}, adversary.weights)


def _symbols(facts: DictConfig) -> SymbolTable:
    """The table that the acoustic model reads: its bundle's, where it came out of one, else this version's."""
    from voiceclone.text.symbols import SymbolTable, default_table

    return SymbolTable.from_dict(facts.symbol_table) if "symbol_table" in facts else default_table()


def _speakers(cfg: DictConfig, encoder_run: Path, consent: str) -> dict[str, SpeakerEntry]:
    """The speakers the acoustic model was trained on, with their mean embeddings and languages."""
    from voiceclone.checkpoints.bundle import SpeakerEntry
    from voiceclone.data.embeddings import mean_embeddings

    # As the data module chose them: data.languages and the like may have left some out.
    trained, entries = build_data(cfg).chosen("train"), {}
    for speaker, embedding in mean_embeddings(trained, embedding_name(encoder_run)).items():
        languages = list(trained.select(speakers=[speaker]).present("language"))
        entries[speaker] = SpeakerEntry([round(float(x), 4) for x in embedding], languages, consent)
    return entries
