"""Content types of the files we serve, fixed by extension and never taken from a caller."""

import mimetypes

CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "aac": "audio/aac",
    "webm": "audio/webm",
    "mid": "audio/midi",
    "csv": "text/csv",
    "json": "application/json",
    "png": "image/png",
    "jpg": "image/jpeg",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
}


def content_type(name: str) -> str:
    """The type of a file called `name`."""
    extension = name.rpartition(".")[2].lower()
    return CONTENT_TYPES.get(extension) or mimetypes.guess_type(name)[0] or "application/octet-stream"
