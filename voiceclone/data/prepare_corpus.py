"""A corpus becomes a store: what is new or changed is prepared, what is gone leaves the view, the rest is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from voiceclone.data.prepare_jobs import Job, run_job, run_measurement
from voiceclone.data.prepare_listing import Corpus, Listing, plain_fields
from voiceclone.data.prepare_loudness import Gains
from voiceclone.data.prepare_report import CorpusReport, report_of
from voiceclone.data.prepare_settings import PrepareSettings
from voiceclone.data.prepare_slices import pieces_of
from voiceclone.data.prepare_splits import HeldOutAudio
from voiceclone.data.prepare_workers import Workers
from voiceclone.data.store import Store
from voiceclone.data.store_index import read_header
from voiceclone.data.store_table import metadata_table
from voiceclone.data.store_writer import StoreWriter
from voiceclone.data.utterance import Skipped
from voiceclone.errors import DataError

Advance = Callable[[int, int], None]
"""Told of progress: (jobs that came to be known, jobs that were done)."""


def prepare_corpus(
    name: str, corpus: Corpus, settings: PrepareSettings, stores: str | Path, workers: Workers, advance: Advance
) -> tuple[Store, CorpusReport]:
    """Bring the store of corpus ``name`` up to date; a second call does nothing. Safe to kill at any moment.

    Raises `DataError` if the corpus is not there, if not a single clip of it can be used, or if the folder
    ``stores`` cannot be written.
    """
    begun, folder = time.perf_counter(), settings.folder(stores, name)
    with StoreWriter(folder, settings.header(name), settings.arrays()) as writer:
        update = _Update(writer, Listing(corpus, folder / "listing.jsonl"), settings, workers, advance)
        update.prepare()
        store = update.publish()
    if not len(store):
        reason = update.skipped[0].reason if update.skipped else "the corpus is empty."
        raise DataError(f"{name}: none of its {update.listing.found} clips can be used. The first: {reason}")
    metadata_table(store)
    seconds = time.perf_counter() - begun
    return store, report_of(store, update.listing.found, update.skipped, update.seconds, seconds)


class _Update:
    """One run over one corpus: ``skipped`` is what could not be used, ``seconds`` how much speech was prepared."""

    def __init__(
        self, writer: StoreWriter, listing: Listing, settings: PrepareSettings, workers: Workers, advance: Advance
    ) -> None:
        self.writer, self.listing, self.settings = writer, listing, settings
        self.workers, self.advance = workers, advance
        self.gains = Gains(writer.path, settings)
        self.skipped, self.seconds, self._added = list(listing.skipped), 0.0, 0

    def prepare(self) -> None:
        """Prepare what is missing: first clips and the cutting of long recordings, then the pieces of those."""
        for jobs in (self._clip_jobs, self._piece_jobs):
            count = 0
            for job in jobs():
                self.gains.offer(job.utterance)
                count += 1
            if count:
                self.advance(count, 0)
                self.gains.settle(lambda offered: self.workers.map(run_measurement, offered, self.gains.n_offered))
                self._run(jobs(), count)

    def publish(self) -> Store:
        """Make what the corpus lists now the content of the store, unless it is that already."""
        clips = self._clips(HeldOutAudio(utterance for utterance, _ in self.listing))
        if not self._added and _listing_of(self.writer.path) == self.listing.digest:
            for _ in clips:  # nothing to write, but what is skipped is to be reported
                pass
            store = Store(self.writer.path)
        else:
            self.writer.header["listing"] = self.listing.digest
            store = self.writer.publish(clips)
        self.listing.remove()
        return store

    def _run(self, jobs: Iterator[Job], count: int) -> None:
        levelled = (Job(job.key, job.signature, job.utterance, self.gains.of(job.utterance)) for job in jobs)
        for done in self.workers.map(partial(run_job, self.settings), levelled, count):
            self.advance(0, 1)
            if done.problem is not None:
                self.skipped.append(Skipped(done.job.key, done.problem))
                continue
            self.writer.add(done.job.key, done.job.signature, done.facts, done.arrays)
            self.seconds += done.facts.get("seconds", 0.0)
            self._added += 1

    def _clip_jobs(self) -> Iterator[Job]:
        for utterance, signature in self.listing:
            if self.writer.known(utterance.id, signature) is None:
                yield Job(utterance.id, signature, utterance)

    def _piece_jobs(self) -> Iterator[Job]:
        for utterance, signature in self.listing:
            recording = self.writer.known(utterance.id, signature)
            if recording is not None and recording.facts is not None:
                for piece in pieces_of(utterance, recording.facts["pieces"]):
                    if self.writer.known(piece.id, signature) is None:
                        yield Job(piece.id, signature, piece)

    def _clips(self, held_out: HeldOutAudio) -> Iterator[tuple[str, dict[str, Any]]]:
        """The clips that the store should show, each with its fields as the corpus has them today."""
        for utterance, signature in self.listing:
            known = self.writer.known(utterance.id, signature)
            if known is None:
                continue
            if (overlap := held_out.overlap(utterance)) is not None:
                self.skipped.append(overlap)
                continue
            parts = [utterance] if known.facts is None else pieces_of(utterance, known.facts["pieces"])
            for part in parts:
                if self.writer.known(part.id, signature) is not None:
                    yield part.id, plain_fields(part)


def _listing_of(folder: Path) -> str | None:
    try:
        return read_header(folder).get("listing")
    except DataError:
        return None
