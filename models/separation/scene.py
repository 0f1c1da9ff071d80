"""What a mix shows by itself: what lies in the middle, what strikes, what stays and what comes again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.base import Samples
from models.dsp.spectra import Spectra, Stft, power_of
from models.separation import medians
from models.separation.pitch import Values

FRAME_S, LONG_S, SHORT_S = 4096 / 44_100, 16_384 / 44_100, 1024 / 44_100
LONG_MEDIANS, SHORT_MEDIANS = (11, 51), (15, 31)  # frames, bins
SUSTAINED_FRAMES = 19  # 0.44 s: drums are shorter, notes of the bass longer
REPEATS, APART_S = 21, 1.0  # similar frames, and how far they are away at least
MONO = 1e-4  # share of the energy
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Scene:
    """Spectra (frames, bins) at FRAME_S, and for each cell a share of 0 to 1.

    left, right  the mix
    guide        mono spectra that the shares are about
    balance      log of the ratio of the levels left and right; 0 for mono
    in_phase     cosine of the phase between left and right, negative ones 0; 1 for mono
    strikes      share that is percussive
    wavers       share of what neither stays nor strikes, as voices do
    stands_out   share of what does not repeat
    """

    stft: Stft
    left: Spectra
    right: Spectra
    guide: Spectra
    balance: Values
    in_phase: Values
    strikes: Values
    wavers: Values
    stands_out: Values

    @property
    def bins_hz(self) -> Values:
        return np.asarray(np.arange(self.stft.bins) * self.stft.bin_hz, np.float32)

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Of the middle of each frame."""
        return np.arange(-1, self.left.shape[0] - 1, dtype=np.float64) * np.float64(self.stft.hop_s)

    def middle(self, width: float) -> Values:
        """Share of what lies in the middle. `width`: of the level ratio, in nepers."""
        return np.asarray(np.exp(-np.square(self.balance / np.float32(width))) * np.square(self.in_phase), np.float32)


def seen(mix: Samples, rate_hz: int, *, is_draft: bool) -> Scene:
    """The scene of stereo samples (2, frames). A draft does without repetition."""
    stft = Stft(rate_hz, FRAME_S)
    left, right = stft.forward(mix[0]), stft.forward(mix[1])
    guide, is_mono = _guide(mix)
    if is_mono:
        balance, in_phase = np.zeros(left.shape, np.float32), np.ones(left.shape, np.float32)
    else:
        levels = np.abs(left) + np.float32(1e-7), np.abs(right) + np.float32(1e-7)
        balance = np.log(levels[0] / levels[1])
        in_phase = np.maximum(left.real * right.real + left.imag * right.imag, 0) / (levels[0] * levels[1])
    spectra = stft.forward(guide)
    strikes, wavers = _two_stages(guide, rate_hz, stft)
    stands_out = np.ones(left.shape, np.float32) if is_draft else _not_repeated(np.abs(spectra), stft.hop_s)
    return Scene(stft, left, right, spectra, balance, in_phase, strikes, wavers, stands_out)


def _guide(mix: Samples) -> tuple[Samples, bool]:
    """The mono sound to look at, and whether both channels hold the same but for a gain, or one holds nothing."""
    power = np.einsum("cf,cf->c", mix, mix, dtype=np.float64)
    louder = mix[int(np.argmax(power))]
    if power.min() <= MONO * power.max():
        return louder, True
    cross = float(np.einsum("f,f->", mix[0], mix[1], dtype=np.float64))
    if cross**2 > (1 - MONO) * power[0] * power[1]:
        return louder, True
    middle = mix.mean(axis=0, dtype=np.float32)
    is_cancelled = float(np.einsum("f,f->", middle, middle, dtype=np.float64)) < 0.02 * power.sum()
    return (louder if is_cancelled else middle), False


def _two_stages(guide: Samples, rate_hz: int, stft: Stft) -> tuple[Values, Values]:
    """Shares that strike and that waver, by medians of spectrograms (Fitzgerald 2010), in two stages.

    In long frames only what stays is harmonic, in short ones only what strikes is percussive; voices are in between
    (Tachibana et al. 2014).
    """
    frames = guide.size
    stays = _staying(guide, Stft(rate_hz, LONG_S), LONG_MEDIANS)
    rest = guide - stays
    wavers = _staying(rest, Stft(rate_hz, SHORT_S), SHORT_MEDIANS)
    powers = [power_of(stft.forward(part[:frames])) for part in (stays, wavers, rest - wavers)]
    total = powers[0] + powers[1] + powers[2] + np.float32(TINY)
    return powers[2] / total, powers[1] / total


def _staying(samples: Samples, stft: Stft, widths: tuple[int, int]) -> Samples:
    spectra = stft.forward(samples)
    magnitude = np.abs(spectra)
    along_time = np.square(medians.along_time(magnitude, widths[0]))
    along_frequency = np.square(medians.along_frequency(magnitude, widths[1]))
    return stft.inverse(spectra * (along_time / (along_time + along_frequency + np.float32(TINY))), samples.size)


def _not_repeated(magnitude: Values, hop_s: float) -> Values:
    """REPET-SIM (Rafii and Pardo 2012): the accompaniment is the median of the frames that sound most alike."""
    unit = magnitude / (np.linalg.norm(magnitude, axis=1, keepdims=True) + np.float32(1e-9))
    alike = unit @ unit.T
    frame = np.arange(magnitude.shape[0])
    near = round(APART_S / hop_s)
    alike[np.abs(frame[:, None] - frame) < near] = -1
    count = min(REPEATS, magnitude.shape[0] - 2 * near)
    if count < 3:  # noqa: PLR2004 - too short for repetition
        return np.ones(magnitude.shape, np.float32)
    similar = np.argpartition(-alike, count - 1, axis=1)[:, :count]
    repeated = np.square(np.minimum(medians.over_similar(magnitude, similar), magnitude))
    new = np.square(magnitude - np.sqrt(repeated))
    return np.asarray(new / (new + repeated + np.float32(TINY)), np.float32)
