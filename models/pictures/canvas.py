"""A picture being painted: smooth-edged shapes, glows and textures are laid over what is there."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from models.pictures.colour import Colour, Plane

Points = NDArray[np.float64]
"""Corners (x, y) in pixels, of shape (count, 2)."""
_FINE, _COARSE = 4, 2  # sub-pixels per side, for small and large shapes
_LARGE = 250_000  # pixels


@dataclass(slots=True)
class Mask:
    """How much of each pixel is covered, 0 to 1, in a box of the canvas whose corner is (left, top)."""

    alpha: Plane
    left: int
    top: int

    @property
    def rows(self) -> slice:
        return slice(self.top, self.top + self.alpha.shape[0])

    @property
    def columns(self) -> slice:
        return slice(self.left, self.left + self.alpha.shape[1])


class Canvas:
    """`rgb` is float32 sRGB of shape (height, width, 3); `unit` the smaller side in pixels."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.unit = float(min(width, height))
        self.rgb = np.zeros((height, width, 3), np.float32)

    def mask(self, polygons: Iterable[Points], *, margin: int = 0) -> Mask | None:
        """The union of polygons, smooth at the edges; None where nothing of it is on the canvas."""
        kept = [np.asarray(points, np.float64) for points in polygons if len(points) > 2]  # noqa: PLR2004 - an area
        if not kept:
            return None
        corners = np.concatenate(kept)
        left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1 - margin, 0)
        right, bottom = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 1 + margin, (self.width, self.height))
        if right <= left or bottom <= top:
            return None
        fine = _FINE if (right - left) * (bottom - top) < _LARGE else _COARSE
        picture = Image.new("L", (int(right - left) * fine, int(bottom - top) * fine))
        draw = ImageDraw.Draw(picture)
        far = 4.0 * max(self.width, self.height)
        for points in kept:
            moved = np.clip((points - (left, top)) * fine, -far * fine, far * fine)
            draw.polygon([(float(x), float(y)) for x, y in moved], fill=255)
        alpha = np.divide(np.asarray(picture.reduce(fine)), 255, dtype=np.float32)
        return Mask(alpha, int(left), int(top))

    def lay(self, mask: Mask | None, colour: ArrayLike, opacity: float = 1.0) -> None:
        """Cover with a colour (3,) or with a picture that can be broadcast to the mask's box."""
        if mask is None:
            return
        part = self.rgb[mask.rows, mask.columns]
        alpha = (mask.alpha * opacity)[:, :, None]
        part += alpha * (np.asarray(colour, np.float32) - part)

    def polygon(self, points: Points, colour: ArrayLike, opacity: float = 1.0) -> None:
        self.lay(self.mask([points]), colour, opacity)

    def below(self, edge: NDArray[np.floating]) -> Mask:
        """All that lies below a line, given as one y in pixels per column."""
        top = int(np.clip(np.floor(edge.min()), 0, self.height - 1))
        rows = np.arange(top, self.height, dtype=np.float32)[:, None]
        return Mask(np.clip(rows + 0.5 - edge[None].astype(np.float32) + 0.5, 0, 1), 0, top)

    def over(self, colour: ArrayLike, alpha: Plane | float) -> None:
        """Cover the whole canvas; `alpha` per pixel or one."""
        share = alpha[:, :, None] if isinstance(alpha, np.ndarray) else alpha
        self.rgb += share * (np.asarray(colour, np.float32) - self.rgb)

    def add_light(self, colour: Colour, strength: Plane) -> None:
        """Screen: light adds to what is there and never goes beyond white."""
        self.rgb = 1 - (1 - self.rgb) * (1 - np.clip(strength, 0, 1)[:, :, None] * colour)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """Light around a place; `radius` in pixels is where half of it is left."""
        reach = radius * 6
        left, right = int(max(x - reach, 0)), int(min(x + reach, self.width))
        top, bottom = int(max(y - reach, 0)), int(min(y + reach, self.height))
        if left >= right or top >= bottom:
            return
        columns = np.arange(left, right, dtype=np.float32) - x
        rows = np.arange(top, bottom, dtype=np.float32) - y
        square = (columns**2)[None] + (rows**2)[:, None]
        falloff = 1 / (1 + square / radius**2)
        edge = np.clip(1 - np.sqrt(square) / reach, 0, 1) ** 1.5
        light = (strength * falloff * edge)[:, :, None] * colour
        part = self.rgb[top:bottom, left:right]
        part[...] = 1 - (1 - part) * (1 - np.clip(light, 0, 1))


def ellipse(x: float, y: float, across: float, down: float, angle_deg: float = 0.0, corners: int = 72) -> Points:
    """Half axes `across` and `down`."""
    t = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    turn = np.deg2rad(angle_deg)
    along, aside = across * np.cos(t), down * np.sin(t)
    return np.stack(
        [x + along * np.cos(turn) - aside * np.sin(turn), y + along * np.sin(turn) + aside * np.cos(turn)], axis=1
    )


def stroke(points: Points, widths: ArrayLike) -> Points:
    """The outline of a line through `points`; `widths` in pixels, one or one per point. Its ends are cut straight."""
    path = np.asarray(points, np.float64)
    along = np.gradient(path, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    aside = (
        np.stack([-along[:, 1], along[:, 0]], axis=1) * (np.broadcast_to(np.asarray(widths), len(path)) / 2)[:, None]
    )
    return np.concatenate([path + aside, (path - aside)[::-1]])


def spline(points: ArrayLike, *, closed: bool = False, steps: int = 8) -> Points:
    """A Catmull-Rom curve through all points."""
    given = np.asarray(points, np.float64)
    ring = (
        np.concatenate([given[-1:], given, given[:2]])
        if closed
        else np.concatenate([2 * given[:1] - given[1:2], given, 2 * given[-1:] - given[-2:-1]])
    )
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for n in range(len(ring) - 3):
        a, b, c, d = ring[n : n + 4]
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.concatenate(pieces if closed else [*pieces, given[-1:]])
