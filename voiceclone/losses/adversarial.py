"""The adversary: it owns its discriminators, and says what they and the generator should minimise.

Nothing is computed that no gradient needs: the discriminators judge real and generated clips in one batch; in the
generator's pass they are frozen, so that no weight gradients are formed, and the real clip passes without a graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from voiceclone.errors import ConfigError, did_you_mean
from voiceclone.losses import gan
from voiceclone.losses.feature_matching import feature_matching


class AdversarialLoss(nn.Module):
    """Losses of named discriminators, each a module ``wave [B, 1, L] -> (scores, feature maps)``.

    ``objective`` is ``"least_squares"`` or ``"hinge"``. ``average`` takes means over sub-discriminators and feature
    maps where the papers sum. ``weights`` (1 where not given) are the generator's, under the names of the losses; a
    loss of weight 0 is not computed, and a discriminator whose both are 0 does not run at all. Raises `ConfigError`
    for an unknown objective or weight, and without discriminators.
    """

    def __init__(
        self,
        discriminators: Mapping[str, nn.Module],
        objective: str = "least_squares",
        average: bool = False,
        weights: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__()
        if not discriminators:
            raise ConfigError("adversarial: needs a discriminator, for instance discriminator=[multi_period].")
        self.discriminators = nn.ModuleDict(discriminators)
        self.objective = gan.objective(objective)
        self.average = average
        names = [f"{loss}_{name}" for name in discriminators for loss in ("adversarial", "feature_matching")]
        for name in weights or {}:
            if name not in names:
                raise ConfigError(
                    f"adversarial weight '{name}' belongs to no loss of the discriminators "
                    f"{', '.join(discriminators)}. {did_you_mean(name, names)}"
                )
        self.weights = dict.fromkeys(names, 1.0) | dict(weights or {})

    def discriminator_losses(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """``discriminator_<name>`` for real and generated waves ``[B, 1, L]``; no gradient reaches the generator."""
        return {f"discriminator_{name}": self._judge(net, real, fake.detach()) for name, net in self._nets()}

    def generator_losses(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """``adversarial_<name>`` and ``feature_matching_<name>``; no gradient reaches the discriminators."""
        losses: dict[str, Tensor] = {}
        with frozen(self), parametrize.cached():
            for name, net in self._nets():
                losses |= {f"{loss}_{name}": value for loss, value in self._fool(name, net, real, fake).items()}
        return losses

    def _nets(self) -> Iterator[tuple[str, nn.Module]]:
        losses = ("adversarial", "feature_matching")
        return ((n, net) for n, net in self.discriminators.items() if any(self.weights[f"{x}_{n}"] for x in losses))

    def _judge(self, net: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
        scores, _ = net(torch.cat([real, fake]))
        pairs = (score.float().chunk(2) for score in scores)
        return gan.over_all([self.objective.discriminator(*pair) for pair in pairs], self.average)

    def _fool(self, name: str, net: nn.Module, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        adversarial, features = (self.weights[f"{loss}_{name}"] != 0 for loss in ("adversarial", "feature_matching"))
        losses = {}
        scores, maps = net(fake)
        if adversarial:
            losses["adversarial"] = gan.over_all([self.objective.generator(s.float()) for s in scores], self.average)
        if features:
            with torch.no_grad():
                _, wanted = net(real)
            losses["feature_matching"] = feature_matching(wanted, maps, self.average)
        return losses


@contextmanager
def frozen(net: nn.Module) -> Iterator[None]:
    """Graphs built inside form no gradients for the weights of ``net``, only for what is fed to it."""
    trainable = [parameter for parameter in net.parameters() if parameter.requires_grad]
    for parameter in trainable:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trainable:
            parameter.requires_grad_(True)
