"""Drawings of things, read from shapes/*.toml (how they are written is told at the head of animals.toml)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from models.pictures.canvas import Points, ellipse, spline, stroke
from models.pictures.colour import Colour, parse_hex

FOLDER = Path(__file__).parent / "shapes"
BOX = 100.0
CARVED = "carved"
_ROUND = 10  # corners of a quarter or of the cap of a line


@dataclass(frozen=True, slots=True)
class Part:
    """`polygons` in the box of 100 by 100; tone: see animals.toml."""

    tone: str
    polygons: tuple[Points, ...]


@dataclass(frozen=True, slots=True)
class Thing:
    """A drawing. size: of the smaller side of a picture; place: ground, water, sky, under or centre; home: a setting.

    shadow: strength of what it throws on the ground, 0 to 1.
    """

    name: str
    words: tuple[str, ...]
    parts: tuple[Part, ...]
    place: str
    size: float
    home: str
    angle_deg: float
    shadow: float
    body: Colour
    second: Colour


@cache
def things() -> Mapping[str, Thing]:
    """All drawings by name."""
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for name, told in tomllib.loads(path.read_text(encoding="utf-8")).items():
            body = parse_hex(told["body"])
            found[name] = Thing(
                name,
                tuple(told["words"]),
                tuple(_part(text) for text in told["parts"]),
                told["place"],
                float(told["size"]),
                told.get("home", ""),
                float(told.get("angle", 0.0)),
                float(told.get("shadow", 0.9)),
                body,
                parse_hex(told["second"]) if "second" in told else body,
            )
    return found


def _part(text: str) -> Part:
    tone, *tokens = text.split()
    polygons: list[Points] = []
    numbers: list[float] = []
    kind = ""
    for token in [*tokens, "M"]:
        if token.isalpha():
            if kind:
                polygons += _shape(kind, numbers)
            kind, numbers = token, []
        else:
            numbers.append(float(token))
    return Part(tone, tuple(polygons))


def _shape(kind: str, numbers: list[float]) -> list[Points]:
    if kind == "O":
        x, y, across, down, *angle = numbers
        return [ellipse(x, y, across, down, angle[0] if angle else 0.0)]
    if kind == "B":
        return [_box(*numbers)]
    if kind == "S":
        return _line(np.full(2, numbers[0]), numbers[1:])
    if kind == "T":
        return _line(np.array(numbers[:2]), numbers[2:])
    points = np.reshape(numbers, (-1, 2))
    if kind == "R":
        return [spline(points, closed=True)]
    if kind == "P":
        return [points]
    message = f"{kind!r} is no shape"
    raise ValueError(message)


def _box(left: float, top: float, width: float, height: float, radius: float = 0.0) -> Points:
    radius = min(radius, width / 2, height / 2)
    turn = np.linspace(0, np.pi / 2, _ROUND)
    corners = [
        (left + width - radius, top + radius, -np.pi / 2),
        (left + width - radius, top + height - radius, 0.0),
        (left + radius, top + height - radius, np.pi / 2),
        (left + radius, top + radius, np.pi),
    ]
    return np.concatenate(
        [np.stack([x + radius * np.cos(turn + a), y + radius * np.sin(turn + a)], axis=1) for x, y, a in corners]
    )


def _line(widths: np.ndarray, numbers: list[float]) -> list[Points]:
    """A smooth line with round ends."""
    points = np.reshape(numbers, (-1, 2))
    path = spline(points) if len(points) > 2 else points.astype(float)  # noqa: PLR2004 - two points make it straight
    along = np.linspace(widths[0], widths[1], len(path))

    def dot(place: int) -> Points:
        return ellipse(
            float(path[place, 0]), float(path[place, 1]), along[place] / 2, along[place] / 2, corners=2 * _ROUND
        )

    # One outline of a bent line may cross itself: short pieces never do.
    pieces = [stroke(path[n : n + 2], along[n : n + 2]) for n in range(len(path) - 1)]
    return [*pieces, *(dot(n) for n in range(len(path)))]
