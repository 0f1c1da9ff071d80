"""Album covers: what to paint for a song, and its title set on the picture."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from models.pictures.canvas import Canvas, stroke
from models.pictures.colour import from_oklab, oklch, to_oklab
from models.pictures.letters import advance, draw_letter, drawable, font_of, spelled
from models.pictures.scene import scene_of

CORNER, CENTRE, FOOT, TOP, VERTICAL, NONE = "corner", "centre", "foot", "top", "vertical", "none"
LEAST_CONTRAST = 4.5  # to 1, of text on what is behind it (WCAG 2.2)
_FINE = 3  # sub-pixels per side, for letters
_MARGIN = 0.07  # of the side
_MOST_CHARS = 80
_MOST_UPRIGHT = 22  # letters along the edge
_SIZES = {
    CORNER: (0.050, 0.030, 2),
    CENTRE: (0.135, 0.048, 3),
    FOOT: (0.115, 0.045, 2),
    TOP: (0.046, 0.028, 2),
    VERTICAL: (0.062, 0.032, 1),
}
"""Largest and smallest size of the letters, of the side, and the most lines."""
_SPACING = {CORNER: 0.12, TOP: 0.26, VERTICAL: 0.14}
_CAPITALS = {CORNER, TOP, VERTICAL}
_TONICS = ("C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#", "F")  # the circle of fifths
_FLATS = {"Db": "C#", "Eb": "D#", "Gb": "F#", "Ab": "G#", "Bb": "A#", "Cb": "B", "Fb": "E"}
_FEELINGS = {"": ("",), "minor": ("", "dusk", "dreamy", "melancholy"), "major": ("", "hopeful", "bright")}
_MOST_TURN_DEG = 18.0
_PULSES = 0.6  # share of abstract covers that get one


@dataclass(frozen=True, slots=True)
class CoverPlan:
    """prompt and style for a painter, and the layout of the title."""

    prompt: str
    style: str
    layout: str


@cache
def _told() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "covers.toml").read_text(encoding="utf-8"))


def plan_cover(*, title: str, prompt: str, genre: str = "", mood: str = "", key: str = "", seed: int) -> CoverPlan:
    """What a cover shows: what the prompt names, else what the title names, else what suits the genre.

    Minor keys darken and major keys brighten where no mood is given. The same arguments give the same plan.
    """
    told = _told()["genres"].get(_genre(genre) or _genre(prompt), _told()["fallback"])
    rng = np.random.default_rng([abs(seed), 3])
    style = str(rng.choice(told["styles"]))
    layout = str(rng.choice(told["layouts"]))
    suggestion = str(rng.choice(told["words"]))
    feeling = mood or str(rng.choice(_FEELINGS[_mode(key)]))
    if scene_of(prompt).is_empty:
        prompt = title if not scene_of(title).is_empty else ", ".join(filter(None, (suggestion, prompt)))
    return CoverPlan(", ".join(filter(None, (prompt, feeling))), style, layout)


def _genre(text: str) -> str:
    plain = text.lower().replace("&", "and")
    for name in sorted(_told()["genres"], key=len, reverse=True):
        if name in plain or name.replace("-", " ") in plain or name.replace("-", "") in plain:
            return str(name)
    return ""


def _mode(key: str) -> str:
    return "minor" if "min" in key.lower() or key.strip().endswith("m") else "major" if key.strip() else ""


def names_colours(prompt: str) -> bool:
    """Whether a prompt says what colour something is."""
    scene = scene_of(prompt)
    things = any(subject.colour is not None for subject in scene.subjects)
    return bool(things or scene.colours or scene.ground is not None or scene.light is not None or scene.monochrome)


def turned(rgb: NDArray[np.uint8], key: str) -> NDArray[np.uint8]:
    """The picture with its hues turned a little by the key: neighbours on the circle of fifths look alike."""
    words = key.split()
    tonic = words[0].rstrip("m") if words else ""
    tonic = _FLATS.get(tonic, tonic)
    if tonic not in _TONICS:
        return rgb
    angle = np.radians(_MOST_TURN_DEG * np.sin(2 * np.pi * _TONICS.index(tonic) / len(_TONICS)))
    out = np.empty_like(rgb)
    for first in range(0, rgb.shape[0], 256):
        lab = to_oklab(np.divide(rgb[first : first + 256], 255, dtype=np.float32))
        a, b = lab[:, :, 1].copy(), lab[:, :, 2].copy()
        lab[:, :, 1], lab[:, :, 2] = a * np.cos(angle) - b * np.sin(angle), a * np.sin(angle) + b * np.cos(angle)
        out[first : first + 256] = (np.clip(from_oklab(lab), 0, 1) * 255 + 0.5).astype(np.uint8)
    return out


def with_pulse(rgb: NDArray[np.uint8], bpm: float, plan: CoverPlan, *, seed: int) -> NDArray[np.uint8]:
    """An abstract cover with the music drawn on it, now and then: a ring of bars like a spectrum, one per beat of a
    minute. Unchanged where something is shown, and where bpm is 0.
    """
    rng = np.random.default_rng([abs(seed), 5])
    if bpm <= 0 or not scene_of(plan.prompt).is_empty or rng.random() > _PULSES:
        return rgb
    canvas = Canvas(rgb.shape[1], rgb.shape[0])
    canvas.rgb[:] = rgb.astype(np.float32) / 255
    count = int(np.clip(bpm, 60, 200))
    middle, inner = np.array([canvas.width / 2, canvas.height * 0.46]), canvas.unit * 0.27
    heights = np.abs(rng.normal(0, 1, count)) + 0.6 * (1 + np.sin(np.arange(count) / count * 2 * np.pi * 4))
    bars = []
    for n in range(count):
        angle = n / count * 2 * np.pi - np.pi / 2
        way = np.array([np.cos(angle), np.sin(angle)])
        outer = inner + canvas.unit * (0.012 + 0.042 * heights[n])
        bars.append(stroke(np.array([middle + way * inner, middle + way * outer]), 2 * np.pi * inner / count * 0.5))
    around = float(_luminance(canvas.rgb).mean())
    canvas.lay(canvas.mask(bars), oklch(0.97, 0.01, 90) if around < 0.4 else oklch(0.2, 0.02, 280), 0.88)  # noqa: PLR2004 - dark
    return np.asarray(np.clip(canvas.rgb, 0, 1) * 255 + 0.5).astype(np.uint8)


def lettered(rgb: NDArray[np.uint8], title: str, layout: str) -> NDArray[np.uint8]:
    """The picture with its title, in letters that fit and can be read; unchanged where the font cannot draw it."""
    text = spelled(" ".join(title.split())[:_MOST_CHARS].strip())
    if layout == NONE or not text or not drawable(text):
        return rgb
    side = min(rgb.shape[:2])
    if layout == VERTICAL and len(text) > _MOST_UPRIGHT:
        layout = CORNER
    lines, size = _fitted(text.upper() if layout in _CAPITALS else text, layout, side)
    height, width = rgb.shape[:2]
    shape = (height, width) if layout != VERTICAL else (width, height)
    mask = _set_lines(lines, size, layout, shape)
    if layout == VERTICAL:
        mask = np.rot90(mask, 1)
    return _inked(rgb, np.divide(mask, 255, dtype=np.float32), side)


def _fitted(text: str, layout: str, side: int) -> tuple[list[str], int]:
    """The largest letters, and the fewest lines, that stay inside the margins."""
    largest, smallest, most_lines = _SIZES[layout]
    room = side * (1 - 2 * _MARGIN)
    size = max(round(side * largest), 9)
    least = max(round(side * smallest), 8)
    while True:
        spacing = size * _SPACING.get(layout, 0.0)
        for count in range(1, most_lines + 1):
            lines = _broken(text, size, spacing, room, count)
            if lines is not None:
                return lines, size
        if size <= least:
            return _cut(text, size, spacing, room, most_lines), size
        size = max(int(size * 0.94), least)


def _broken(text: str, size: int, spacing: float, room: float, count: int) -> list[str] | None:
    """At most `count` lines of about the same length; None where they do not fit."""
    words = text.split(" ")
    whole = _wide(text, size, spacing)
    lines, current = [], ""
    target = whole / count * 1.12 if count > 1 else room
    for word in words:
        longer = f"{current} {word}".strip()
        if current and (_wide(longer, size, spacing) > min(room, max(target, _wide(word, size, spacing)))):
            lines.append(current)
            current = word
        else:
            current = longer
    lines.append(current)
    return lines if len(lines) <= count and all(_wide(line, size, spacing) <= room for line in lines) else None


def _cut(text: str, size: int, spacing: float, room: float, count: int) -> list[str]:
    """As much as fits, with an ellipsis."""
    for length in range(len(text) - 1, 0, -1):
        short = text[:length].rstrip() + "..."
        lines = _broken(short, size, spacing, room, count)
        if lines is not None:
            return lines
    return [text[:1]]


def _wide(text: str, size: int, spacing: float) -> float:
    font = font_of(size)
    return sum(advance(character, font) for character in text) + spacing * max(len(text) - 1, 0)


def _set_lines(lines: list[str], size: int, layout: str, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """The letters as a mask of that shape; drawn larger, for smooth edges."""
    height, width = shape
    picture = Image.new("L", (width * _FINE, height * _FINE))
    draw = ImageDraw.Draw(picture)
    spacing, leading, font = size * _SPACING.get(layout, 0.0), size * 1.16, font_of(size * _FINE)
    margin = min(height, width) * _MARGIN
    total = leading * (len(lines) - 1) + size
    top = {CENTRE: (height - total) * 0.46, TOP: margin, VERTICAL: margin * 0.8}.get(layout, height - margin - total)
    for n, line in enumerate(lines):
        x = (width - _wide(line, size, spacing)) / 2 if layout in {CENTRE, TOP} else margin
        for character in line:
            draw_letter(draw, x * _FINE, (top + n * leading) * _FINE, character, font)
            x += advance(character, font) / _FINE + spacing
    return np.asarray(picture.reduce(_FINE), np.uint8)


def _inked(rgb: NDArray[np.uint8], mask: NDArray[np.float32], side: int) -> NDArray[np.uint8]:
    """Light or dark letters, whichever stand out more, over a soft shade as strong as it must be to be read."""
    picture = rgb.astype(np.float32) / 255
    behind = mask > 0.5  # noqa: PLR2004 - inside the letters
    if not behind.any():
        return rgb
    around = gaussian_filter(mask, side * 0.008) > 0.04  # noqa: PLR2004 - letters and what touches them
    luminance = _luminance(picture[around])
    bright = float(np.percentile(luminance, 90))
    dim = float(np.percentile(luminance, 10))
    light_ink, dark_ink = oklch(0.985, 0.01, 95), oklch(0.17, 0.02, 280)
    light_is_better = _contrast(float(_luminance(light_ink)), bright) >= _contrast(float(_luminance(dark_ink)), dim)
    ink, under = (light_ink, dark_ink) if light_is_better else (dark_ink, light_ink)
    halo = (
        np.clip(gaussian_filter(mask, side * 0.016) * 3.2, 0, 1) * 0.55
        + np.clip(gaussian_filter(mask, side * 0.006) * 3.0, 0, 1) * 0.45
    )
    for strength in (0.3, 0.45, 0.6, 0.72, 0.84, 0.95):
        shaded = picture + (halo * strength)[:, :, None] * (under - picture)
        edge = _luminance(shaded[behind])
        worst = float(np.percentile(edge, 97 if light_is_better else 3))
        if _contrast(float(_luminance(ink)), worst) >= LEAST_CONTRAST:
            break
    out = shaded + mask[:, :, None] * (ink - shaded)
    return np.asarray(np.clip(out, 0, 1) * 255 + 0.5).astype(np.uint8)


def _luminance(rgb: NDArray[np.float32]) -> NDArray[np.float64]:
    """Relative luminance of sRGB, 0 to 1."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - the curve of sRGB
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def _contrast(first: float, second: float) -> float:
    high, low = max(first, second), min(first, second)
    return (high + 0.05) / (low + 0.05)
