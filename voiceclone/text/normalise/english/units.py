"""How English names currencies, units of measure and powers of ten."""

from __future__ import annotations

from typing import NamedTuple


class Currency(NamedTuple):
    """Names of a currency; ``cents`` is empty where nobody counts in hundredths."""

    singular: str
    plural: str
    cent: str = ""
    cents: str = ""


CURRENCIES = {
    "$": Currency("dollar", "dollars", "cent", "cents"),
    "US$": Currency("U S dollar", "U S dollars", "cent", "cents"),
    "HK$": Currency("Hong Kong dollar", "Hong Kong dollars", "cent", "cents"),
    "A$": Currency("Australian dollar", "Australian dollars", "cent", "cents"),
    "C$": Currency("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "€": Currency("euro", "euros", "cent", "cents"),
    "£": Currency("pound", "pounds", "penny", "pence"),
    "¥": Currency("yen", "yen"),
    "CN¥": Currency("yuan", "yuan"),
    "₹": Currency("rupee", "rupees", "paisa", "paise"),
    "₩": Currency("won", "won"),
}
CODES = {
    "USD": "US$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "RMB": "CN¥", "INR": "₹", "HKD": "HK$", "AUD": "A$",
    "CAD": "C$", "KRW": "₩",
}  # fmt: skip
SCALES = {
    "k": "thousand", "thousand": "thousand", "m": "million", "mn": "million", "million": "million", "b": "billion",
    "bn": "billion", "billion": "billion", "t": "trillion", "tn": "trillion", "trillion": "trillion",
}  # fmt: skip
UNITS = {
    "km/h": "kilometer per hour", "kph": "kilometer per hour", "mph": "mile per hour", "m/s": "meter per second",
    "km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter", "nm": "nanometer", "μm": "micrometer",
    "µm": "micrometer", "mi": "mile", "ft": "foot", "yd": "yard", "yds": "yard", "in.": "inch",
    "kg": "kilogram", "g": "gram", "mg": "milligram", "lb": "pound", "lbs": "pound", "oz": "ounce",
    "L": "liter", "l": "liter", "ml": "milliliter", "mL": "milliliter",
    "km²": "square kilometer", "m²": "square meter", "cm²": "square centimeter", "m³": "cubic meter", "ha": "hectare",
    "km2": "square kilometer", "m2": "square meter", "m3": "cubic meter", "sq ft": "square foot",
    "sq mi": "square mile",
    "h": "hour", "hr": "hour", "hrs": "hour", "min": "minute", "mins": "minute", "s": "second", "sec": "second",
    "secs": "second", "ms": "millisecond", "μs": "microsecond", "µs": "microsecond", "ns": "nanosecond",
    "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz", "dB": "decibel",
    "KB": "kilobyte", "kB": "kilobyte", "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte",
    "kbps": "kilobit per second", "Mbps": "megabit per second", "Gbps": "gigabit per second",
    "W": "watt", "kW": "kilowatt", "MW": "megawatt", "kWh": "kilowatt hour", "V": "volt", "mAh": "milliamp hour",
    "kcal": "kilocalorie", "kJ": "kilojoule", "hPa": "hectopascal", "kPa": "kilopascal", "psi": "pound per square inch",
    "rpm": "revolution per minute", "fps": "frame per second", "bpm": "beat per minute", "px": "pixel",
    "°C": "degree Celsius", "°F": "degree Fahrenheit", "℃": "degree Celsius", "℉": "degree Fahrenheit", "°": "degree",
}  # fmt: skip
_IRREGULAR = {"foot": "feet", "inch": "inches", "hertz": "hertz"}


def plural(unit: str) -> str:
    """``unit`` for more than one: "square feet", "degrees Celsius", "miles per hour"."""
    head, per, rest = unit.partition(" per ")
    head, scale = (head.removesuffix(f" {name}"), f" {name}") if (name := head.split()[-1])[0].isupper() else (head, "")
    *before, noun = head.split()
    nouns = " ".join([*before, _IRREGULAR.get(noun, f"{noun}s")])
    return f"{nouns}{scale}{per}{rest}"
