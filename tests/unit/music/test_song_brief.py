"""What the composer understands of a caller's words."""

import numpy as np
import pytest

from models.base import SongWish, Voice, VoiceProfile
from models.music.brief import Brief, brief_of
from models.music.compose import compose
from models.music.keys import key_of


def brief(prompt: str = "", **wish: object) -> Brief:
    return brief_of(SongWish(prompt=prompt, **wish), np.random.default_rng(0))  # type: ignore[arg-type]


def sounds(seed: int = 0, **wish: object) -> set[str]:
    return {track.sound for track in compose(SongWish(length_s=100, **wish), seed=seed).tracks}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prompt", "genre", "flavour"),
    [
        ("an upbeat pop song about summer", "pop", ""),
        ("indie rock with guitars", "rock", "soft"),
        ("Hip Hop beat, boom bap", "hip-hop", ""),
        ("lofi beats to study to", "lo-fi", ""),
        ("lo-fi hip hop", "lo-fi", ""),
        ("EDM banger", "house", ""),
        ("deep house", "house", ""),
        ("dark techno", "techno", ""),
        ("DnB at 174", "drum & bass", ""),
        ("drum & bass", "drum & bass", ""),
        ("trap beat", "trap", ""),
        ("roots reggae", "reggae", ""),
        ("smooth jazz", "jazz", "ballad"),
        ("slow blues", "blues", "slow"),
        ("country pop", "country", ""),
        ("a sea shanty", "folk", "celtic"),
        ("R&B slow jam", "R&B", ""),
        ("heavy metal", "metal", ""),
        ("ambient drone", "ambient", ""),
        ("orchestral trailer music", "cinematic", ""),
        ("a piano sonata", "classical", ""),
        ("bossa nova for a cafe", "Latin", "bossa"),
        ("80s synthwave", "synthwave", ""),
        ("etwas ganz anderes", "pop", ""),
        ("🎉🎉", "pop", ""),
    ],
)
def test_genres_are_known_by_many_names(prompt: str, genre: str, flavour: str) -> None:
    found = brief(prompt)

    assert (found.genre, found.flavour) == (genre, flavour)


def test_the_style_counts_before_the_subject_and_a_genre_that_is_avoided_does_not() -> None:
    assert brief("a song about a country road", style="metal").genre == "metal"
    assert brief("pop or jazz", avoid="pop").genre == "jazz"
    assert brief("not rock, a folk song").genre == "folk"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A minor", "A minor"), ("Bbm", "A# minor"), ("F# major", "F# major"), ("Am", "A minor"), ("C", "C major"),
        ("eb Major", "D# major"), ("G# min", "G# minor"), ("D flat major", "C# major"), ("Cb", "B major"), ("F♯m", "F# minor"),
        (" b minor ", "B minor"), ("CM", "C major"),
    ],
)  # fmt: skip
def test_keys_are_read(text: str, name: str) -> None:
    assert key_of(text).name == name
    assert brief(key=text).key.name == name


@pytest.mark.parametrize("text", ["H dur x", "minor", "Z", "A minor or so", "?", "A" * 5000, "12"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        brief(key=text)


def test_key_tempo_metre_and_length_are_read_from_prose_and_the_fields_win() -> None:
    said = brief("a waltz in A minor, 96 bpm, 2 minutes long")
    given = brief("a song in A minor at 96 bpm, 2 minutes long", key="C", bpm=140, length_s=30)

    assert (said.key.name, said.bpm, said.beats_per_bar, said.length_s) == ("A minor", 96, 3, 120)
    assert (given.key.name, given.bpm, given.length_s) == ("C major", 140, 30)
    assert brief("A song in a bar").key == brief("some song in some bar").key  # an article is no key
    assert brief("one minute and 30 seconds of pop").length_s == 90
    assert brief("3:15 long").length_s == 195


@pytest.mark.parametrize("bpm", [39.9, 240.1, -5, float("nan"), float("inf")])
def test_tempos_that_cannot_be_are_refused(bpm: float) -> None:
    with pytest.raises(ValueError, match="40 to 240"):
        brief(bpm=bpm)


@pytest.mark.parametrize("length_s", [-1, 601, float("nan"), float("inf")])
def test_lengths_that_cannot_be_are_refused(length_s: float) -> None:
    with pytest.raises(ValueError, match="seconds"):
        brief(length_s=length_s)


def test_moods_steer_mode_and_tempo() -> None:
    def songs(prompt: str) -> list[Brief]:
        return [brief_of(SongWish(prompt=prompt), np.random.default_rng(seed)) for seed in range(30)]

    happy, sad = songs("a happy pop song"), songs("a sad pop song")

    assert sum(song.key.mode == "minor" for song in happy) < 5
    assert sum(song.key.mode == "minor" for song in sad) > 20
    assert np.mean([song.bpm for song in happy]) > np.mean([song.bpm for song in sad]) + 8
    assert np.mean([song.bpm for song in songs("fast pop")]) > np.mean([song.bpm for song in songs("slow pop")]) + 25


@pytest.mark.parametrize("seed", range(4))
def test_instruments_that_are_named_play(seed: int) -> None:
    assert {"saxophone", "strings"} <= sounds(seed, prompt="pop with saxophone and strings")
    assert "steel guitar" in sounds(seed, prompt="house with acoustic guitar")
    assert {"harp", "flute"} <= sounds(seed, prompt="ambient", style="harp, flute")
    assert "violin" in sounds(seed, prompt="hip hop beat with a violin")
    assert {"violin", "flute", "trumpet"} <= sounds(seed, prompt="techno with violin, flute and trumpet")
    assert "orchestral percussion" in sounds(seed, prompt="classical with drums")


@pytest.mark.parametrize("seed", range(4))
def test_instruments_that_are_avoided_do_not(seed: int) -> None:
    pianos, guitars = (
        {"grand piano", "electric piano"},
        {"clean guitar", "distorted guitar", "steel guitar", "muted guitar", "nylon guitar"},
    )

    assert not pianos & sounds(seed, prompt="pop", avoid="piano")
    assert not guitars & sounds(seed, prompt="rock without guitars")
    assert not any("kit" in sound or "percussion" in sound for sound in sounds(seed, prompt="latin", avoid="drums"))
    heard = sounds(seed, prompt="house with no drums or bass and a harp")
    assert not {"house kit", "synth bass", "sub bass"} & heard
    assert "harp" in heard
    assert "drums" not in brief("no vocals please").unwanted


@pytest.mark.parametrize("seed", range(4))
def test_a_solo_is_one_instrument(seed: int) -> None:
    assert sounds(seed, prompt="solo piano, calm") == {"grand piano"}
    assert sounds(seed, prompt="only acoustic guitar, folk") == {"steel guitar"}
    assert sounds(seed, prompt="an a cappella song", lyrics="hello my friend") == set()


def test_everything_can_be_avoided_but_someone_plays_or_nobody() -> None:
    everything = (
        "piano, guitar, bass, drums, synth, strings, brass, organ, choir, bells, harp, flute, accordion, vibraphone"
    )

    for seed in range(5):
        assert len(sounds(seed, prompt="pop", avoid=everything)) < 5


@pytest.mark.parametrize(
    ("gender", "pitch_hz", "low", "high"),
    [("male", 110, 45, 52), ("female", 200, 53, 59), ("neutral", 150, 47, 57), ("male", 0, 45, 52)],
)
def test_the_range_follows_the_voice(gender: str, pitch_hz: float, low: int, high: int) -> None:
    voice = Voice("v", "V", gender, "en", VoiceProfile(pitch_hz, 2.0, (), ()))

    found = brief(voice=voice).vocal_range

    assert low <= found[0] <= high
    assert 17 <= found[1] - found[0] <= 22
