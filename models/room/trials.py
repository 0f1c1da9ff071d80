"""A second of synthetic sound through an engine, whatever its task: does what comes out have the promised form?"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from models.base import Audio, Samples, SongWish, SungLine, SungNote, SungWord, Voice, VoiceProfile

SECONDS, KEY_SECONDS = 1.0, 4.0  # what is under three has no key
SPOKEN_S, SONG_S = 3.0, 10.0
PIXELS = 64
RATE_HZ, ANALYSIS_HZ = 44_100, 22_050
SPEED = 1.25
CHORD_HZ = (220.0, 277.2, 329.6)


class TrialFailed(Exception):
    """The engine ran, and what it gave is not what its Protocol promises."""


def chord(rate_hz: int, channels: int, seconds: float = SECONDS) -> Audio:
    """Three notes struck twice a second, a little noise; the channels differ."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    notes = np.sum([np.sin(2 * np.pi * hz * t) for hz in CHORD_HZ], axis=0) * np.exp(-6 * (t % 0.5))
    noise = np.random.default_rng(0).normal(0, 0.01, (channels, t.size))
    return Audio((0.2 * notes + noise).astype(np.float32), rate_hz)


VOICE = Voice(
    "trial",
    "Trial",
    "female",
    "en",
    VoiceProfile(210.0, 2.5, (500.0, 1600.0, 2700.0, 3900.0), (0.0,) * 40),
    reference=chord(RATE_HZ, 1, 2 * SECONDS),
)


def _report(_fraction: float) -> None:
    return


def _need(is_good: bool, what: str) -> None:
    if not is_good:
        raise TrialFailed(what)


def _whole(blocks: Iterator[Samples], shape: tuple[int, ...]) -> Samples:
    found = np.concatenate(list(blocks), axis=-1)
    _need(found.shape == shape, f"its result has the shape {found.shape} instead of {shape}")
    _need(bool(np.isfinite(found).all()), "its result holds NaN or infinity")
    return found


def _restore(engine: Any) -> None:  # noqa: ANN401 - each task has its own Protocol in models.base
    audio = chord(RATE_HZ, 2)
    _whole(engine.clean(audio, report=_report), audio.samples.shape)


def _separate(engine: Any) -> None:  # noqa: ANN401 - as above
    audio = chord(engine.rate_hz, 2)
    _whole(engine.separate(audio, report=_report), (len(engine.stems), *audio.samples.shape))


def _split(engine: Any) -> None:  # noqa: ANN401 - as above
    audio = chord(RATE_HZ, 2)
    key, parts = next(iter(engine.parts.items()))
    _whole(engine.split(key, audio, report=_report), (len(parts), *audio.samples.shape))


def _stretch(engine: Any) -> None:  # noqa: ANN401 - as above
    samples = chord(RATE_HZ, 2).samples
    found = np.concatenate(list(engine.stretch(iter([samples]), rate_hz=RATE_HZ, channels=2, speed=SPEED)), axis=1)
    expected = samples.shape[1] / SPEED
    _need(
        abs(found.shape[1] - expected) < 0.01 * expected, f"it gave {found.shape[1]} frames instead of {expected:.0f}"
    )


def _master(engine: Any) -> None:  # noqa: ANN401 - as above
    audio = chord(RATE_HZ, 2)
    _whole(engine.master(audio, chord(RATE_HZ, 2, 2 * SECONDS), report=_report), audio.samples.shape)


def _analyse(engine: Any) -> None:  # noqa: ANN401 - as above
    found = engine.analyse(chord(ANALYSIS_HZ, 1, KEY_SECONDS), report=_report)
    _need(bool(found.key), "it found no key")


def _beats(engine: Any) -> None:  # noqa: ANN401 - as above
    found = engine.beats(chord(ANALYSIS_HZ, 1), report=_report)
    _need(bool((np.diff(found.times_s) > 0).all()), "its beats do not rise")


def _key(engine: Any) -> None:  # noqa: ANN401 - as above
    key, probability = engine.key(chord(ANALYSIS_HZ, 1, KEY_SECONDS), report=_report)
    _need(bool(key) and 0 <= probability <= 1, f'it answered "{key}" with the probability {probability}')


def _notes(engine: Any) -> None:  # noqa: ANN401 - as above
    for note in engine.notes(chord(ANALYSIS_HZ, 1), report=_report):
        _need(0 <= note.start_s < note.end_s and 0 <= note.pitch <= 127, f"it gave the note {note}")  # noqa: PLR2004


def _transcribe(engine: Any) -> None:  # noqa: ANN401 - as above
    from models.transcription.syllables import syllables

    found = engine.transcribe(syllables(SPOKEN_S), language=engine.languages[0], translate=False, report=_report)
    _need(found.language == engine.languages[0], f"it heard the language {found.language}")
    for segment in found.segments:
        _need(0 <= segment.start_s <= segment.end_s, f"it gave the segment {segment}")


def _speak(engine: Any) -> None:  # noqa: ANN401 - as above
    blocks = list(engine.speak("one", voice=VOICE, language="en", report=_report))
    _need(all(block.shape[0] == 1 for block in blocks), "its speech is not mono")
    _need(bool(np.isfinite(np.concatenate(blocks, axis=1)).all()), "its speech holds NaN or infinity")


def _convert(engine: Any) -> None:  # noqa: ANN401 - as above
    audio = chord(RATE_HZ, 2)
    _whole(engine.convert(audio, voice=VOICE, report=_report), audio.samples.shape)


def _sing(engine: Any) -> None:  # noqa: ANN401 - as above
    line = SungLine((SungWord("la", (SungNote(0.2, 0.8, 64),)),))
    found = engine.sing([line], voice=VOICE, duration_s=SECONDS, report=_report)
    _whole(iter([found]), (1, round(SECONDS * engine.rate_hz)))


def _write(engine: Any) -> None:  # noqa: ANN401 - as above
    found = engine.write("the sea", seed=1, report=_report)
    _need(bool(found.title.strip() and found.text.strip()), "it wrote nothing")


def _song(engine: Any) -> None:  # noqa: ANN401 - as above
    found = engine.make(SongWish(prompt="calm piano", length_s=SONG_S), seed=1, report=_report)
    _need(found.audio.samples.shape[0] == 2, "its song is not stereo")  # noqa: PLR2004
    _need(bool(np.isfinite(found.audio.samples).all()), "its song holds NaN or infinity")


def _effect(engine: Any) -> None:  # noqa: ANN401 - as above
    found = engine.make("rain", duration_s=SECONDS, seed=1, report=_report)
    _whole(iter([found.audio.samples]), (2, round(SECONDS * found.audio.rate_hz)))


def _paint(engine: Any) -> None:  # noqa: ANN401 - as above
    found = engine.paint("the sea", style="standard", width=PIXELS, height=PIXELS, seed=1, report=_report)
    _need(found.shape == (PIXELS, PIXELS, 3) and found.dtype == np.uint8, f"its picture has the shape {found.shape}")


TRIALS: Mapping[str, Callable[[Any], None]] = {
    "beats": _beats,
    "deecho": _restore,
    "denoise": _restore,
    "dereverb": _restore,
    "drum_notes": _notes,
    "effects": _effect,
    "key": _key,
    "key_tempo": _analyse,
    "lyrics": _write,
    "mastering": _master,
    "notes": _notes,
    "pictures": _paint,
    "separation": _separate,
    "singing": _sing,
    "song": _song,
    "speech": _speak,
    "speech_translation": _transcribe,
    "speed": _stretch,
    "stem_parts": _split,
    "transcription": _transcribe,
    "voice": _convert,
}
"""Task → what raises TrialFailed, or whatever the engine raises."""
