"""Conversion types, statuses, lanes and categories."""

from enum import StrEnum


class ConversionType(StrEnum):
    """The `conversionType` values of byId, and three inferred ones for endpoints without a documented value."""

    MUSIC_AI = "MUSIC_AI"
    TEXT_TO_SPEECH = "TEXT_TO_SPEECH"
    VOICE_CONVERSION = "VOICE_CONVERSION"
    EXTRACTION = "EXTRACTION"
    COVER = "COVER"
    STEMS_SEPARATION = "STEMS_SEPARATION"
    VOCAL_EXTRACTION = "VOCAL_EXTRACTION"
    DENOISING = "DENOISING"
    DEECHO = "DEECHO"
    DEREVERB = "DEREVERB"
    SOUND_GENERATOR = "SOUND_GENERATOR"
    AUDIO_TRANSCRIPTION = "AUDIO_TRANSCRIPTION"
    AUDIO_SPEED_CHANGER = "AUDIO_SPEED_CHANGER"
    AUDIO_MASTERING = "AUDIO_MASTERING"
    AUDIO_CUTTER = "AUDIO_CUTTER"
    REMIX = "REMIX"
    FILE_CONVERT = "FILE_CONVERT"
    KEY_BPM_EXTRACTION = "KEY_BPM_EXTRACTION"
    AUDIO_TO_MIDI = "AUDIO_TO_MIDI"
    EXTEND = "EXTEND"
    INPAINT = "INPAINT"
    SING_OVER_INSTRUMENTAL = "SING_OVER_INSTRUMENTAL"
    LYRICS_GENERATOR = "LYRICS_GENERATOR"
    IMAGE_TO_SONG = "IMAGE_TO_SONG"
    SING_OVER_VOCAL = "SING_OVER_VOCAL"
    IMAGE_GENERATOR = "IMAGE_GENERATOR"


# Spellings real clients poll with.
CONVERSION_TYPE_ALIASES: dict[str, ConversionType] = {
    "TTS": ConversionType.TEXT_TO_SPEECH,
    "VOICE_CHANGER": ConversionType.VOICE_CONVERSION,
    "STEMS_SEPARATION": ConversionType.EXTRACTION,
    "VOCAL_EXTRACTION": ConversionType.EXTRACTION,
    "DENOISE": ConversionType.DENOISING,
    "DE_ECHO": ConversionType.DEECHO,
    "DEVERB": ConversionType.DEREVERB,
    "DE_REVERB": ConversionType.DEREVERB,
    "AUDIO_TRANSCRIBE": ConversionType.AUDIO_TRANSCRIPTION,
    "TRANSCRIPTION": ConversionType.AUDIO_TRANSCRIPTION,
    "FILE_CONVERSION": ConversionType.FILE_CONVERT,
    "EXTRACT_KEY_BPM": ConversionType.KEY_BPM_EXTRACTION,
}


def conversion_type(text: str) -> ConversionType | None:
    """The type a caller means by `text`, in any case and any known spelling; None if there is no such type."""
    name = text.strip().upper()
    if name in CONVERSION_TYPE_ALIASES:
        return CONVERSION_TYPE_ALIASES[name]
    return ConversionType(name) if name in ConversionType.__members__ else None


class Status(StrEnum):
    """What callers see."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"  # processing failed, or the caller cancelled
    ERROR = "ERROR"  # the input could not be fetched or decoded, or an internal fault


class Lane(StrEnum):
    """Queues. `io`: webhooks and housekeeping; `cpu` and `gpu`: sound."""

    IO = "io"
    CPU = "cpu"
    GPU = "gpu"


class Category(StrEnum):
    """What the parallel limit is counted by."""

    GENERATIONS = "generations"
    UTILITIES = "utilities"
    ENHANCEMENTS = "enhancements"


class AudioFormat(StrEnum):
    """File formats the service writes; the value is the file extension."""

    MP3 = "mp3"
    WAV = "wav"
    FLAC = "flac"
    OGG = "ogg"
    AAC = "aac"
    WEBM = "webm"


class Gender(StrEnum):
    MALE = "male"
    FEMALE = "female"
    NEUTRAL = "neutral"


class Stem(StrEnum):
    """The 23 stems of the extraction endpoint."""

    VOCALS = "vocals"
    INSTRUMENTAL = "instrumental"
    MALE_VOCAL = "male_vocal"
    FEMALE_VOCAL = "female_vocal"
    LEAD_VOCAL = "lead_vocal"
    BACK_VOCAL = "back_vocal"
    BASS = "bass"
    DRUMS = "drums"
    GUITAR = "guitar"
    PIANO = "piano"
    KEYS = "keys"
    STRINGS = "strings"
    WINDS = "winds"
    RHYTHM_GUITAR = "rhythm_guitar"
    SOLO_GUITAR = "solo_guitar"
    ACOUSTIC_GUITAR = "acoustic_guitar"
    ELECTRIC_GUITAR = "electric_guitar"
    KICK_DRUM = "kick_drum"
    SNARE_DRUM = "snare_drum"
    TOMS = "toms"
    HI_HAT = "hi_hat"
    RIDE = "ride"
    CRASH = "crash"


class Preprocessing(StrEnum):
    """What extraction may do to its input first."""

    DENOISE = "Denoise"
    DEECHO = "Deecho"
    DEREVERB = "Dereverb"


class TextFormat(StrEnum):
    """Forms of a transcript."""

    PLAIN_TEXT = "plain_text"
    FORMATTED_TEXT = "formatted_text"
    SRT = "srt"
    VTT = "vtt"


class SongModel(StrEnum):
    """The `model` values of v2/MusicAI."""

    V6 = "v6"
    V6_PRO = "v6-pro"
    V7 = "v7"
    V7_PRO = "v7-pro"


class StylePreset(StrEnum):
    """Looks of the image generator."""

    STANDARD = "standard"
    ANIME = "anime"
    NATURE = "nature"
    ABSTRACT = "abstract"
    MINIMAL = "minimal"
    DARK = "dark"
