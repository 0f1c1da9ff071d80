"""Reverberation taken off: prediction of the late part, then suppression of what is left of it."""

from collections.abc import Callable, Iterator

import numpy as np

from models.base import Audio, Report, Samples
from models.dereverb.decay import FRAME_S, Decay, find_decay
from models.dereverb.late import gains
from models.dereverb.prediction import without_late
from models.dsp.chunks import in_chunks
from models.dsp.spectra import Stft, power_of

CHUNK_S, OVERLAP_S = 60.0, 2.0
MOST_VALUES = 6_000_000  # samples of all channels in a chunk: a minute of stereo at 48 kHz
FLOOR_DB = -9.0
LISTENED = 0.1  # share of the progress
LEAST_CERTAINTY = 0.05


class EmbeddedDereverb:
    """`Restorer` for reverberation times of 0.3 to 2 s; a recording that sounds dry comes back as it is.

    Where the recording does not clearly stand in a room, less is taken off. Channels are worked on in pairs, whose
    members predict each other's reverberation.
    """

    def clean(self, audio: Audio, *, report: Report) -> Iterator[Samples]:
        at = LISTENED

        def moved(fraction: float) -> None:
            nonlocal at
            at = LISTENED + (1 - LISTENED) * fraction
            report(at)

        def process(samples: Samples) -> Samples:
            pairs = [samples[first : first + 2] for first in range(0, samples.shape[0], 2)]
            return np.concatenate([_dry(pair, stft, decay, lambda: report(at)) for pair in pairs])

        decay = find_decay(audio, report=lambda fraction: report(LISTENED * fraction))
        stft = Stft(audio.rate_hz, FRAME_S)
        longest_s = MOST_VALUES / audio.samples.shape[0] / audio.rate_hz
        chunk_s = min(CHUNK_S, max(longest_s - OVERLAP_S, OVERLAP_S))
        run = np.copy if decay.certainty < LEAST_CERTAINTY else process
        yield from in_chunks(audio, run, chunk_s=chunk_s, overlap_s=OVERLAP_S, report=moved)


def _dry(samples: Samples, stft: Stft, decay: Decay, pulse: Callable[[], None]) -> Samples:
    """One or two channels, shape (channels, frames), with less of the room."""
    spectra = np.array([stft.forward(channel).T for channel in samples]).transpose(1, 0, 2)
    spectra += np.float32(decay.certainty) * (without_late(spectra, stft.bin_hz, pulse) - spectra)
    gain = gains(power_of(spectra).mean(axis=1).T, stft.hop_s, decay.rt60_s, decay.certainty * FLOOR_DB)
    spectra *= gain.T[:, None]
    return np.array([stft.inverse(channel.T, samples.shape[1]) for channel in spectra.transpose(1, 0, 2)])
