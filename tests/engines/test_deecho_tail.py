"""What is left of dull echoes is suppressed, in one piece over all blocks; where nothing is left nothing happens."""

import numpy as np
import pytest
from scipy.signal import lfilter

from models.base import Audio, Samples
from models.deecho.echoes import Echo
from models.deecho.embedded import EmbeddedDeecho
from models.deecho.tail import STEP_S, TailSuppressor
from tests.support.echoes import RATE_HZ, si_sdr_db, syllables
from tests.support.media import no_report

DELAY_S, LEFT = 0.25, 0.2


def with_rest(dry: Samples, rate_hz: int = RATE_HZ, gain: float = LEFT) -> Samples:
    """Dry sound and what an inverse filter may leave of an echo: low-passed."""
    late = lfilter([0.5], [1, -0.5], dry, axis=1)
    delay = round(DELAY_S * rate_hz)
    out = dry.copy()
    out[:, delay:] += np.float32(gain) * late[:, :-delay].astype(np.float32)
    return out


def suppressor(sound: Samples, rate_hz: int = RATE_HZ) -> TailSuppressor:
    return TailSuppressor(sound.mean(axis=0, dtype=np.float64), rate_hz, [Echo(DELAY_S * rate_hz, 0.5, 0.0)])


def suppressed(sound: Samples, rate_hz: int = RATE_HZ, block: int = 65_536) -> Samples:
    blocks = (sound[:, first : first + block] for first in range(0, sound.shape[1], block))
    return np.concatenate(list(suppressor(sound, rate_hz).suppressed(blocks)), axis=1)


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (16_000, 2), (44_100, 2), (96_000, 1)])
def test_the_rest_of_an_echo_becomes_less(rate_hz: int, channels: int) -> None:
    dry = syllables(3 * STEP_S, rate_hz, channels)
    wet = with_rest(dry, rate_hz)

    out = suppressed(wet, rate_hz)

    assert out.shape == wet.shape
    assert si_sdr_db(out, dry) > si_sdr_db(wet, dry) + 0.5


def test_nothing_is_done_to_dry_sound() -> None:
    dry = syllables(10.0, channels=2)

    assert suppressor(dry).tails == []
    np.testing.assert_array_equal(suppressed(dry), dry)


@pytest.mark.parametrize("block", [1000, 65_536, 1 << 20])
def test_blocks_make_no_difference(block: int) -> None:
    wet = with_rest(syllables(2.5 * STEP_S))

    np.testing.assert_allclose(suppressed(wet, block=block), suppressed(wet, block=wet.shape[1]), atol=1e-5)


@pytest.mark.parametrize("frames", [1, 100, 5000])
def test_short_sound_is_left_alone(frames: int) -> None:
    sound = syllables(1.0)[:, :frames]

    np.testing.assert_array_equal(suppressed(sound), sound)


def test_a_dull_echo_is_removed_further_than_by_its_inverse() -> None:
    dry = syllables(12.0)
    wet = with_rest(dry, gain=0.3)

    out = np.concatenate(list(EmbeddedDeecho().clean(Audio(wet, RATE_HZ), report=no_report)), axis=1)

    assert si_sdr_db(out, dry) > si_sdr_db(wet, dry) + 6.0
