"""What a picture file says of itself in its first bytes: kind and size, before anything decodes it.

A few kilobytes can hold a picture of billions of pixels, so the limits stand here, before the decoder.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.errors import InputUnusable

MOST_PICTURE_BYTES = 32 * 1024**2
MOST_PICTURE_PIXELS = 50_000_000
MOST_SIDE = 20_000  # pixels
UNKNOWN = "The file is not a picture this server reads: JPEG, PNG, GIF, BMP or WEBP"
BROKEN = "The picture is damaged"
_HEAD = 32  # bytes, which tell the size in all formats but JPEG
_MOST_SEGMENTS = 2000  # of a JPEG file before its size
_MOST_FILL = 64  # bytes between two segments
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the JPEG markers that tell the size
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # those without a length
_OLD_BITMAP = 12  # length of the oldest header of BMP files


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """kind: JPEG, PNG, GIF, BMP or WEBP; width and height in pixels."""

    kind: str
    width: int
    height: int


def look_at_picture(path: Path) -> PictureInfo:
    """Raises InputUnusable for what is no such picture, or is too large in bytes or pixels."""
    if path.stat().st_size > MOST_PICTURE_BYTES:
        message = f"The picture is larger than {MOST_PICTURE_BYTES // 1024**2} MiB"
        raise InputUnusable(message)
    with path.open("rb") as file:
        info = _read(file)
    if info.width < 1 or info.height < 1:
        raise InputUnusable(BROKEN)
    if info.width * info.height > MOST_PICTURE_PIXELS or max(info.width, info.height) > MOST_SIDE:
        message = (
            f"The picture has {info.width} × {info.height} pixels; the most are "
            f"{MOST_PICTURE_PIXELS // 1_000_000} megapixels, and {MOST_SIDE} along a side"
        )
        raise InputUnusable(message)
    return info


def _read(file: BinaryIO) -> PictureInfo:
    head = file.read(_HEAD)
    try:
        if head.startswith(b"\x89PNG\r\n\x1a\n"):
            if head[12:16] != b"IHDR":
                raise InputUnusable(BROKEN)
            return PictureInfo("PNG", *struct.unpack_from(">II", head, 16))
        if head.startswith((b"GIF87a", b"GIF89a")):
            return PictureInfo("GIF", *struct.unpack_from("<HH", head, 6))
        if head.startswith(b"\xff\xd8\xff"):
            return _jpeg(file)
        if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
            return _webp(head)
        if head.startswith(b"BM"):
            return _bitmap(head)
    except struct.error:
        raise InputUnusable(BROKEN) from None
    raise InputUnusable(UNKNOWN)


def _jpeg(file: BinaryIO) -> PictureInfo:
    """From segment to segment to the first that tells the size."""
    file.seek(2)
    for _ in range(_MOST_SEGMENTS):
        filled = file.read(1)
        marker = 0xFF if filled == b"\xff" else 0
        for _fill in range(_MOST_FILL):
            if marker == 0xFF:  # noqa: PLR2004 - any number of these may stand before a marker
                marker = int.from_bytes(file.read(1), "big")
        if marker in {0, 0xFF}:
            break
        if marker in _ALONE:
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if marker in _FRAMES:
            height, width = struct.unpack(">xHH", file.read(5))
            return PictureInfo("JPEG", width, height)
        if length < 2:  # noqa: PLR2004 - it counts itself
            break
        file.seek(length - 2, 1)
    raise InputUnusable(BROKEN)


def _webp(head: bytes) -> PictureInfo:
    kind = head[12:16]
    if kind == b"VP8X":
        return PictureInfo("WEBP", int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", head, 21)
        return PictureInfo("WEBP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", head, 26)
        return PictureInfo("WEBP", width & 0x3FFF, height & 0x3FFF)
    raise InputUnusable(BROKEN)


def _bitmap(head: bytes) -> PictureInfo:
    (header,) = struct.unpack_from("<I", head, 14)
    if header == _OLD_BITMAP:
        return PictureInfo("BMP", *struct.unpack_from("<HH", head, 18))
    width, height = struct.unpack_from("<ii", head, 18)
    return PictureInfo("BMP", width, abs(height))
