"""Another vocal tract: resonances moved along frequency, and the mean spectrum of another voice."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from models.base import Samples, VoiceProfile
from models.dsp.spectra import Stft
from models.voices import bands
from models.voices.pitch import HOP, RATE_HZ, Pitch

Floats = NDArray[np.float64]
FRAME_S = 0.02
GAIN_DB = 18.0  # at most, of moved resonances
LARGEST_RATIO = 1.4
SHARE = 0.9  # of the way, in logarithms: what is moved all the way is harder to understand
FIXED_HZ = 7600.0  # from here on nothing is moved
COLOUR_DB = 10.0
COLOUR_BANDS = 1.5  # smoothing, standard deviation
UNVOICED = 0.3  # of the colour, in dB, for consonants
SOFT_S = 0.01  # of the change from voiced to unvoiced
QUIET = 1e-12


@dataclass(frozen=True, slots=True)
class Change:
    """knots_hz, moved_hz: where resonances are and where they go; colour_db: gain of the 40 bands."""

    knots_hz: Floats
    moved_hz: Floats
    colour_db: Floats

    def source_hz(self, hz: Floats) -> Floats:
        """Where in the original what is then at `hz` comes from."""
        return np.asarray(np.interp(hz, self.moved_hz, self.knots_hz))

    def colour_at(self, hz: Floats) -> Floats:
        return np.asarray(np.interp(bands.mel(hz), bands.mel(bands.centres_hz()), self.colour_db))


def tract_ratio(source: VoiceProfile, target: VoiceProfile) -> float:
    """By which the resonances move, from F3 and F4: medians of F1 and F2 tell which vowels were said, not by whom."""
    logs = np.log(np.array(target.formants_hz[2:4]) / np.array(source.formants_hz[2:4]))
    return float(np.clip(np.exp(SHARE * logs.mean()), 1 / LARGEST_RATIO, LARGEST_RATIO))


def change(source: VoiceProfile, target: VoiceProfile) -> Change:
    formants = np.array(source.formants_hz[:4])
    moved = np.minimum(formants * tract_ratio(source, target), FIXED_HZ - 500 * np.arange(4, 0, -1) / 4)
    knots = np.concatenate([[0.0], formants, [FIXED_HZ, 1e6]])
    places = np.concatenate([[0.0], moved, [FIXED_HZ, 1e6]])
    plain = Change(knots, places, np.zeros(bands.BANDS))
    # What moving the resonances leaves of the difference.
    centres = bands.centres_hz()
    before = np.interp(bands.mel(plain.source_hz(centres)), bands.mel(centres), source.envelope_db)
    colour = gaussian_filter1d(np.array(target.envelope_db) - before, COLOUR_BANDS, mode="nearest")
    return Change(knots, places, COLOUR_DB * np.tanh((colour - np.median(colour)) / COLOUR_DB))


class Colourer:
    """Puts a `Change` on samples of one rate."""

    def __init__(self, rate_hz: int, wanted: Change) -> None:
        self._stft = Stft(rate_hz, FRAME_S)
        self._hz: Floats = np.arange(self._stft.bins, dtype=np.float64) * self._stft.bin_hz
        self._rate_hz = rate_hz
        self._wanted = wanted

    def colour(self, samples: Samples, analysed: Samples, pitch: Pitch) -> Samples:
        """Samples of shape (frames,), changed; `analysed` is the same sound at 16 kHz."""
        spectra = self._stft.forward(samples)
        centre_s: Floats = (np.arange(spectra.shape[0], dtype=np.float64) - 1.0) * self._stft.hop_s  # of each frame
        gain_db = self._gains(analysed, pitch, centre_s)
        power = np.square(np.abs(spectra))
        gain = 10 ** (gain_db / 20)
        # Loudness stays, frame by frame: weighted towards where the ear is most sensitive.
        weight = (self._hz / 500) ** 2 / (1 + (self._hz / 500) ** 2)
        before, after = power @ weight, (power * np.square(gain)) @ weight
        level = np.sqrt((before + QUIET) / (after + QUIET))
        spectra *= (gain * level[:, None]).astype(np.float32)
        return self._stft.inverse(spectra, samples.size)

    def _gains(self, analysed: Samples, pitch: Pitch, centre_s: Floats) -> Floats:
        """dB, of shape (frames, bins)."""
        colour = self._wanted.colour_at(self._hz)
        step_s = HOP / RATE_HZ
        voiced = np.interp(centre_s / step_s, np.arange(pitch.hz.size), pitch.is_voiced.astype(np.float64))
        moved = self._moved(analysed, pitch, centre_s)
        return np.asarray(voiced[:, None] * (moved + colour) + (1 - voiced[:, None]) * UNVOICED * colour)

    def _moved(self, analysed: Samples, pitch: Pitch, centre_s: Floats) -> Floats:
        """The gain that moves the resonances of each frame."""
        import pyworld

        hz = np.interp(centre_s * RATE_HZ / HOP, np.arange(pitch.hz.size), pitch.hz)
        times_s = np.clip(centre_s, 0, analysed.size / RATE_HZ)
        envelope = pyworld.cheaptrick(np.asarray(analysed, np.float64), np.maximum(hz, 72.0), times_s, RATE_HZ)
        level = 10 * np.log10(envelope + 1e-14)
        bins = np.clip(self._hz, 0, RATE_HZ / 2) / (RATE_HZ / 2) * (level.shape[1] - 1)
        from_hz: Floats = np.where(self._hz < FIXED_HZ, self._wanted.source_hz(self._hz), self._hz)
        from_bins = np.clip(from_hz, 0, RATE_HZ / 2) / (RATE_HZ / 2) * (level.shape[1] - 1)
        gain = _at(level, from_bins) - _at(level, bins)
        return np.asarray(GAIN_DB * np.tanh(gain / GAIN_DB))


def _at(rows: Floats, places: Floats) -> Floats:
    """Rows read at fractional columns."""
    low = np.minimum(places.astype(np.int64), rows.shape[1] - 2)
    share = places - low
    return np.asarray(rows[:, low] * (1 - share) + rows[:, low + 1] * share)
