"""How many sentences a second one core turns into symbols: new ones, and ones that were read before.

    python benchmarks/text.py [--sentences 2000] [--transcripts metadata.csv --language en]

Without transcripts it reads sentences of its own, each different from the others, in English, Mandarin and German.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from itertools import product
from pathlib import Path

from voiceclone.text.frontend import TextFrontend
from voiceclone.text.normalise import normalise

_PARTS = {
    "en": (
        ["The captain", "My sister", "Dr. Jones", "A stranger from the north", "Nobody in the village"],
        ["remembered", "had never seen", "paid $3.50 for", "wrote 12 letters about", "quietly walked towards"],
        [
            "the old lighthouse",
            "a box of books",
            "his neighbour's garden",
            "the river at night",
            "everything she owned",
        ],
        ["in 1998", "before the storm came", "on November 22nd, 2024", "and said nothing", "at half past three"],
    ),
    "zh": (
        ["这家银行的行长", "我的老朋友", "两个小学生", "昨天来的客人", "公司的经理"],
        ["已经离开了", "非常喜欢", "花了3.5万元买下", "一直在打听", "不想再看见"],
        ["那座古老的城市", "长江边上的房子", "一本有意思的书", "他自己设计的产品", "新开的音乐学院"],
        ["，所以大家都很高兴。", "，但是没有人知道为什么。", "，时间是2024年11月22日。", "，真的吗？", "。"],
    ),
    "de": (
        ["Der Kapitän", "Meine Schwester", "Ein Fremder aus dem Norden", "Niemand im Dorf", "Das Mädchen"],
        ["sah", "vergaß", "bezahlte 3,50 € für", "suchte lange", "fand"],
        ["den alten Leuchtturm", "eine Kiste voller Bücher", "den Garten des Nachbarn", "den Fluss", "das Haus"],
        ["im Jahr 1998.", "bei Nacht.", "und schwieg.", "am 3. Mai.", "vor dem Sturm."],
    ),
}


def sentences(language: str, count: int) -> list[str]:
    """``count`` different sentences."""
    joint = "" if language == "zh" else " "
    made = [joint.join(parts) for parts in product(*_PARTS[language])]
    return [f"{made[i % len(made)]}{joint}{i // len(made)}" if i >= len(made) else made[i] for i in range(count)]


def seconds(frontend: TextFrontend, texts: list[str], language: str) -> float:
    """Time to read ``texts`` in one batch."""
    start = time.perf_counter()
    frontend.batch(texts, [language] * len(texts))
    return time.perf_counter() - start


def report(language: str, texts: list[str]) -> None:
    """Print one line of the table."""
    TextFrontend().symbols(texts[0], language)  # dictionaries and voices are loaded before the clock starts
    start = time.perf_counter()
    for text in texts:
        normalise(text, language)
    normalising = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "symbols.sqlite"
        frontend = TextFrontend(cache=path)
        new, again = seconds(frontend, texts, language), min(seconds(frontend, texts, language) for _ in range(3))
        from_file = seconds(TextFrontend(cache=path), texts, language)
    n = len(texts)
    rates = f"{n / normalising:>12,.0f}{n / new:>10,.0f}{n / again:>12,.0f}{new / again:>8.0f}x"
    print(f"{language:<10}{rates}{n / from_file:>12,.0f}{new / from_file:>8.0f}x")


def main() -> None:
    """Parse the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--transcripts", type=Path, help="a file of lines; the part behind the first | or tab is read")
    parser.add_argument("--language", default="en")
    args = parser.parse_args()
    print("sentences a second on one core")
    print(f"{'language':<10}{'normalised':>12}{'new':>10}{'in memory':>12}{'':>9}{'in a file':>12}")
    if args.transcripts:
        lines = args.transcripts.read_text(encoding="utf-8").splitlines()
        report(args.language, [line.replace("\t", "|").split("|")[1] for line in lines])
        return
    for language in _PARTS:
        report(language, sentences(language, args.sentences))


if __name__ == "__main__":
    main()
