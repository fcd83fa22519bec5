"""What a run has left behind: its configuration, and its networks with the weights they ended on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from recipes.run import first_rank
from voiceclone.audio.contract import AudioContract, require_compatible
from voiceclone.checkpoints.find import find_voice, is_voice
from voiceclone.errors import CheckpointError

if TYPE_CHECKING:
    import pytorch_lightning as pl
    from torch import Tensor, nn

    from voiceclone.checkpoints.parts import Part

# What only checkpoints of this project's runs hold: those of a training, and those written for a part that came ready.
OURS = {"pytorch-lightning_version", "ready"}
# Part of a voice -> the attribute by which the task that trains it knows the network.
_TRAINED = {"vocoder": "generator", "speaker_encoder": "encoder", "acoustic": "acoustic"}


def checkpoint_of(place: str | Path) -> Path:
    """The checkpoint that ``place`` names: itself, or the last one of a run's folder."""
    path = Path(place).expanduser()
    if path.is_dir():
        path = path / "checkpoints" / "last.ckpt"
    if not path.is_file():
        raise CheckpointError(f"{path}: no such checkpoint. Expected a file, or the folder of a run that was trained.")
    return path


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The checkpoint's content; only tensors and plain values are read."""
    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise CheckpointError(f"{path}: damaged, or no checkpoint ({error}).") from error


def load_config(run: Path) -> DictConfig:
    """The resolved configuration of a run's folder."""
    path = run / "config.yaml"
    if not path.is_file():
        raise CheckpointError(f"{path}: missing; {run} is not the folder of a run.")
    loaded = OmegaConf.load(path)
    assert isinstance(loaded, DictConfig)
    return loaded


def load_task(run: str | Path) -> tuple[pl.LightningModule, DictConfig]:
    """The trained task of a run's folder in eval mode, and the configuration it was trained with.

    ``task.network`` is what it trained. Raises `CheckpointError` naming the file that is missing or does not fit.
    """
    from hydra.utils import instantiate

    run = Path(run)
    cfg = load_config(run)
    path = checkpoint_of(run)
    # What it once started from, which may be gone by now, has no part in what it ended on.
    task = instantiate(OmegaConf.merge(cfg.task, {"warm_start": None}) if "warm_start" in cfg.task else cfg.task)
    try:
        task.load_state_dict(read_checkpoint(path)["state_dict"])
    except (RuntimeError, KeyError) as error:
        raise CheckpointError(f"{path}: does not fit {run / 'config.yaml'}: {error}") from error
    return task.eval(), cfg


def initialise(task: pl.LightningModule, place: Any) -> None:
    """Begin from the weights of a voice, a run, a checkpoint, or published files (generator, discriminators).

    ``place`` is a path or a list of them. Optimisers are fresh and steps count from zero. Discriminators that the run
    lacks begin anew, and those that it alone has are left out; either is said. Raises `CheckpointError` where the
    weights belong to networks of another shape, `ContractMismatch` where they were made for other mels.
    """
    for path in [place] if isinstance(place, (str, Path)) else list(place):
        if is_voice(path):
            _initialise_from_voice(task, find_voice(path))
        else:
            _initialise(task, checkpoint_of(path))


def _initialise_from_voice(task: pl.LightningModule, voice: Path) -> None:
    """A voice gives its network, and the vocoder's discriminators where it has kept them."""
    from voiceclone.checkpoints.adversary import has_adversary, load_discriminators
    from voiceclone.checkpoints.parts import bundle_part

    part = next(part for part, name in _TRAINED.items() if hasattr(task, name))
    fill(task, bundle_part(voice, part), f"init={voice}: ")
    if has_adversary(voice) and hasattr(task, "adversarial"):
        for name, network in load_discriminators(voice).items():
            _fill(_opponent(task, network, f"init={voice}"), network, f"init={voice}, {name}")


def _initialise(task: pl.LightningModule, path: Path) -> None:
    from voiceclone.checkpoints.parts import published_part
    from voiceclone.checkpoints.published import read_discriminators

    content = read_checkpoint(path)
    if OURS & content.keys():
        if "audio" in content:
            _require_mels(task, AudioContract.from_dict(content["audio"]), f"init={path}")
        try:
            task.load_state_dict(_against_own_discriminators(task, content["state_dict"], f"init={path}"))
        except (RuntimeError, KeyError) as error:
            # torch lists every weight of the network; the first few tell as much.
            few = " ".join(str(error).split())[:300]
            raise CheckpointError(f"init={path}: its weights do not fit this configuration: {few} ...") from error
    elif discriminators := read_discriminators(path):
        for kind, network in discriminators.items():
            _fill(_opponent(task, network, f"init={path}"), network, f"init={path}, {kind}")
    else:
        fill(task, published_part(path), f"init={path}: ")


def _against_own_discriminators(task: pl.LightningModule, state: dict[str, Tensor], where: str) -> dict[str, Tensor]:
    """``state`` with those discriminators that ``task`` has: where it lacks one, as it is in ``task``."""
    own = task.state_dict()
    theirs, ours = _discriminators(state), _discriminators(own)
    if first_rank():
        for name in sorted(theirs.keys() ^ ours.keys()):
            print(f"{where}: {name} {'is left out' if name in theirs else 'begins anew'}", flush=True)
    new = {weight: own[weight] for name in ours.keys() - theirs.keys() for weight in ours[name]}
    left_out = {weight for name in theirs.keys() - ours.keys() for weight in theirs[name]}
    return {weight: value for weight, value in state.items() if weight not in left_out} | new


def _discriminators(state: Mapping[str, Any]) -> dict[str, list[str]]:
    """The names of the weights of each discriminator in a vocoder's state."""
    found: dict[str, list[str]] = {}
    for weight in state:
        if weight.startswith("adversarial.discriminators."):
            found.setdefault(weight.split(".")[2], []).append(weight)
    return found


def fill(task: Any, part: Part, where: str = "") -> None:
    """Give ``task`` the network of ``part`` for the one it trains, and for its moving average.

    Raises `CheckpointError` that names both networks where they differ, `ContractMismatch` where their mels do.
    """
    trained = next(getattr(task, name) for name in _TRAINED.values() if hasattr(task, name))
    average = getattr(task, "average", None)
    for network in [trained] if average is None else [trained, average.net]:
        _fill(network, part.network, f"{where}{part.kind}")
    if part.audio is not None:
        _require_mels(task, part.audio, f"{where}{part.kind}")


def _require_mels(task: Any, audio: AudioContract, where: str) -> None:
    require_compatible(audio, task.contract, where, "the configuration")


def _fill(network: nn.Module, given: nn.Module, where: str) -> None:
    ours, theirs = network.state_dict(), given.state_dict()
    differing = [name for name in {**theirs, **ours} if _shape(ours, name) != _shape(theirs, name)]
    if differing:
        name = differing[0]
        raise CheckpointError(
            f"{where} is a {_layout(given)}, the configuration has a {_layout(network)}; they differ in "
            f"{len(differing)} weights, {name}: {_shape(theirs, name)} there, {_shape(ours, name)} here."
        )
    network.load_state_dict(theirs)


def _opponent(task: Any, network: nn.Module, where: str) -> nn.Module:
    """The task's discriminator of the same kind as ``network``."""
    adversarial = getattr(task, "adversarial", None)
    there = {} if adversarial is None else dict(adversarial.discriminators.items())
    for discriminator in there.values():
        if type(discriminator) is type(network):
            return discriminator
    raise CheckpointError(
        f"{where}: holds a {type(network).__name__} discriminator, and this configuration has none; it has "
        f"{', '.join(there) or 'no discriminators at all'}. Set discriminator=[multi_period,multi_scale] or [melgan]."
    )


def _shape(state: Mapping[str, Any], name: str) -> str:
    return "x".join(map(str, state[name].shape)) or "1" if name in state else "nothing"


def _layout(network: nn.Module) -> str:
    return f"{type(network).__name__} of {sum(p.numel() for p in network.parameters()) / 1e6:.2f} M weights"
