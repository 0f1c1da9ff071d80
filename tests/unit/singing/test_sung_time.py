"""When sounds are sung: vowels with their notes, consonants before them, whatever the notes."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from models.base import SungLine, SungNote, SungWord
from models.singing.checks import HIGHEST, LONGEST_NOTE_S, LOWEST, parts
from models.singing.phones import Kind, Phone
from models.singing.syllables import Syllable, syllables
from models.singing.timing import CLUSTER_S, OVERLAP_S, Placed, placed, sources


def phones(*sounds: tuple[str, Kind, float], stresses: Sequence[int] = (), word: int = 0) -> list[Phone]:
    """One after the other; stresses: of the vowels in order."""
    found, at_s, vowels = [], 0.0, 0
    for name, kind, length_s in sounds:
        stress = 0
        if kind is Kind.VOWEL:
            stress = stresses[vowels] if vowels < len(stresses) else 0
            vowels += 1
        found.append(Phone(name, kind, word, at_s, at_s + length_s, stress))
        at_s += length_s
    return found


def notes(*lengths_s: float, start_s: float = 1.0) -> tuple[SungNote, ...]:
    found = []
    for number, length_s in enumerate(lengths_s):
        found.append(SungNote(start_s, start_s + length_s, 60 + number))
        start_s += length_s
    return tuple(found)


STAR = phones(
    ("s", Kind.UNVOICED, 0.12), ("t", Kind.UNVOICED, 0.08), ("aa", Kind.VOWEL, 0.15), ("r", Kind.SONORANT, 0.06)
)
BANANA = phones(
    ("b", Kind.VOICED, 0.06),
    ("ax", Kind.VOWEL, 0.06),
    ("n", Kind.SONORANT, 0.06),
    ("ae", Kind.VOWEL, 0.14),
    ("n", Kind.SONORANT, 0.06),
    ("ax", Kind.VOWEL, 0.1),
    stresses=(0, 2, 0),
)


def vowels(line: Sequence[Syllable]) -> list[Placed]:
    return [place for place in placed(line, 0.0) if place.is_held]


def test_the_vowel_begins_with_its_note_and_the_consonants_before_it() -> None:
    line = syllables(STAR, notes(0.5))

    places = placed(line, 0.0)

    (vowel,) = (place for place in places if place.is_held)
    assert vowel.start_s == pytest.approx(1.0)
    assert places[0].phone.name == "s"
    assert 1.0 - CLUSTER_S <= places[0].start_s < 1.0
    assert all(one.end_s == pytest.approx(other.start_s) for one, other in pairwise(places))


@pytest.mark.parametrize("note_s", [0.06, 0.09, 0.12, 0.3, 1.0, 8.0])
def test_every_vowel_keeps_its_time_when_notes_are_fast(note_s: float) -> None:
    line = [*syllables(STAR, notes(note_s)), *syllables(STAR, notes(note_s, start_s=1.0 + note_s))]

    places = placed(line, 0.0)

    held = [place for place in places if place.is_held]
    assert [place.start_s for place in held] == pytest.approx([1.0, 1.0 + note_s])
    assert all(place.length_s >= min(0.4 * note_s, 0.02) for place in held)
    assert all(place.length_s >= -1e-9 for place in places)
    assert all(one.end_s <= other.start_s + 1e-9 for one, other in pairwise(places))


def test_consonants_begin_at_most_a_little_before_the_line_before_has_ended() -> None:
    places = placed(syllables(STAR, notes(0.5)), 0.99)

    assert 0.99 - OVERLAP_S <= places[0].start_s < 1.0
    assert vowels(syllables(STAR, notes(0.5)))[0].start_s == pytest.approx(1.0)


def test_a_song_that_begins_with_a_consonant_begins_with_it() -> None:
    places = placed(syllables(STAR, notes(0.5, start_s=0.0)), 0.0)

    assert places[0].start_s >= 0
    assert places[0].phone.name == "s"
    assert next(place for place in places if place.is_held).start_s <= 0.04 + 1e-9


def test_more_notes_than_vowels_are_a_melisma_on_the_stressed_one() -> None:
    line = syllables(BANANA, notes(0.2, 0.2, 0.2, 0.2, 0.2))

    assert [len(syllable.notes) for syllable in line] == [1, 3, 1]


def test_fewer_notes_than_vowels_keep_the_stressed_one() -> None:
    (syllable,) = syllables(BANANA, notes(0.6))

    assert syllable.held.name == "ae"
    assert [phone.name for phone in (*syllable.onset, *syllable.nucleus, *syllable.coda)] == [
        phone.name for phone in BANANA
    ]


def test_a_word_without_a_vowel_is_held_on_what_can_be_held() -> None:
    (syllable,) = syllables(phones(("t", Kind.UNVOICED, 0.1), ("m", Kind.SONORANT, 0.1)), notes(0.5))

    assert syllable.held.name == "m"


def test_speech_is_read_forwards_and_within_its_sounds() -> None:
    line = syllables(BANANA, notes(0.4, 2.0, 0.4))
    times_s = np.arange(700, dtype=np.float64) * 0.005 + 0.8

    source_s, number = sources(placed(line, 0.0), times_s, np.random.default_rng(1))

    sung = number >= 0
    assert source_s[sung].min() >= 0
    assert source_s[sung].max() <= BANANA[-1].end_s + 1e-9
    assert np.abs(np.diff(source_s[sung])).max() < 0.03  # no jumps
    held = source_s[(times_s > 1.6) & (times_s < 3.2)]
    assert np.unique(held.round(5)).size > 50  # a held vowel moves


def test_notes_are_put_in_order_and_one_after_the_other() -> None:
    line = SungLine(
        (
            SungWord("there", (SungNote(1.2, 1.8, 64), SungNote(0.9, 1.0, 65))),
            SungWord("hello", (SungNote(0.5, 2.0, 60), SungNote(1.0, 2.5, 62))),
            SungWord("unsung", ()),
            SungWord("late", (SungNote(9.0, 9.5, 60),)),
        )
    )

    (part,) = parts([line], 5.0)

    assert [word.text for word in part] == ["hello", "there"]
    flat = sorted((note for word in part for note in word.notes), key=lambda note: note.start_s)
    assert all(one.end_s <= other.start_s + 1e-9 for one, other in pairwise(flat))
    assert all(note.end_s > note.start_s for note in flat)


def test_chords_are_sung_one_note_after_the_other() -> None:
    chord = tuple(SungNote(1.0, 2.0, pitch) for pitch in (60, 64, 67))

    ((word,),) = parts([SungLine((SungWord("hey", chord),))], 5.0)

    assert len(word.notes) == 3
    assert all(one.end_s <= other.start_s for one, other in pairwise(word.notes))


def test_lines_come_in_order_of_time_and_long_ones_in_parts() -> None:
    def line(start_s: float, words: int) -> SungLine:
        return SungLine(
            tuple(SungWord("la", (SungNote(start_s + 0.5 * n, start_s + 0.5 * n + 0.5, 60),)) for n in range(words))
        )

    found = parts([line(70.0, 2), line(1.0, 120)], 600.0)

    starts = [part[0].notes[0].start_s for part in found]
    assert starts == sorted(starts)
    assert len(found) > 2
    assert sum(len(part) for part in found) == 122


@pytest.mark.parametrize(
    "note",
    [
        SungNote(float("nan"), 1.0, 60),
        SungNote(0.0, float("inf"), 60),
        SungNote(-1.0, 1.0, 60),
        SungNote(2.0, 1.0, 60),
        SungNote(0.0, LONGEST_NOTE_S + 1, 60),
        SungNote(0.0, 1.0, LOWEST - 1),
        SungNote(0.0, 1.0, HIGHEST + 1),
    ],
)
def test_notes_nobody_can_sing_are_refused(note: SungNote) -> None:
    with pytest.raises(ValueError, match=r"sung note|Sung notes|Nobody"):
        parts([SungLine((SungWord("la", (note,)),))], 10.0)


@pytest.mark.parametrize("duration_s", [-1.0, float("nan"), float("inf"), 1e9])
def test_lengths_no_song_has_are_refused(duration_s: float) -> None:
    with pytest.raises(ValueError, match="Singing lasts"):
        parts([], duration_s)
