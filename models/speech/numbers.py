"""Numbers in words, in the languages that num2words knows; the synthesiser reads the rest by itself."""

import functools
import re

DIGITS_AT_MOST = 15  # longer ones are read digit by digit
# A comma separates decimals in most languages, a dot in these.
WITH_DECIMAL_DOT = {"en", "zh", "cmn", "ja", "ko", "he", "th", "hi"}
NAMES = {"cmn": "zh", "nb": "no", "pt": "pt", "zh": "zh"}  # of num2words, where they differ
NUMBER = re.compile(r"(?<![\w.,])(-?)(\d{1,3}(?:[.,\u00a0 ]\d{3})+|\d+)(?:([.,])(\d+))?(?![\w])")
GENERIC_ORDINAL = re.compile(r"(?<![\w.,])(\d{1,2})\.(?= [^\W\d_])")
ORDINAL_DOT = {"de"}
INFLECTED = re.compile(r"\b([Aa]m|[Dd]em|[Dd]en|[Vv]om|[Zz]um|[Ii]m|[Bb]eim|[Dd]es) (\d{1,2})\.(?= [^\W\d_])")
LEFT_ALONE = {"zh", "cmn", "yue", "ja", "ko"}  # numbers there depend on the word that follows


@functools.cache
def known() -> frozenset[str]:
    """Languages of num2words."""
    import num2words

    return frozenset(num2words.CONVERTER_CLASSES)


def words(value: float | str, language: str, kind: str = "cardinal") -> str:
    """One number in words, without commas. Raises NotImplementedError, OverflowError where the language has none."""
    import num2words

    said = num2words.num2words(value, lang=NAMES.get(language, language), to=kind)
    return str(said).replace(",", "")


def spoken(text: str, language: str) -> str:
    """A text with its numbers in words; unchanged in a language that num2words does not know."""
    if language in LEFT_ALONE or NAMES.get(language, language) not in known():
        return text
    if language in ORDINAL_DOT:
        text = INFLECTED.sub(lambda match: f"{match[1]} {_said(match[2], language, 'ordinal')}n", text)
        text = GENERIC_ORDINAL.sub(lambda match: _said(match.group(1), language, "ordinal") or match.group(), text)
    return NUMBER.sub(lambda match: _number(match, language), text)


def _number(match: re.Match[str], language: str) -> str:
    sign, whole, mark, decimals = match.groups()
    decimal = "." if language in WITH_DECIMAL_DOT else ","
    groups = re.split(r"[.,\u00a0 ]", whole)
    if len(groups) == 2 and decimals is None and decimal in whole:  # noqa: PLR2004 - 1.250 where a dot marks decimals
        whole, decimals = groups
    elif decimals is not None and mark != decimal:
        return match.group()  # a date, a version, a time: nothing is known of it
    digits = re.sub(r"\D", "", whole)
    if len(digits) > DIGITS_AT_MOST or (len(digits) > 1 and digits[0] == "0"):
        said = [_said(digit, language) for digit in digits]
        return " ".join(said) if all(said) else match.group()
    value = f"{sign}{digits}" + (f".{decimals}" if decimals else "")
    return _said(value, language) or match.group()


def _said(value: str, language: str, kind: str = "cardinal") -> str:
    try:
        return words(float(value) if "." in value else int(value), language, kind)
    except (NotImplementedError, OverflowError, ValueError, KeyError, IndexError, TypeError):
        return ""
