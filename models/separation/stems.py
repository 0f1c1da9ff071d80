"""From the name of a stem to the way it is made: by the separator itself, or by splitting what the separator gives."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

INSTRUMENTAL, VOCALS = "instrumental", "vocals"
Split = tuple[str, str]
"""What is split, and which of its parts is meant: ("drums", "kick_drum"). "guitar:role" is one way to split guitar."""


@dataclass(frozen=True, slots=True)
class Route:
    """`native`: the separator's own stem; `splits`: what is then split, in order; none for the stem itself."""

    native: str
    splits: tuple[Split, ...] = ()

    @property
    def is_approximate(self) -> bool:
        return bool(self.splits)


def route(name: str, native: Collection[str], parts: Mapping[str, tuple[str, ...]]) -> Route:
    """How a stem is made with a separator that knows `native` and a splitter that knows `parts`.

    The instrumental is the mix without its vocals. Raises KeyError for what cannot be made.
    """
    if name in native:
        return Route(name)
    if name == INSTRUMENTAL and VOCALS in native:
        return Route(INSTRUMENTAL)
    for key, names in parts.items():
        if name in names:
            above = route(parent(key), native, parts)
            return Route(above.native, (*above.splits, (key, name)))
    raise KeyError(name)


def parent(key: str) -> str:
    """The stem that is split: guitar of "guitar:role"."""
    return key.partition(":")[0]
