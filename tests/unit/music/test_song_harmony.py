"""Chords, their voicings, and the data of the genres."""

from itertools import pairwise

import numpy as np
import pytest

from models.base import SongWish
from models.music.compose import compose
from models.music.composing.harmony import bars_of, chord_of
from models.music.composing.placing import Syllable, Window, placed
from models.music.composing.tune import scale_over
from models.music.composing.voicing import voiced
from models.music.genre import Genre, genres, instruments, kits, read
from models.music.score import MAJOR, MINOR, Key

C, A_MINOR = Key(0, MAJOR), Key(9, MINOR)
GENRES = genres().values()


@pytest.mark.parametrize(
    ("numeral", "key", "symbol"),
    [
        ("I", C, "C"), ("ii7", C, "Dm7"), ("V7", C, "G7"), ("Imaj9", C, "Cmaj9"), ("V7/ii", C, "A7"), ("V7/vi", C, "E7"),
        ("I/3", C, "C/E"), ("bVII", C, "A#"), ("iv", C, "Fm"), ("bVo7", C, "F#dim7"), ("i", A_MINOR, "Am"),
        ("VI", A_MINOR, "F"), ("V7/3", A_MINOR, "E7/G#"), ("iiø7", A_MINOR, "Bm7b5"), ("bII", A_MINOR, "A#"),
        ("V7/III", A_MINOR, "G7"), ("Vsus4", C, "Gsus4"), ("im9", A_MINOR, "Am9"), ("I", Key(3, MAJOR), "Eb"),
    ],
)  # fmt: skip
def test_numerals_become_chords(numeral: str, key: Key, symbol: str) -> None:
    assert chord_of(numeral, key).symbol == symbol


def test_bars_of_a_progression() -> None:
    assert bars_of("I*2 ii7+V7 I/3") == (("I",), ("I",), ("ii7", "V7"), ("I/3",))
    with pytest.raises(ValueError, match="no chord"):
        chord_of("Q", C)


def test_the_scale_makes_room_for_foreign_tones() -> None:
    assert scale_over(chord_of("I", C), C) == (0, 2, 4, 5, 7, 9, 11)
    assert scale_over(chord_of("V7", A_MINOR), A_MINOR) == (0, 2, 4, 5, 8, 11)  # G sharp in the place of G and A


@pytest.mark.parametrize("way", ["close", "triad", "shell"])
def test_voices_move_little_and_never_cross(way: str) -> None:
    before: tuple[int, ...] = ()
    moves = []
    for numeral in ("Imaj7", "vi7", "ii7", "V7", "iii7", "VI7", "ii9", "V7", "Imaj9", "IVmaj7", "iv6", "Imaj7"):
        voices = voiced(chord_of(numeral, C), 52, 74, before, way=way)
        assert list(voices) == sorted(set(voices))
        assert voices[0] >= 52
        assert voices[-1] <= 74
        assert {voice % 12 for voice in voices} <= set(chord_of(numeral, C).pitches)
        if len(before) == len(voices):
            moves += [abs(one - other) for one, other in zip(before, voices, strict=True)]
        before = voices

    assert np.mean(moves) < 2.6
    assert max(moves) <= 7


@pytest.mark.parametrize("genre", GENRES, ids=lambda genre: genre.name)
def test_each_genre_has_enough_to_choose_from_and_all_of_it_can_be_read(genre: Genre) -> None:
    comping, bass = read("comping.toml"), read("bass.toml")
    for mode, key in ((MAJOR, C), (MINOR, A_MINOR)):
        assert {"verse", "chorus", "bridge"} <= set(genre.progressions[mode])
        assert len(genre.progressions[mode]["verse"]) >= 3
        assert len(genre.progressions[mode]["chorus"]) >= 3
        for pool in genre.progressions[mode].values():
            for progression in pool:
                for bar in bars_of(progression):
                    assert all(0 < len(chord_of(numeral, key).pitches) <= 5 for numeral in bar)
    if genre.kits:
        assert len(genre.drums) >= 3
    for pattern in (*genre.drums, *genre.percussion):
        lengths = {len(line) for line in (*pattern.steps.values(), *pattern.high.values()) if line}
        assert len(lengths) == 1
        assert lengths <= {16, 32}
        assert set("".join(pattern.steps.values())) <= set("Xxog.")
        assert set(pattern.low) <= set(pattern.steps)
    for layer in genre.layers:
        assert set(layer.sounds) <= set(instruments())
        names = set(bass) | {"walk", "kick", "808"} if layer.role == "bass" else set(comping)
        assert set(layer.play) <= names
    assert set(genre.kits) <= set(kits())
    assert all(len(line) in {12, 16} for told in comping.values() for line in told["lines"])
    assert all(len(line) == 16 for lines in bass.values() for line in lines)


@pytest.mark.parametrize("genre", GENRES, ids=lambda genre: genre.name)
def test_verse_and_chorus_have_their_own_chords_and_the_tonic_is_heard(genre: Genre) -> None:
    for seed in range(4):
        score = compose(
            SongWish(style=genre.name, lyrics="[Verse]\none day\nto stay\n[Chorus]\nmy love\nabove"), seed=seed
        )
        roots = {
            section.kind: [
                (chord.pitches[0], chord.length)
                for chord in score.chords
                if section.start <= chord.start < section.start + section.length
            ]
            for section in score.sections
        }
        assert roots["verse"] != roots["chorus"]
        tonic = sum(chord.length for chord in score.chords if chord.pitches[0] == score.key.tonic)
        assert tonic > 0.15 * score.length
        assert score.chords[-1].pitches[0] == score.key.tonic


def test_a_blues_of_three_lines_has_twelve_bars() -> None:
    lyrics = "[Verse]\nWoke up this morning with the blues around my bed\nWoke up this morning with the blues around my bed\nWent to eat my breakfast and the blues was in my bread"

    for seed in range(5):
        score = compose(SongWish(style="blues", lyrics=lyrics, key="E major"), seed=seed)
        verse = next(section for section in score.sections if section.kind == "verse")
        chords = [chord for chord in score.chords if verse.start <= chord.start < verse.start + verse.length]
        degrees = {(chord.pitches[0] - score.key.tonic) % 12 for chord in chords}
        assert verse.length == 12 * score.beats_per_bar
        assert {0, 5, 7} <= degrees


def test_stressed_syllables_are_put_on_beats_within_the_window() -> None:
    syllables = [Syllable(weight, ends_word=True) for weight in (0.1, 0.9, 0.1, 0.9, 0.1, 0.1, 0.9)]

    onsets = placed(syllables, Window(-1.0, 7.0, 0.0, 0.6, 4.0), lambda _beat: 0.0)

    assert onsets == sorted(set(onsets))
    assert onsets[0] >= -1.0
    assert onsets[-1] <= 6.5
    assert all(onset % 1 == 0 for onset, syllable in zip(onsets, syllables, strict=True) if syllable.weight > 0.5)


@pytest.mark.parametrize("count", [1, 2, 5, 20, 60, 300])
def test_any_number_of_syllables_finds_room(count: int) -> None:
    onsets = placed([Syllable(0.5, ends_word=True)] * count, Window(0.0, 6.0, 0.0, 0.5, 3.0), lambda _beat: 0.1)

    assert len(onsets) == count
    assert all(after > onset for onset, after in pairwise(onsets))
    assert onsets[-1] < 6.0
