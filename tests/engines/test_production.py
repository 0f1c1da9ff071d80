"""Production: a score, and perhaps a voice, become a finished song."""

import numpy as np
import pytest

from models.base import Audio, Samples
from models.dsp.loudness import KFilter, integrated_lufs
from models.dsp.true_peak import true_peak_dbtp
from models.music.genre import genres
from models.music.production import mixing
from models.music.production.curves import activity, drawn
from models.music.production.desk import style_of
from models.music.production.mixing import mixed
from models.music.production.playing import RATE_HZ
from models.music.production.produce import RING_OUT_S, produce
from models.music.production.singing import sing
from models.music.score import PlayedNote, Score
from tests.support.scores import bass, bundled, drums, pad, score, track

BANDS = {
    "house": ("house kit", "synth bass", "warm pad"),
    "rock": ("rock kit", "pick bass", "distorted guitar"),
    "jazz": ("brush kit", "acoustic bass", "grand piano"),
    "lo-fi": ("lo-fi kit", "sub bass", "electric piano"),
}


def no_report(_fraction: float) -> None:
    return


def made(written: Score, vocal: Samples | None = None, **options: bool) -> Audio:
    return produce(written, vocal, seed=3, report=no_report, **options)


def mix_of(written: Score, vocal: Samples | None = None) -> Samples:
    return mixed(written, vocal, round(written.duration_s * RATE_HZ), bundled(), 3, no_report)


def band_share(samples: Samples, low_hz: float, high_hz: float) -> float:
    power = np.square(np.abs(np.fft.rfft(samples)))
    hz = np.fft.rfftfreq(samples.shape[-1], 1 / RATE_HZ)
    return float(power[..., (hz >= low_hz) & (hz < high_hz)].sum() / power.sum())


def humming(seconds: float, hz: float = 330.0) -> Samples:
    """A voice-like tone that comes and goes, of shape (1, frames)."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    partials = sum(np.sin(2 * np.pi * hz * n * t) / n for n in range(1, 12))
    return (0.1 * partials * (np.sin(2 * np.pi * 0.5 * t) > -0.5)).astype(np.float32)[None]


@pytest.mark.parametrize("genre", BANDS)
def test_a_song_has_loudness_length_peaks_and_width_of_a_release(genre: str) -> None:
    kit, low, harmony = BANDS[genre]
    written = score(drums(kit), bass(low), pad(harmony), genre=genre)

    audio = made(written)

    sound = audio.samples
    assert sound.shape == (2, round((written.duration_s + RING_OUT_S) * RATE_HZ))
    assert sound.dtype == np.float32
    assert np.isfinite(sound).all()
    assert integrated_lufs(audio) == pytest.approx(-14.0, abs=0.3)
    assert true_peak_dbtp(audio) <= style_of(genre).ceiling_dbtp <= -1.0
    assert np.abs(sound.mean(axis=1)).max() < 1e-3
    assert np.abs(sound[:, -RATE_HZ // 20 :]).max() < 0.01
    assert np.abs(sound[:, : RATE_HZ // 10]).max() > 0.01  # no silence before the first note
    assert np.corrcoef(sound)[0, 1] > 0
    assert 10 * np.log10(np.square(sound.mean(axis=0)).mean() / np.square(sound).mean()) > -3
    middle, side = sound.sum(axis=0), sound[0] - sound[1]
    assert (
        band_share(side, 20, 80) * np.square(side).sum() < 0.02 * band_share(middle, 20, 80) * np.square(middle).sum()
    )


def test_every_genre_of_the_composer_has_its_mix() -> None:
    plain = style_of("nothing known")

    assert plain.ceiling_dbtp == -1.0
    assert all(style_of(name) != plain for name in genres())
    assert style_of("house").pump_db > 6
    assert style_of("techno").ceiling_dbtp < style_of("jazz").ceiling_dbtp


def test_the_same_seed_gives_the_same_bytes_another_a_different_take() -> None:
    written = score(drums(), pad())
    seen: list[float] = []

    first = produce(written, None, seed=3, report=seen.append)

    assert np.array_equal(first.samples, made(written).samples)
    assert not np.array_equal(first.samples, produce(written, None, seed=4, report=no_report).samples)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


def test_a_report_that_raises_stops_the_work() -> None:
    def stop(_fraction: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        produce(score(drums()), None, seed=1, report=stop)


def test_short_long_empty_and_crowded_songs() -> None:
    one_bar = made(score(drums(bars=1), pad(bars=1), bars=1))
    assert one_bar.duration_s == pytest.approx(2.0 + RING_OUT_S)
    assert integrated_lufs(one_bar) == pytest.approx(-14.0, abs=0.3)
    crowded = made(score(drums(), bass(), *(pad("grand piano") for _ in range(5)), *(pad() for _ in range(3)), track("lead", "flute", ()), bars=2))  # fmt: skip
    assert integrated_lufs(crowded) == pytest.approx(-14.0, abs=0.3)
    assert not made(score()).samples.any()
    assert not made(score(track("drums", "house kit", ()), track("lead", "flute", ()))).samples.any()
    with pytest.raises(ValueError, match="longest"):
        made(score(bars=500))


def test_the_pad_breathes_with_the_kick_in_house_and_not_in_folk() -> None:
    def dips(genre: str) -> float:
        silent = score(track("drums", "house kit", ()), pad(), genre=genre)
        with_kick, without = (
            mix_of(one)[:, RATE_HZ : 3 * RATE_HZ] for one in (score(drums(), pad(), genre=genre), silent)
        )
        # The drums are in the centre, the pad is not: what is left between the sides is the pad.
        sides = [np.square(part[0] - part[1]).reshape(-1, RATE_HZ // 20).mean(axis=1) for part in (with_kick, without)]
        return float((sides[0] / sides[1])[::10].min())

    assert dips("house") < 0.6
    assert dips("folk") > 0.6


@pytest.mark.parametrize("genre", ["pop", "folk"])
def test_the_voice_is_a_little_louder_than_the_band_wherever_it_sings(genre: str) -> None:
    written = score(drums(), bass(), pad(), genre=genre)  # the second half is a fuller section
    vocal = humming(written.duration_s)
    out = mix_of(written)
    band, hall = out.copy(), np.zeros((1, out.shape[1]), np.float32)
    sung = activity(vocal, out.shape[1], RATE_HZ)

    sing(vocal * 0.01, written, style_of(genre), out, hall, sung)

    heard = drawn(sung, 0, out.shape[1]) > 0.5
    for half in np.array_split(np.arange(out.shape[1]), 2):
        powers = [KFilter(RATE_HZ, 2).power(part[:, half])[heard[half]].mean() for part in (out - band, band)]
        assert 1.0 < 10 * np.log10(powers[0] / powers[1]) < 3.6
    assert hall.any()


def test_guitars_and_pads_make_room_for_the_voice() -> None:
    written = score(pad("supersaw"), genre="folk")
    veiled, open_ = (np.zeros((2, RATE_HZ * 4), np.float32) for _ in range(2))
    for out, amount in ((veiled, 1.0), (open_, 0.0)):
        steps = out.shape[1] // 64 + 2
        ones = np.ones(steps, np.float32)
        mix = mixing.Mix(out, np.zeros((1, out.shape[1]), np.float32), ones, ones, ones * np.float32(amount))
        sound = mixing.stem(written.tracks[0], written, out.shape[1], bundled(), 1)
        mixing.Channel(written.tracks[0], written, style_of("folk")).play(sound, mix)

    def level_db(samples: Samples, low_hz: float, high_hz: float) -> float:
        return 10 * np.log10(band_share(samples, low_hz, high_hz) * np.square(samples).sum())

    assert 1.0 < level_db(open_, 1500, 3000) - level_db(veiled, 1500, 3000) < 4.0
    assert abs(level_db(open_, 150, 350) - level_db(veiled, 150, 350)) < 0.7


def test_a_voice_is_heard_and_the_song_is_no_louder() -> None:
    written = score(drums(), bass(), pad())
    vocal = humming(written.duration_s)

    with_voice, without = made(written, vocal), made(written)

    def partials(audio: Audio) -> float:
        return sum(band_share(audio.samples, 330 * n - 4, 330 * n + 4) for n in range(2, 8))

    assert partials(with_voice) > 4 * partials(without)
    assert integrated_lufs(with_voice) == pytest.approx(-14.0, abs=0.3)


def test_a_voice_alone_is_a_song_without_the_band() -> None:
    written = score(drums(), pad())
    vocal = humming(written.duration_s)

    audio = made(written, vocal, vocal_only=True)

    assert band_share(audio.samples, 20, 150) < 0.05
    assert integrated_lufs(audio) == pytest.approx(-14.0, abs=0.3)
    assert np.array_equal(audio.samples, made(written, vocal[0], vocal_only=True).samples)
    vocal[0, 1000] = np.nan
    assert np.isfinite(made(written, vocal, vocal_only=True).samples).all()
    assert not made(written, np.zeros((1, 100), np.float32), vocal_only=True).samples.any()


def test_pan_moves_a_track_and_the_bass_stays_in_the_centre() -> None:
    def over_left_db(role: str, sound: str, pitch: int) -> float:
        one = track(role, sound, (PlayedNote(0.0, 8.0, pitch, 100),), pan=-0.8, program=73)
        left, right = np.square(mix_of(score(one, genre="classical"))).sum(axis=1)
        return float(10 * np.log10(left / right))

    assert over_left_db("lead", "flute", 72) > 3
    assert abs(over_left_db("bass", "finger bass", 33)) < 0.5


def test_levels_of_tracks_and_energy_of_sections_are_heard() -> None:
    def halves_db(level_db: float) -> list[float]:
        one = track("chords", "organ", (PlayedNote(0.0, 7.9, 60, 90), PlayedNote(8.0, 8.0, 60, 90)), level_db=level_db)
        first, second = np.array_split(mix_of(score(one, genre="jazz")), 2, axis=1)
        return [10 * np.log10(np.square(half[:, RATE_HZ:-RATE_HZ]).mean()) for half in (first, second)]

    usual, quiet = halves_db(0.0), halves_db(-6.0)

    assert usual[0] - quiet[0] == pytest.approx(6.0, abs=0.2)
    assert usual[1] - usual[0] == pytest.approx(3.0, abs=0.7)
