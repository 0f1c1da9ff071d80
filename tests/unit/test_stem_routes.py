"""From the 23 names to what makes them, with separators that know few or many stems."""

import pytest

from app.contract.enums import Stem
from models.separation.stems import Route, route

FOUR = ("drums", "bass", "other", "vocals")
SIX = (*FOUR, "guitar", "piano")
PARTS = {
    "vocals:gender": ("male_vocal", "female_vocal"),
    "vocals:role": ("lead_vocal", "back_vocal"),
    "drums": ("kick_drum", "snare_drum", "toms", "hi_hat", "ride", "crash"),
    "guitar:role": ("rhythm_guitar", "solo_guitar"),
    "guitar:kind": ("acoustic_guitar", "electric_guitar"),
    "other": ("piano", "guitar", "keys", "strings", "winds", "rest"),
}


@pytest.mark.parametrize("native", [FOUR, SIX], ids=["four stems", "six stems"])
@pytest.mark.parametrize("name", [stem.value for stem in Stem])
def test_every_stem_can_be_made(name: str, native: tuple[str, ...]) -> None:
    how = route(name, native, PARTS)

    assert how.is_approximate == (name not in (*native, "instrumental"))
    assert (how.splits[-1][1] if how.splits else how.native) == name


def test_what_is_split_twice_goes_through_what_the_separator_lacks() -> None:
    assert route("solo_guitar", FOUR, PARTS) == Route("other", (("other", "guitar"), ("guitar:role", "solo_guitar")))
    assert route("solo_guitar", SIX, PARTS) == Route("guitar", (("guitar:role", "solo_guitar"),))


def test_what_nobody_can_make_is_an_error() -> None:
    with pytest.raises(KeyError):
        route("theremin", SIX, PARTS)
    with pytest.raises(KeyError):
        route("kick_drum", FOUR, {})
