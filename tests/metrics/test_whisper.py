"""Whisper from a local folder, on a tiny checkpoint whose weights are random: what it writes down means nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from voiceclone.errors import ConfigError
from voiceclone.metrics.recognisers import Whisper
from voiceclone.metrics.words import WordErrorRate

RATE = 22_050
SPECIAL = (
    "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|zh|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>",
    "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
)  # fmt: skip
TIMES = tuple(f"<|{step * 0.02:.2f}|>" for step in range(1501))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A multilingual Whisper of two thin layers, saved as a published one is."""
    pytest.importorskip("transformers")
    import torch
    from transformers import (
        GenerationConfig,
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
        WhisperProcessor,
        WhisperTokenizer,
    )

    folder = tmp_path_factory.mktemp("whisper")
    symbols = [chr(code) for code in (*range(33, 127), *range(161, 173), *range(174, 324))]
    names = [*symbols, *SPECIAL, *TIMES]
    number = {name: place for place, name in enumerate(names)}
    (folder / "vocab.json").write_text(json.dumps({name: number[name] for name in symbols}), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    tokenizer = WhisperTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    tokenizer.add_special_tokens({"additional_special_tokens": list(SPECIAL)})
    tokenizer.add_tokens(list(TIMES))
    WhisperProcessor(WhisperFeatureExtractor(), tokenizer).save_pretrained(folder)
    torch.manual_seed(0)
    ends = {"bos_token_id": number["<|endoftext|>"], "eos_token_id": number["<|endoftext|>"]}
    layers = {"encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    sizes = {"d_model": 16, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "vocab_size": len(names)}
    start = number["<|startoftranscript|>"]
    config = WhisperConfig(**layers, **sizes, **ends, pad_token_id=ends["eos_token_id"], decoder_start_token_id=start)
    net = WhisperForConditionalGeneration(config)
    net.generation_config = GenerationConfig(
        **ends, pad_token_id=ends["eos_token_id"], decoder_start_token_id=start, max_length=24, is_multilingual=True,
        no_timestamps_token_id=number["<|notimestamps|>"], max_initial_timestamp_index=50,
        lang_to_id={name: number[name] for name in ("<|en|>", "<|zh|>")},
        task_to_id={task: number[f"<|{task}|>"] for task in ("translate", "transcribe")},
    )  # fmt: skip
    net.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("seconds", [1.0, 31.0])
def test_it_writes_down_clips_of_any_length(checkpoint: Path, seconds: float) -> None:
    wave = np.random.default_rng(0).standard_normal(round(seconds * RATE)).astype(np.float32) * 0.1
    heard = Whisper(str(checkpoint), language="en")(wave, RATE)
    assert isinstance(heard, str)
    assert "<|" not in heard
    assert heard == Whisper(str(checkpoint), language="en")(wave, RATE)
    assert WordErrorRate(RATE, Whisper(str(checkpoint))).judge(wave, "four words of text") > 0


def test_a_folder_without_a_checkpoint_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voiceclone.metrics.recognisers.require", lambda *_: Path())
    with pytest.raises(ConfigError, match=r"lacks config\.json or the weights"):
        Whisper(str(tmp_path))
