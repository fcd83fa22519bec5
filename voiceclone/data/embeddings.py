"""Speaker embeddings of prepared clips, kept in their store beside the mels they were made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import torch
from torch import Tensor, nn

from voiceclone.audio.contract import AudioContract
from voiceclone.data.collate import silence
from voiceclone.data.store import Clips, Item, Store, mel_name
from voiceclone.data.store_layers import add_array
from voiceclone.models.speaker.embedding import SpeakerEmbedder
from voiceclone.models.speaker.partials import average, cut, embed_partials, window_starts

_CLIPS_AT_ONCE = 64


def add_embeddings(store: Store, net: nn.Module, contract: AudioContract, name: str) -> Store:
    """Give every clip of ``store`` the unit embedding ``[1, D]`` that ``net`` makes of its ``contract`` mel.

    Clips that have it already are left as they are. Raises `DataError` where the store holds no such mel.
    """
    array = mel_name(contract)
    store.spec(array)
    embedder = SpeakerEmbedder(net, contract)

    def produce(items: Iterator[Item]) -> Iterable[tuple[str, np.ndarray]]:
        while batch := list(islice(items, _CLIPS_AT_ONCE)):
            windows = [_windows(torch.from_numpy(item.arrays[array].copy()).T, embedder) for item in batch]
            with torch.inference_mode():
                partials = embed_partials(net, torch.cat(windows).to(embedder.device), embedder.batch_size)
                embeddings = average(partials, [len(part) for part in windows]).cpu().numpy()
            yield from ((item.id, row[None]) for item, row in zip(batch, embeddings, strict=True))

    return add_array(store, name, produce)


def _windows(mel: Tensor, embedder: SpeakerEmbedder) -> Tensor:
    """The windows ``[P, n_mels, partial_frames]`` of a mel ``[n_mels, T]``, the last one filled up with silence."""
    starts = window_starts(mel.shape[1], embedder.partial_frames, embedder.step, embedder.min_coverage)
    missing = starts[-1] + embedder.partial_frames - mel.shape[1]
    padded = nn.functional.pad(mel.float(), (0, max(0, missing)), value=silence(embedder.contract))
    return cut(padded, starts, embedder.partial_frames)


def mean_embeddings(clips: Clips, name: str) -> dict[str, np.ndarray]:
    """The mean direction ``[D]`` of each speaker's clips."""
    codes, found = clips.codes("speaker"), {}
    for code, speaker in enumerate(clips.speakers):
        rows = [clips.read(name, int(row)) for row in np.flatnonzero(codes == code)]
        if rows := [row for row in rows if len(row)]:
            mean = np.concatenate(rows).mean(axis=0)
            found[speaker] = (mean / np.linalg.norm(mean)).astype(np.float32)
    return found
