"""From the corpora of a config to their prepared stores, and to the data module of its task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from voiceclone.errors import ConfigError

if TYPE_CHECKING:
    from voiceclone.data.module import VoiceDataModule
    from voiceclone.data.store import Store


def open_stores(cfg: DictConfig) -> list[Store]:
    """The prepared stores of ``cfg.corpus``; what is not prepared yet is prepared now."""
    from recipes.prepare import prepare
    from voiceclone.data.store import Store

    return [Store(report.store) for report in prepare(cfg, always_show=False).values()]


def build_data(cfg: DictConfig) -> VoiceDataModule:
    """The data module that ``cfg.data`` describes, over the stores of ``cfg.corpus``."""
    from hydra.utils import instantiate

    if cfg.get("data") is None:
        raise ConfigError("this experiment reads no data: set data=<name>, or experiment=<name>.")
    return instantiate(cfg.data, stores=open_stores(cfg))


def fill_facts(cfg: DictConfig, data: VoiceDataModule) -> None:
    """Write what only the data can tell into ``cfg.facts``: number of symbols, speakers, emotions, languages."""
    cfg.facts = OmegaConf.create(data.facts())
