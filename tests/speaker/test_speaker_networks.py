"""The speaker encoders: published sizes, unit embeddings, and padding that nothing can hear."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from voiceclone.models.speaker import EcapaTDNN, LSTMEncoder, XVector
from voiceclone.models.speaker.pooling import AttentiveStatistics, statistics

SMALL: dict[str, Callable[[], nn.Module]] = {
    "lstm": lambda: LSTMEncoder(40, 24, 2, 16),
    "lstm, projected": lambda: LSTMEncoder(40, 24, 2, 16, projection=True),
    "lstm on logarithms": lambda: LSTMEncoder(40, 24, 2, 16, log_floor=1e-6, mean_normalise=True),
    "ecapa": lambda: EcapaTDNN(40, 32, 48, 16, bottleneck=8, attention=8, log_floor=1e-6),
    "x-vector": lambda: XVector(40, 24, 48, 16, log_floor=1e-6),
}


def size(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


def mels(n: int, frames: int) -> Tensor:
    return torch.rand(n, 40, frames, generator=torch.Generator().manual_seed(0)) ** 4


@pytest.mark.parametrize(
    ("make", "published"),
    [
        (lambda: LSTMEncoder(), 1_423_616),
        (lambda: LSTMEncoder(40, 768, 3, 256, projection=True), 4_663_296),
        (lambda: EcapaTDNN(80, channels=512), 6_978_176),
        (lambda: EcapaTDNN(80, channels=1024), 15_444_544),
    ],
    ids=["Resemblyzer", "GE2E paper", "ECAPA C512", "ECAPA C1024"],
)
def test_published_sizes(make: Callable[[], nn.Module], published: int) -> None:
    with torch.device("meta"):
        assert size(make()) == published


def test_the_x_vector_has_the_layers_of_its_table() -> None:
    """Inputs times outputs of table 1, for the 24 features of the paper, up to the embedding."""
    with torch.device("meta"):
        net = XVector(24)
    weights = sum(parameter.numel() for parameter in net.parameters() if parameter.dim() > 1)
    assert weights == 120 * 512 + 1536 * 512 + 1536 * 512 + 512 * 512 + 512 * 1500 + 3000 * 512


@pytest.mark.parametrize("make", SMALL.values(), ids=SMALL)
def test_embeddings_have_unit_length_and_their_gradient_reaches_every_weight(make: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    net = make()
    embeddings = net(mels(6, 50))
    assert embeddings.shape == (6, 16)
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(6))
    (embeddings * torch.randn(6, 16)).sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in net.parameters())


@pytest.mark.parametrize("make", SMALL.values(), ids=SMALL)
def test_what_follows_the_end_of_a_clip_is_not_heard(make: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    net, mel, lengths = make().eval(), mels(3, 60), torch.tensor([60, 25, 41])
    together = net(mel, lengths)
    for row, length in enumerate(lengths):
        alone = net(mel[row : row + 1, :, :length])[0]
        torch.testing.assert_close(together[row], alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("make", SMALL.values(), ids=SMALL)
def test_in_half_precision_the_embedding_keeps_its_direction(make: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    net = make().eval()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = net(mels(4, 50))
    assert half.dtype == torch.float32
    torch.testing.assert_close((half * net(mels(4, 50))).sum(1), torch.ones(4), rtol=0, atol=5e-3)


def test_mean_normalisation_takes_out_level_and_microphone() -> None:
    net = SMALL["ecapa"]().eval()
    response = torch.logspace(-1, 1, 40)[None, :, None]
    louder = 1000 * mels(2, 50) + 10  # far above the floor of the logarithm
    torch.testing.assert_close(net(louder * response), net(louder), rtol=1e-3, atol=1e-4)


def test_statistics_are_mean_and_deviation() -> None:
    x = torch.randn(2, 3, 40)
    expected = torch.cat([x.mean(2), x.std(2, unbiased=False)], 1)
    torch.testing.assert_close(statistics(x)[:, :, 0], expected)


def test_attention_that_prefers_no_frame_gives_plain_statistics() -> None:
    pool = AttentiveStatistics(3, 4).eval()
    nn.init.zeros_(pool.score[-1].weight)
    x = torch.randn(2, 3, 40)
    torch.testing.assert_close(pool(x), statistics(x), rtol=1e-4, atol=1e-5)
