"""Speech in simulated rooms, against the same with only the first 50 ms of the room; and dry sound."""

import numpy as np

from bench.quality.material.rooms import in_room, noise_tail, shoebox
from bench.quality.material.songs import RATE_HZ, songs
from bench.quality.material.speech import sentences
from bench.quality.metrics import estoi, pesq_wb, real_time_factor, si_sdr_db
from bench.quality.table import Figure
from models.base import Audio, Samples
from models.dereverb.embedded import EmbeddedDereverb

CASES = (("room", 0.4), ("room", 0.8), ("room", 1.2), ("noise tail", 0.8))
CLIPS, SENTENCES = 2, 4
SONG_S = 20


def measure(set_name: str) -> list[Figure]:
    clips = sentences(set_name, CLIPS, per_clip=SENTENCES)
    figures = []
    for channels, kind in ((1, "mono"), (2, "stereo")):
        for room, rt60_s in CASES:
            rows = [_gains(set_name, clip, room, rt60_s, channels) for clip in clips]
            sdr, intelligible, quality = np.mean(rows, axis=0)
            name = f"{room} {rt60_s} s, {kind}"
            figures += [
                Figure(f"SI-SDR gain, {name}", float(sdr), 2.5, "dB"),
                Figure(f"ESTOI gain, {name}", float(intelligible), 0.04),
                Figure(f"PESQ gain, {name}", float(quality)),
            ]
    spoken = [pesq_wb(_clean(clip.samples, clip.rate_hz), clip.samples[0], clip.rate_hz) for clip in clips]
    figures.append(Figure("PESQ on dry speech, worst", min(spoken), 3.5))
    music = [song.audio.samples[:, : SONG_S * RATE_HZ] for song in songs(set_name, 6, bars=8)]
    kept = [si_sdr_db(_clean(song, RATE_HZ), song) for song in music]
    figures.append(
        Figure("SI-SDR on dry songs, median (100: unchanged)", min(float(np.median(kept)), 100.0), None, "dB")
    )
    song = music[0]
    wet = np.concatenate([in_room(row, shoebox(set_name, 0.8, RATE_HZ), RATE_HZ)[0] for row in song])
    spent = real_time_factor(lambda: _clean(wet, RATE_HZ), song.shape[1] / RATE_HZ)
    return [*figures, Figure("real-time factor, 44.1 kHz stereo", spent, 0.3, higher_is_better=False)]


def _gains(set_name: str, clip: Audio, room: str, rt60_s: float, channels: int) -> tuple[float, float, float]:
    """What SI-SDR, ESTOI and PESQ of the first channel gain."""
    rate_hz = clip.rate_hz
    response = (shoebox if room == "room" else noise_tail)(set_name, rt60_s, rate_hz, channels)
    wet, target = in_room(clip.samples[0], response, rate_hz)
    wet, target = wet / np.abs(wet).max() / 2, target / np.abs(wet).max() / 2
    clean = _clean(wet, rate_hz)[0]
    truth, heard = target[0], wet[0]
    return (
        si_sdr_db(clean, truth) - si_sdr_db(heard, truth),
        estoi(clean, truth, rate_hz) - estoi(heard, truth, rate_hz),
        pesq_wb(clean, truth, rate_hz) - pesq_wb(heard, truth, rate_hz),
    )


def _clean(samples: Samples, rate_hz: int) -> Samples:
    parts = EmbeddedDereverb().clean(Audio(samples, rate_hz), report=lambda _fraction: None)
    return np.concatenate(list(parts), axis=1)
