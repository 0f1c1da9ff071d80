"""Production: what a score sounds like."""

from itertools import pairwise

import numpy as np
import pytest

from models.base import Audio, Samples
from models.dsp.loudness import integrated_lufs
from models.dsp.true_peak import true_peak_dbtp
from models.music.production import drum_hits
from models.music.production.drum_hits import DRUMS, Character, hit
from models.music.production.mixing import mixed
from models.music.production.playing import RATE_HZ, library, stem
from models.music.production.produce import RING_OUT_S, produce
from models.music.score import PlayedNote, Score, Track
from models.synth.soundfont import SoundfontSynth
from tests.support.scores import bass, drums, pad, score, track

TONAL = (*library()["synth"], *library()["played"])


def no_report(_fraction: float) -> None:
    return


def made(written: Score, vocal: Samples | None = None, **options: bool) -> Audio:
    return produce(written, vocal, seed=3, report=no_report, **options)


def alone(one: Track, written: Score | None = None) -> Samples:
    return stem(one, written or score(one), 4 * RATE_HZ, SoundfontSynth(), 5)


def band_share(samples: Samples, low_hz: float, high_hz: float) -> float:
    power = np.square(np.abs(np.fft.rfft(samples)))
    hz = np.fft.rfftfreq(samples.shape[-1], 1 / RATE_HZ)
    return float(power[..., (hz >= low_hz) & (hz < high_hz)].sum() / power.sum())


def humming(seconds: float, hz: float = 330.0) -> Samples:
    """A voice-like tone that comes and goes, of shape (1, frames)."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    partials = sum(np.sin(2 * np.pi * hz * n * t) / n for n in range(1, 12))
    return (0.1 * partials * (np.sin(2 * np.pi * 0.5 * t) > -0.5)).astype(np.float32)[None]


@pytest.mark.parametrize("genre", ["house", "lo-fi", "jazz"])
def test_a_song_has_the_loudness_length_and_peaks_of_a_release(genre: str) -> None:
    written = score(drums(), bass(), pad(), genre=genre)

    audio = made(written)

    assert audio.samples.shape == (2, round((written.duration_s + RING_OUT_S) * RATE_HZ))
    assert np.isfinite(audio.samples).all()
    assert integrated_lufs(audio) == pytest.approx(-14.0, abs=0.3)
    assert true_peak_dbtp(audio) <= -0.9
    assert np.abs(audio.samples.mean(axis=1)).max() < 1e-3
    assert np.abs(audio.samples[:, -RATE_HZ // 20 :]).max() < 0.01
    assert np.corrcoef(audio.samples)[0, 1] > 0


def test_the_same_seed_gives_the_same_bytes_and_progress_only_grows() -> None:
    written = score(drums(), pad())
    seen: list[float] = []

    first = produce(written, None, seed=3, report=seen.append)

    assert np.array_equal(first.samples, made(written).samples)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("sound", TONAL)
def test_every_instrument_plays_the_pitch_that_is_written(sound: str) -> None:
    pitch = 40 if "bass" in sound else 69
    one = track("lead", sound, (PlayedNote(0.0, 4.0, pitch, 100),))

    first = RATE_HZ // 20 if sound == "muted guitar" else RATE_HZ // 2  # it is over by then
    mono = alone(one).mean(axis=0)[first : first + RATE_HZ]

    assert np.sqrt(np.square(mono).mean()) > 1e-4
    wanted_hz = 440 * 2 ** ((pitch - 69) / 12)
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(mono.size), 8 * mono.size))
    hz = np.fft.rfftfreq(8 * mono.size, 1 / RATE_HZ)
    near = [
        hz[(window := (hz > n * wanted_hz * 0.96) & (hz < n * wanted_hz * 1.04))][spectrum[window].argmax()] / n
        for n in (1, 2)
    ]
    weights = [spectrum[(hz > n * wanted_hz * 0.96) & (hz < n * wanted_hz * 1.04)].max() for n in (1, 2)]
    found_hz = near[int(np.argmax(weights))]
    assert abs(1200 * np.log2(found_hz / wanted_hz)) < 25  # the singers of a choir are never quite together
    assert max(weights) > 0.1 * spectrum.max()


@pytest.mark.parametrize("kit", library()["kits"])
def test_kick_snare_and_hat_have_their_energy_where_it_belongs(kit: str) -> None:
    def played(drum: int) -> Samples:
        return alone(track("drums", kit, (PlayedNote(0.0, 0.25, drum, 110),)))

    assert band_share(played(36), 20, 200) > 0.6
    assert band_share(played(38), 120, 10_000) > 0.7
    assert band_share(played(42), 3000, 20_000) > 0.7


@pytest.mark.parametrize("drum", [*DRUMS, 69])
def test_each_drum_is_struck_at_once_and_dies_away(drum: int) -> None:
    rng = np.random.default_rng(drum)

    hard, soft = (hit(Character(), drum, velocity, RATE_HZ, rng) for velocity in (120, 50))

    assert np.isfinite(hard).all()
    assert np.abs(hard[: RATE_HZ // 20]).max() > 0.7 * np.abs(hard).max()
    assert np.abs(hard[-20:]).max() < 0.01
    assert np.abs(soft).max() < 0.5 * np.abs(hard).max()


def test_a_closed_hat_ends_the_open_one() -> None:
    def rest(*notes: PlayedNote) -> float:
        return float(np.abs(alone(track("drums", "techno kit", notes))[:, RATE_HZ * 2 // 5 : RATE_HZ]).max())

    opened = PlayedNote(0.0, 0.25, 46, 120)

    assert rest(opened, PlayedNote(0.5, 0.25, 42, 30)) < 0.5 * rest(opened)


def test_the_pad_breathes_with_the_kick_in_house_and_not_in_folk() -> None:
    def dips(genre: str) -> float:
        written = score(drums(), pad(), genre=genre)
        frames = round(written.duration_s * RATE_HZ)
        silent = score(track("drums", "house kit", ()), pad(), genre=genre)
        with_kick, without = (
            mixed(one, None, frames, SoundfontSynth(), 3, no_report)[:, RATE_HZ : 3 * RATE_HZ]
            for one in (written, silent)
        )
        # The drums are in the centre, the pad is not: what is left between the sides is the pad.
        sides = [np.square(part[0] - part[1]).reshape(-1, RATE_HZ // 20).mean(axis=1) for part in (with_kick, without)]
        return float((sides[0] / sides[1])[::10].min())

    assert dips("house") < 0.6
    assert dips("folk") > 0.6


def test_a_voice_is_heard_on_top_of_the_band() -> None:
    written = score(drums(), bass(), pad())
    vocal = humming(written.duration_s)

    with_voice, without = made(written, vocal), made(written)

    def partials(audio: Audio) -> float:
        return sum(band_share(audio.samples, 330 * n - 4, 330 * n + 4) for n in range(2, 8))

    assert partials(with_voice) > 4 * partials(without)
    assert integrated_lufs(with_voice) == pytest.approx(-14.0, abs=0.3)


def test_a_voice_alone_is_a_song_without_the_band() -> None:
    written = score(drums(), pad())

    audio = made(written, humming(written.duration_s), vocal_only=True)

    assert band_share(audio.samples, 20, 150) < 0.05
    assert integrated_lufs(audio) == pytest.approx(-14.0, abs=0.3)


def test_silence_stays_silence() -> None:
    assert not made(score()).samples.any()


def test_velocity_makes_notes_louder_and_pan_moves_them() -> None:
    hard, soft = (alone(track("lead", "saw lead", (PlayedNote(0.0, 2.0, 60, velocity),))) for velocity in (120, 40))
    assert np.abs(hard).max() > 2 * np.abs(soft).max()
    written = score(track("lead", "flute", (PlayedNote(0.0, 8.0, 72, 100),), pan=-0.8, program=73), genre="classical")
    left, right = np.square(mixed(written, None, 4 * RATE_HZ, SoundfontSynth(), 1, no_report)).mean(axis=1)
    assert left > 2 * right


def test_two_takes_of_a_guitar_stand_left_and_right() -> None:
    guitar = alone(track("chords", "distorted guitar", tuple(PlayedNote(0.0, 4.0, p, 100) for p in (40, 47, 52))))

    assert np.corrcoef(guitar)[0, 1] < 0.9


def test_glides_and_hits_keep_to_the_swing_of_the_score() -> None:
    one = track("drums", "techno kit", (PlayedNote(0.5, 0.25, 36, 120),))
    straight, swung = (
        np.flatnonzero(np.abs(alone(one, score(one, swing=swing))[0]) > 0.05)[0] / RATE_HZ for swing in (0.5, 0.66)
    )

    assert swung - straight == pytest.approx(0.16 * 0.5, abs=0.005)


def test_the_kit_stands_as_the_audience_sees_it() -> None:
    assert all(a != b for a, b in pairwise([drum_hits.PANS[drum] for drum in (41, 45, 50)]))
    left, right = drum_hits.gains(0.0)
    assert left == pytest.approx(right)
    assert left == pytest.approx(1.0)
