"""What the endpoints that make songs share: their webhooks, their record, their options.

Pipelines write the outputs `song_1`, `song_1_wav`, `song_1_midi`, the same of take 2, `cover` and `cover_thumb`, and
set the value `songs`: one {title, lyrics, lyrics_timestamped, duration_s, key, bpm, genre} per take, lyrics_timestamped
being a list of {start, end, text, index} in milliseconds.
"""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Field

from app.contract.fields import AudioParams, GenderField, Title
from app.features._spec import Done, Event, Fields

TAKES = 2
Outputs = Annotated[int, Field(ge=1, le=TAKES)]


class EditParams(AudioParams):
    """Options of the endpoints that change a recording musically."""

    gender: GenderField | None = Field(None, description="Voice: male, female or neutral.")
    title: Title | None = Field(None, description="Title of the result.")
    generate_album_cover: bool = Field(default=False, description="Draw an album cover as well.")
    lyrics_timestamps: bool = Field(default=False, description="Time every line of the lyrics.")


def song_events(
    subtype: str,
    *,
    timed: Callable[[Mapping[str, Any]], bool] = lambda params: bool(params.get("lyrics_timestamps")),
    covered: Callable[[Mapping[str, Any]], bool] = lambda params: bool(params.get("generate_album_cover")),
    takes: int = TAKES,
) -> tuple[Event, ...]:
    """Per take a song and its timed lyrics, and one cover. `timed` and `covered` tell from the parameters."""
    songs = tuple(
        Event(_song(take), take=take, subtype=subtype, outputs=(f"song_{take + 1}",)) for take in range(takes)
    )
    lyrics = tuple(
        Event(_timed(take), take=take, subtype="lyrics_timestamped", outputs=(f"song_{take + 1}",), wanted=timed)
        for take in range(takes)
    )
    cover = Event(_cover, take=None, subtype="album_cover_generation", outputs=("cover",), wanted=covered)
    return (*songs, *lyrics, cover)


def song_record(done: Done) -> Fields:
    """The record of a recorded real answer: the request echoed, then one field per take."""
    params = done.params
    record: Fields = {
        "custom_mode": bool(params.get("lyrics") or params.get("music_style")) and not params.get("prompt"),
        "music_style": params.get("music_style") or "",
        "description_prompt": params.get("prompt") or "",
        "instrumental": bool(params.get("make_instrumental")),
        "vocal_only": bool(params.get("vocal_only")),
        "key_request": params.get("key"),
        "bpm_request": params.get("bpm"),
        "negative_tags": params.get("negative_tags") or "",
        "platform": "MUSICGPT",
        "route": "API",
        "title": params.get("title") or "",
        "voice_id": params.get("voice_id") or "",
        "gender": params.get("gender") or "",
        "lyrics": params.get("lyrics") or "",
    }
    for field, read in _PER_TAKE.items():
        for take in range(len(done.conversion_ids)):
            record[f"{field}_{take + 1}"] = read(done, take)
    first = done.links.get("song_1", "")
    return record | {
        "seed": done.values.get("seed"),
        "album_cover_path": done.links.get("cover", ""),
        "album_cover_thumbnail": done.links.get("cover_thumb", ""),
        "line_timestamps": None,
        "is_streaming_request": False,
        "is_streaming_available": None,
        "audio_url": first,
        "conversion_path": first,
    }


def take_of(done: Done, take: int) -> Mapping[str, Any]:
    songs = done.values.get("songs", [])
    return songs[take] if take < len(songs) else {}


def _timed_text(done: Done, take: int) -> str:
    """A string that holds a JSON array."""
    return json.dumps(take_of(done, take).get("lyrics_timestamped", []), ensure_ascii=False)


_PER_TAKE: dict[str, Callable[[Done, int], Any]] = {
    "lyrics": lambda done, take: take_of(done, take).get("lyrics", ""),
    "lyrics_timestamped": _timed_text,
    "title": lambda done, take: take_of(done, take).get("title", ""),
    "sounds": lambda _done, _take: "",
    "conversion_path": lambda done, take: done.links.get(f"song_{take + 1}", ""),
    "conversion_duration": lambda done, take: round(float(take_of(done, take).get("duration_s", 0.0)), 2),
    "key": lambda done, take: take_of(done, take).get("key", ""),
    "bpm": lambda done, take: take_of(done, take).get("bpm", 0.0),
    "genre": lambda done, take: take_of(done, take).get("genre", ""),
    "midi_path": lambda done, take: done.links.get(f"song_{take + 1}_midi", ""),
    "conversion_path_wav": lambda done, take: done.links.get(f"song_{take + 1}_wav", ""),
}


def _song(take: int) -> Callable[[Done], Fields]:
    def fields(done: Done) -> Fields:
        return {
            "conversion_path": _PER_TAKE["conversion_path"](done, take),
            "conversion_path_wav": _PER_TAKE["conversion_path_wav"](done, take),
            "conversion_duration": _PER_TAKE["conversion_duration"](done, take),
            "is_flagged": False,
            "reason": "",
            "lyrics": _PER_TAKE["lyrics"](done, take),
            "lyrics_timestamped": _timed_text(done, take),
            "title": _PER_TAKE["title"](done, take),
            "album_cover_path": done.links.get("cover", ""),
        }

    return fields


def _timed(take: int) -> Callable[[Done], Fields]:
    return lambda done: {"lyrics_timestamped": _timed_text(done, take)}


def _cover(done: Done) -> Fields:
    image, thumb = done.links["cover"], done.links.get("cover_thumb", "")
    ids = {f"conversion_id_{take + 1}": conversion_id for take, conversion_id in enumerate(done.conversion_ids)}
    return {
        "image_paths": [image],
        "thumbnail_paths": [thumb],
        "image_path": image,
        "thumbnail_path": thumb,
        **ids,
        "album_cover_generator_output": True,
    }
