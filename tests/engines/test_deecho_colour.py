"""Echoes duller than what they repeat: a filter for each is fitted, where one is needed and only there."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, lfilter

from models.base import Audio, Samples
from models.deecho.colour import fitted, with_room
from models.deecho.echoes import MOST, Echo, Inverse, Part, Response, without
from models.deecho.embedded import EmbeddedDeecho, find_echoes
from models.deecho.judge import Judge, Known
from models.deecho.sparseness import Spectrogram, refine
from tests.support.echoes import RATE_HZ, echoed, si_sdr_db, snr_db, syllables
from tests.support.media import no_report

GAIN = 0.5
Filter = tuple[NDArray[np.float64], NDArray[np.float64]]


def one_pole(cutoff_hz: float, rate_hz: int) -> Filter:
    pole = np.exp(-2 * np.pi * cutoff_hz / rate_hz)
    return np.array([1 - pole]), np.array([1, -pole])


def with_dull_echo(
    dry: Samples, delay_s: float, dulled: Filter, rate_hz: int = RATE_HZ, *, repeats: int = 1, gain: float = GAIN
) -> Samples:
    """Each repeat is duller than the one before, as in a delay with a filter in its loop."""
    delay = round(delay_s * rate_hz)
    out = late = dry.astype(np.float64)
    for _ in range(repeats):
        late = np.pad(gain * lfilter(*dulled, late, axis=1), ((0, 0), (delay, 0)))[:, : dry.shape[1]]
        out = out + late
    return out.astype(np.float32)


def clean(samples: Samples, rate_hz: int = RATE_HZ) -> Samples:
    return np.concatenate(list(EmbeddedDeecho().clean(Audio(samples, rate_hz), report=no_report)), axis=1)


def by_gains_alone(samples: Samples, rate_hz: int = RATE_HZ) -> Samples:
    """Of the same echoes, what a gain for each takes off."""
    echoes = find_echoes(Audio(samples, rate_hz), report=no_report)
    return Inverse(Response.of(echoes), samples.shape[0]).apply(samples.astype(np.float64)).astype(np.float32)


@pytest.mark.parametrize(
    ("rate_hz", "channels", "delay_s", "cutoff_hz"),
    [(16_000, 1, 0.3, 2000.0), (16_000, 1, 0.09, 3000.0), (16_000, 2, 0.5, 4000.0), (44_100, 2, 0.2, 4000.0)],
)
def test_a_dull_echo_is_taken_off(rate_hz: int, channels: int, delay_s: float, cutoff_hz: float) -> None:
    dry = syllables(6.0, rate_hz, channels)
    wet = with_dull_echo(dry, delay_s, one_pole(cutoff_hz, rate_hz), rate_hz)

    out = clean(wet, rate_hz)

    assert si_sdr_db(out, dry) > si_sdr_db(by_gains_alone(wet, rate_hz), dry) + 10
    assert si_sdr_db(out, dry) > 25


@pytest.mark.parametrize("order", [2, 4])
def test_a_steep_filter_is_followed(order: int) -> None:
    dry = syllables(8.0)
    wet = with_dull_echo(dry, 0.2, butter(order, 4000, fs=RATE_HZ))[0].astype(np.float64)
    echo, spectrogram = Echo(0.2 * RATE_HZ, 0.3, 0.0), Spectrogram(wet, RATE_HZ, 0)

    by_gain = without(wet, Response.of(refine(wet, [echo], spectrogram))).astype(np.float32)
    by_filter = without(wet, fitted(wet, with_room([echo], RATE_HZ), spectrogram)).astype(np.float32)

    assert snr_db(by_filter, dry[0]) > snr_db(by_gain, dry[0]) + 20


def test_repeats_that_become_duller_and_duller() -> None:
    dry = syllables(10.0)
    wet = with_dull_echo(dry, 0.25, one_pole(2500, RATE_HZ), repeats=20)

    assert si_sdr_db(clean(wet), dry) > si_sdr_db(by_gains_alone(wet), dry) + 10


def judged(wet: Samples, delay: int) -> Known:
    known = Judge(wet[0].astype(np.float64), RATE_HZ, 0).with_another(Known(), float(delay), 0.4)
    assert known is not None
    return known


@pytest.mark.parametrize(("direct", "feedback"), [(0.5, 0.0), (0.0, 0.5), (0.3, 0.3)])
def test_bright_echoes_get_no_filter(direct: float, feedback: float) -> None:
    dry = syllables(8.0)
    wet = echoed(dry, 4001, direct, feedback)

    known = judged(wet, 4001)

    assert not known.is_coloured
    assert all(part.values.size == 1 for part in (*known.response.direct, *known.response.feedback))
    assert snr_db(clean(wet), dry) > 30


def test_noise_is_not_fitted() -> None:
    wet = echoed(syllables(8.0), 4000, 0.5)
    wet += np.random.default_rng(1).normal(0, 10 ** (-30 / 20) * wet.std(), wet.shape).astype(np.float32)

    assert not judged(wet, 4000).is_coloured


def test_dull_echoes_get_one() -> None:
    assert judged(with_dull_echo(syllables(8.0), 0.25, one_pole(3000, RATE_HZ)), 4000).is_coloured


@pytest.mark.parametrize("is_feedback", [False, True])
def test_the_filter_itself_is_found(is_feedback: bool) -> None:
    dry = syllables(10.0)
    pole = np.exp(-2 * np.pi * 3000 / RATE_HZ)
    wet = with_dull_echo(dry, 0.2, one_pole(3000, RATE_HZ), repeats=20 if is_feedback else 1)[0].astype(np.float64)
    echo = Echo(0.2 * RATE_HZ, 0.0, 0.3) if is_feedback else Echo(0.2 * RATE_HZ, 0.3, 0.0)

    response = fitted(wet, with_room([echo], RATE_HZ), Spectrogram(wet, RATE_HZ, 0))

    ((part,), others) = (response.feedback, response.direct) if is_feedback else (response.direct, response.feedback)
    truth = GAIN * (1 - pole) * pole ** np.arange(10)
    at = round(0.2 * RATE_HZ) - part.first
    assert others == ()
    np.testing.assert_allclose(part.values[at : at + 10], truth, atol=0.03)


@pytest.mark.parametrize("gain", [0.8, -0.8, 0.95])
def test_strong_echoes_stay_stable(gain: float) -> None:
    """Fitted from a start near the edge, to noise that has no gaps to tell by."""
    noise = np.random.default_rng(3).standard_normal(4 * RATE_HZ)
    wet = echoed(noise[None].astype(np.float32), 800, gain)[0].astype(np.float64)

    response = fitted(wet, with_room([Echo(800.0, gain, 0.0)], RATE_HZ), Spectrogram(wet, RATE_HZ, 0))

    assert response.is_stable
    ringing = Inverse(response, 1).apply(np.eye(1, 100 * response.memory))[0]
    assert np.abs(ringing[-response.memory :]).max() < 1.5 * MOST**90


def test_a_response_that_might_ring_is_left_as_it_is() -> None:
    loud = Response(direct=(Part(500, np.full(28, 0.2)),))
    sound = syllables(2.0)[0].astype(np.float64)

    assert not loud.is_stable
    assert fitted(sound, loud, Spectrogram(sound, RATE_HZ, 0)) is loud


@pytest.mark.parametrize("block", [100, 1000, 1 << 20])
def test_blocks_make_no_difference(block: int) -> None:
    rng = np.random.default_rng(5)
    sound = rng.standard_normal((2, 5000))
    response = Response(direct=(Part(300, 0.02 * rng.standard_normal(30)),), feedback=(Part(41, np.array([0.4])),))
    inverse = Inverse(response, 2)

    blocks = [inverse.apply(sound[:, first : first + block]) for first in range(0, 5000, block)]

    direct = np.r_[1.0, np.zeros(299), response.direct[0].values]
    feedback = np.r_[1.0, np.zeros(40), -0.4]
    np.testing.assert_allclose(np.concatenate(blocks, axis=1), lfilter(feedback, direct, sound), atol=1e-9)
