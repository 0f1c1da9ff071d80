"""Picture files of every kind: how they are looked at and read, and what is said of bad ones."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.errors import InputUnusable
from app.infra.media import MOST_PICTURE_BYTES, MOST_PICTURE_PIXELS, look_at_picture
from models.pictures.mood import mood_of
from models.pictures.reading import read_picture

KINDS = ("JPEG", "PNG", "GIF", "BMP", "WEBP")
RED, BLUE = (220, 30, 40), (20, 40, 210)


def halves(width: int = 60, height: int = 40) -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    return picture


def saved(folder: Path, picture: Image.Image, kind: str, **options: object) -> Path:
    path = folder / "picture"
    picture.save(path, kind, **options)
    return path


def read(path: Path, side: int = 1024) -> NDArray[np.uint8]:
    look_at_picture(path)
    return read_picture(path, most_pixels=MOST_PICTURE_PIXELS, largest_side=side)


def is_near(found: NDArray[np.uint8], colour: tuple[int, int, int], by: int = 30) -> bool:
    return bool(np.abs(found.reshape(-1, 3).mean(axis=0) - colour).max() < by)


def png(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_recognised_and_read(tmp_path: Path, kind: str) -> None:
    path = saved(tmp_path, halves(), kind)

    info = look_at_picture(path)
    pixels = read(path)

    assert (info.kind, info.width, info.height) == (kind, 60, 40)
    assert pixels.shape == (40, 60, 3)
    assert pixels.dtype == np.uint8
    assert is_near(pixels[:, :24], RED)
    assert is_near(pixels[:, 36:], BLUE)


@pytest.mark.parametrize(
    "options", [{"lossless": True}, {"quality": 80}, {"lossless": False, "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}]
)
def test_every_form_of_webp_tells_its_size(tmp_path: Path, options: dict[str, object]) -> None:
    path = saved(tmp_path, halves(333, 77), "WEBP", **options)

    assert (look_at_picture(path).width, look_at_picture(path).height) == (333, 77)


def test_progressive_jpeg_with_large_metadata_tells_its_size(tmp_path: Path) -> None:
    path = saved(
        tmp_path, halves(321, 123), "JPEG", progressive=True, icc_profile=bytes(150_000), comment=b"x" * 60_000
    )

    assert (look_at_picture(path).width, look_at_picture(path).height) == (321, 123)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_mode_of_png_becomes_rgb(tmp_path: Path, mode: str) -> None:
    grey = np.linspace(0, 255, 64, dtype=np.uint8)[None].repeat(32, axis=0)
    picture = Image.fromarray(grey.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(grey).convert(mode)

    pixels = read(saved(tmp_path, picture, "PNG"))

    assert pixels.shape == (32, 64, 3)
    assert pixels[:, :16].mean() < 60
    assert pixels[:, -16:].mean() > 190


def test_cmyk_jpeg_has_its_colours(tmp_path: Path) -> None:
    path = saved(tmp_path, halves().convert("CMYK"), "JPEG", quality=95)

    pixels = read(path)

    assert is_near(pixels[:, :24], RED, 45)
    assert is_near(pixels[:, 36:], BLUE, 45)


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (0, 0, 10, 20))

    pixels = read(saved(tmp_path, clear, "PNG"))

    assert is_near(pixels[:, :10], (0, 0, 255), 2)
    assert is_near(pixels[:, 10:], (255, 255, 255), 2)


def test_of_an_animation_the_first_frame_is_read(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (30, 30), RED).quantize(8), Image.new("RGB", (30, 30), BLUE).quantize(8)]
    for kind in ("GIF", "WEBP"):
        path = saved(tmp_path, frames[0], kind, save_all=True, append_images=frames[1:])
        assert is_near(read(path), RED), kind


@pytest.mark.parametrize(("orientation", "shape"), [(1, (40, 60)), (3, (40, 60)), (6, (60, 40)), (8, (60, 40))])
def test_photos_are_turned_upright(tmp_path: Path, orientation: int, shape: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation

    pixels = read(saved(tmp_path, halves(), "JPEG", exif=exif, quality=95))

    assert pixels.shape[:2] == shape
    red = {1: pixels[:, :24], 3: pixels[:, 36:], 6: pixels[:24], 8: pixels[36:]}[orientation]
    assert is_near(red, RED)


def test_large_pictures_are_made_smaller(tmp_path: Path) -> None:
    for kind in ("JPEG", "PNG"):
        pixels = read(saved(tmp_path, halves(3000, 1000), kind), side=300)
        assert pixels.shape == (100, 300, 3)
        assert is_near(pixels[:, :130], RED)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 500), (500, 1), (4000, 1)])
def test_thin_pictures_are_read_and_have_a_mood(tmp_path: Path, width: int, height: int) -> None:
    pixels = read(saved(tmp_path, Image.new("RGB", (width, height), RED), "PNG"))

    assert is_near(pixels, RED)
    assert mood_of(pixels).warmth > 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a picture"),
        (b"GIF89a", "damaged"),
        (b"\xff\xd8\xff", "damaged"),
        (b"\xff\xd8\xff" + b"\xff" * 5000, "damaged"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 500, "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "damaged"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(40), "damaged"),
        (b"BM" + bytes(50), "damaged"),
        (png(0, 10), "damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (b"%PDF-1.7", "not a picture"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(40), "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "not a picture"),
        (b"II*\x00" + bytes(60), "not a picture"),
        (png(60_000, 60_000), "megapixels"),
        (png(25_000, 2), "along a side"),
        (b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + bytes(20), "megapixels"),
        (b"BM" + bytes(12) + struct.pack("<Iii", 40, 2**31 - 1, -(2**31)) + bytes(20), "megapixels"),
    ],
)
def test_bad_files_are_refused_by_their_first_bytes(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "picture"
    path.write_bytes(content)

    with pytest.raises(InputUnusable, match=said):
        look_at_picture(path)


def test_too_many_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    with path.open("wb") as file:
        file.write(png(10, 10))
        file.truncate(MOST_PICTURE_BYTES + 1)

    with pytest.raises(InputUnusable, match="32 MiB"):
        look_at_picture(path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_short_is_refused_when_it_is_read(tmp_path: Path, kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    path = saved(tmp_path, noise, kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(ValueError, match="cannot be read") as caught:
        read_picture(path, most_pixels=10_000, largest_side=64)

    assert str(tmp_path) not in str(caught.value)


def test_a_picture_larger_than_its_head_says_is_refused(tmp_path: Path) -> None:
    """A GIF whose first frame is larger than the screen it names."""
    buffer = io.BytesIO()
    Image.new("P", (4000, 4000)).save(buffer, "GIF")
    content = bytearray(buffer.getvalue())
    content[6:10] = struct.pack("<HH", 1, 1)
    path = tmp_path / "picture"
    path.write_bytes(bytes(content))

    assert look_at_picture(path).width == 1
    with pytest.raises(ValueError, match="too many pixels"):
        read_picture(path, most_pixels=1_000_000, largest_side=64)


def test_random_damage_never_breaks_the_reader(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for kind in KINDS:
        whole = saved(tmp_path, halves(), kind).read_bytes()
        for _ in range(40):
            content = bytearray(whole)
            for at in rng.integers(0, len(content), 6):
                content[at] = rng.integers(256)
            path = tmp_path / "damaged"
            path.write_bytes(bytes(content))
            try:
                pixels = read(path)
            except (ValueError, InputUnusable) as error:
                assert str(tmp_path) not in str(error)  # noqa: PT017 - either is fine
            else:
                assert pixels.shape[2] == 3
