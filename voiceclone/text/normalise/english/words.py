"""English abbreviations, Roman numerals and signs."""

from __future__ import annotations

import re

from voiceclone.text.normalise.english.numbers import cardinal, ordinal
from voiceclone.text.normalise.rules import Rule, rule

# Titles count with and without their full stop, the others only with it.
_TITLES = {"Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor", "Messrs": "Messers"}
_DOTTED = {
    "prof": "professor", "gen": "general", "col": "colonel", "sgt": "sergeant", "capt": "captain", "lt": "lieutenant",
    "cpl": "corporal", "maj": "major", "hon": "honorable", "rev": "reverend", "gov": "governor", "sen": "senator",
    "rep": "representative", "pres": "president", "mt": "mount", "ft": "fort", "jr": "junior", "sr": "senior",
    "ave": "avenue", "blvd": "boulevard", "rd": "road", "ln": "lane", "hwy": "highway", "apt": "apartment",
    "dept": "department", "inc": "incorporated", "ltd": "limited", "co": "company", "corp": "corporation",
    "bros": "brothers", "univ": "university", "est": "established", "approx": "approximately", "vs": "versus",
    "etc": "et cetera", "cf": "compare", "vol": "volume", "vols": "volumes", "fig": "figure", "figs": "figures",
    "eq": "equation", "pp": "pages", "p": "page", "ch": "chapter", "esp": "especially", "misc": "miscellaneous",
    "govt": "government", "ext": "extension", "tel": "telephone", "sec": "section", "tsp": "teaspoon",
    "tbsp": "tablespoon", "incl": "including", "viz": "namely", "ca": "circa",
}  # fmt: skip
# Short enough to be something else: abbreviations only in front of what they belong to.
_BEFORE_NAME = frozenset(
    ["gen", "col", "maj", "hon", "rev", "gov", "sen", "rep", "pres", "mt", "ft", "lt", "sgt", "capt"]
)
_BEFORE_NUMBER = frozenset(["p", "pp", "ch", "eq", "ca", "vol", "vols", "fig", "figs", "ext", "sec"])
_PHRASES = {"e.g.": "for example", "i.e.": "that is", "a.k.a.": "also known as", "w/o": "without", "w/": "with"}
_SPELT_OUT = {
    "PhD": "P H D", "Ph.D.": "P H D", "BSc": "B S C", "MSc": "M S C", "iOS": "i O S", "macOS": "mac O S",
    "WiFi": "Wi-Fi",
}  # fmt: skip
# After a capital these start a sentence rather than a surname: Plan B. The end.
_STARTERS = "The|It|He|She|We|I|You|They|This|That|There|A|An|In|On|At|But|And|So|If|When|What|Why|How"

_NUMERAL = r"(?P<numeral>(?=[IVXL]+\b)(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3}))\b"
_COUNTED = (
    "Chapter|Part|Volume|Book|Act|Scene|Section|Article|Phase|Type|Class|Level|Stage|Title|Appendix|Episode|War|Bowl|"
    "Mark|Grade|Figure|Table|Apollo"
)
_SIGNS = {
    "+": "plus", "=": "equals", "≈": "is about", "≠": "is not", "≤": "is at most", "≥": "is at least",
    "<": "is less than", ">": "is greater than", "±": "plus or minus", "×": "times", "*": "times", "÷": "divided by",
    "→": "to", "&": "and", "@": "at", "%": "percent", "^": "to the power of", "©": "copyright", "°": "degrees",
    "§": "section", "#": "hash", "€": "euros", "£": "pounds", "$": "dollars", "¥": "yen", "√": "root", "π": "pi",
    "~": "about", "/": "slash", "\\": "backslash",
}  # fmt: skip


def abbreviations() -> list[Rule]:
    """Rules for titles, addresses, Latin and other shortened words, initials and Roman numerals."""
    titles, dotted = "|".join(_TITLES), "|".join(sorted(_DOTTED, key=len, reverse=True))
    end = r"\.(?=[\s,;:)]|$)"
    return [
        rule("|".join(rf"(?<!\w){re.escape(phrase)}" for phrase in _PHRASES), lambda m: _PHRASES[m.group()]),
        rule(rf"\b(?:{'|'.join(map(re.escape, _SPELT_OUT))})(?!\w)", lambda match: _SPELT_OUT[match.group()]),
        rule(r"\bWW(?P<which>II?|1|2)\b", lambda m: f"World War {'two' if m['which'] in ('II', '2') else 'one'}"),
        rule(rf"(?<=[a-z]\s)Dr{end}(?!\s[A-Z])", lambda match: "Drive" + _stop(match)),
        rule(rf"\b(?P<title>{titles})\b\.?(?=\s)", lambda match: _TITLES[match["title"]]),
        rule(r"(?<!th\s)(?<!st\s)(?<!nd\s)(?<!rd\s)\bSt\.?(?=\s[A-Z])", "Saint"),
        rule(rf"(?<=[a-z]\s)St{end}", lambda match: "Street" + _stop(match)),
        rule(r"\b(?P<left>[A-Z]{1,2})&(?P<right>[A-Z])\b", lambda m: f"{' '.join(m['left'])} and {m['right']}"),
        rule(rf"\b(?P<short>{dotted}){end}", _dotted, re.IGNORECASE),
        rule(
            r"\b(?:[A-Za-z]\.){2,}(?P<more>[A-Za-z]\b)?",
            lambda m: " ".join(re.findall(r"\w", m.group().upper())) + _stop(m),
        ),
        rule(rf"\b(?P<initial>[A-Z])\.(?=\s(?!(?:{_STARTERS})\b)[A-Z])", lambda match: match["initial"]),
        rule(rf"\b(?P<word>{_COUNTED})\s{_NUMERAL}", lambda m: f"{m['word']} {cardinal(_roman(m['numeral']))}"),
        rule(
            rf"\b(?P<word>[A-Z][a-z]{{2,}})\s(?=\w\w){_NUMERAL}",
            lambda m: f"{m['word']} the {ordinal(_roman(m['numeral']))}",
        ),
    ]


def minus() -> list[Rule]:
    """Rules for the minus sign; they come before dashes are read as "to"."""
    return [rule(r"(?<![\w)])-(?=\.?\d)", "minus "), rule(r"(?<=\d)\s-\s(?=[\d.]+\s?=)", " minus ")]


def signs() -> list[Rule]:
    """Rules for what is left between words once amounts and addresses are read."""
    each = "".join(re.escape(sign) for sign in _SIGNS)
    return [
        rule(r"\band/or\b", "and or"),
        rule(r"(?<!\w)[*_]+(?=\w)|(?<=[\w.,!?])[*_]+(?!\w)|(?<=[A-Za-z])_(?=[A-Za-z])", " "),
        rule(r"(?<=[a-z])\.(?=[a-z])", " dot "),
        rule(r"[®™•·|]", " "),
        rule(rf"[{each}]", lambda match: f" {_SIGNS[match.group()]} "),
    ]


def _dotted(match: re.Match[str]) -> str:
    short, after = match["short"].lower(), match.string[match.end() :].lstrip()
    if short in _BEFORE_NAME and not after[:1].isupper():
        return match.group()
    if short in _BEFORE_NUMBER and not re.match(r"\d|[IVX]+\b", after):
        return match.group()
    full = _DOTTED[short]
    return (full.capitalize() if match["short"][0].isupper() else full) + _stop(match)


def _stop(match: re.Match[str]) -> str:
    """The full stop of an abbreviation that also ends the text, or a sentence as far as the next word tells."""
    after = match.string[match.end() :]
    ends = not after.strip("\"') ") or re.match(rf"\s(?:{_STARTERS})\b", after)
    return "." if match.group().endswith(".") and ends else ""


def _roman(numeral: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50}[letter] for letter in numeral]
    return sum(-value if value < max(values[i:]) else value for i, value in enumerate(values))
