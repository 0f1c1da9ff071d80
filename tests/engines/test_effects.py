"""The sound effects engine: exact lengths, seeds, mixtures, order, counts, spaces, and prompts that mean nothing."""

import time

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from models.base import Effect, Samples
from models.dsp.loudness import integrated_lufs
from models.dsp.true_peak import true_peak_dbtp
from models.effects.embedded import EmbeddedEffects
from tests.support.media import level_db

RATE_HZ = 44_100


def make(prompt: str, seconds: float = 4.0, seed: int = 1) -> Effect:
    return EmbeddedEffects().make(prompt, duration_s=seconds, seed=seed, report=lambda _: None)


def band_db(samples: Samples, low_hz: float, high_hz: float) -> float:
    sections = butter(4, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos")
    return level_db(sosfilt(sections, samples.mean(axis=0)))


def part(effect: Effect, start_s: float, end_s: float) -> Samples:
    return effect.audio.samples[:, round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]


def onsets(effect: Effect, low_hz: float, high_hz: float, least_gap_s: float = 0.12) -> list[float]:
    """Times where the level in a band jumps by 9 dB within 20 ms and is near the loudest."""
    band = sosfilt(
        butter(2, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos"), effect.audio.samples.mean(axis=0)
    )
    level = np.sqrt(np.add.reduceat(band**2, np.arange(0, band.size - 440, 440)) / 440) + 1e-6
    found: list[float] = []
    for n in range(2, level.size):
        rises = level[n] > 2.8 * level[n - 2] and level[n] > 0.12 * level.max()
        if rises and (not found or n / 100.2 - found[-1] > least_gap_s):
            found.append(n / 100.2)
    return found


@pytest.mark.parametrize("seconds", [1.0, 1.00003, 2.5, 5.0, 7.77])
@pytest.mark.parametrize("prompt", ["rain", "a dog barks, then a door slams", "explosion"])
def test_the_length_is_exact(prompt: str, seconds: float) -> None:
    effect = make(prompt, seconds)

    assert effect.audio.samples.shape == (2, round(seconds * RATE_HZ))
    assert effect.audio.rate_hz == RATE_HZ


def test_two_minutes_in_little_time_and_evenly() -> None:
    began = time.process_time()
    effect = make("rain and distant traffic", 120.0)
    took = time.process_time() - began

    assert effect.audio.samples.shape == (2, 120 * RATE_HZ)
    assert took < 120 * 0.1  # twice the target, for slow machines
    levels = [level_db(part(effect, at, at + 1)) for at in range(1, 118)]
    assert max(levels) - min(levels) < 7


@pytest.mark.parametrize(("prompt", "period_s"), [("helicopter", 1 / 11.5), ("steam train", 1 / 4.6)])
def test_what_beats_still_beats_after_a_minute(prompt: str, period_s: float) -> None:
    """The phase is kept to the end: the same rate in the last seconds as in the first."""
    effect = make(prompt, 60.0)

    def beats_in(start_s: float) -> float:
        mono = part(effect, start_s, start_s + 6).mean(axis=0)
        level = np.sqrt(np.add.reduceat(mono.astype(np.float64) ** 2, np.arange(0, mono.size - 100, 100)))
        level -= level.mean()
        again = np.correlate(level, level, "full")[level.size - 1 :]
        first, last = round(0.8 * period_s * 441), round(1.25 * period_s * 441)
        return float(first + np.argmax(again[first:last])) / 441

    assert beats_in(1.0) == pytest.approx(period_s, rel=0.06)
    assert beats_in(53.0) == pytest.approx(period_s, rel=0.06)


@pytest.mark.parametrize("prompt", ["wind", "birds", "thunder", "glass breaking", "crowd cheering"])
def test_a_seed_is_a_recording(prompt: str) -> None:
    first, again, other = make(prompt, 3.0, 5), make(prompt, 3.0, 5), make(prompt, 3.0, 6)

    assert np.array_equal(first.audio.samples, again.audio.samples)
    likeness = np.corrcoef(first.audio.samples.ravel(), other.audio.samples.ravel())[0, 1]
    assert abs(likeness) < 0.5


def test_sounds_named_together_are_heard_together() -> None:
    both = make("birds singing and a heartbeat", 5.0).audio.samples

    assert band_db(both, 40, 150) > -50
    assert band_db(both, 2000, 7000) > -55
    assert make("birds singing and a heartbeat").heard == ("birdsong", "heartbeat")


def test_a_sequence_is_heard_in_order() -> None:
    effect = make("crickets, then a gong", 6.0)
    highs = [band_db(part(effect, *span), 3800, 5300) for span in ((0.5, 2.0), (4.5, 5.9))]
    lows = [band_db(part(effect, *span), 60, 400) for span in ((0.5, 2.0), (4.5, 5.9))]

    assert highs[0] > highs[1] + 10
    assert lows[1] > lows[0] + 15


@pytest.mark.parametrize(
    ("prompt", "order"),
    [
        ("a dog barks before an explosion", ("dog barking", "explosion")),
        ("an explosion after a dog barks", ("dog barking", "explosion")),
        ("after a dog barks, an explosion", ("dog barking", "explosion")),
        ("a doorbell followed by footsteps and then a scream", ("doorbell", "footsteps", "scream")),
    ],
)
def test_words_of_order(prompt: str, order: tuple[str, ...]) -> None:
    assert make(prompt, 3.0).heard == order


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("three knocks on a door", 3),
        ("five knocks", 5),
        ("a gunshot", 1),
        ("two gunshots", 2),
        ("4 hand claps", 4),
        ("knock once", 1),
    ],
)
def test_counts(prompt: str, count: int) -> None:
    found = onsets(make(prompt, 5.0), 80 if "knock" in prompt else 500, 5000)

    assert len(found) == count


def test_a_single_explosion_happens_once_and_several_do_not() -> None:
    assert len(onsets(make("an explosion", 12.0), 1500, 9000, 0.4)) == 1
    assert len(onsets(make("explosions", 12.0), 1500, 9000, 0.4)) >= 2


def test_distant_is_duller_and_quieter() -> None:
    near, far = make("a gunshot").audio.samples, make("a distant gunshot").audio.samples

    assert level_db(far) < level_db(near)
    assert band_db(near, 3000, 9000) - band_db(near, 100, 500) > 10 + band_db(far, 3000, 9000) - band_db(far, 100, 500)


def test_a_cave_rings_on() -> None:
    def tail_db(prompt: str) -> float:
        effect = make(prompt, 4.0)
        return level_db(part(effect, 1.2, 2.0)) - level_db(part(effect, 0.0, 0.8))

    assert tail_db("one hand clap in a cave") > tail_db("one hand clap") + 15


@pytest.mark.parametrize("where", ["underwater", "behind a wall"])
def test_walls_and_water_take_the_highs(where: str) -> None:
    dry, wet = make("applause").audio.samples, make(f"applause {where}").audio.samples

    assert band_db(dry, 3000, 9000) - band_db(dry, 200, 500) > 15 + band_db(wet, 3000, 9000) - band_db(wet, 200, 500)


def test_a_radio_has_neither_bass_nor_treble() -> None:
    samples = make("thunderstorm over the radio").audio.samples

    assert band_db(samples, 500, 2800) > band_db(samples, 40, 200) + 15
    assert band_db(samples, 500, 2800) > band_db(samples, 6000, 15_000) + 15


def test_what_the_rain_falls_on_is_heard() -> None:
    """Tin rings at its lowest modes; leaves take the highest drops."""
    tin, plain, leaves = (make(f"rain{on}").audio.samples for on in (" on a tin roof", "", " on leaves"))

    def low_share(samples: Samples) -> float:
        return band_db(samples, 250, 900) - band_db(samples, 3000, 9000)

    assert low_share(tin) > low_share(plain) + 6
    assert band_db(leaves, 7000, 14_000) - band_db(leaves, 1500, 5000) < -3 + band_db(plain, 7000, 14_000) - band_db(
        plain, 1500, 5000
    )


def test_fast_steps_are_more_steps() -> None:
    slow, fast = (onsets(make(f"{pace} footsteps on wood", 6.0), 60, 4000, 0.3) for pace in ("slow", "fast"))

    assert len(fast) > 1.4 * len(slow)


@pytest.mark.parametrize(
    "prompt",
    [
        "asdkjh qwe zxcv",
        "雨の音",
        "🎈🦑",
        "!!! ???",
        "x" * 300,
        "then and with, then",
        "no rain",
        "0",
        "٣٤",
        "word " * 60,
        "a\x00b\u202e",
    ],
)
def test_any_prompt_is_a_sound(prompt: str) -> None:
    effect = make(prompt, 1.5)

    assert effect.heard
    assert np.isfinite(effect.audio.samples).all()
    assert level_db(effect.audio.samples) > -50
    assert true_peak_dbtp(effect.audio) <= -0.99


def test_eight_sounds_at_most_and_no_clipping() -> None:
    crowd = "explosion, gunshots, thunder, waterfall, jet, chainsaw, jackhammer, applause, siren, train, gong"
    effect = make(crowd, 5.0)

    assert len(effect.heard) == 8
    assert true_peak_dbtp(effect.audio) <= -0.99
    assert integrated_lufs(effect.audio) < -12


@pytest.mark.parametrize(
    ("prompt", "seconds", "seed", "said"),
    [
        ("  ", 5.0, 0, "empty"),
        ("x" * 301, 5.0, 0, "300"),
        ("rain", 0.5, 0, "1 to 120"),
        ("rain", 121.0, 0, "1 to 120"),
        ("rain", float("nan"), 0, "1 to 120"),
        ("rain", 5.0, -1, "seed"),
    ],
)
def test_limits_have_a_text(prompt: str, seconds: float, seed: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make(prompt, seconds, seed)


def test_a_caller_can_stop_it() -> None:
    class Cancelled(Exception):
        pass

    def report(fraction: float) -> None:
        assert 0 <= fraction <= 1
        if fraction > 0.2:
            raise Cancelled

    with pytest.raises(Cancelled):
        EmbeddedEffects().make("rain and wind", duration_s=2.0, seed=0, report=report)
