"""Notes find their vowels, vowels begin with their notes, consonants stand before, and the pitch is the score's."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from models.base import SungLine, SungNote, SungWord
from models.singing.checks import parts
from models.singing.melody import STEP_S, pitch
from models.singing.phones import ARPA_DIPHTHONGS, ARPA_VOWELS, Phone, arpa_kind
from models.singing.syllables import Syllable, syllables
from models.singing.timing import placed, sources


def phones(said: str, length_s: float = 0.1, stresses: str = "") -> list[Phone]:
    found, vowel = [], 0
    for number, name in enumerate(said.split()):
        stress = 0
        if name in ARPA_VOWELS:
            stress = int(stresses[vowel]) if vowel < len(stresses) else 0
            vowel += 1
        at_s = number * length_s
        found.append(Phone(name, arpa_kind(name), 0, at_s, at_s + length_s, stress, name in ARPA_DIPHTHONGS))
    return found


def notes(*lengths_s: float, start_s: float = 1.0, pitch: int = 60) -> list[SungNote]:
    ends = start_s + np.cumsum(lengths_s)
    return [SungNote(float(end - length), float(end), pitch) for end, length in zip(ends, lengths_s, strict=True)]


def names(sounds: Sequence[Phone]) -> str:
    return " ".join(sound.name for sound in sounds)


def shape(found: Sequence[Syllable]) -> list[tuple[str, str, str, int]]:
    return [(names(one.onset), one.held.name, names(one.coda), len(one.notes)) for one in found]


def test_each_vowel_gets_its_note() -> None:
    found = syllables(phones("w ao k ih ng", stresses="20"), notes(0.5, 0.5))

    assert shape(found) == [("w", "ao", "", 1), ("k", "ih", "ng", 1)]


def test_more_notes_than_vowels_are_a_melisma_on_the_stressed_one() -> None:
    found = syllables(phones("b y uw t ax f ax l", stresses="200"), notes(*[0.3] * 5))

    assert shape(found) == [("b y", "uw", "", 3), ("t", "ax", "", 1), ("f", "ax", "l", 1)]


def test_fewer_notes_than_vowels_leave_the_stressed_ones() -> None:
    fire = syllables(phones("f ay er", stresses="20"), notes(0.5))
    again = syllables(phones("ax g eh n", stresses="02"), notes(0.5))

    assert shape(fire) == [("f", "ay", "", 1)]
    assert names(fire[0].nucleus) == "ay er"
    assert shape(again) == [("", "eh", "n", 1)]
    assert names(again[0].nucleus) == "ax g eh"


@pytest.mark.parametrize(("said", "held"), [("hh m", "m"), ("sh", "sh"), ("p s t", "s"), ("t", "t")])
def test_a_word_without_a_vowel_is_held_on_what_lasts(said: str, held: str) -> None:
    found = syllables(phones(said), notes(0.5, 0.5))

    assert [one.held.name for one in found] == [held]
    assert len(found[0].notes) == 2


def line(*words: tuple[str, Sequence[SungNote]]) -> list[Syllable]:
    return [one for said, sung in words for one in syllables(phones(said), sung)]


def test_vowels_begin_with_their_notes_and_consonants_stand_before() -> None:
    sung = line(("s ao ng", notes(0.5)), ("b er d", notes(0.6, start_s=1.5)), ("t ay m", notes(0.8, start_s=2.6)))

    found = placed(sung, 0.0)

    held = [place for place in found if place.is_held]
    assert [place.start_s for place in held] == pytest.approx([1.0, 1.5, 2.6])
    assert names([place.phone for place in found]) == "s ao ng b er d t ay m"
    assert all(other.start_s >= one.end_s - 1e-9 for one, other in pairwise(found))
    assert found[2].start_s < 1.5 <= found[3].end_s + 1e-9  # ng and b sound within the first note
    assert found[5].end_s == pytest.approx(2.15)  # d after its note, which a rest follows
    assert found[6].start_s > found[5].end_s  # nothing sounds in the rest
    for place in found:
        assert place.is_held or place.length_s <= 0.13 + 1e-9


@pytest.mark.parametrize("beat_s", [0.06, 0.08, 0.12, 0.3])
def test_fast_notes_shorten_consonants_and_leave_a_vowel(beat_s: float) -> None:
    sung = line(*[("s t r ih k t", notes(beat_s, start_s=1 + number * beat_s)) for number in range(6)])

    found = placed(sung, 0.0)

    held = [place for place in found if place.is_held]
    assert [place.start_s for place in held] == pytest.approx([1 + number * beat_s for number in range(6)])
    assert min(place.length_s for place in held) >= 0.44 * beat_s
    assert all(place.length_s > 0 for place in found)
    assert all(other.start_s >= one.end_s - 1e-9 for one, other in pairwise(found))


def test_a_song_that_begins_with_a_consonant_has_it() -> None:
    found = placed(line(("s iy", notes(0.5, start_s=0.0))), 0.0)

    assert found[0].start_s == 0
    assert 0.02 < found[0].length_s <= 0.04
    assert found[1].start_s <= 0.04


def test_a_long_vowel_moves_through_the_speech_and_never_back_to_its_beginning() -> None:
    found = placed(line(("l ay", notes(6.0))), 0.0)
    times_s = np.arange(0.9, 7.0, 0.005)

    source_s, number = sources(found, times_s, np.random.default_rng(1))

    vowel = source_s[(number == 1) & (times_s > 1.1) & (times_s < 6.8)]
    assert np.unique(vowel).size > 0.9 * vowel.size  # no frame stands still
    assert vowel.min() >= 0.1
    assert vowel.max() <= 0.2
    glide = source_s[(number == 1) & (times_s > 6.95)]
    assert np.all(np.diff(glide) > 0)


def test_the_pitch_is_the_tune_with_glides_between() -> None:
    tune = [SungNote(1.0, 1.5, 60), SungNote(1.5, 2.0, 67), SungNote(2.0, 4.0, 55)]
    times_s = np.arange(0.9, 4.0, STEP_S)

    tones, _ = pitch(tune, times_s, np.random.default_rng(2))

    for note in tune:
        inside = tones[(times_s > note.start_s + 0.12) & (times_s < note.end_s - 0.06)]
        assert np.mean(np.abs(inside - note.pitch) < 0.5) == 1.0
        assert abs(np.median(inside) - note.pitch) < 0.06
    rising = times_s[(tones > 60.7) & (tones < 66.3) & (times_s > 1.3) & (times_s < 1.6)]
    assert 0.03 < np.ptp(rising) < 0.09
    assert rising.min() < 1.5


def test_long_notes_have_vibrato_after_a_while_and_short_ones_none() -> None:
    times_s = np.arange(1.0, 5.0, STEP_S)

    tones, wave = pitch([SungNote(1.0, 5.0, 60)], times_s, np.random.default_rng(3))
    _, none = pitch([SungNote(1.0, 1.3, 60)], times_s, np.random.default_rng(3))

    assert np.all(wave[times_s < 1.15] == 0)
    assert not none.any()
    late = tones[(times_s > 3.0) & (times_s < 4.9)] - 60
    assert 0.25 < late.max() < 0.5
    turns = np.sum(np.diff(np.sign(late - late.mean())) > 0) / 1.9
    assert 5 <= turns <= 6.5


def word(text: str, *sung: tuple[float, float, int]) -> SungWord:
    return SungWord(text, tuple(SungNote(*note) for note in sung))


def test_overlapping_notes_are_cleaned_and_all_are_kept() -> None:
    line = SungLine((word("two", (1.4, 2.0, 62)), word("one", (1.0, 1.8, 60), (1.0, 1.8, 64)), word("three")))

    ((one, two),) = parts([line], 10.0)

    sung = [*one.notes, *two.notes]
    assert (one.text, two.text) == ("one", "two")
    assert len(sung) == 3
    assert all(after.start_s >= before.end_s > before.start_s for before, after in pairwise(sung))


def test_words_that_interleave_are_sung_one_after_the_other() -> None:
    line = SungLine((word("a", (1.0, 1.4, 60), (2.0, 2.4, 62)), word("b", (1.5, 1.9, 64))))

    ((one, two),) = parts([line], 10.0)

    assert [note.pitch for note in (*one.notes, *two.notes)] == [60, 62, 64]
    assert two.notes[0].start_s >= one.notes[-1].end_s > one.notes[-1].start_s


def test_a_word_that_lasts_longer_than_a_breath_is_refused() -> None:
    with pytest.raises(ValueError, match="word lasts 30 s"):
        parts([SungLine((word("la", (1.0, 2.0, 60), (1000.0, 1001.0, 60)),))], 2000.0)


def test_lines_are_put_in_order_and_leave_room_for_the_next() -> None:
    lines = [SungLine((word("late", (3.0, 4.0, 60)),)), SungLine((word("early", (1.0, 3.0, 60)),))]

    found = parts(lines, 10.0)

    assert [part[0].text for part in found] == ["early", "late"]
    assert found[0][0].notes[0].end_s < 3.0


def test_endless_lines_are_sung_in_several_parts() -> None:
    words = tuple(word("la", (float(number), number + 0.9, 60)) for number in range(100))

    found = parts([SungLine(words)], 200.0)

    assert sum(map(len, found)) == 100
    assert max(part[-1].notes[-1].end_s - part[0].notes[0].start_s for part in found) <= 25


@pytest.mark.parametrize(
    ("note", "duration_s"),
    [
        ((-1.0, 1.0, 60), 5.0), ((2.0, 1.0, 60), 5.0), ((0.0, 60.0, 60), 100.0), ((0.0, 1.0, 200), 5.0),
        ((float("nan"), 1.0, 60), 5.0), ((0.0, float("inf"), 60), 5.0), ((0.0, 1.0, 60), float("nan")),
        ((0.0, 1.0, 60), 1e9), ((0.0, 1.0, 60), -1.0),
    ],
)  # fmt: skip
def test_what_cannot_be_sung_is_refused_with_a_sentence(note: tuple[float, float, int], duration_s: float) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+ \w+"):
        parts([SungLine((word("la", note),))], duration_s)
