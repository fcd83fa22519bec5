"""From raw recordings to the list of pieces that is trained on, with advice and transcripts to correct on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, ListConfig

from voiceclone.data.fewshot import checks, fitting, transcripts
from voiceclone.data.fewshot.dividing import divide
from voiceclone.data.fewshot.pieces import Piece, cut_recordings, find_recordings, held_out, with_texts
from voiceclone.errors import ConfigError, DataError

if TYPE_CHECKING:
    from voiceclone.checkpoints.bundle import Bundle

TRANSCRIPTS, MANIFEST, CHECKS = "transcripts.csv", "manifest.jsonl", "recordings.md"
HEARD = "written by a recogniser"


@dataclass(frozen=True)
class Material:
    """The pieces, which split each is in, the language as the voice calls it, and the list ``manifest`` of it all."""

    pieces: list[Piece]
    splits: dict[str, str]
    language: str
    manifest: Path
    advice: list[str]

    def of(self, split: str) -> list[Piece]:
        return [piece for piece in self.pieces if self.splits[piece.id] == split]


def gather(cfg: DictConfig, folder: Path, voice: Bundle) -> Material | None:
    """Cut, check and transcribe; None where the transcripts are to be corrected first.

    Raises `DataError` for recordings that nothing can be made of, and for transcripts of which most do not fit.
    """
    found, tests = find_recordings(*_places(cfg.speaker_audio)), find_recordings(*_places(cfg.test_audio))
    advice = _check(cfg, folder, voice, found)
    ear = _Ear(cfg, folder)
    pieces = _transcribed(cfg, {**found, **{f"test/{name}": path for name, path in tests.items()}}, ear)
    listed = folder / TRANSCRIPTS
    corrected = listed.is_file()
    if corrected:
        pieces = with_texts(pieces, transcripts.read_transcripts(listed, str(cfg.language), blanks=True))
    wrong = _misfits(cfg, pieces, ear, listed)
    if not corrected:
        notes = {**{piece.id: f"{HEARD}: correct it" for piece in pieces if piece.id in ear.wrote}, **wrong}
        transcripts.write_transcripts(listed, [(p.id, p.text or "", notes.get(p.id, "")) for p in pieces])
        if cfg.confirm_transcripts:
            print(f"\nCorrect what is said in {listed}, then run the same command again: it goes on from there.")
            return None
    pieces = with_texts(pieces, dict.fromkeys(wrong, ""))
    said = checks.kinds_of_sentences([piece.text for piece in pieces if piece.text])
    if said:
        print(f"  * {said}")
        advice.append(str(said))
    return _listed(cfg, folder, voice, pieces, advice)


def _places(given: Any) -> list[Path]:
    """Of a setting that holds a path, several, or none."""
    many = given if isinstance(given, ListConfig) else [] if given is None else [given]
    return [Path(str(place)).expanduser() for place in many]


def _check(cfg: DictConfig, folder: Path, voice: Bundle, found: Mapping[str, Path]) -> list[str]:
    """Measure the recordings, say what to record again, and stop where training would be a waste of time."""
    from voiceclone.audio.io import load
    from voiceclone.models.speaker.embedding import SpeakerEmbedder

    embedder = SpeakerEmbedder(voice.networks["speaker_encoder"], voice.encoder_audio)
    measured = checks.measure_files(found, embedder.windows)
    told = checks.findings(measured)
    spoken = [found[name] for name, figures in measured.items() if figures.speech > 0.5]
    if len(spoken) > 1 and not any(finding.kind == "voices" for finding in told):
        both = checks.voices_of_all((load(path) for path in spoken), embedder.windows)
        told = [both, *told] if both else told
    lines = [str(finding) for finding in told]
    (folder / CHECKS).write_text("\n".join([checks.table(measured), "", *(f"* {line}" for line in lines), ""]), "utf-8")
    print(f"{len(found)} recordings, {sum(m.speech for m in measured.values()):.0f} s of speech ({folder / CHECKS})")
    for line in lines:
        print(f"  * {line}")
    _stop(cfg, [finding for finding in told if finding.stops])
    return lines


def _stop(cfg: DictConfig, stops: list[checks.Finding]) -> None:
    """Too little speech stops in any case, everything else unless it is accepted."""
    short = [finding for finding in stops if finding.kind == "length"]
    if short:
        raise DataError(f"speaker_audio={cfg.speaker_audio}: {short[0]}.")
    if stops and not cfg.accept_recordings:
        raise DataError(f"speaker_audio={cfg.speaker_audio}: {stops[0]}. accept_recordings=true goes on all the same.")


class _Ear:
    """The recogniser, if one is installed that knows the language; what it heard is kept in the run's folder."""

    def __init__(self, cfg: DictConfig, folder: Path) -> None:
        from hydra.utils import instantiate

        self.path, self.wrote = folder / "heard.json", set[str]()
        self.heard: dict[str, str] = json.loads(self.path.read_text("utf-8")) if self.path.is_file() else {}
        try:
            recogniser: Any = None if cfg.recogniser is None else instantiate(cfg.recogniser)
        except Exception as error:
            if not isinstance(error.__cause__ or error, (ConfigError, ImportError)):
                raise
            recogniser = None
        known = recogniser is not None and (not recogniser.languages or str(cfg.language) in recogniser.languages)
        self.recogniser = recogniser if known else None

    def __call__(self, pieces: list[Piece]) -> dict[str, str] | None:
        """What is heard in each piece; None where there is no recogniser."""
        if self.recogniser is None:
            return None
        new = [piece for piece in pieces if piece.id not in self.heard]
        if new:
            self.heard |= fitting.transcribe(new, self.recogniser)
            self.path.write_text(json.dumps(self.heard, ensure_ascii=False, indent=1), "utf-8")
        return {piece.id: self.heard[piece.id] for piece in pieces}


def _transcribed(cfg: DictConfig, found: Mapping[str, Path], ear: _Ear) -> list[Piece]:
    """All recordings in pieces with their texts: given, beside them, divided among pieces, or written by the ear."""
    language = str(cfg.language)
    texts = transcripts.beside(found, language)
    if cfg.transcripts is not None:
        given = transcripts.read_transcripts(Path(str(cfg.transcripts)).expanduser(), language)
        texts |= _matched(cfg, given, found)
    pieces, problems = cut_recordings(found, texts)
    for problem in problems:
        print(f"  * left out: {problem}")
    if not pieces:
        raise DataError(f"speaker_audio={cfg.speaker_audio}: none of the recordings can be used: {problems[0]}")
    pieces = with_texts(pieces, texts)
    for name in found:
        parts = [piece for piece in pieces if piece.audio == found[name] and piece.id != name]
        if name in texts and parts:
            heard = ear(parts)
            said = None if heard is None else list(heard.values())
            divided = divide(texts[name], [part.seconds for part in parts], said)
            pieces = with_texts(pieces, {part.id: text for part, text in zip(parts, divided, strict=True)})
    silent = [piece for piece in pieces if piece.text is None]
    heard = ear(silent) if silent else None
    if heard:
        print(f"  * {len(silent)} pieces had no transcript: {HEARD}, which mishears much.")
        ear.wrote |= heard.keys()
        pieces = with_texts(pieces, heard)
    elif silent:
        print(f"  * {len(silent)} pieces have no transcript: they serve the speaker's vector and the vocoder only.")
    return pieces


def _matched(cfg: DictConfig, given: Mapping[str, str], found: Mapping[str, Path]) -> dict[str, str]:
    """The given texts by the recordings' names; a name may be the file's alone, without its folder."""
    short = {Path(name).name: name for name in found}
    texts = {name if name in found or "#" in name else short.get(name, name): text for name, text in given.items()}
    unknown = [name for name in texts if name not in found and name.partition("#")[0] not in found]
    if len(unknown) == len(texts):
        raise DataError(
            f"transcripts={cfg.transcripts}: names none of the recordings ({', '.join(list(found)[:3])}, ...), but "
            f"{', '.join(unknown[:3])}. Name each recording as its file is called, without the ending."
        )
    for name in unknown[:5]:
        print(f"  * transcripts: {name} is no recording of {cfg.speaker_audio}.")
    return texts


def _misfits(cfg: DictConfig, pieces: list[Piece], ear: _Ear, listed: Path) -> dict[str, str]:
    """Pieces whose text cannot be what is said, and why; they are named, and train without a text."""
    from voiceclone.text.frontend import TextFrontend

    told = [piece for piece in pieces if piece.text and piece.id not in ear.wrote]
    frontend = TextFrontend()
    wrong = fitting.misfits(told, lambda text: frontend.encode(text, str(cfg.language)), ear(told))
    if wrong:
        print(f"  * {len(wrong)} of {len(told)} transcripts do not fit what is said, and are left out:")
        texts = {piece.id: piece.text for piece in told}
        for name, reason in wrong.items():
            print(f"      {name} “{texts[name]}”: {reason}")
    if len(wrong) > len(told) / 2:
        first = next(iter(wrong))
        place = listed if listed.is_file() else cfg.transcripts or "the texts beside the recordings"
        raise DataError(
            f"{place}: {len(wrong)} of {len(told)} transcripts do not fit the recordings, so they are likely to be in "
            f"another order or language. The first: {first}: {wrong[first]}. Correct them."
        )
    return wrong


def _listed(cfg: DictConfig, folder: Path, voice: Bundle, pieces: list[Piece], advice: list[str]) -> Material:
    """The manifest that preparing reads."""
    from recipes.tuning.bundle import name_of_language

    tests = {piece.id: "test" for piece in pieces if piece.id.startswith("test/")} if cfg.test_audio else {}
    own = [piece for piece in pieces if piece.id not in tests]
    with_words = [piece for piece in own if piece.text] or own
    splits = {piece.id: "train" for piece in own} | held_out(with_words, cfg.held_out, bool(tests)) | tests
    language, path = name_of_language(voice, str(cfg.language)), folder / MANIFEST
    rows = [
        {
            "id": piece.id, "audio": str(piece.audio.resolve()), "start": piece.start, "end": piece.end,
            "text": piece.text, "speaker": str(cfg.speaker), "language": language, "emotion": cfg.emotion,
            "split": splits[piece.id],
        }
        for piece in pieces
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return Material(pieces, splits, language, path, advice)
