"""How fast the vocoders speak and train: ``python benchmarks/vocoder.py speak|stream|train [--threads 1 2]``.

``speak``: seconds of audio per second of work for every generator, eager (as trained), folded (weight norm removed)
and compiled, beside transformers' HiFi-GAN V1 and librosa's Griffin-Lim where they are installed.
``stream``: how long a listener waits for the first chunk.
``train``: seconds per step, with our passes through the discriminators and with the published ones.

With one thread the CPU time of this process is counted, so that other work on the machine does not count; with more,
or on a GPU, the clock. Rounds are interleaved and the best one is shown.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import Tensor

from voiceclone.losses.adversarial import AdversarialLoss
from voiceclone.losses.feature_matching import feature_matching
from voiceclone.losses.spectral import MelLoss
from voiceclone.models.vocoder import Generator, for_inference, latency

CONF = Path(__file__).resolve().parents[1] / "conf"
GENERATORS = (
    "source_filter_small",
    "source_filter",
    "istft_small",
    "istft",
    "hifigan_v3",
    "hifigan_v2",
    "hifigan_v1",
    "melgan",
)
Work = Callable[[], Any]


def part(name: str, audio: str = "hifigan_22k") -> Any:
    """The object that ``conf/<name>.yaml`` describes."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        audio_and_part = [OmegaConf.to_container(compose(file)) for file in (f"audio/{audio}", name)]
    group = name.split("/")[0]
    return instantiate(OmegaConf.merge(*audio_and_part), _convert_="all")[group]


def best_seconds(works: Mapping[str, Work], device: str, rounds: int) -> dict[str, float]:
    """The shortest of ``rounds`` runs of each, taking turns; one run before, uncounted."""
    clock = time.process_time if device == "cpu" and torch.get_num_threads() == 1 else time.perf_counter
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            start = clock()
            work()
            if device != "cpu":
                torch.cuda.synchronize()
            seconds[name] += [clock() - start] if turn else []
    return {name: min(times) for name, times in seconds.items()}


def speaking(device: str, seconds: float, compiled: bool) -> tuple[dict[str, Work], float]:
    """What to time, and how many seconds of audio each makes."""
    contract = part("audio/hifigan_22k")
    n_frames = int(seconds * contract.frame_rate)
    mel = (torch.randn(1, contract.n_mels, n_frames) - 5).to(device)
    works: dict[str, Work] = {}
    for name in GENERATORS:
        eager: Generator = part(f"generator/{name}").eval().to(device)
        folded = for_inference(eager)
        works[f"{name}, eager"] = partial(eager, mel)
        works[f"{name}, folded"] = partial(folded, mel)
        if compiled:
            works[f"{name}, compiled"] = partial(torch.compile(folded), mel)
    works |= others(mel, contract, device)
    return works, n_frames / contract.frame_rate


def others(mel: Tensor, contract: Any, device: str) -> dict[str, Work]:
    """The same work in other people's packages."""
    works: dict[str, Work] = {}
    try:
        from transformers import SpeechT5HifiGan, SpeechT5HifiGanConfig
    except ImportError:
        print("transformers is not installed: its HiFi-GAN is left out.")
    else:
        rates, kernels = [8, 8, 2, 2], [16, 16, 4, 4]
        sizes = SpeechT5HifiGanConfig(upsample_rates=rates, upsample_kernel_sizes=kernels, normalize_before=False)
        theirs = SpeechT5HifiGan(sizes).eval().to(device)
        works["transformers' HiFi-GAN V1"] = partial(theirs, mel.transpose(1, 2))
    if device == "cpu":
        import librosa

        linear, inverse = mel[0].exp().numpy(), librosa.feature.inverse.mel_to_audio
        settings = {"sr": contract.sample_rate, "n_fft": contract.n_fft, "hop_length": contract.hop_length}
        settings |= {"fmin": contract.f_min, "fmax": contract.f_max, "power": 1.0, "n_iter": 60}
        works["librosa's Griffin-Lim, 60 iterations"] = partial(inverse, linear, **settings)
    return works


@torch.inference_mode()
def delays(chunk_frames: int) -> None:
    """Print what a listener to a stream waits for: the mel of a chunk and its context, and the computing of a chunk."""
    contract = part("audio/hifigan_22k")
    print(f"{f'delay of a stream, chunks of {chunk_frames} frames':40}   mel  computing, seconds")
    for name in GENERATORS:
        generator = for_inference(part(f"generator/{name}"))
        mel = torch.randn(1, contract.n_mels, chunk_frames + generator.receptive_field) - 5
        seconds = best_seconds({name: partial(generator, mel)}, "cpu", 2)[name]
        print(f"{name:40} {latency(generator, contract.frame_rate, chunk_frames):6.2f} {seconds:6.2f}")


def our_passes(adversary: AdversarialLoss, real: Tensor, fake: Tensor) -> None:
    sum(adversary.discriminator_losses(real, fake).values()).backward()  # type: ignore[union-attr]
    sum(adversary.generator_losses(real, fake).values()).backward(retain_graph=True)  # type: ignore[union-attr]


def published_passes(adversary: AdversarialLoss, real: Tensor, fake: Tensor) -> None:
    """As in HiFi-GAN's training loop: real and generated apart, everything with all its gradients."""
    goal, nets = adversary.objective, list(adversary.discriminators.values())
    for net in nets:
        (scores_real, _), (scores_fake, _) = net(real), net(fake.detach())
        sum(goal.discriminator(r, f) for r, f in zip(scores_real, scores_fake, strict=True)).backward()  # type: ignore[union-attr]
    total = torch.zeros((), device=real.device)
    for net in nets:
        (_, maps_real), (scores, maps) = net(real), net(fake)
        total = total + sum(goal.generator(score) for score in scores) + feature_matching(maps_real, maps)
    total.backward(retain_graph=True)


def training(device: str, generator: str, discriminators: list[str], batch: int, frames: int) -> dict[str, Work]:
    """A whole training step, the optimisers' included, in either order of passes."""
    contract = part("audio/hifigan_22k")
    net = part(f"generator/{generator}").to(device)
    nets = {name: network for file in discriminators for name, network in part(f"discriminator/{file}").items()}
    adversary, mel_loss = AdversarialLoss(nets).to(device), MelLoss(contract).to(device)
    optimizers = [torch.optim.AdamW(part.parameters(), 1e-6) for part in (net, adversary)]
    mel = (torch.randn(batch, contract.n_mels, frames) - 5).to(device)
    real = (0.1 * torch.randn(batch, 1, frames * contract.hop_length)).to(device)

    def step(passes: Callable[[AdversarialLoss, Tensor, Tensor], None]) -> None:
        fake = net(mel)
        passes(adversary, real, fake)
        mel_loss(fake, real).backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()

    return {"our passes": partial(step, our_passes), "published passes": partial(step, published_passes)}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["speak", "stream", "train"])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of the mel to speak")
    parser.add_argument("--compile", action="store_true", help="time torch.compile too")
    parser.add_argument("--chunk", type=int, default=32, help="mel frames of a chunk of the stream")
    parser.add_argument("--generator", default="hifigan_v1")
    parser.add_argument("--discriminators", nargs="+", default=["multi_period", "multi_scale"])
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--frames", type=int, default=32, help="mel frames of a training segment")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    torch.manual_seed(0)
    if args.what == "stream":
        torch.set_num_threads(args.threads[0])
        delays(args.chunk)
        return
    columns: dict[int, dict[str, float]] = {}
    for threads in args.threads:
        torch.set_num_threads(threads)
        if args.what == "speak":
            with torch.inference_mode():
                works, length = speaking(args.device, args.seconds, args.compile)
                times = best_seconds(works, args.device, args.rounds)
            columns[threads] = {name: length / seconds for name, seconds in times.items()}
        else:
            works = training(args.device, args.generator, args.discriminators, args.batch, args.frames)
            columns[threads] = best_seconds(works, args.device, args.rounds)
    print(f"{'times real time' if args.what == 'speak' else 'seconds per step':40}", *(f"{t} thr." for t in columns))
    for name in next(iter(columns.values())):
        print(f"{name:40}", *(f"{column[name]:6.2f}" for column in columns.values()))


if __name__ == "__main__":
    main()
