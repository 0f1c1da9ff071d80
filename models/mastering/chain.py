"""The mastering chain: equaliser, compressor, gain, soft clipper, limiter."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from models.base import Audio, Samples
from models.dsp.limiter import TruePeakLimiter
from models.dsp.third_octaves import TWELFTHS_HZ, Bands
from models.mastering.clipper import SoftClipper
from models.mastering.compressor import Compressor
from models.mastering.equaliser import Equaliser
from models.mastering.profile import blocks_of

NO_RATIO = 1.0
UNHEARD_RATIO = 1.02


@dataclass(frozen=True, slots=True)
class Settings:
    """What a pass over a recording does to it.

    tone_db, width_db  gain per twelfth of an octave of everything, and of side on top of it
    level_lufs         loudness after the equaliser
    ratio              of the compressor, around middle_lufs
    gain_db            after them
    clip_dbtp          where the soft clipper ends; None: without it
    """

    tone_db: Bands = field(default_factory=lambda: np.zeros(TWELFTHS_HZ.size))
    width_db: Bands = field(default_factory=lambda: np.zeros(TWELFTHS_HZ.size))
    level_lufs: float = 0.0
    ratio: float = NO_RATIO
    middle_lufs: float = 0.0
    gain_db: float = 0.0
    clip_dbtp: float | None = None
    ceiling_dbtp: float = -1.0

    @property
    def drive_lufs(self) -> float:
        """About how loud the limiter's input is."""
        return self.level_lufs + self.gain_db


class Chain:
    """One pass; afterwards `limiter.reduction_db` tells how far peaks were turned down."""

    def __init__(self, audio: Audio, settings: Settings) -> None:
        channels, rate_hz = audio.samples.shape[0], audio.rate_hz
        self._audio = audio
        self._settings = settings
        self._equaliser = Equaliser(rate_hz, settings.tone_db, settings.tone_db + settings.width_db)
        self.limiter = TruePeakLimiter(rate_hz, channels, settings.ceiling_dbtp)

    def blocks(self) -> Iterator[Samples]:
        """The recording processed, as long as it was."""
        settings, channels, rate_hz = self._settings, self._audio.samples.shape[0], self._audio.rate_hz
        blocks = self._equaliser.process(blocks_of(self._audio), channels)
        if settings.ratio > UNHEARD_RATIO:
            blocks = Compressor(rate_hz, channels, settings.ratio, settings.middle_lufs).process(blocks)
        gain = np.float32(10 ** (settings.gain_db / 20))
        blocks = (block * gain for block in blocks)
        if settings.clip_dbtp is not None:
            blocks = SoftClipper(rate_hz, channels, settings.clip_dbtp).process(blocks)
        return self.limiter.process(blocks)
