"""Notes of a mix by way of its drums: what is heard in which stem."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from models.base import Audio, Note, Report, Samples
from models.notes.by_stem import StemTranscriber, has_drums, together

RATE_HZ = 44_100
FRAMES = 3 * RATE_HZ


def ignore(_fraction: float) -> None:
    pass


def clicks(gain: float) -> Samples:
    """Short noise, four times a second."""
    rng = np.random.default_rng(1)
    out = np.zeros((2, FRAMES), np.float32)
    for first in range(0, FRAMES - 4410, RATE_HZ // 4):
        out[:, first : first + 2205] = gain * rng.standard_normal(2205) * np.exp(-np.arange(2205) / 500)
    return out


def tone(hz: float, gain: float) -> Samples:
    return np.tile((gain * np.sin(2 * np.pi * hz * np.arange(FRAMES) / RATE_HZ)).astype(np.float32), (2, 1))


class KnownStems:
    """Gives what it was given as drums, in blocks."""

    stems: tuple[str, ...] = ("other", "drums")
    rate_hz = RATE_HZ

    def __init__(self, drums: Samples) -> None:
        self.drums = drums
        self.calls = 0

    def separate(
        self, audio: Audio, *, wanted: Sequence[str] = (), quality: str = "", seed: int = 0, report: Report
    ) -> Iterator[Samples]:
        self.calls += 1
        for first in range(0, audio.samples.shape[1], 50_000):
            block = audio.samples[:, first : first + 50_000]
            drums = self.drums[:, first : first + 50_000]
            yield np.stack([block - drums, drums])
            report(min(first / audio.samples.shape[1], 1.0))


class Ear:
    """Answers with the notes for a sound, and keeps what it was given."""

    def __init__(self, *answers: list[Note]) -> None:
        self.answers = list(answers)
        self.heard: list[Samples] = []

    def notes(self, audio: Audio, *, report: Report) -> list[Note]:
        self.heard.append(np.array(audio.samples))
        report(1.0)
        return self.answers[len(self.heard) - 1]


def transcriber(separator: KnownStems, pitched: Ear, drums: Ear) -> StemTranscriber:
    return StemTranscriber(separator, pitched, drums, room=lambda _name, shape: np.zeros(shape, np.float32))


def a_note(start_s: float, pitch: int, *, is_drum: bool = False) -> Note:
    return Note(start_s, start_s + 0.2, pitch, 90, is_drum=is_drum)


def test_drums_come_from_the_drum_stem_and_notes_from_both_hearings() -> None:
    drums = clicks(0.3)
    mix = Audio(tone(220, 0.1) + drums, RATE_HZ)
    freed, heard = [a_note(0.51, 57), a_note(1.0, 60)], [a_note(0.5, 57), a_note(2.0, 64)]
    pitched, struck = Ear(freed, heard), Ear([a_note(0.25, 38, is_drum=True)])

    notes = transcriber(KnownStems(drums), pitched, struck).notes(mix, report=ignore)

    assert [(note.start_s, note.pitch) for note in notes] == [(0.25, 38), (0.5, 57), (1.0, 60), (2.0, 64)]
    np.testing.assert_array_equal(struck.heard[0], drums)
    np.testing.assert_allclose(pitched.heard[0], mix.samples - drums, atol=1e-6)
    np.testing.assert_array_equal(pitched.heard[1], mix.samples)


def test_the_progress_only_rises() -> None:
    drums = clicks(0.3)
    seen: list[float] = []

    transcriber(KnownStems(drums), Ear([], []), Ear([])).notes(
        Audio(tone(220, 0.1) + drums, RATE_HZ), report=seen.append
    )

    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.mark.parametrize(("mix", "drums", "separations"), [
    (tone(220, 0.3), np.zeros((2, FRAMES), np.float32), 0),  # nothing high: no need to look for drums
    (tone(7000, 0.3), np.zeros((2, FRAMES), np.float32), 1),
    (tone(7000, 0.3) + clicks(0.02), clicks(0.02), 1),  # some noise is no drum kit
    (tone(7000, 0.1) + tone(100, 0.2), tone(100, 0.2), 1),  # nor is a thud
])  # fmt: skip
def test_what_has_no_drums_is_heard_as_it_is(mix: Samples, drums: Samples, separations: int) -> None:
    notes = [a_note(0.1, 45)]
    separator, pitched = KnownStems(drums), Ear(notes)

    got = transcriber(separator, pitched, Ear()).notes(Audio(mix, RATE_HZ), report=ignore)

    assert got == notes
    assert separator.calls == separations


@pytest.mark.parametrize("frames", [0, 1, 1000])
def test_silence_has_no_drums(frames: int) -> None:
    silence = Audio(np.zeros((2, frames), np.float32), RATE_HZ)

    assert not has_drums(silence, silence)


def test_notes_of_other_times_and_pitches_are_kept() -> None:
    heard = [a_note(0.0, 60), a_note(1.0, 60)]

    assert together(heard, [a_note(0.04, 60)]) == heard
    assert len(together(heard, [a_note(0.04, 61), a_note(0.5, 60)])) == 4
