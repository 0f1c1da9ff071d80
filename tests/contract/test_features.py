"""Every endpoint keeps what the contract promises: parameters, limits, prices, webhooks, records."""

import importlib
import importlib.util
import json
from typing import Any

import pytest
from pydantic import ValidationError

from app.contract.enums import ConversionType, conversion_type
from app.contract.fields import AudioParams
from app.features import ALL, by_name
from app.features._spec import Done, Feature
from app.jobs.credits import PriceList
from app.settings import CreditSettings

SEED = {
    "music_ai", "cover", "text_to_speech", "sound_generator", "extraction", "voice_changer", "denoise", "deecho",
    "dereverb", "file_convert", "audio_transcribe", "extract_key_bpm", "audio_to_midi", "audio_cutter",
    "audio_speed_changer", "audio_mastering", "remix", "extend", "inpaint", "sing_over_instrumental", "prompt_to_lyrics",
}  # fmt: skip
OUTPUTS = ("output", "clean", "removed", "midi", "sonified", "notes", "vocals", "drums", "image")
SONGS = ("song_1", "song_1_wav", "song_2", "song_2_wav", "cover", "cover_thumb")
WEBHOOK_FIELDS = {
    "voice_changer": {"conversion_path", "conversion_cost", "conversion_duration", "message"},
    "cover": {"conversion_path", "conversion_duration", "message"},
    "text_to_speech": {"conversion_path", "message", "conversion_cost", "conversion_duration"},
    "extraction": {"audio_url", "conversion_cost", "conversion_duration"},
    "denoise": {"audio_path", "no_noise", "noise", "noise_wav", "message", "conversion_duration", "conversion_cost"},
    "deecho": {"audio_path", "no_echo", "no_echo_wav", "echo", "message", "conversion_duration", "conversion_cost"},
    "dereverb": {"audio_path", "noreverb", "reverb", "reverb_wav", "message", "conversion_duration", "conversion_cost"},
    "sound_generator": {"conversion_duration", "message", "conversion_paths", "conversion_durations"},
    "audio_transcribe": {"transcription", "translation", "detected_language", "word_timestamps"},
    "extract_key_bpm": {"audio_path", "conversion_duration", "key_changes", "dominant_key", "bpm"},
    "audio_to_midi": {"midi_file_path", "sonify_file_path", "notes_file_path", "message"},
    "file_convert": {"output_file_path", "message"},
    "audio_cutter": {"output_file", "message"},
    "audio_speed_changer": {"output_file", "message"},
    "audio_mastering": {"output_file", "message"},
    "image_generator": {"conversion_path", "message"},
}
DISPLAY = {
    "music_ai": "Music AI", "voice_changer": "Voice Conversion", "cover": "Cover", "text_to_speech": "Text To Speech",
    "extraction": "Extraction", "denoise": "Denoise", "deecho": "Deecho", "dereverb": "Dereverb",
    "sound_generator": "Sound Creator", "audio_transcribe": "Audio Transcription",
    "extract_key_bpm": "Key BPM Extraction", "audio_to_midi": "Audio To MIDI", "file_convert": "File Conversion",
    "audio_cutter": "Audio Cutter", "audio_speed_changer": "Audio Speed Changer", "audio_mastering": "Audio Mastering",
    "remix": "Remix", "extend": "Extend", "inpaint": "Inpaint", "sing_over_instrumental": "Sing Over Instrumental",
    "sing_over_vocal": "Sing Over Vocal", "image_generator": "Image Generator",
}  # fmt: skip
ALIASES = {
    "cover": "cover", "soundgenerator": "sound_generator", "voicetovoice": "voice_changer", "extraction": "extraction",
    "fileconvert": "file_convert", "remix": "remix", "audiotranscribe": "audio_transcribe",
    "lyrics_generator": "prompt_to_lyrics", "tts": "text_to_speech", "de_echo": "deecho", "de_reverb": "dereverb",
    "transcription": "audio_transcribe", "keybpmextract": "extract_key_bpm",
}  # fmt: skip


def done(feature: Feature, **params: Any) -> Done:
    ids = ("c1", "c2")[: feature.takes(feature.params.model_validate({**feature.sample, **params}))]
    song = {"title": "Sea", "lyrics": "[Verse]\nla", "duration_s": 61.25,
            "lyrics_timestamped": [{"start": 10, "end": 20, "text": "la", "index": 0}]}  # fmt: skip
    return Done(
        task_id="t",
        conversion_ids=ids,
        links={name: f"https://x/{name}" for name in (*OUTPUTS, *SONGS)},
        values={"songs": [song, song], "dominant_key": "A# major", "key_changes": {"0-61": ["A# major"]}, "bpm": 120},
        params={**feature.sample, **params},
        duration_s=61.25,
        cost=0.78,
        input_link="https://x/in.mp3",
    )


def wanted(feature: Feature, **params: Any) -> list[str]:
    return [event.subtype for event in feature.events if event.wanted(params)]


@pytest.mark.parametrize("feature", ALL, ids=lambda feature: feature.name)
class TestEveryFeature:
    def test_its_sample_validates(self, feature: Feature) -> None:
        feature.check(feature.params.model_validate(dict(feature.sample)))

    def test_is_ready_exactly_when_it_has_a_pipeline(self, feature: Feature) -> None:
        assert (importlib.util.find_spec(f"workers.pipelines.{feature.name}") is not None) == feature.ready

    def test_lives_in_the_module_of_its_name(self, feature: Feature) -> None:
        assert importlib.import_module(f"app.features.{feature.name}").FEATURE is feature

    @pytest.mark.parametrize("plan", ["pro", "plus", "payg"])
    def test_has_a_price_in_every_plan(self, feature: Feature, plan: Any) -> None:
        prices = PriceList(CreditSettings(plan=plan))

        one = prices.cost_micros(feature, quantity=1, audio_s=60)
        assert one > 0
        assert prices.cost_micros(feature, quantity=2, audio_s=61) > one

    def test_every_field_is_described_and_every_number_and_text_limited(self, feature: Feature) -> None:
        schema = feature.params.model_json_schema()
        for name, field in schema["properties"].items():
            assert field.get("description"), name
            for kind in field.get("anyOf", [field]):
                if kind.get("type") in {"integer", "number"}:
                    assert "enum" in kind or {"minimum", "maximum"} <= set(kind), name
                if kind.get("type") == "string" and kind.get("format") != "binary":
                    assert "enum" in kind or "maxLength" in kind, name

    def test_empty_strings_count_as_absent_and_unknown_fields_are_ignored(self, feature: Feature) -> None:
        padded = dict.fromkeys(feature.params.model_fields, "") | dict(feature.sample) | {"no_such_field": "1"}

        assert feature.params.model_validate(padded) == feature.params.model_validate(dict(feature.sample))

    def test_its_webhooks_and_record_are_json(self, feature: Feature) -> None:
        finished = done(feature)

        for event in feature.events:
            fields = event.fields(finished)
            json.dumps(fields)
            assert {"success", "conversion_type", "task_id", "error"}.isdisjoint(fields)
        json.dumps(feature.record(finished))


class TestTheList:
    def test_holds_the_21_of_the_seed_and_the_extras(self) -> None:
        names = {feature.name for feature in ALL}

        assert names >= SEED
        assert names - SEED == {"music_ai_v2", "music_ai_batch", "image_to_song", "sing_over_vocal", "image_generator"}

    def test_no_two_features_answer_on_one_path(self) -> None:
        paths = [(f.method, path.lower()) for f in ALL for path in (f.path, *f.aliases)]

        assert len(paths) == len(set(paths))

    @pytest.mark.parametrize(("alias", "name"), ALIASES.items())
    def test_spellings_of_real_clients(self, alias: str, name: str) -> None:
        feature = by_name(name)

        assert f"/v1/{alias}" in {path.lower() for path in (feature.path, *feature.aliases)}

    @pytest.mark.parametrize(("name", "text"), DISPLAY.items())
    def test_display_names(self, name: str, text: str) -> None:
        assert by_name(name).display_name == text


class TestWebhooks:
    @pytest.mark.parametrize(("name", "fields"), WEBHOOK_FIELDS.items())
    def test_single_result(self, name: str, fields: set[str]) -> None:
        (event,) = by_name(name).events

        assert set(event.fields(done(by_name(name)))) == fields

    def test_music_v1_sends_five_and_three_without_a_voice(self) -> None:
        feature = by_name("music_ai")

        assert wanted(feature, generate_album_cover=True) == [
            "music_ai", "music_ai", "lyrics_timestamped", "lyrics_timestamped", "album_cover_generation",
        ]  # fmt: skip
        assert wanted(feature, generate_album_cover=True, make_instrumental=True) == [
            "music_ai", "music_ai", "album_cover_generation",
        ]  # fmt: skip

    @pytest.mark.parametrize("name", ["music_ai_v2", "remix", "extend", "inpaint", "sing_over_instrumental"])
    def test_extras_only_where_asked_for(self, name: str) -> None:
        feature = by_name(name)

        assert len(wanted(feature)) == 2
        assert len(wanted(feature, lyrics_timestamps=True)) == 4
        assert len(wanted(feature, lyrics_timestamps=True, generate_album_cover=True)) == 5

    @pytest.mark.parametrize("name", ["remix", "extend", "inpaint", "sing_over_instrumental", "sing_over_vocal"])
    def test_edits_send_the_subtype_remix(self, name: str) -> None:
        assert wanted(by_name(name))[0] == "remix"

    def test_a_song(self) -> None:
        feature = by_name("music_ai")
        fields = feature.events[1].fields(done(feature))

        assert feature.events[1].take == 1
        assert fields["conversion_path"] == "https://x/song_2"
        assert fields["conversion_path_wav"] == "https://x/song_2_wav"
        assert json.loads(fields["lyrics_timestamped"]) == [{"start": 10, "end": 20, "text": "la", "index": 0}]
        assert fields["is_flagged"] is False

    def test_a_cover_belongs_to_both_songs(self) -> None:
        feature = by_name("music_ai")
        cover = feature.events[-1]

        assert cover.take is None
        assert set(cover.fields(done(feature))) == {
            "image_paths", "thumbnail_paths", "image_path", "thumbnail_path", "conversion_id_1", "conversion_id_2",
            "album_cover_generator_output",
        }  # fmt: skip

    def test_stems_are_a_string_that_holds_json(self) -> None:
        feature = by_name("extraction")
        fields = feature.events[0].fields(done(feature))

        assert json.loads(fields["audio_url"]) == {"vocals": "https://x/vocals", "drums": "https://x/drums"}
        assert fields["conversion_cost"] == "0.78"


class TestParameters:
    @pytest.mark.parametrize("text", ["True", "true", "1", "yes", "on", "TRUE"])
    def test_booleans_in_any_spelling(self, text: str) -> None:
        params = by_name("audio_transcribe").params.model_validate({"audio_url": "http://x", "translate": text})

        assert params.model_dump()["translate"] is True

    @pytest.mark.parametrize("value", ["NaN", "inf", "-Infinity", float("nan"), float("inf"), "1e400"])
    @pytest.mark.parametrize(
        ("name", "field"),
        [("audio_cutter", "start_time"), ("audio_speed_changer", "speed_change_factor"), ("extend", "extend_after"),
         ("inpaint", "replace_end_at"), ("music_ai", "bpm"), ("file_convert", "target_sr")],
    )  # fmt: skip
    def test_no_number_is_infinite(self, name: str, field: str, value: Any) -> None:
        feature = by_name(name)

        with pytest.raises(ValidationError):
            feature.params.model_validate({**feature.sample, field: value})

    @pytest.mark.parametrize("spelling", ['["vocals","drums"]', ["vocals", "drums"], "vocals, drums", "Vocals,DRUMS"])
    def test_stems_in_any_spelling(self, spelling: Any) -> None:
        params = by_name("extraction").params.model_validate({"audio_url": "http://x", "stems": spelling})

        assert params.model_dump(mode="json")["stems"] == ["vocals", "drums"]

    def test_no_stems_are_the_documented_four(self) -> None:
        for given in ({}, {"stems": "[]"}):
            params = by_name("extraction").params.model_validate({"audio_url": "http://x", **given})
            assert params.model_dump(mode="json")["stems"] == ["drums", "bass", "piano", "guitar"]

    @pytest.mark.parametrize(
        ("name", "sent", "field"),
        [
            ("audio_speed_changer", {"speed": "2"}, "speed_change_factor"),
            ("audio_speed_changer", {"speed_factor": "2"}, "speed_change_factor"),
            ("audio_cutter", {"start_time": 1, "end_time": 2, "audio_extension": "MP3"}, "output_extension"),
            ("file_convert", {"output_format": "WAV"}, "target_format"),
            ("sound_generator", {"prompt": "x", "duration": "5"}, "audio_length"),
            ("inpaint", {"prompt": "x", "start_time": 1, "end_time": 2}, "replace_end_at"),
        ],
    )
    def test_field_names_of_real_clients(self, name: str, sent: dict[str, Any], field: str) -> None:
        assert by_name(name).params.model_validate(sent).model_dump()[field] is not None

    def test_instrumental_url_of_sing_over_instrumental(self) -> None:
        params = by_name("sing_over_instrumental").params.model_validate(
            {"instrumental_url": "http://x/a.mp3", "prompt": "p", "lyrics": "l"}
        )

        assert isinstance(params, AudioParams)
        assert params.audio_url == "http://x/a.mp3"

    @pytest.mark.parametrize(("text", "gender"), [("m", "male"), ("F", "female"), ("neutral", "neutral")])
    def test_genders_in_short(self, text: str, gender: str) -> None:
        params = by_name("text_to_speech").params.model_validate({"text": "x", "gender": text})

        assert params.model_dump(mode="json")["gender"] == gender

    @pytest.mark.parametrize(
        ("name", "field", "limit"),
        [("music_ai", "prompt", 1000), ("music_ai", "lyrics", 5000), ("remix", "lyrics", 5000),
         ("extend", "lyrics", 3000), ("inpaint", "lyrics_section_to_replace", 3000), ("sound_generator", "prompt", 300),
         ("prompt_to_lyrics", "prompt", 1000)],
    )  # fmt: skip
    def test_texts_have_the_documented_limits(self, name: str, field: str, limit: int) -> None:
        feature = by_name(name)
        feature.params.model_validate({**feature.sample, field: "x" * limit})

        with pytest.raises(ValidationError):
            feature.params.model_validate({**feature.sample, field: "x" * (limit + 1)})


class TestConversionTypes:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [("FILE_CONVERSION", "FILE_CONVERT"), ("denoise", "DENOISING"), ("DEVERB", "DEREVERB"), ("TTS", "TEXT_TO_SPEECH"),
         ("VOICE_CHANGER", "VOICE_CONVERSION"), ("EXTRACT_KEY_BPM", "KEY_BPM_EXTRACTION"), ("REMIX", "REMIX"),
         ("STEMS_SEPARATION", "EXTRACTION")],
    )  # fmt: skip
    def test_spellings_of_real_clients(self, text: str, kind: str) -> None:
        assert conversion_type(text) == ConversionType(kind)

    def test_nonsense_is_none(self) -> None:
        assert conversion_type("OTHER THINGS") is None
