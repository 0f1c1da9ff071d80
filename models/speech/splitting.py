"""Text into sentences, and long ones into phrases, with the pauses that punctuation asks for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_PIECE = 300  # characters
SENTENCE_S, QUESTION_S, PARAGRAPH_S, LINE_S, CLAUSE_S, COMMA_S, WORD_S = 0.45, 0.5, 0.8, 0.35, 0.3, 0.2, 0.05
WIDE_ENDS = "。！？｡।॥؟۔"  # end a sentence whatever follows
END = re.compile(rf"(?:[.!?]+[\"')\]]*(?=\s|$)|[{WIDE_ENDS}]+[」』\"')]*)")
PARAGRAPH = re.compile(r"\s*\n\s*\n\s*")
LINE = re.compile(r"\s*\n\s*(?=[^\W\d_a-zß-öø-ÿ]|\d|[-–]\s)")  # a new line that begins like one
CLAUSE, COMMA = re.compile(r"(?<=[;:–])\s+|(?<=[；：])"), re.compile(r"(?<=,)\s+|(?<=[，、،])")
INITIAL = re.compile(r"(?:^|[\s.])[^\W\d_]$")
ORDINAL = re.compile(r"(?:^|\s)\d{1,2}$")
WITH_ORDINAL_DOTS = {"de", "da", "nb", "no", "is", "fi", "et", "lv", "pl", "cs", "sk", "sl", "hr", "sr", "bs", "hu"}
# Written with a dot that ends no sentence; without it.
ABBREVIATIONS = {
    "en": "mr mrs ms dr prof st jr sr vs e.g i.e cf no vol fig gen col lt sgt capt rev hon mt ft dept approx est inc "
    "ltd co corp jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun pp ed eds al",
    "de": "dr prof hr fr nr bzw usw z.b z d.h ca evtl ggf inkl exkl str st vgl u.a o.ä u abs bd jh mio mrd tel jan feb "
    "apr aug sept okt nov dez",
    "fr": "m mm mme mmes mlle dr pr st ste no p.ex cf av env janv févr avr juil sept oct nov déc",
    "es": "sr sra srta dr dra prof d dña ud uds p.ej núm pág tel av aprox ee.uu",
    "it": "sig sig.ra dott dott.ssa prof ing avv es p.es n pag tel art ecc",
    "pt": "sr sra dr dra prof eng av n pág tel ex p.ex aprox",
    "nl": "dhr mevr dr prof mr ir drs nr bijv d.w.z o.a m.b.t enz ca blz tel",
    "pl": "dr prof mgr inż ul np tj tzn m.in nr str tel godz ok ks św r w",
}
FAR = 60  # characters around a mark that are looked at
STARTERS = {"the", "he", "she", "it", "they", "we", "you", "i", "this", "that", "these", "there", "then", "but", "and"}
# Abbreviations only before a number; else words or ends of sentences.
BEFORE_NUMBERS = {"no", "nr", "fig", "vol", "pp", "n", "núm", "pág", "pag", "tel", "str", "art", "sun", "mar", "sat"}
ABBREVIATED = {language: frozenset(words.split()) for language, words in ABBREVIATIONS.items()}


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    pause_s: float


def pieces(text: str, language: str) -> Iterator[Piece]:
    """Sentences of at most LONGEST_PIECE characters in order; the last has no pause."""
    base = language.split("-", 1)[0].lower()
    found: list[Piece] = []
    for paragraph in PARAGRAPH.split(text):
        for line in LINE.split(paragraph):
            found += [part for sentence in _sentences(" ".join(line.split()), base) for part in _short(sentence)]
            _lengthen(found, LINE_S)
        _lengthen(found, PARAGRAPH_S)
    yield from found[:-1]
    if found:
        yield Piece(found[-1].text, 0.0)


def _lengthen(found: list[Piece], pause_s: float) -> None:
    if found:
        found[-1] = Piece(found[-1].text, max(found[-1].pause_s, pause_s))


def _sentences(text: str, base: str) -> Iterator[Piece]:
    first = 0
    for match in END.finditer(text):
        if not _ends(text, match, base):
            continue
        yield from _piece(text[first : match.end()], QUESTION_S if "?" in match.group() else SENTENCE_S)
        first = match.end()
    yield from _piece(text[first:], WORD_S)


def _piece(text: str, pause_s: float) -> Iterator[Piece]:
    if stripped := text.strip():
        yield Piece(stripped, pause_s)


def _ends(text: str, match: re.Match[str], base: str) -> bool:
    """Whether a sentence ends at this mark."""
    following = text[match.end() : match.end() + FAR].lstrip()
    after = following.lstrip("\"'([¿¡")[:1]
    mark = match.group()
    if mark[0] in WIDE_ENDS or not after:
        return True
    if after.islower():  # "e.g. this", "No! he said", "wait... what"
        return False
    if mark != "." or (base == "en" and following.split(None, 1)[0].lower() in STARTERS):
        return True
    return not _is_short(text[max(match.start() - FAR, 0) : match.start()], after, base)


def _is_short(before: str, after: str, base: str) -> bool:
    """Whether what stands before a dot is an abbreviation, an initial or an ordinal."""
    word = before.rsplit(None, 1)[-1].lower().lstrip("\"'(") if before.strip() else ""
    if word in BEFORE_NUMBERS and not after.isdigit():
        return False
    if word in ABBREVIATED.get(base, ()) or (INITIAL.search(before) and word not in {"i", "a"}):
        return True
    return base in WITH_ORDINAL_DOTS and ORDINAL.search(before) is not None


def _short(piece: Piece) -> Iterator[Piece]:
    """A piece in parts that a synthesiser can hold: at clauses, else at commas, else between words."""
    parts, pause_s = [piece.text], piece.pause_s
    for split, pause_at_split_s in ((CLAUSE.split, CLAUSE_S), (COMMA.split, COMMA_S), (_words, WORD_S)):
        if max(map(len, parts)) <= LONGEST_PIECE:
            break
        parts, pause_s = _packed([part for longer in parts for part in split(longer)]), pause_at_split_s
    for part in parts[:-1]:
        yield Piece(part, pause_s)
    yield Piece(parts[-1], piece.pause_s)


def _words(text: str) -> list[str]:
    return [word[at : at + LONGEST_PIECE] for word in text.split() for at in range(0, len(word), LONGEST_PIECE)]


def _packed(parts: list[str]) -> list[str]:
    """Neighbours joined as far as they fit."""
    packed: list[str] = []
    for part in filter(None, parts):
        if packed and len(packed[-1]) + len(part) < LONGEST_PIECE:
            packed[-1] += f" {part}"
        else:
            packed.append(part)
    return packed
