"""Mixes whose stems are known: a rendered band, and a voice that reads or sings."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.signal
import soxr

from bench.quality.material.score import BASS, CHORDS, DRUMS, LEAD, MAJOR, MINOR, Score
from bench.quality.material.songs import RATE_HZ, songs
from bench.quality.material.speech import sentences
from models.base import Audio, Samples

STEMS = ("drums", "bass", "other", "vocals")
SEEDS = {"A": 301, "B": 733}
BARS = 20
# RMS and place of each part: gain left, gain right.
PLACED = {DRUMS: (0.09, 1.0, 1.0), BASS: (0.08, 1.0, 1.0), CHORDS: (0.05, 1.25, 0.55), LEAD: (0.035, 0.5, 1.2)}
VOICE_RMS = 0.085
REVERB, REVERB_S = 0.12, 0.9
PEAK = 0.9
SPEECH_RATE_HZ = 16_000
FRAME, HOP = 512, 128  # of the vocoder
SLOWER = 1.6  # syllables of the sung voice are drawn out
LOWEST_NOTE = {"A": 50, "B": 55}


@dataclass(frozen=True, slots=True)
class Mix:
    """`stems` (4, 2, frames) in the order of STEMS at 44.1 kHz; a part that does not play is zero."""

    stems: Samples
    is_sung: bool
    score: Score

    @property
    def audio(self) -> Audio:
        return Audio(self.stems.sum(axis=0), RATE_HZ)

    @property
    def instrumental(self) -> Samples:
        return np.asarray(self.stems[:3].sum(axis=0), np.float32)


def mixes(set_name: str, count: int, *, seconds: float = 20.0) -> Iterator[Mix]:
    """Drums, bass and voice in the middle, chords left, lead right; every other voice sings, the rest read."""
    rng = np.random.default_rng(SEEDS[set_name])
    frames = round(seconds * RATE_HZ)
    parts = {part: songs(set_name, count, parts=(part,), bars=BARS) for part in PLACED}
    clips = [clip.samples[0] for clip in sentences(set_name, 3 * count, SPEECH_RATE_HZ, per_clip=3)]
    for number in range(count):
        stems = np.zeros((4, 2, frames))
        for part, stem in ((DRUMS, 0), (BASS, 1), (CHORDS, 2), (LEAD, 2)):
            song = next(parts[part])
            rms, *gains = PLACED[part]
            mono = song.audio.samples[:, :frames].mean(axis=0, dtype=np.float64)
            mono = np.pad(mono, (0, frames - mono.size))
            if part in {event.part for event in song.score.events}:
                # As it was rendered, in stereo, for the drums; the others are placed.
                sound = song.audio.samples[:, :frames] if part == DRUMS else np.outer(gains, mono)
                stems[stem, :, : sound.shape[1]] += rms * sound / np.sqrt(np.mean(mono**2))
        said = np.concatenate([clips[(number // 2 * 2 + number % 2 + 2 * step) % len(clips)] for step in range(3)])
        sung = number % 2 == 1
        voice = sing(said, song.score, rng, lowest_note=LOWEST_NOTE[set_name]) if sung else said
        stems[3] = _in_room(_looped(soxr.resample(voice, SPEECH_RATE_HZ, RATE_HZ), frames), rng)
        stems *= PEAK / np.abs(stems.sum(axis=0)).max()
        yield Mix(stems.astype(np.float32), sung, song.score)


def sing(speech: Samples, score: Score, rng: np.random.Generator, *, lowest_note: int) -> Samples:
    """Mono speech at 16 kHz turned into song by a vocoder (Dudley 1939): its envelope over a melody with vibrato.

    The melody walks through the scale of the score, a note per beat or two.
    """
    window = scipy.signal.get_window("hann", FRAME)
    stft = scipy.signal.ShortTimeFFT(window, HOP, SPEECH_RATE_HZ)
    drawn = scipy.signal.resample_poly(np.log(np.abs(stft.stft(speech)) + 1e-5), round(10 * SLOWER), 10, axis=1)
    cepstrum = np.fft.irfft(drawn, axis=0)
    cepstrum[30:-29] = 0.0  # finer than formants: the pitch of the speech
    envelope = np.exp(np.fft.rfft(cepstrum, axis=0).real)
    frames = drawn.shape[1] * HOP
    f0_hz = _melody(score, rng, frames, lowest_note)
    phase = 2 * np.pi * np.cumsum(f0_hz) / SPEECH_RATE_HZ
    tone = sum(np.cos(n * phase) * (n * f0_hz < 7_800) for n in range(1, 80))
    low, high = envelope[: FRAME // 16].mean(axis=0), envelope[FRAME // 6 :].mean(axis=0)
    is_voiced = np.convolve(low > high, np.ones(9) / 9, "same")
    excited = stft.stft(tone)[:, : drawn.shape[1]] * is_voiced
    excited = excited + 8 * stft.stft(rng.standard_normal(frames))[:, : drawn.shape[1]] * (1 - is_voiced)
    return np.asarray(stft.istft(excited * envelope[:, : excited.shape[1]], k1=frames - FRAME), np.float32)


def _melody(score: Score, rng: np.random.Generator, frames: int, lowest_note: int) -> Samples:
    """F0 in Hz of each sample; glides of 60 ms, vibrato of 5.5 Hz and a third of a semitone."""
    scale = MINOR if score.is_minor else MAJOR
    notes = [note for note in range(lowest_note, lowest_note + 15) if (note - score.tonic) % 12 in scale]
    beat = 60 / score.bpm * SPEECH_RATE_HZ
    pitch, place = np.empty(0), len(notes) // 2
    while pitch.size < frames:
        place = int(np.clip(place + rng.integers(-2, 3), 0, len(notes) - 1))
        pitch = np.concatenate([pitch, np.full(round(beat * rng.choice((1, 1, 2))), notes[place])])
    glide = np.ones(round(0.06 * SPEECH_RATE_HZ))
    pitch = scipy.signal.fftconvolve(np.pad(pitch, glide.size, "edge"), glide / glide.size, "same")[glide.size :]
    t = np.arange(frames) / SPEECH_RATE_HZ
    return np.asarray(440 * 2 ** ((pitch[:frames] + 0.33 * np.sin(2 * np.pi * 5.5 * t) - 69) / 12), np.float32)


def _looped(mono: Samples, frames: int) -> Samples:
    return np.resize(mono, frames).astype(np.float64)


def _in_room(mono: Samples, rng: np.random.Generator) -> Samples:
    """(2, frames) of RMS VOICE_RMS: the voice in the middle and a reverberation that differs left and right."""
    t = np.arange(round(REVERB_S * RATE_HZ)) / RATE_HZ
    tail = rng.standard_normal((2, t.size)) * 10 ** (-3 * t / REVERB_S)
    tail /= np.sqrt(np.square(tail).sum(axis=1, keepdims=True))
    wet = scipy.signal.fftconvolve(mono[None], tail, axes=1)[:, : mono.size]
    both = mono[None] + REVERB * wet
    return np.asarray(VOICE_RMS * both / np.sqrt(np.mean(both**2)), np.float64)
