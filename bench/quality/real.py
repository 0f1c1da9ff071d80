"""The same metrics on recordings: a folder with a manifest.json that maps a file name to what is known of it.

    {"speech.flac": {"kind": "speech"}, "song.ogg": {"kind": "song", "key": "E minor", "bpm": 90, "tonic": "F"}}

Speech gets noise and reverberation put on; music must come through clean; keys, tempi and tonics are compared.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from bench.quality import transcription, voices
from bench.quality.key_tempo import OCTAVES, WITHIN
from bench.quality.mastering import peak_dbtp
from bench.quality.material.noise import mixed, noises
from bench.quality.material.rooms import in_room, shoebox
from bench.quality.metrics import estoi, si_sdr_db
from bench.quality.table import Figure
from models.analysis.key_tempo import RATE_HZ, EmbeddedKeyTempo
from models.base import Audio, Restorer, Samples
from models.deecho.embedded import EmbeddedDeecho
from models.denoise.embedded import EmbeddedDenoiser
from models.dereverb.embedded import EmbeddedDereverb
from models.dsp.loudness import integrated_lufs
from models.mastering.reference import ReferenceMasterer

LONGEST_S = 30
SPEECH_RATE_HZ = 16_000
SNR_DB = 5.0
RT60_S = 0.8


def measure(folder: Path) -> Iterator[tuple[str, Figure]]:
    """Endpoint and figure, for all recordings of the folder's manifest. Figures without a target are for knowledge."""
    known = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    recordings = {name: (_read(folder / name), about) for name, about in known.items()}
    for name, (audio, about) in recordings.items():
        yield from _speech(name, audio) if about["kind"] == "speech" else _music(name, audio, about)
    for name, (audio, about) in recordings.items():
        if "transcript" in about:
            yield from (
                ("transcription", figure) for figure in transcription.recording(name, audio, about["transcript"])
            )
    yield from (("voices", figure) for figure in voices.measure_real(folder))
    music = [(name, audio) for name, (audio, about) in recordings.items() if about["kind"] != "speech"]
    for (name, audio), (other, reference) in zip(music, music[1:] + music[:1], strict=True):
        yield from _mastered(f"{name} to {other}", audio, reference)


def _read(path: Path) -> Audio:
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return Audio(np.ascontiguousarray(samples.T[:, : LONGEST_S * rate_hz]), rate_hz)


def _cleaned(engine: Restorer, samples: Samples, rate_hz: int) -> Samples:
    blocks = engine.clean(Audio(np.atleast_2d(samples), rate_hz), report=lambda _fraction: None)
    return np.concatenate(list(blocks), axis=1).reshape(samples.shape)


def _speech(name: str, audio: Audio) -> Iterator[tuple[str, Figure]]:
    clean = np.asarray(soxr.resample(audio.samples.mean(axis=0), audio.rate_hz, SPEECH_RATE_HZ), np.float32)
    for kind, noise in noises("B", clean.size, SPEECH_RATE_HZ).items():
        noisy = mixed(clean, noise, SNR_DB)
        better = _cleaned(EmbeddedDenoiser(), noisy, SPEECH_RATE_HZ)
        gain_db = si_sdr_db(better, clean) - si_sdr_db(noisy, clean)
        yield "denoise", Figure(f"{name} in {kind} at 5 dB, SI-SDR gained", gain_db, -1.0, "dB")
    wet, early = in_room(clean, shoebox("B", RT60_S, SPEECH_RATE_HZ), SPEECH_RATE_HZ)
    dry = _cleaned(EmbeddedDereverb(), wet[0], SPEECH_RATE_HZ)
    gain_db = si_sdr_db(dry, early[0]) - si_sdr_db(wet[0], early[0])
    clearer = estoi(dry, early[0], SPEECH_RATE_HZ) - estoi(wet[0], early[0], SPEECH_RATE_HZ)
    yield "dereverb", Figure(f"{name} at RT60 {RT60_S:g} s, SI-SDR gained", gain_db, 2.5, "dB")
    yield "dereverb", Figure(f"{name} at RT60 {RT60_S:g} s, ESTOI gained", clearer, 0.04)
    yield "deecho", _left_alone(name, audio)


def _music(name: str, audio: Audio, about: dict[str, Any]) -> Iterator[tuple[str, Figure]]:
    rest = audio.samples - _cleaned(EmbeddedDenoiser(), audio.samples, audio.rate_hz)
    removed_db = 10 * np.log10(np.mean(rest**2) / np.mean(audio.samples**2) + 1e-12)
    yield "denoise", Figure(f"{name} as it is, removed", float(removed_db), None, "dB", higher_is_better=False)
    yield "deecho", _left_alone(name, audio)
    mono = np.asarray(soxr.resample(audio.samples.mean(axis=0), audio.rate_hz, RATE_HZ), np.float32)
    found = EmbeddedKeyTempo().analyse(Audio(mono[None], RATE_HZ), report=lambda _fraction: None)
    if "key" in about:
        yield "key_tempo", Figure(f"{name}, key {about['key']}: {found.key}", float(found.key == about["key"]), 1.0)
    if "tonic" in about:
        is_right = found.key.split()[0] == about["tonic"]
        yield "key_tempo", Figure(f"{name}, tonic {about['tonic']}: {found.key}", float(is_right), 1.0)
    if "bpm" in about:
        is_near = any(abs(found.bpm / octave / about["bpm"] - 1) <= WITHIN for octave in OCTAVES)
        yield "key_tempo", Figure(f"{name}, {about['bpm']} BPM: {found.bpm:.1f}", float(is_near), 1.0)


def _left_alone(name: str, audio: Audio) -> Figure:
    out = _cleaned(EmbeddedDeecho(), audio.samples, audio.rate_hz)
    changed = float(np.abs(out - audio.samples).max())
    return Figure(f"{name} has no echo, most changed", changed, 0.0, higher_is_better=False)


def _mastered(name: str, audio: Audio, reference: Audio) -> Iterator[tuple[str, Figure]]:
    blocks = ReferenceMasterer().master(audio, reference, report=lambda _fraction: None)
    out = Audio(np.concatenate(list(blocks), axis=1), audio.rate_hz)
    error = abs(integrated_lufs(out) - integrated_lufs(reference))
    yield "mastering", Figure(f"{name}, loudness error", error, 0.3, "LU", higher_is_better=False)
    yield "mastering", Figure(f"{name}, true peak", peak_dbtp(out.samples), -1.0, "dBTP", higher_is_better=False)
