"""The two trainings of fine-tuning: the acoustic model learns the speaker, the vocoder the acoustic model's mels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf, open_dict

from recipes.stages import flatten, literal
from recipes.stores import open_stores
from recipes.trained import initialise, load_task
from recipes.tuning.batch import frames_per_batch
from recipes.tuning.recordings import Material
from recipes.tuning.stores import mean_embedding, old_stores, old_subset, predict, with_embeddings

if TYPE_CHECKING:
    from voiceclone.checkpoints.bundle import Bundle

CORPUS = "few_shot"


@dataclass(frozen=True)
class Tuning:
    """What fine-tuning begins with: the ``start`` bundle's folder and content, and the new speaker's material."""

    cfg: DictConfig
    folder: Path
    start: Path
    voice: Bundle
    material: Material

    @property
    def embeddings(self) -> str:
        """The stores' array with the embeddings of this voice's speaker encoder."""
        weights = (self.start / "speaker_encoder.safetensors").read_bytes()
        return f"speaker_embedding@{hashlib.sha256(weights).hexdigest()[:8]}"

    @property
    def labels(self) -> dict[str, list[str]]:
        """The names that the voice's acoustic model knows, in its order."""
        return {"emotions": list(self.voice.emotions), "languages": list(self.voice.languages)}

    def digest(self) -> str:
        """Changes with the recordings' list and with the voice."""
        hashed = hashlib.sha256(self.material.manifest.read_bytes())
        for part in ("acoustic", "vocoder"):
            hashed.update((self.start / f"{part}.safetensors").read_bytes())
        return hashed.hexdigest()[:12]


@dataclass(frozen=True)
class Trained:
    """A network as it is to be kept, the new speaker's ``embedding`` (of the acoustic model), and the ``run`` it comes
    from, None where nothing was trained."""

    network: Any
    run: Path | None = None
    embedding: list[float] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)


def train_acoustic(tuning: Tuning) -> Trained:
    """The acoustic model after learning the speaker; as it was, with their mean embedding, where no text is known."""
    stage = _stage(tuning, "acoustic", "finetune_acoustic")
    new = with_embeddings(tuning, open_stores(stage))[0]
    start = mean_embedding(tuning, new)
    path = tuning.folder / "start_vector.json"
    path.write_text(json.dumps(start), "utf-8")
    if not any(piece.text for piece in tuning.material.of("train")):
        print("No text is known of any recording: the acoustic model stays as it is, the speaker gets a vector alone.")
        return Trained(tuning.voice.networks["acoustic"], None, start)
    if not tuning.material.of("validation"):
        print(f"Too few pieces to hold one out: nothing stops before max_epochs={tuning.cfg.max_epochs}.")
    if not tuning.cfg.corpus:
        print("corpus= is not given: nothing keeps the voice's own speakers in mind but early stopping.")
    old = old_stores(tuning, stage)
    _fill(stage, {
        "acoustic": _part(tuning, "acoustic"), "speaker_encoder": _part(tuning, "speaker_encoder"),
        "task.validation.vocoder": _part(tuning, "vocoder"), "task.start": str(path),
        "task.trained": _learning(tuning), "task.strength": float(tuning.cfg.strength),
        "data.speaker_embedding": tuning.embeddings, "data.base": [str(store.path) for store in old],
        "data.labels": tuning.labels, "data.replay": float(tuning.cfg.replay),
    })  # fmt: skip
    stage.data.frames_per_batch = frames_per_batch(tuning, stage)
    metrics, task = _train(stage)
    return Trained(task.network, Path(stage.run_dir), task.embedding.tolist(), metrics)


def _learning(tuning: Tuning) -> list[str]:
    """Beginnings of the names of what learns; a voice that predicts no prosody has no such part."""
    names = [str(name) for name in tuning.cfg.trained[tuning.cfg.freeze]]
    conditioning = tuning.voice.networks["acoustic"].conditioning
    predicts = conditioning is not None and conditioning.prosody is not None
    return [name for name in names if predicts or name != "conditioning.prosody"]


def train_vocoder(tuning: Tuning, acoustic: Trained) -> Trained:
    """The vocoder after learning from what the acoustic model makes of the recordings' own timing."""
    if tuning.cfg.vocoder_steps == 0:
        return Trained(tuning.voice.networks["vocoder"])
    from voiceclone.checkpoints.adversary import adversary_weights, has_adversary

    stage = _stage(tuning, "vocoder", "finetune_vocoder")
    new, old = open_stores(stage)[0], old_subset(tuning, stage)
    mel = None
    if acoustic.run is not None:
        mel = f"mel_predicted@{acoustic.run.name.rpartition('-')[2]}"
        for store, vector in [(new, acoustic.embedding), *((store, None) for store in old)]:
            predict(tuning, acoustic, store, vector, mel)
    settings: dict[str, Any] = {
        "generator": _part(tuning, "vocoder"), "data.mel": mel, "data.base": [str(store.path) for store in old],
        "data.replay": float(tuning.cfg.replay),
    }  # fmt: skip
    if has_adversary(tuning.start):
        loader = {"_target_": "voiceclone.checkpoints.adversary.load_discriminators", "bundle": str(tuning.start)}
        settings |= {"discriminator": loader, "adversarial_weights": adversary_weights(tuning.start)}
        settings |= {"task.warmup_steps": 0, "task.head_start": 0}
    _fill(stage, settings)
    metrics, task = _train(stage)
    _keep_adversary(tuning, stage, task)
    return Trained(task.network, Path(stage.run_dir), metrics=metrics)


def _stage(tuning: Tuning, name: str, experiment: str) -> DictConfig:
    """The training's own configuration: its experiment, what the command line says, the voice's audio settings."""
    from hydra import compose

    cfg, audio = tuning.cfg, tuning.voice
    overrides = [f"experiment={experiment}", f"seed={cfg.seed}", f"resume={literal(cfg.resume)}", "corpus=[]"]
    further: Any = OmegaConf.to_container(cfg.stages[name], resolve=False)
    own = {
        "acoustic": [f"max_epochs={cfg.max_epochs}", f"optim.optimizer.lr={cfg.lr[cfg.freeze]}"],
        "vocoder": [f"trainer.max_steps={cfg.vocoder_steps}"],
    }
    overrides += [*own[name], *(f"{key}={literal(value)}" for key, value in flatten(further))]
    stage = compose("train", overrides=overrides)
    manifest = {
        "_target_": "voiceclone.data.corpora.Manifest", "root": str(tuning.folder),
        "manifest": tuning.material.manifest.name,
    }  # fmt: skip
    contract = {"_target_": "voiceclone.audio.contract.AudioContract"}
    _fill(stage, {
        "audio": contract | audio.audio.to_dict(), "encoder_audio": contract | audio.encoder_audio.to_dict(),
        "corpus": {CORPUS: manifest}, "workers": cfg.workers, "data.new_speaker": str(cfg.speaker),
        "paths": {"data": str(cfg.paths.data), "store": str(tuning.folder / "store"), "output": str(tuning.folder)},
        "logger": OmegaConf.to_container(cfg.logger, resolve=False), "made_from": tuning.digest(),
        **{f"trainer.{key}": cfg.trainer[key] for key in _PLACES},
    })  # fmt: skip
    return stage


# What the trainer chosen on the command line says of where a training runs.
_PLACES = ("accelerator", "devices", "num_nodes", "strategy", "precision", "enable_progress_bar")


def _fill(stage: DictConfig, settings: Mapping[str, Any]) -> None:
    with open_dict(stage):
        for key, value in settings.items():
            OmegaConf.update(stage, key, value, merge=False)


def _part(tuning: Tuning, part: str) -> dict[str, str]:
    return {"_target_": "voiceclone.checkpoints.bundle.load_part", "folder": str(tuning.start), "part": part}


def _train(stage: DictConfig) -> tuple[dict[str, float], Any]:
    """Train, or find it trained; the metrics, and the task with the weights of its best validation."""
    from recipes.run import name_run
    from recipes.train import train_stage

    print(f"\n== {stage.name}: {name_run(stage)}", flush=True)
    metrics = train_stage(stage)
    task: Any = load_task(stage.run_dir)[0]
    best = Path(stage.run_dir) / "checkpoints" / "best.ckpt"
    if best.is_file():
        initialise(task, best)
    return metrics, task.eval()


def _keep_adversary(tuning: Tuning, stage: DictConfig, task: Any) -> None:
    """The discriminators go into ``training/`` of the new voice, for the next who goes on."""
    from voiceclone.checkpoints.adversary import has_adversary, load_description, save_adversary

    if has_adversary(tuning.start):
        config = load_description(tuning.start)["discriminators"]
    else:
        config = OmegaConf.to_container(stage.discriminator, resolve=True)
    save_adversary(tuning.folder / "voice", task.adversarial.discriminators, config, task.adversarial.weights)
