"""Options of `woodshed batch` come from the endpoints' parameters."""

import inspect
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import pytest
import typer
from typer.main import get_command

from app.cli.batch_commands import command_for
from app.cli.batch_options import Unusable, in_words_of_options, options_of, wanted, works_on_files
from app.features import ALL, by_name
from app.features._spec import Feature

FOR_FILES = [feature for feature in ALL if works_on_files(feature)]


def flags(feature: Feature) -> dict[str, Any]:
    """Option name → the option, as a person can type it."""
    holder = typer.Typer()
    holder.command(feature.name)(command_for(feature))
    return {flag: option for option in get_command(holder).params for flag in option.opts}


@pytest.mark.parametrize("feature", FOR_FILES, ids=lambda feature: feature.name)
class TestEveryEndpointForFiles:
    def test_has_a_command_whose_options_can_be_built(self, feature: Feature) -> None:
        assert {"--jobs", "--force", "--help"} <= {*flags(feature), "--help"}

    def test_has_no_options_for_links_uploads_and_webhooks(self, feature: Feature) -> None:
        names = {parameter.name for parameter in options_of(feature)}

        assert not {name for name in names if name.endswith("_url")}
        assert feature.inputs[0].file_field not in names

    def test_every_option_has_help(self, feature: Feature) -> None:
        for parameter in options_of(feature):
            assert get_origin(parameter.annotation) is Annotated
            assert get_args(parameter.annotation)[1].help, parameter.name


def test_endpoints_without_a_sound_to_work_on_have_no_command() -> None:
    assert not works_on_files(by_name("text_to_speech"))
    assert not works_on_files(by_name("image_to_song"))


def test_choices_default_and_need_are_shown() -> None:
    options = flags(by_name("file_convert"))

    assert options["--target-format"].required
    assert options["--target-format"].metavar == "mp3|wav|flac|ogg|aac|webm"
    assert options["--target-bit-depth"].metavar == "16|24|32"
    assert "(default: 44100)" in options["--target-sr"].help
    assert flags(by_name("audio_speed_changer"))["--speed-change-factor"].metavar == "0.25..4"


def test_booleans_are_switches() -> None:
    options = {parameter.name: parameter for parameter in options_of(by_name("extraction"))}

    assert get_args(options["eco_mode"].annotation)[1].default == "--eco-mode/--no-eco-mode"


def test_a_second_input_is_a_file_that_goes_with_every_input(tmp_path: Path) -> None:
    reference = tmp_path / "reference.wav"
    reference.write_bytes(b"x")
    mastering = by_name("audio_mastering")
    (option,) = [parameter for parameter in options_of(mastering) if parameter.name == "reference_audio_file"]

    asked = wanted(mastering, {"reference_audio_file": reference, "output_extension": "mp3"})

    assert option.default is inspect.Parameter.empty
    assert asked.more_inputs == {"reference_audio_file": reference}
    assert asked.params == {"output_extension": "mp3"}


def test_parameters_are_those_the_server_would_store() -> None:
    asked = wanted(by_name("file_convert"), {"target_format": "FLAC", "target_sr": "48000", "target_bit_depth": None})

    assert asked.params == {"target_format": "flac", "target_sr": 48000, "target_bit_depth": 16}


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        ("file_convert", {"target_format": "doc"}, "--target-format: Input should be 'mp3', 'wav'"),
        ("file_convert", {"target_format": "mp3", "target_sr": "96000"}, "choose a lower --target-sr or another"),
        ("audio_cutter", {"start_time": "5", "end_time": "3"}, "Invalid time range specified"),
        ("audio_cutter", {"start_time": "soon", "end_time": "3"}, "Invalid time range specified"),
        ("audio_speed_changer", {"speed_change_factor": "9"}, "Invalid --speed-change-factor"),
    ],
)
def test_what_does_not_fit_is_refused_in_words_of_the_command_line(
    name: str, options: dict[str, str], text: str
) -> None:
    with pytest.raises(Unusable) as refused:
        wanted(by_name(name), options)

    assert text in str(refused.value)


def test_words_that_are_also_parameters_stay_words() -> None:
    extend = by_name("extend")

    assert in_words_of_options("lyrics: too long", extend) == "--lyrics: too long"
    assert in_words_of_options("The lyrics are too long", extend) == "The lyrics are too long"
