"""A section while it is being composed."""

from dataclasses import dataclass

from models.music.composing.words import LyricLine


@dataclass(frozen=True, slots=True)
class Part:
    """kind: as in `Section`; bars of each line; number: how often this kind came before.

    least   bars below which it cannot be, 0: it may be left out
    energy  0 to 1
    """

    tag: str
    kind: str
    lines: tuple[LyricLine, ...] = ()
    line_bars: tuple[int, ...] = ()
    bars: int = 4
    least: int = 0
    is_rap: bool = False
    energy: float = 0.5
    number: int = 0
