"""What singing needs of the synthesisers: which sound is spoken when, and in which word."""

from itertools import pairwise

import numpy as np
import pytest

from models.base import Voice, VoiceProfile
from models.singing.phones import Kind
from models.singing.speaker import Speaker
from models.singing.tract import analysed
from models.speech import espeak, flite

NEEDS_FLITE = pytest.mark.skipif(not flite.voices(), reason="flite is not on PATH")
WORDS = ["Sunny", "mountains", "sing", "to", "me"]
VOWELS = [2, 2, 1, 1, 1]


def voice(speaker: str, language: str = "en") -> Voice:
    profile = VoiceProfile(150.0, 2.0, (450.0, 1500.0, 2700.0, 3800.0), (0.0,) * 40)
    return Voice("v", "V", "male", language, profile, None, {"speech": {"flite": speaker}})


def beat() -> None: ...


@NEEDS_FLITE
@pytest.mark.parametrize("name", ["rms", "slt", "awb", "kal16"])
def test_flite_tells_its_phones(name: str) -> None:
    speech, phones = flite.speak_timed("See the sea", name)

    assert [phone for phone, _ in phones if phone != "pau"] == ["s", "iy", "dh", "ax", "s", "iy"]
    ends = [end_s for _, end_s in phones]
    assert ends == sorted(ends)
    last_s = max(end_s for phone, end_s in phones if phone != "pau")  # some voices cut the pause after it
    assert speech.duration_s - 0.25 < last_s < speech.duration_s


def test_espeak_tells_words_and_phonemes() -> None:
    with espeak.opened() as process:
        speech, events = process.speak_timed("schöne Grüße", "de+shed-man", rate_wpm=150)

    assert [event.position for event in events if event.is_word] == [0, 7]
    assert [event.name.strip("ˈˌː") for event in events if event.name][:4] == ["ʃ", "ø", "n", "ə"]
    starts = [event.start_s for event in events]
    assert starts == sorted(starts)
    assert starts[-1] <= speech.duration_s


@pytest.mark.parametrize(
    "speaker", [pytest.param("rms", marks=NEEDS_FLITE), pytest.param("slt", marks=NEEDS_FLITE), ""]
)
def test_a_line_is_spoken_with_the_sounds_of_each_word(speaker: str) -> None:
    with Speaker(voice(speaker), beat) as singer:
        ((run, said),) = singer.speak(WORDS)

    assert run == range(len(WORDS))
    assert [sum(one.is_vowel for one in said.phones if one.word == number) for number in run] == VOWELS
    assert [one.word for one in said.phones] == sorted(one.word for one in said.phones)
    assert all(one.end_s <= other.start_s + 1e-6 for one, other in pairwise(said.phones))


@pytest.mark.parametrize("speaker", [pytest.param("rms", marks=NEEDS_FLITE), ""])
def test_vowels_are_loud_and_hisses_are_high_where_they_are_said_to_be(speaker: str) -> None:
    with Speaker(voice(speaker), beat) as singer:
        ((_, said),) = singer.speak(WORDS)

    tract, phones = analysed(said.audio, said.phones)

    middle = {id(one): round((one.start_s + one.end_s) / 2 / 0.005) for one in phones}
    low_db = {key: float(tract.level_db[at, 5:40].max()) for key, at in middle.items()}
    high_db = {key: float(tract.level_db[at, 200:350].max()) for key, at in middle.items()}
    vowels = [id(one) for one in phones if one.kind is Kind.VOWEL]
    hisses = [id(one) for one in phones if one.name == "s"]
    assert len(hisses) >= 2
    loudest = max(low_db[key] for key in vowels)
    assert np.median([low_db[key] for key in vowels]) > loudest - 15
    assert all(high_db[key] > low_db[key] for key in hisses)
    assert all(tract.is_voiced[middle[key]] for key in vowels)
    assert not any(tract.is_voiced[middle[key]] for key in hisses)


def test_scripts_of_other_languages_are_spoken_by_their_rules() -> None:
    with Speaker(voice(""), beat) as singer:
        runs = singer.speak(["hello", "мир", "你", "好", "world"])

    assert [run for run, _ in runs] == [range(1), range(1, 2), range(2, 4), range(4, 5)]
    assert [sum(one.is_vowel for one in said.phones) for _, said in runs] == [2, 1, 2, 1]
    assert {one.word for one in runs[2][1].phones} == {2, 3}
