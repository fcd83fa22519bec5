"""Does a voice do with an emotion what the recordings do? Pitch, range, level and rate against neutral, of both.

    python -m benchmarks.emotions <voice> --data <folder of the corpora> [--corpora ravdess,emodb] [--emotions ...]

With --griffin-lim the mels are inverted instead of vocoded.

Spoken: sentences outside the corpora, by speakers of theirs that the voice knows, at growing intensity, measured on the
waveform. Recorded: every labelled clip of the same speakers against the mean of their neutral ones. All together, then
corpus by corpus: what is called sad in one may be another thing in the next.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hydra import compose, initialize_config_dir

from benchmarks.inverted import add_option, open_voice
from recipes.cli import CONF
from recipes.stores import open_stores
from voiceclone.data.store_join import JoinedStore
from voiceclone.evaluation.spoken_prosody import Measured, changes, measure, measure_recordings
from voiceclone.models.emotion.labels import NEUTRAL
from voiceclone.synthesis.cloner import VoiceCloner

SENTENCES = {
    "en": [
        "The morning train was late, so we walked along the river.",
        "She put the letter back into the drawer and closed it.",
        "We have to be at the station before the rain begins.",
    ],
    "de": [
        "Am Morgen kam der Zug zu spät, also gingen wir am Fluss entlang.",
        "Sie legte den Brief zurück in die Schublade und machte sie zu.",
        "Wir müssen am Bahnhof sein, bevor der Regen anfängt.",
    ],
}
INTENSITIES = (0.33, 0.67, 1.0)
SHOWN = {"pitch": "F0, st", "pitch_range": "range, st", "level": "level, dB", "rate": "rate, %"}


def recorded(corpora: str, data: str, store: str) -> list[Measured]:
    """The labelled clips of the corpora, prepared if they are not yet."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train", [f"corpus=[{corpora}]", f"paths.data='{data}'", f"paths.store='{store}'"])
        return measure_recordings(JoinedStore(open_stores(cfg)))


def spoken(voice: VoiceCloner, speakers: Sequence[str], emotions: Sequence[str], intensity: float) -> list[Measured]:
    """Every sentence of the speaker's language in every emotion; a speaker's sentences are kept apart, as pairs."""
    asked = list(_asked(voice, speakers, emotions))
    plans = [
        voice.plan(text, speaker=speaker, language=language, emotion=emotion, intensity=intensity)
        for speaker, language, _, text, emotion in asked
    ]
    speeches = voice.speak_all(plans, seed=1)
    return [
        replace(measure(speaker, emotion, speech), speaker=f"{speaker} {number}")
        for (speaker, _, number, _, emotion), speech in zip(asked, speeches, strict=True)
    ]


def _asked(
    voice: VoiceCloner, speakers: Sequence[str], emotions: Sequence[str]
) -> Iterator[tuple[str, str, int, str, str]]:
    for speaker in speakers:
        languages = [name for name in voice.bundle.speakers[speaker].languages if name in SENTENCES] or ["en"]
        for number, text in enumerate(SENTENCES[languages[0]]):
            for emotion in emotions:
                yield speaker, languages[0], number, text, emotion


def show(measured: Mapping[str, Sequence[Measured]], emotions: Sequence[str]) -> None:
    """One table: each of ``emotions`` against neutral in everything ``measured``."""
    print(f"| | n | failed | {' | '.join(SHOWN.values())} |\n|---|---|---|{'---|' * len(SHOWN)}")
    tables = {title: changes(those) for title, those in measured.items()}
    for emotion in emotions:
        for title, table in tables.items():
            if emotion in table:
                cells = [f"{getattr(table[emotion], name):+.1f}" for name in SHOWN]
                print(f"| {emotion}, {title} | {table[emotion].n} | {table[emotion].failures} | {' | '.join(cells)} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("voice")
    parser.add_argument("--data", required=True)
    parser.add_argument("--store", default="store")
    parser.add_argument("--corpora", default="ravdess,emodb")
    parser.add_argument("--emotions", default="angry,happy,sad")
    add_option(parser)
    parser.add_argument("--most", type=int, default=8, help="speakers of the voice that are heard, spread evenly")
    asked = parser.parse_args()
    voice = open_voice(asked)
    emotions = [NEUTRAL, *asked.emotions.split(",")]
    clips = [m for m in recorded(asked.corpora, str(Path(asked.data).resolve()), asked.store) if m.emotion in emotions]
    if missing := sorted({*emotions} - {m.emotion for m in clips if m.emotion}):
        parser.error(f"{asked.corpora}: no recorded clip is {' or '.join(missing)}; choose with --emotions")
    known = [name for name in voice.bundle.speakers if name in {m.speaker for m in clips}]
    if not known:
        parser.error(f"{asked.voice}: knows no speaker of {asked.corpora}; choose with --corpora")
    count = min(asked.most, len(known))
    speakers = [known[index * len(known) // count] for index in range(count)]
    measured = {"recorded": [clip for clip in clips if clip.speaker in speakers]}
    for intensity in INTENSITIES:
        measured[f"spoken, {intensity:g}"] = spoken(voice, speakers, emotions, intensity)
    corpora = list(dict.fromkeys(name.partition("/")[0] for name in speakers))
    for part in [""] + [f"{corpus}/" for corpus in corpora] * (len(corpora) > 1):
        heard = [name for name in speakers if name.startswith(part)]
        print(f"\n{len(heard)} speakers: {', '.join(heard)}\n")
        show({title: [m for m in those if m.speaker.startswith(part)] for title, those in measured.items()}, emotions)


if __name__ == "__main__":
    main()
