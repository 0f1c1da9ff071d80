"""Letters for titles: the font that Pillow brings along has those of plain English; accents are added to them here."""

import unicodedata
from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import ImageDraw, ImageFont

from models.pictures.canvas import Points, ellipse, spline, stroke

_UNASSIGNED = "\ue000"
_SPELLED = {
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "Œ": "OE",
    "–": "-",
    "—": "-",
    "\u2010": "-",
    "\u2011": "-",
    "′": "'",
}
"""Ligatures and dashes as the font can write them."""
_SLASHED = {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
_THICK = 0.072  # of the size: the stems of the font
_REACH = 0.13  # half the width of an accent
_GAP = 0.075  # between a letter and its accent
_ABOVE = frozenset("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c")
_BELOW = frozenset("\u0327\u0328\u0326")


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont:
    """The font at `size` pixels."""
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def spelled(text: str) -> str:
    """A text with ligatures and dashes written out."""
    return "".join(_SPELLED.get(character, character) for character in unicodedata.normalize("NFC", text))


def drawable(text: str) -> bool:
    """Whether every character can be drawn; an empty text cannot."""
    shown = [character for character in spelled(text) if not character.isspace()]
    return bool(shown) and all(_is_known(character) for character in shown)


@cache
def _is_known(character: str) -> bool:
    base, marks = _parts(character)
    return _has(base) and set(marks) <= _ABOVE | _BELOW | {"/"}


@cache
def _has(character: str) -> bool:
    if unicodedata.category(character)[0] not in "LNPS":
        return False
    mask, missing = (bytes(font_of(24).getmask(text, "L")) for text in (character, _UNASSIGNED))
    return mask != missing


@cache
def _parts(character: str) -> tuple[str, str]:
    """A letter and its accents."""
    if character in _SLASHED:
        return _SLASHED[character], "/"
    parts = unicodedata.normalize("NFD", character)
    return parts[0], parts[1:]


def advance(character: str, font: ImageFont.FreeTypeFont) -> float:
    """How far the next character stands, in pixels."""
    return float(font.getlength(_parts(character)[0]))


def draw_letter(draw: ImageDraw.ImageDraw, x: float, y: float, character: str, font: ImageFont.FreeTypeFont) -> None:
    """One character in white, with the corner of its line at (x, y)."""
    base, marks = _parts(character)
    draw.text((x, y), base, fill=255, font=font)
    if not marks:
        return
    left, top, right, bottom = font.getbbox(base)
    size = float(font.size)
    if base in "ij" and set(marks) & _ABOVE:  # the accent stands for the dot
        x_top = font.getbbox("x")[1]
        draw.rectangle((x + left - 1, y + top - 1, x + right + 1, y + x_top - size * 0.02), fill=0)
        top = x_top
    middle = x + (left + right) / 2
    for mark in marks:
        if mark == "/":
            reach = size * 0.06
            slash = np.array([[x + left - reach, y + bottom], [x + right + reach, y + top]])
            _fill(draw, stroke(slash, size * _THICK * 0.8))
            continue
        foot = y + bottom if mark in _BELOW else y + top - size * _GAP
        for polygon in _MARKS[mark](middle, foot, size):
            _fill(draw, polygon)


def _fill(draw: ImageDraw.ImageDraw, polygon: Points) -> None:
    draw.polygon([(float(a), float(b)) for a, b in polygon], fill=255)


def _lines(*paths: tuple[tuple[float, float], ...]) -> Callable[[float, float, float], list[Points]]:
    """Strokes through points, which are given in half widths and up from the foot of the accent."""

    def drawn(x: float, y: float, size: float) -> list[Points]:
        reach = size * _REACH
        return [stroke(np.array([[x + a * reach, y - b * reach] for a, b in path]), size * _THICK) for path in paths]

    return drawn


def _dots(*places: float) -> Callable[[float, float, float], list[Points]]:
    return lambda x, y, size: [
        ellipse(x + place * size * _REACH, y - size * 0.045, size * 0.05, size * 0.05, corners=24) for place in places
    ]


def _ring(x: float, y: float, size: float) -> list[Points]:
    circle = ellipse(x, y - size * 0.075, size * 0.075, size * 0.075, corners=28)
    return [stroke(np.concatenate([circle, circle[:2]]), size * 0.045)]


def _curve(points: tuple[tuple[float, float], ...]) -> Callable[[float, float, float], list[Points]]:
    def drawn(x: float, y: float, size: float) -> list[Points]:
        reach = size * _REACH
        return [stroke(spline([[x + a * reach, y - b * reach] for a, b in points]), size * _THICK * 0.85)]

    return drawn


_MARKS: dict[str, Callable[[float, float, float], list[Points]]] = {
    "\u0300": _lines(((-0.75, 1.15), (0.3, 0.15))),
    "\u0301": _lines(((0.75, 1.15), (-0.3, 0.15))),
    "\u0302": _lines(((-0.95, 0.2), (0.12, 1.1)), ((-0.12, 1.1), (0.95, 0.2))),
    "\u0303": _curve(((-1.1, 0.3), (-0.5, 0.8), (0.5, 0.3), (1.1, 0.8))),
    "\u0304": _lines(((-1.0, 0.5), (1.0, 0.5))),
    "\u0306": _curve(((-0.9, 1.0), (-0.5, 0.35), (0.5, 0.35), (0.9, 1.0))),
    "\u0307": _dots(0.0),
    "\u0308": _dots(-0.85, 0.85),
    "\u030a": _ring,
    "\u030b": _lines(((0.0, 1.15), (-0.8, 0.15)), ((1.1, 1.15), (0.3, 0.15))),
    "\u030c": _lines(((-0.95, 1.1), (0.12, 0.2)), ((-0.12, 0.2), (0.95, 1.1))),
    "\u0326": _lines(((0.15, -0.3), (-0.2, -1.1))),
    "\u0327": _curve(((0.0, 0.1), (0.0, -0.45), (0.55, -0.85), (-0.1, -1.35), (-0.5, -1.2))),
    "\u0328": _curve(((0.5, 0.1), (0.0, -0.6), (0.3, -1.15), (0.85, -1.0))),
}
