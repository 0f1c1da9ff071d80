"""Audio, and one Protocol per capability. Engines keep nothing of a caller between calls."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Report = Callable[[float], None]
"""Called with the fraction done, 0 to 1; raises to stop the engine."""


def finite(samples: Samples) -> Samples:
    """Samples of any shape. Files of float samples may hold NaN and infinity: silence and full scale here."""
    if np.isfinite(samples).all():
        return samples
    return np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)


def part_of(report: Report, first: float, last: float) -> Report:
    """What tells the progress of a step that takes it from `first` to `last`."""
    return lambda fraction: report(first + (last - first) * fraction)


@dataclass(frozen=True, slots=True)
class Audio:
    """float32 samples of shape (channels, frames), nominal range -1 to 1, and their rate in Hz."""

    samples: Samples
    rate_hz: int

    @property
    def duration_s(self) -> float:
        return int(self.samples.shape[1]) / self.rate_hz


@dataclass(frozen=True, slots=True)
class KeyTempo:
    """Key and tempo of a recording.

    key          "A# major" – sharps, as the hosted service writes it
    key_changes  "0-120" (seconds) → ["A# major"], in order, covering the whole recording
    bpm          exact tempo; 0.0 when the recording has no pulse
    extras       confidences, relative key, tempo alternatives with scores
    """

    key: str
    key_changes: dict[str, list[str]]
    bpm: float
    extras: dict[str, Any] = field(default_factory=dict)


class KeyTempoAnalyser(Protocol):
    def analyse(self, audio: Audio, *, report: Report) -> KeyTempo: ...


@dataclass(frozen=True, slots=True)
class Beats:
    """Times in seconds, rising; every downbeat is a beat too."""

    times_s: NDArray[np.float64]
    downbeats_s: NDArray[np.float64]


class BeatTracker(Protocol):
    def beats(self, audio: Audio, *, report: Report) -> Beats:
        """Beats and downbeats of mono audio at 22,050 Hz."""
        ...


class KeyEstimator(Protocol):
    def key(self, audio: Audio, *, report: Report) -> tuple[str, float]:
        """The one key of mono audio at 22,050 Hz, such as "A# major", and its probability."""
        ...


class TimeStretcher(Protocol):
    def stretch(self, blocks: Iterator[Samples], *, rate_hz: int, channels: int, speed: float) -> Iterator[Samples]:
        """Change the duration by 1 / speed and keep the pitch. Blocks have the shape (channels, frames)."""
        ...


class Restorer(Protocol):
    """Takes something unwanted out of a recording: noise, echoes, reverberation."""

    def clean(self, audio: Audio, *, report: Report) -> Iterator[Samples]:
        """The recording without it, in order, block by block.

        Together the blocks have the shape of `audio.samples` and line up with it sample by sample, so that the input
        minus the result is what was removed. The input may be mapped from a file and an hour long: engines work in
        chunks. Any rate from 8 to 192 kHz, 1 to 8 channels, down to one sample, silence and clipped sound included.
        """
        ...


class Separator(Protocol):
    """Takes a mix apart into instruments and voices.

    stems    the names it knows, in the order of its output
    rate_hz  the rate it wants; always stereo
    """

    stems: tuple[str, ...]
    rate_hz: int

    def separate(
        self, audio: Audio, *, wanted: Sequence[str] = (), quality: str = "standard", seed: int = 0, report: Report
    ) -> Iterator[Samples]:
        """The stems, block by block in order, each of shape (stems, 2, frames); together as long as the mix.

        `wanted`: the stems that will be used, empty for all; others may be zero. `quality`: draft, standard or high.
        """
        ...


class StemSplitter(Protocol):
    """Takes one stem further apart, such as drums into kick, snare and cymbals: an approximation."""

    parts: Mapping[str, tuple[str, ...]]
    """Stem → the parts it can be split into."""

    def split(self, stem: str, audio: Audio, *, report: Report) -> Iterator[Samples]:
        """All parts of a stem, block by block, each of shape (parts, channels, frames); together they are the stem."""
        ...


class Masterer(Protocol):
    def master(
        self, audio: Audio, reference: Audio, *, ceiling_dbtp: float = -1.0, report: Report
    ) -> Iterator[Samples]:
        """The recording made to sound like the reference, block by block, same rate, channels and length.

        No true peak is above `ceiling_dbtp`. Raises ValueError for a reference without sound.

        Both may be mapped from files and an hour long; the reference has its own rate and channels.
        """
        ...


@dataclass(frozen=True, slots=True)
class Note:
    """start_s, end_s in seconds; pitch as MIDI number; velocity 1-127; bends: semitones at equal steps of the note.

    is_drum: `pitch` is the General MIDI drum.
    """

    start_s: float
    end_s: float
    pitch: int
    velocity: int
    bends: tuple[float, ...] = ()
    is_drum: bool = False


class NoteTranscriber(Protocol):
    def notes(self, audio: Audio, *, report: Report) -> list[Note]:
        """The notes of a recording, ordered by start, then pitch. Any rate; the mix of all channels is heard."""
        ...


@dataclass(frozen=True, slots=True)
class Word:
    """start_s, end_s in seconds; confidence 0 to 1."""

    text: str
    start_s: float
    end_s: float
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech between pauses, written as a reader expects it; words in order, none without word times."""

    text: str
    start_s: float
    end_s: float
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """language: ISO 639-1 code; segments in order; translation: the same speech in English, where it was asked for."""

    language: str
    segments: tuple[Segment, ...]
    translation: tuple[Segment, ...] | None = None


class SpeechRecogniser(Protocol):
    """Writes down what is said.

    languages   ISO 639-1 codes it knows
    translates  whether it can translate into English
    """

    languages: tuple[str, ...]
    translates: bool

    def transcribe(self, audio: Audio, *, language: str | None, translate: bool, report: Report) -> Transcript:
        """The words of mono audio at 16 kHz, an hour or more; `language` None: detect it.

        Raises ValueError, with a text for the caller, for a language it does not know and a translation it cannot do.
        """
        ...


@dataclass(frozen=True, slots=True)
class VoiceProfile:
    """What is measured of a voice.

    pitch_hz               median fundamental frequency
    pitch_spread           standard deviation of the fundamental, semitones
    formants_hz            median F1 to F4 of voiced sound
    envelope_db            mean spectrum of voiced sound in 40 mel bands from 60 Hz to 12 kHz; mean of the bands 0
    """

    pitch_hz: float
    pitch_spread: float
    formants_hz: tuple[float, ...]
    envelope_db: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of the library, handed to an engine with the call: no engine keeps one.

    gender      female, male or neutral
    language    ISO 639-1 code, with a region where it matters: en, en-gb, de
    profile     what was measured of it
    reference   a recording of it, mono; None for a voice that an engine makes itself
    parameters  what makes it, by engine: {"speech": {"speaker": "rms", "pitch_semitones": -1.5, ...}}
    """

    id: str
    name: str
    gender: str
    language: str
    profile: VoiceProfile
    reference: Audio | None = None
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class SpeechSynthesiser(Protocol):
    """Speaks a text.

    rate_hz    of what it gives: mono
    languages  ISO 639-1 codes it speaks
    """

    rate_hz: int
    languages: tuple[str, ...]

    def speak(self, text: str, *, voice: Voice, language: str, seed: int = 0, report: Report) -> Iterator[Samples]:
        """The speech sentence by sentence, with the pauses between, each of shape (1, frames).

        Raises ValueError, with a text for the caller, for a language it does not speak and a text without words.
        """
        ...


class VoiceConverter(Protocol):
    """Says or sings the same in another voice.

    needs_reference  whether it can only imitate voices that have a recording
    """

    needs_reference: bool

    def convert(
        self, audio: Audio, *, voice: Voice, pitch_semitones: float = 0.0, sung: bool = False, report: Report
    ) -> Iterator[Samples]:
        """The recording in another voice, block by block; same rate, channels and length.

        Speech is moved to the median pitch of the voice, `pitch_semitones` higher. Sung sound keeps its tune: its pitch
        moves by whole octaves towards the voice, and by `pitch_semitones`. Consonants stay as they are.

        The input may be mapped from a file and an hour long: engines work in chunks.
        """
        ...


@dataclass(frozen=True, slots=True)
class SungNote:
    """start_s, end_s in seconds; pitch as MIDI number."""

    start_s: float
    end_s: float
    pitch: int


@dataclass(frozen=True, slots=True)
class SungWord:
    """A word as it is written, and its notes in order, as a rule one per syllable: more on one are a melisma."""

    text: str
    notes: tuple[SungNote, ...]


@dataclass(frozen=True, slots=True)
class SungLine:
    """What is sung in one breath."""

    words: tuple[SungWord, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


class Singer(Protocol):
    """Sings words to a tune.

    rate_hz  of what it gives: mono
    """

    rate_hz: int

    def sing(
        self, lines: Sequence[SungLine], *, voice: Voice, duration_s: float, seed: int = 0, report: Report
    ) -> Samples:
        """Dry singing of shape (1, frames), `duration_s` long, silent where nobody sings.

        The vowel of a syllable begins with its note, what stands before it sounds before. The tune is sung in the
        octave that is written.
        """
        ...


@dataclass(frozen=True, slots=True)
class Lyrics:
    """text: lines, sections under tags in brackets such as [Verse 1], an empty line between sections."""

    title: str
    text: str


class LyricsWriter(Protocol):
    def write(self, prompt: str, *, genre: str = "", seed: int, report: Report) -> Lyrics:
        """Lyrics about `prompt`; the same seed gives the same."""
        ...


@dataclass(frozen=True, slots=True)
class SongWish:
    """What a song should be.

    prompt, style, avoid  the caller's words: subject and sound, sound, what should not be in it
    lyrics                what is sung, with section tags in brackets; empty: nothing, the song is instrumental
    title                 of the song
    key                   such as "A minor"; None: free
    bpm, length_s         0: free
    vocal_only            nobody plays
    voice                 who sings
    """

    prompt: str = ""
    style: str = ""
    avoid: str = ""
    lyrics: str = ""
    title: str = ""
    key: str | None = None
    bpm: float = 0.0
    length_s: float = 0.0
    vocal_only: bool = False
    voice: Voice | None = None


@dataclass(frozen=True, slots=True)
class TimedLine:
    """A line of the lyrics, or a section tag that spans its lines. start_s, end_s in seconds."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Song:
    """audio: the mastered mix, stereo; lines: timed lyrics in order; midi: a Standard MIDI File of it, or empty."""

    audio: Audio
    lines: tuple[TimedLine, ...]
    key: str
    bpm: float
    genre: str
    midi: bytes = b""


class SongMaker(Protocol):
    def make(self, wish: SongWish, *, seed: int, report: Report) -> Song:
        """A new song. The same wish and seed give the same; another seed a clearly different take.

        Raises ValueError, with a text for the caller, for what it cannot make.
        """
        ...


@dataclass(frozen=True, slots=True)
class Effect:
    """audio: stereo; heard: the sounds it is made of, in the words of the engine; unknown: words it did not know."""

    audio: Audio
    heard: tuple[str, ...]
    unknown: tuple[str, ...] = ()


class EffectMaker(Protocol):
    def make(self, prompt: str, *, duration_s: float, seed: int, report: Report) -> Effect:
        """A sound effect of exactly `duration_s`; the same seed gives the same."""
        ...


class Painter(Protocol):
    def paint(
        self, prompt: str, *, style: str, width: int, height: int, seed: int, report: Report
    ) -> NDArray[np.uint8]:
        """A picture of shape (height, width, 3), RGB. style: standard, anime, nature, abstract, minimal or dark."""
        ...
