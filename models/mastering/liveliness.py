"""How much the sound in each third octave comes and goes: music does, hiss does not."""

import math

import numpy as np
from numpy.typing import NDArray

from models.base import Audio, Report, Samples
from models.dsp.third_octaves import CENTRES_HZ, HALF_BAND, Bands, bands_within
from models.mastering.profile import TINY, blocks_of

FRAME_S = 0.046  # a few of them to a note or drum hit
LOWEST_HZ = 900.0  # below, a band is so few bins wide that even steady noise is uneven from frame to frame
LOWEST_DB, HIGHEST_DB = -160, 40  # of the histogram of levels, in steps of 1 dB
SILENT_DB = -130.0
QUIET_SHARE = 0.1


def liveliness_db(audio: Audio, report: Report) -> Bands:
    """Mean level per third octave over the level below which it stays a tenth of the time, in dB, shape (thirds,).

    About 1 dB for steady noise or tones, 8 dB and more where notes and drums come and go; 0 below 1 kHz, above half the
    rate, and for silence, which counts nowhere. `report` gets the fraction done.
    """
    frame = max(1 << round(math.log2(FRAME_S * audio.rate_hz)), 16)
    window = np.hanning(frame + 1)[:-1].astype(np.float32)
    bands = _bands(frame, audio.rate_hz)
    counts = np.zeros((HIGHEST_DB - LOWEST_DB, CENTRES_HZ.size), np.int64)
    sums = np.zeros(CENTRES_HZ.size)
    held = np.zeros((audio.samples.shape[0], 0), np.float32)
    done = 0
    for block in blocks_of(audio):
        sound = np.concatenate([held, block], axis=1)
        whole = sound.shape[1] // frame * frame
        held = sound[:, whole:]
        powers = _powers(sound[:, :whole], window, bands)
        slots = np.clip(np.floor(_db(powers)) - LOWEST_DB, 0, counts.shape[0] - 1).astype(np.int64)
        np.add.at(counts, (slots, np.arange(CENTRES_HZ.size)), 1)
        sums += powers.sum(axis=0)
        done += block.shape[1]
        report(done / audio.samples.shape[1])
    return _spread_db(sums, counts)


def _bands(frame: int, rate_hz: int) -> Samples:
    """Which bins belong to which third octave, shape (bins, thirds)."""
    hz = np.fft.rfftfreq(frame, 1 / rate_hz)[:, None]
    inside = (hz >= CENTRES_HZ / HALF_BAND) & (hz < CENTRES_HZ * HALF_BAND) & (CENTRES_HZ > LOWEST_HZ)
    inside[:, bands_within(rate_hz) :] = False
    return inside.astype(np.float32)


def _powers(sound: Samples, window: Samples, bands: Samples) -> Bands:
    """Of all channels together, shape (frames, thirds)."""
    from scipy.fft import rfft

    spectra = rfft(sound.reshape(sound.shape[0], -1, window.size) * window, axis=2)
    power = (np.square(spectra.real) + np.square(spectra.imag)).sum(axis=0) / (window.size * np.square(window).sum())
    return np.asarray(power @ bands, np.float64)


def _spread_db(sums: Bands, counts: NDArray[np.int64]) -> Bands:
    counts = counts.copy()
    counts[: round(SILENT_DB) - LOWEST_DB] = 0
    heard = counts.sum(axis=0)
    quiet = np.argmax(np.cumsum(counts, axis=0) >= QUIET_SHARE * heard, axis=0) + LOWEST_DB + 0.5
    spread = _db(sums / np.maximum(heard, 1)) - quiet
    return np.where(heard > 0, np.maximum(spread, 0.0), 0.0)


def _db(power: Bands) -> Bands:
    return np.asarray(10 * np.log10(power + TINY))
