"""English as it is read aloud: numbers, dates, times, money, units, abbreviations, addresses of the internet."""

import re
from collections.abc import Callable

from models.speech import numbers
from models.speech.english_words import (
    BEFORE_YEARS,
    COUNTED,
    COUNTED_THINGS,
    DOTTED,
    LETTERS,
    MONEY,
    MONTH,
    MONTHS,
    PLURALS,
    READ_AS_WORDS,
    ROMAN,
    SAME_IN_PLURAL,
    SCALE_NAMES,
    SCALES,
    SHORT,
    SIGNS,
    TITLES,
    UNITS,
)

LONGEST_SPELLED = 5  # longer capitals are a word that is stressed
HIGHEST_CLOCK_HOUR, NOON = 23, 12
FIRST_YEAR, LAST_YEAR, TEN_OF_YEAR = 1100, 2099, 10


def spoken(text: str) -> str:
    """One English sentence with everything in words."""
    shouted, ended = text.isupper(), text.endswith(".")
    for pattern, replace in RULES:
        text = re.sub(pattern, replace, text)
    if not shouted:
        text = ACRONYM.sub(_acronym, text)
    for sign, word in SIGNS.items():
        text = text.replace(sign, word)
    said = numbers.spoken(text, "en")
    return f"{said}." if ended and said[-1:].isalnum() else said


def cardinal(value: int | str) -> str:
    return numbers.words(int(value), "en")


def year(value: int) -> str:
    """1905 → nineteen oh five, 2026 → twenty twenty-six, 2004 → two thousand and four."""
    century, rest = divmod(value, 100)
    if value % 1000 < TEN_OF_YEAR:
        return cardinal(value)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < TEN_OF_YEAR else ''}{cardinal(rest)}"


def plural(unit: str, count: str) -> str:
    first, space, rest = unit.partition(" ")
    if count.strip("-") == "1" or first in SAME_IN_PLURAL:
        return unit
    if first.endswith("hertz"):
        return unit
    return PLURALS.get(first, f"{first}s") + space + rest


def digits(text: str) -> str:
    """Digit by digit, groups apart: 555-0199 → five five five, oh one nine nine."""
    groups = re.findall(r"\d+", text)
    return ", ".join(" ".join("oh" if digit == "0" else cardinal(digit) for digit in group) for group in groups)


def _address(match: re.Match[str]) -> str:
    text = re.sub(r"^(?:https?://)?(?:www\.)?", "", match.group(), flags=re.IGNORECASE).rstrip("/")
    end = re.search(r"[.,;:!?]+$", text)
    text, tail = (text[: end.start()], end.group()) if end else (text, "")
    for sign, word in DOTTED.items():
        text = text.replace(sign, word)
    return text + tail


def _iso_date(match: re.Match[str]) -> str:
    return _date(int(match[1]), int(match[2]), int(match[3])) or match.group()


def _american_date(match: re.Match[str]) -> str:
    return _date(int(match[3]) if match[3] else 0, int(match[1]), int(match[2])) or match.group()


def _date(year_number: int, month: int, day: int) -> str:
    if not (1 <= month <= len(MONTHS) and 1 <= day <= 31):  # noqa: PLR2004 - days of a month
        return ""
    said = f"{MONTHS[month - 1]} {numbers.words(day, 'en', 'ordinal')}"
    return f"{said}, {year(year_number)}" if year_number else said


def _month_name(short: str) -> str:
    return next(month for month in MONTHS if month.startswith(short[:3]))


def _day_month(match: re.Match[str]) -> str:
    said = f"the {numbers.words(int(match[1]), 'en', 'ordinal')} of {_month_name(match[2])}"
    return f"{said}, {year(int(match[3]))}" if match[3] else said


def _month_day(match: re.Match[str]) -> str:
    said = f"{_month_name(match[1])} {numbers.words(int(match[2]), 'en', 'ordinal')}"
    return f"{said}, {year(int(match[3]))}" if match[3] else said


def _time(match: re.Match[str]) -> str:
    hour, minute, half = int(match[1]), int(match[2]), (match[3] or "").replace(".", "").lower()
    if hour > HIGHEST_CLOCK_HOUR or minute > 59:  # noqa: PLR2004 - minutes of an hour
        return match.group()
    if minute == 0:
        said = (
            cardinal(hour)
            if half
            else f"{cardinal(hour)} o'clock"
            if 1 <= hour <= NOON
            else f"{cardinal(hour)} hundred"
        )
    else:
        said = f"{cardinal(hour)} {'oh ' if minute < TEN_OF_YEAR else ''}{cardinal(minute)}"
    return said + {"am": " ay em", "pm": " pee em", "": ""}[half]


def _hour(match: re.Match[str]) -> str:
    return f"{cardinal(match[1])} {'ay' if match[2].lower() == 'a' else 'pee'} em"


def _money(match: re.Match[str]) -> str:
    (unit, part), whole, cents, scale = MONEY[match[1]], match[2].replace(",", ""), match[3], match[4]
    if scale:
        amount = f"{whole}.{cents}" if cents else whole
        return f"{_amount(amount)} {SCALES.get(scale.lower(), scale.lower())} {plural(unit, '2')}"
    if cents and part and len(cents) == 2:  # noqa: PLR2004 - digits of cents
        main = f"{cardinal(whole)} {plural(unit, whole)}"
        few = f"{cardinal(cents)} {plural(part, str(int(cents)))}" if int(cents) else ""
        return few if int(whole) == 0 and few else f"{main} and {few}" if few else main
    amount = f"{whole}.{cents}" if cents else whole
    return f"{_amount(amount)} {plural(unit, amount)}"


def _amount(value: str) -> str:
    return numbers.words(float(value) if "." in value else int(value), "en")


def _unit(match: re.Match[str]) -> str:
    return f"{match[1]} {plural(UNITS[match[2]], match[1])}"


def _year(match: re.Match[str]) -> str:
    value = int(match[2])
    return match[1] + (year(value) if FIRST_YEAR <= value <= LAST_YEAR else match[2])


def _decade(match: re.Match[str]) -> str:
    said = year(int(match[1]))
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


def _fraction(match: re.Match[str]) -> str:
    names = {"2": "half", "3": "third", "4": "quarter"}
    name = names.get(match[2]) or numbers.words(int(match[2]), "en", "ordinal")
    many = match[1] != "1"
    return f"{cardinal(match[1])} {'halves' if many and name == 'half' else f'{name}s' if many else name}"


def _roman(match: re.Match[str]) -> str:
    value = ROMAN[match[2]]
    if re.fullmatch(COUNTED, match[1]):
        return f"{match[1]} {cardinal(value)}"
    return f"{match[1]} the {numbers.words(value, 'en', 'ordinal')}"


def _acronym(match: re.Match[str]) -> str:
    word, ending = match[1].replace(".", ""), match[2] or ""
    if word in READ_AS_WORDS or word in ROMAN or (len(word) > LONGEST_SPELLED and "." not in match[1]):
        return match.group()
    return " ".join(LETTERS.get(letter, letter) for letter in word) + ending


def _ordinal(match: re.Match[str]) -> str:
    return numbers.words(int(match[1].replace(",", "")), "en", "ordinal")


Replace = Callable[[re.Match[str]], str] | str
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_SHORT = "|".join(re.escape(word) for word in sorted(SHORT, key=len, reverse=True))
_SCALE = "|".join([*SCALE_NAMES, "bn", "tn", "k", "m", "b", "K", "M", "B"])
_SIGNS_OF_MONEY = re.escape("".join(MONEY))
ACRONYM = re.compile(r"\b((?:[A-Z]\.){2,}|[A-Z]{2,})('?s)?(?![\w])")
ADDRESS = (
    r"(?:https?://|www\.)\S+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|edu|gov)\b(?:/\S*)?"
)
# Applied in this order; what is more particular comes first.
RULES: tuple[tuple[str, Replace], ...] = (
    (
        ADDRESS,
        _address,
    ),
    (r"\b(\d{4})-(\d{2})-(\d{2})\b", _iso_date),
    (rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({MONTH})\b\.?(?:,? (\d{{4}})\b)?", _day_month),
    (rf"\b({MONTH})\b\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,? (\d{{4}})\b)?", _month_day),
    (r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b", _american_date),
    (r"\b(\d{1,2}):(\d{2})(?::\d{2})?(?:\s?([AaPp]\.?[Mm]\b\.?))?", _time),
    (r"\b(\d{1,2})\s?([AaPp])\.?[Mm]\b\.?", _hour),
    (rf"([{_SIGNS_OF_MONEY}])\s?(\d+(?:,\d{{3}})*)(?:\.(\d+))?(?:\s?({_SCALE})\b)?", _money),
    (
        r"(?<![\w.,])\+?(?:\(\d{2,4}\)[ -]?\d{3,4}[ -]\d{3,4}|\d{1,3}(?:[ -]\d{3}){1,2}[ -]\d{4}|\d{3}-\d{4})(?!\w)",
        lambda match: digits(match.group()),
    ),
    (r"\b([1-9])/([2-9])\b(?!/)", _fraction),
    (r"\b(1[0-2]|0?[1-9])/(3[01]|[12]\d|0?[1-9])\b(?!/)", lambda match: _date(0, int(match[1]), int(match[2]))),
    (r"\b(1[1-9]\d0|20\d0)s\b", _decade),
    (r"\b(\d{4})\s?[–-]\s?(\d{4})\b", lambda match: f"{year(int(match[1]))} to {year(int(match[2]))}"),
    (r"\b[vV]?(\d+(?:\.\d+){2,})\b", lambda match: match[1].replace(".", " point ")),
    (rf"(-?\d[\d.,]*)\s?({_UNIT})(?![\w°])", _unit),
    (r"\b(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th)\b", _ordinal),
    (rf"(\b(?:{BEFORE_YEARS}) )(\d{{4}})\b(?![.,]\d| (?:{COUNTED_THINGS})\b)", _year),
    (r"(?<=\d)\s?[–-]\s?(?=\d)", " to "),
    (rf"\b({COUNTED}|(?:[A-Z][a-z]{{2,}})) ({'|'.join(ROMAN)})\b(?!\.[A-Z])", _roman),
    (r"((?<=\w )[A-Z][a-z]+|\b\d+(?:st|nd|rd|th)|\w(?=\s+St\.?[,;]|\s+St\.?$)) St\b\.?", r"\1 Street"),
    (r"\bSt\.? (?=[A-Z])", "Saint "),
    (r"\bNo\. ?(?=\d)", "number "),
    (rf"\b({'|'.join(TITLES)})\.(?=\s|$)", lambda match: TITLES[match[1]]),
    (rf"(?i:(?<!\w)({_SHORT})\.(?=[\s,;:)]|$))", lambda match: SHORT[match[1].lower()]),
    (r"\bw/(?=\s|\w)", "with "),
    (r"(?<=\w)\s?/\s?(?=[A-Za-z])", " or "),
    (r"#(?=\d)", "number "),
)
