"""Recordings made over by ACE-Step: a part anew, a longer end, another style, one more track."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from models.base import Audio, Report, Samples, SongWish, finite, part_of
from models.music.ace_step.finish import as_loud_as_others
from models.music.ace_step.sound import EVEN, Sound
from models.music.ace_step.splice import level_of, spliced
from models.music.ace_step.wishes import LONGEST_S, SHORTEST_S, Request, request_of

TRACKS = (
    *("vocals", "backing_vocals", "drums", "bass", "guitar", "keyboard", "percussion", "strings", "synth", "fx"),
    *("brass", "woodwinds"),
)
WINDOW_S = (3.0, 90.0)  # what the model makes anew at a time, as its authors describe it
LEAST_S = 0.1
FADE_S, OVERLAP_S = 0.25, 1.0
CHANNELS = (1, 2)


def repainted(
    sound: Sound, audio: Audio, start_s: float, end_s: float, wish: SongWish, *, seed: int, report: Report
) -> Audio:
    """Same rate, channels and length. Outside the part and a fade of 0.25 s on both sides nothing changes.

    `wish.lyrics`: of the whole recording. Raises ValueError for a part that is not inside the recording.
    """
    duration_s = audio.duration_s
    if not (math.isfinite(start_s) and math.isfinite(end_s) and 0 <= start_s < end_s <= duration_s + 1e-6):
        message = f"The part must lie within the {duration_s:.1f} s of the recording."
        raise ValueError(message)
    if end_s - start_s < LEAST_S:
        message = f"The part must be at least {LEAST_S} s long."
        raise ValueError(message)
    request = _request(sound, wish)
    samples, parts = _checked(audio), list(_windows(start_s, end_s))
    for number, (first_s, last_s) in enumerate(parts):
        told = part_of(report, number / len(parts), (number + 1) / len(parts))
        samples = _anew(sound, Audio(samples, audio.rate_hz), first_s, last_s, request, seed + number, told)
    report(1.0)
    return Audio(samples, audio.rate_hz)


def extended(
    sound: Sound,
    audio: Audio,
    seconds: float,
    wish: SongWish,
    *,
    after_s: float | None = None,
    seed: int,
    report: Report,
) -> Audio:
    """The recording up to `after_s`, its end if None, and `seconds` more. Same rate and channels.

    Nothing changes up to a second before `after_s`, from where the music goes over into the new. Raises ValueError for
    more than ten minutes in all.
    """
    after_s = audio.duration_s if after_s is None else after_s
    if not OVERLAP_S < after_s <= audio.duration_s + 1e-6:
        message = (
            f"A recording goes on after {OVERLAP_S:g} s at the earliest, and {audio.duration_s:.1f} s at the latest."
        )
        raise ValueError(message)
    if not (seconds >= LEAST_S and after_s + seconds <= LONGEST_S):
        message = f"The whole may be {LONGEST_S} s long, with at least {LEAST_S} s more than there was."
        raise ValueError(message)
    request = _request(sound, wish)
    kept = round(after_s * audio.rate_hz)
    more = round(seconds * audio.rate_hz)
    samples = np.pad(_checked(audio)[:, :kept], ((0, 0), (0, more)))
    parts = list(_windows(after_s - OVERLAP_S + FADE_S, samples.shape[1] / audio.rate_hz))
    for number, (first_s, last_s) in enumerate(parts):
        told = part_of(report, number / len(parts), (number + 1) / len(parts))
        known = Audio(samples[:, : round(last_s * audio.rate_hz)], audio.rate_hz)
        samples[:, : known.samples.shape[1]] = _anew(sound, known, first_s, last_s, request, seed + number, told)
    report(1.0)
    return Audio(samples, audio.rate_hz)


def covered(sound: Sound, audio: Audio, wish: SongWish, *, strength: float = 1.0, seed: int, report: Report) -> Audio:
    """The recording's music in the style of the wish, as long as it is, stereo at 48 kHz, at -14 LUFS.

    `strength`: how closely the music is followed, 0 to 1. The voices are others, the melody is taken freely.
    """
    if not 0 <= strength <= 1:
        raise ValueError("The strength is from 0 to 1.")
    source, frames = _source(sound, audio)
    made = sound.made(
        source.shape[1], seed=seed, report=report, task_type="cover", src_audio=torch.from_numpy(source),
        audio_cover_strength=strength, **_told(_request(sound, wish), source.shape[1] / sound.rate_hz),
    )  # fmt: skip
    return Audio(as_loud_as_others(made[:, :frames], sound.rate_hz), sound.rate_hz)


def added(sound: Sound, audio: Audio, track: str, wish: SongWish, *, seed: int, report: Report) -> Audio:
    """A track that fits the recording, as long as it is, stereo at 48 kHz, to be mixed with it.

    By models that were trained to, the base ones, and even by them it may come with other instruments. Raises
    ValueError for other models, and for a track that is none of TRACKS.
    """
    if sound.pipeline.is_turbo:
        raise ValueError("Turbo models add no tracks; a base model does.")
    if track not in TRACKS:
        message = f"Tracks are {', '.join(TRACKS)}."
        raise ValueError(message)
    source, frames = _source(sound, audio)
    made = sound.made(
        source.shape[1], seed=seed, report=report, task_type="lego", track_name=track,
        src_audio=torch.from_numpy(source), repainting_start=0.0, repainting_end=-1.0,
        **_told(_request(sound, wish), source.shape[1] / sound.rate_hz),
    )  # fmt: skip
    return Audio(made[:, :frames].copy(), sound.rate_hz)


def _anew(
    sound: Sound, audio: Audio, start_s: float, end_s: float, request: Request, seed: int, report: Report
) -> Samples:
    """One window, with up to ten minutes around it for the model to hear."""
    duration_s = audio.duration_s
    middle_s = (start_s + end_s) / 2
    from_s = float(np.clip(middle_s - LONGEST_S / 2, 0, max(duration_s - LONGEST_S, 0)))
    first, last = (round(s * audio.rate_hz) for s in (from_s, min(from_s + LONGEST_S, duration_s)))
    heard = Audio(audio.samples[:, first:last], audio.rate_hz)
    source, frames = _source(sound, heard)
    least_s = max(WINDOW_S[0] - (end_s - start_s), 0) / 2
    window_s = max(start_s - from_s - least_s, 0.0), min(end_s - from_s + least_s, heard.duration_s)
    made = sound.made(
        source.shape[1], seed=seed, report=report, task_type="repaint", src_audio=torch.from_numpy(source),
        repainting_start=window_s[0], repainting_end=window_s[1], **_told(request, source.shape[1] / sound.rate_hz),
    )[:, :frames]  # fmt: skip
    new = _like(Audio(made, sound.rate_hz), heard)
    begin, end = (round((s - from_s) * audio.rate_hz) for s in (start_s, end_s))
    new *= np.float32(level_of(heard.samples, new, begin, end, audio.rate_hz))
    found = audio.samples.copy()
    found[:, first:last] = spliced(heard.samples, new, begin, end, round(FADE_S * audio.rate_hz))
    return found


def _windows(start_s: float, end_s: float) -> Iterator[tuple[float, float]]:
    count = max(math.ceil((end_s - start_s) / WINDOW_S[1] - 1e-9), 1)
    length_s = (end_s - start_s) / count
    yield from ((start_s + number * length_s, start_s + (number + 1) * length_s) for number in range(count))


def _request(sound: Sound, wish: SongWish) -> Request:
    return request_of(wish, sound.pipeline.tokenizer)


def _told(request: Request, seconds: float) -> dict[str, Any]:
    """What is known of the music: nothing is planned, as the recording says the rest."""
    choices = {name: values[0] if len(values) == 1 else None for name, values in request.choices.items()}
    return {
        "prompt": request.caption,
        "lyrics": request.lyrics,
        "vocal_language": request.choices["language"][0],
        "audio_duration": seconds,
        "bpm": int(choices["bpm"]) if choices["bpm"] else None,
        "keyscale": choices["keyscale"],
    }


def _checked(audio: Audio) -> Samples:
    if audio.samples.shape[0] not in CHANNELS:
        raise ValueError("Recordings must be mono or stereo.")
    if not audio.samples.size:
        raise ValueError("The recording is empty.")
    return finite(np.asarray(audio.samples, np.float32))


def _source(sound: Sound, audio: Audio) -> tuple[Samples, int]:
    """Stereo at the model's rate, with silence after it up to the least length, and its own number of frames."""
    if audio.duration_s > LONGEST_S:
        message = f"Recordings must not be longer than {LONGEST_S} s."
        raise ValueError(message)
    stereo = np.repeat(_checked(audio), 3 - audio.samples.shape[0], axis=0)
    heard = _at_rate(stereo, audio.rate_hz, sound.rate_hz)
    frames = heard.shape[1]
    least = max(frames, SHORTEST_S * sound.rate_hz)
    grid = EVEN * sound.hop
    return np.pad(heard, ((0, 0), (0, -(-least // grid) * grid - frames))), frames


def _like(made: Audio, wanted: Audio) -> Samples:
    """With the rate, the channels and the length of another recording."""
    samples = made.samples.mean(axis=0, keepdims=True) if wanted.samples.shape[0] == 1 else made.samples
    found = _at_rate(samples, made.rate_hz, wanted.rate_hz)
    missing = max(wanted.samples.shape[1] - found.shape[1], 0)
    return np.pad(found, ((0, 0), (0, missing)))[:, : wanted.samples.shape[1]].astype(np.float32)


def _at_rate(samples: Samples, rate_hz: int, wanted_hz: int) -> Samples:
    import soxr

    if rate_hz == wanted_hz:
        return np.asarray(samples, np.float32)
    return np.ascontiguousarray(soxr.resample(np.asarray(samples.T, np.float32), rate_hz, wanted_hz).T)
