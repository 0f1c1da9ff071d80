"""Picture files as arrays: upright, in RGB, one frame, no larger than is looked at."""

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

KINDS = ("JPEG", "PNG", "GIF", "BMP", "WEBP")
PAPER = (255, 255, 255)  # what shows where a picture is transparent
_DEEP = "I"  # modes with 16 bits per pixel begin with it
_FAILURES = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    MemoryError,
    struct.error,
    zlib.error,
    OverflowError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def read_picture(path: Path, *, most_pixels: int, largest_side: int) -> NDArray[np.uint8]:
    """The first frame as uint8 of shape (height, width, 3), turned as its EXIF data say, on white where transparent.

    largest_side  larger pictures are made smaller, to so many pixels

    Raises ValueError, with a sentence for the caller, for what cannot be decoded and for more than `most_pixels`.
    """
    try:
        with Image.open(path, formats=KINDS) as opened:
            if opened.width * opened.height > most_pixels:
                raise ValueError("The picture has too many pixels")
            opened.draft("RGB", (largest_side, largest_side))  # JPEG alone can be decoded smaller, and is
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            shown = _rgb(upright)
    except _FAILURES as error:
        message = f"The picture cannot be read: {_reason(error)}"
        raise ValueError(message) from None
    shown.thumbnail((largest_side, largest_side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.asarray(shown, np.uint8).copy()


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith(_DEEP):
        deep = np.asarray(picture).astype(np.int64)
        picture = Image.fromarray(np.clip(deep >> 8, 0, 255).astype(np.uint8))
    if picture.has_transparency_data:
        layered = picture.convert("RGBA")
        paper = Image.new("RGBA", layered.size, (*PAPER, 255))
        return Image.alpha_composite(paper, layered).convert("RGB")
    return picture.convert("RGB")


def _reason(error: BaseException) -> str:
    """Nothing of the decoder's own words: they name files and addresses."""
    if isinstance(
        error, (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError)
    ) or "many pixels" in str(error):
        return "it has too many pixels"
    if "truncated" in str(error):
        return "the file ends early"
    return "the file is damaged or not a JPEG, PNG, GIF, BMP or WEBP picture"
