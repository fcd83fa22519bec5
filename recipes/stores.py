"""From the corpora of a config to the data module of its task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from voiceclone.errors import ConfigError

if TYPE_CHECKING:
    from voiceclone.data.module import VoiceDataModule


def build_data(cfg: DictConfig) -> VoiceDataModule:
    """The data module over the prepared stores of ``cfg.corpus``; what is not prepared yet is prepared now."""
    from hydra.utils import instantiate

    from recipes.prepare import prepare

    if cfg.get("data") is None:
        raise ConfigError("this experiment reads no data: set data=<name>, or experiment=<name>.")
    reports = prepare(cfg)
    return instantiate(cfg.data, stores=[report.store for report in reports.values()])


def fill_facts(cfg: DictConfig, data: VoiceDataModule) -> None:
    """Write what only the data can tell into ``cfg.facts``: number of symbols, speakers, emotions, languages."""
    cfg.facts = OmegaConf.create(data.facts())
