"""Noise removal without weights: RNNoise and OM-LSA where speech is heard, OM-LSA with a gentle floor for all else."""

from collections.abc import Iterator

import numpy as np
import soxr

from models.base import Audio, Report, Samples
from models.denoise import omlsa, rnnoise
from models.denoise.hum import without_hum
from models.denoise.judge import judge
from models.denoise.noise import Power, changing_noise, steady_floor
from models.dsp.chunks import in_chunks
from models.dsp.spectra import Stft, power_of

FRAME_S = 0.048
CHUNK_S, OVERLAP_S = 24.0, 4.0
CHUNK_RATE_HZ = 50_000  # higher rates come in shorter chunks of as many samples
SHARE = 0.55  # of RNNoise
SPEECH_FLOOR_DB, MUSIC_FLOOR_DB = -22.0, -15.0
LEAST_GAIN = 1e-3
LEVEL = 0.05  # RMS that RNNoise hears
MOST_BOOST = 100.0
RNNOISE_HZ = (15_000.0, 18_000.0)  # it is trusted below the one and ignored above the other


class EmbeddedDenoiser:
    """`Restorer` for speech, singing and music, any rate and number of channels. One gain for all channels."""

    def clean(self, audio: Audio, *, report: Report) -> Iterator[Samples]:
        """See the Protocol. Holds 28 s at a time."""
        shorter = min(1.0, CHUNK_RATE_HZ / audio.rate_hz)

        def process(chunk: Samples) -> Samples:
            return denoise(chunk, audio.rate_hz)

        yield from in_chunks(audio, process, chunk_s=CHUNK_S * shorter, overlap_s=OVERLAP_S * shorter, report=report)


def denoise(samples: Samples, rate_hz: int) -> Samples:
    """All of `samples` (channels, frames) at once."""
    stft = Stft(rate_hz, FRAME_S)
    samples = without_hum(samples, rate_hz)
    power = np.zeros((0, 0), np.float32)
    for channel in samples:
        found = power_of(stft.forward(channel)) / samples.shape[0]
        power = power + found if power.size else found
    gain = _gain(samples, rate_hz, stft, power)
    frames = samples.shape[1]
    out = np.empty((samples.shape[0], frames), np.float32)
    for number, channel in enumerate(samples):
        out[number] = stft.inverse(gain * stft.forward(channel), frames)
    return out


def _gain(samples: Samples, rate_hz: int, stft: Stft, power: Power) -> Power:
    speech_gain = omlsa.gains(
        power,
        changing_noise(power, stft.hop_s),
        hop_s=stft.hop_s,
        bin_hz=stft.bin_hz,
        floor_db=SPEECH_FLOOR_DB,
    )
    music_gain = omlsa.gains(
        power,
        steady_floor(samples, rate_hz, stft, power.shape[0]),
        hop_s=stft.hop_s,
        bin_hz=stft.bin_hz,
        floor_db=MUSIC_FLOOR_DB,
    )
    network_gain, trust = _rnnoise_gain(samples, rate_hz, stft, power)
    found = judge(stft, power, speech_gain, music_gain, network_gain)
    share = SHARE * found.noisy * trust
    both = share * np.log(network_gain) + (1 - share) * np.log(speech_gain)
    return np.asarray(np.exp(found.speech * both + (1 - found.speech) * np.log(music_gain)), np.float32)


def _rnnoise_gain(samples: Samples, rate_hz: int, stft: Stft, power: Power) -> tuple[Power, Power]:
    """What RNNoise does to the mix of all channels, as a gain of every cell, and how far it holds for all channels."""
    mix = samples.mean(axis=0, dtype=np.float32)
    spectra = stft.forward(mix)
    mixed = power_of(spectra)
    spoken = stft.forward(_speech(mix, rate_hz))
    gain = (spoken.real * spectra.real + spoken.imag * spectra.imag) / (mixed + 1e-14)
    hz = np.arange(stft.bins) * stft.bin_hz
    heard = np.clip((RNNOISE_HZ[1] - hz) / (RNNOISE_HZ[1] - RNNOISE_HZ[0]), 0.0, 1.0)
    # Where the channels cancel in the mix, it tells nothing of them.
    present = np.clip(mixed * samples.shape[0] / (power + 1e-14), 0.0, 1.0)
    return np.clip(gain, LEAST_GAIN, 1.0), np.asarray(heard * present, np.float32)


def _speech(mix: Samples, rate_hz: int) -> Samples:
    level = float(np.sqrt(np.mean(np.square(mix, dtype=np.float64))))
    boost = min(LEVEL / max(level, 1e-9), MOST_BOOST)
    fast = np.asarray(soxr.resample(mix, rate_hz, rnnoise.RATE_HZ), np.float32)
    spoken, _voice = rnnoise.suppress(fast * boost)
    back = np.asarray(soxr.resample(spoken / boost, rnnoise.RATE_HZ, rate_hz), np.float32)[: mix.size]
    return np.pad(back, (0, mix.size - back.size))
