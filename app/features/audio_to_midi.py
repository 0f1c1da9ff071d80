"""POST /v1/audio_to_midi – notes. Writes outputs `midi`, and where asked `sonified` (WAV) and `notes` (CSV)."""

from pydantic import Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import AudioParams
from app.features._spec import AudioInput, Done, Event, Feature, Fields, Price


class Params(AudioParams):
    """What to write beside the MIDI file."""

    sonify_midi: bool = Field(default=True, description="Play the notes into a WAV file as well.")
    save_note_events: bool = Field(default=True, description="List the notes in a CSV file as well.")


def files(done: Done) -> Fields:
    return {
        "midi_file_path": done.links["midi"],
        "sonify_file_path": done.links.get("sonified", ""),
        "notes_file_path": done.links.get("notes", ""),
    }


FEATURE = Feature(
    name="audio_to_midi",
    path="/v1/audio_to_midi",
    kind=ConversionType.AUDIO_TO_MIDI,
    params=Params,
    inputs=(AudioInput(missing="Missing or invalid audio_url", missing_status=400),),
    lane=Lane.GPU,
    category=Category.UTILITIES,
    price=Price("audio_to_midi"),
    display_name="Audio To MIDI",
    summary="Turn a recording into a MIDI file.",
    sample={"audio_url": "https://example.com/piano.mp3", "sonify_midi": True, "save_note_events": True},
    events=(Event(lambda done: files(done) | {"message": "Audio To MIDI Completed"}),),
    record=lambda done: files(done) | {"conversion_path": done.links["midi"]},
    tasks=lambda _params: ("notes", "drum_notes", "separation", "key_tempo"),
    ready=True,
)
