"""Seven noises over synthesised speech, music with and without hiss and hum, clean speech, and the speed."""

import numpy as np

from bench.quality.material.noise import mixed, noises
from bench.quality.material.songs import songs
from bench.quality.material.speech import sentences
from bench.quality.metrics import estoi, pesq_wb, real_time_factor, si_sdr_db
from bench.quality.table import Figure
from models.base import Audio, Samples
from models.denoise.embedded import EmbeddedDenoiser

RATE_HZ = 16_000
SNRS_DB = (0.0, 5.0, 10.0)
JUDGED_DB = 5.0  # the ratio that the targets are about
CLIPS, SONGS, SONG_S = 4, 4, 15
MUSIC_SNR_DB = 15.0
HUM_HZ = {"A": 50.0, "B": 60.0}


def measure(set_name: str) -> list[Figure]:
    return [*_speech(set_name), *_clean_speech(set_name), *_music(set_name), _speed(set_name)]


def _denoised(samples: Samples, rate_hz: int) -> Samples:
    audio = Audio(np.atleast_2d(samples).astype(np.float32), rate_hz)
    blocks = EmbeddedDenoiser().clean(audio, report=lambda _fraction: None)
    return np.concatenate(list(blocks), axis=1).reshape(samples.shape)


def _speech(set_name: str) -> list[Figure]:
    clips = [clip.samples[0] for clip in sentences(set_name, CLIPS, RATE_HZ)]
    sounds = noises(set_name, max(clip.size for clip in clips), RATE_HZ)
    figures, worst = [], np.inf
    for snr_db in SNRS_DB:
        gains = {
            name: np.mean([_gain(clip, mixed(clip, noise[: clip.size], snr_db)) for clip in clips], axis=0)
            for name, noise in sounds.items()
        }
        worst = min(worst, *(float(gain[0]) for gain in gains.values()))
        targets = (5.5, 0.4, 0.08) if snr_db == JUDGED_DB else (None, None, None)
        means = np.mean(list(gains.values()), axis=0)
        for label, gain, target, unit in zip(("SI-SDR", "PESQ", "ESTOI"), means, targets, ("dB", "", ""), strict=True):
            figures.append(Figure(f"{label} gained at {snr_db:.0f} dB", float(gain), target, unit))
        if snr_db == JUDGED_DB:
            figures += [Figure(f"SI-SDR gained, {name}", float(gain[0]), -1.0, "dB") for name, gain in gains.items()]
    return [*figures, Figure("SI-SDR gained, worst noise at any of these", worst, -1.0, "dB")]


def _gain(clean: Samples, noisy: Samples) -> tuple[float, float, float]:
    def scores(samples: Samples) -> tuple[float, float, float]:
        return si_sdr_db(samples, clean), pesq_wb(samples, clean, RATE_HZ), estoi(samples, clean, RATE_HZ)

    before, after = scores(noisy), scores(_denoised(noisy, RATE_HZ))
    return after[0] - before[0], after[1] - before[1], after[2] - before[2]


def _clean_speech(set_name: str) -> list[Figure]:
    clips = [clip.samples[0] for clip in sentences(set_name, CLIPS, RATE_HZ)]
    kept = min(si_sdr_db(_denoised(clip, RATE_HZ), clip) for clip in clips)
    return [Figure("clean speech, worst SI-SDR", kept, 18.0, "dB")]


def _music(set_name: str) -> list[Figure]:
    rng = np.random.default_rng(11)
    removed, hiss, hum = [], [], []
    for song in songs(set_name, SONGS):
        rate_hz = song.audio.rate_hz
        clean = song.audio.samples[:, : SONG_S * rate_hz]
        t = np.arange(clean.shape[1]) / rate_hz
        buzz = sum(np.sin(2 * np.pi * HUM_HZ[set_name] * n * t + n) / n for n in range(1, 7))
        rest = clean - _denoised(clean, rate_hz)
        removed.append(10 * np.log10(np.mean(rest**2) / np.mean(clean**2) + 1e-12))
        for noise, gains in ((rng.standard_normal(clean.shape), hiss), (np.broadcast_to(buzz, clean.shape), hum)):
            noisy = mixed(clean, noise, MUSIC_SNR_DB)
            gains.append(si_sdr_db(_denoised(noisy, rate_hz), clean) - si_sdr_db(noisy, clean))
    return [
        Figure("clean music, most removed", max(removed), -25.0, "dB", higher_is_better=False),
        Figure("music in hiss at 15 dB, SI-SDR gained", float(np.mean(hiss)), 0.0, "dB"),
        Figure("music in hum at 15 dB, SI-SDR gained", float(np.mean(hum)), 0.0, "dB"),
    ]


def _speed(set_name: str) -> Figure:
    speech = np.concatenate([clip.samples for clip in sentences(set_name, 8, 44_100)], axis=1)
    stereo = np.repeat(speech, 2, axis=0) + 0.01 * np.random.default_rng(2).standard_normal((2, speech.shape[1]))
    _denoised(stereo[:, :44_100], 44_100)  # compiled before the clock runs
    seconds = stereo.shape[1] / 44_100
    factor = real_time_factor(lambda: _denoised(stereo, 44_100), seconds)
    return Figure("real-time factor, 44.1 kHz stereo", factor, 0.3, higher_is_better=False)
