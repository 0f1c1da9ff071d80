"""Every endpoint, described once. Adding one touches its own file and the list below."""

from app.features import (
    audio_cutter,
    audio_mastering,
    audio_speed_changer,
    audio_to_midi,
    audio_transcribe,
    cover,
    deecho,
    denoise,
    dereverb,
    extend,
    extract_key_bpm,
    extraction,
    file_convert,
    image_generator,
    image_to_song,
    inpaint,
    music_ai,
    music_ai_batch,
    music_ai_v2,
    prompt_to_lyrics,
    remix,
    sing_over_instrumental,
    sing_over_vocal,
    sound_generator,
    text_to_speech,
    voice_changer,
)
from app.features._spec import Feature

ALL: tuple[Feature, ...] = (
    music_ai.FEATURE,
    music_ai_v2.FEATURE,
    music_ai_batch.FEATURE,
    cover.FEATURE,
    text_to_speech.FEATURE,
    sound_generator.FEATURE,
    extraction.FEATURE,
    voice_changer.FEATURE,
    denoise.FEATURE,
    deecho.FEATURE,
    dereverb.FEATURE,
    file_convert.FEATURE,
    audio_transcribe.FEATURE,
    extract_key_bpm.FEATURE,
    audio_to_midi.FEATURE,
    audio_cutter.FEATURE,
    audio_speed_changer.FEATURE,
    audio_mastering.FEATURE,
    remix.FEATURE,
    extend.FEATURE,
    inpaint.FEATURE,
    sing_over_instrumental.FEATURE,
    prompt_to_lyrics.FEATURE,
    image_to_song.FEATURE,
    sing_over_vocal.FEATURE,
    image_generator.FEATURE,
)
_BY_NAME = {feature.name: feature for feature in ALL}


def by_name(name: str) -> Feature:
    """The feature called `name`. Raises KeyError."""
    return _BY_NAME[name]
