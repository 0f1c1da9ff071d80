"""Title, artist, cover art and the like, carried over to a new file where it can hold them."""

import base64
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.contract.enums import AudioFormat
from app.infra.media.probe import MediaInfo

FRONT_COVER = 3
PNG = b"\x89PNG\r\n\x1a\n"
WITH_PICTURES = {AudioFormat.MP3, AudioFormat.FLAC}
MAX_COVER_BYTES = 16 * 1024**2

Run = Callable[[Sequence[str]], bytes]
"""Runs ffmpeg with these options after those that open the source, and returns what it writes to `pipe:1`."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Options of ffmpeg: further inputs, and what is taken from all of them."""

    inputs: Sequence[str]
    outputs: Sequence[str]


def carried(run: Run, info: MediaInfo, format_: AudioFormat, target: Path, *, source: int) -> Carried:
    """Tags and cover of input number `source`, which is the last one so far.

    MP3 and FLAC hold the cover as a picture stream, Ogg as a comment; WAV, AAC and WebM have no place for one.
    Chapters stay behind, as a cut would make them wrong.
    """
    bare = ["-map_chapters", "-1", "-sn", "-dn"]
    tags = f"{source}:s:a:0" if info.tags_in_stream else str(source)
    if info.cover_stream is not None and format_ in WITH_PICTURES:
        picture = ["-map", f"{source}:{info.cover_stream}", "-c:v", "copy", "-disposition:v", "attached_pic"]
        return Carried([], ["-map_metadata", tags, *bare, *picture])
    if info.cover_stream is not None and format_ is AudioFormat.OGG:
        page = target.with_name(f"{target.name}.tags")
        page.write_bytes(_with_cover(run, info))
        inputs = ["-format_whitelist", "ffmetadata", "-f", "ffmetadata", "-i", f"file:{page}"]
        return Carried(inputs, ["-map_metadata", str(source + 1), *bare])
    return Carried([], ["-map_metadata", tags, *bare])


def forget(target: Path) -> None:
    """Delete what `carried` left beside `target`."""
    target.with_name(f"{target.name}.tags").unlink(missing_ok=True)


def _with_cover(run: Run, info: MediaInfo) -> bytes:
    """All tags as an ffmetadata page, the cover among them."""
    tags = "0:s:a:0" if info.tags_in_stream else "0"
    page = run(["-map_metadata", tags, "-map_chapters", "-1", "-f", "ffmetadata", "pipe:1"])
    image = run(["-map", f"0:{info.cover_stream}", "-c:v", "copy", "-frames:v", "1", "-f", "image2pipe", "pipe:1"])
    if not image or len(image) >= MAX_COVER_BYTES:
        return page
    # `=` ends a name on these pages, and base64 may end in it.
    return page.rstrip(b"\n") + b"\nMETADATA_BLOCK_PICTURE=" + picture_block(image).replace(b"=", b"\\=") + b"\n"


def picture_block(image: bytes) -> bytes:
    """METADATA_BLOCK_PICTURE of a PNG or JPEG, as Ogg comments hold it (RFC 9639, section 8.8, in base64)."""
    kind = b"image/png" if image.startswith(PNG) else b"image/jpeg"
    head = struct.pack(">II", FRONT_COVER, len(kind)) + kind + struct.pack(">I", 0)
    shape = struct.pack(">IIIII", 0, 0, 0, 0, len(image))  # width, height and depth may be left open
    return base64.b64encode(head + shape + image)
