"""Fields of noise: fractal sums of smooth lattices, ridges, cells, and their use as displacement."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

from models.pictures.colour import Plane

_FINEST = 2  # pixels per cell; finer lattices would be white noise
_LEAST_SIDE = 2


def resized(field: NDArray[np.float32], height: int, width: int) -> Plane:
    """A field in another size, smoothly."""
    picture = Image.fromarray(np.ascontiguousarray(field, np.float32))
    return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC), np.float32)


def lattice(rng: np.random.Generator, height: int, width: int, rows: float, columns: float) -> Plane:
    """Smooth noise with so many cells down and across, about -1 to 1."""
    grid = rng.uniform(-1, 1, (max(round(rows), 1) + 3, max(round(columns), 1) + 3)).astype(np.float32)
    up, across = height / max(rows, 1), width / max(columns, 1)
    whole = resized(grid, max(round(grid.shape[0] * up), height), max(round(grid.shape[1] * across), width))
    top, left = (whole.shape[0] - height) // 2, (whole.shape[1] - width) // 2
    return whole[top : top + height, left : left + width]


def fbm(
    rng: np.random.Generator,
    height: int,
    width: int,
    cells: float,
    *,
    octaves: int = 5,
    gain: float = 0.5,
    stretch: float = 1.0,
    ridged: bool = False,
) -> Plane:
    """Fractal noise of shape (height, width), about -1 to 1; ridged: 0 to 1 with sharp crests.

    cells    across the smaller side, of the coarsest layer
    stretch  above 1: features are that much wider than high
    """
    side = min(height, width)
    total = np.zeros((height, width), np.float32)
    weight, amplitude = 0.0, 1.0
    for octave in range(octaves):
        across = cells * 2**octave * width / side
        down = cells * 2**octave * height / side * stretch
        if octave and max(across / width, down / height) > 1 / _FINEST:
            break
        layer = lattice(rng, height, width, down, across)
        total += amplitude * (1 - np.abs(1.6 * layer) if ridged else 1.6 * layer)
        weight += amplitude
        amplitude *= gain
    return total / weight


def coarse_fbm(
    rng: np.random.Generator,
    height: int,
    width: int,
    cells: float,
    *,
    octaves: int = 5,
    gain: float = 0.5,
    stretch: float = 1.0,
) -> Plane:
    """Fractal noise for soft things: worked out at half the size, four times as fast."""
    half = fbm(
        rng,
        max(height // 2, _LEAST_SIDE),
        max(width // 2, _LEAST_SIDE),
        cells,
        octaves=octaves,
        gain=gain,
        stretch=stretch,
    )
    return resized(half, height, width)


def line(rng: np.random.Generator, length: int, cells: float, *, octaves: int = 6, gain: float = 0.5) -> Plane:
    """One-dimensional fractal noise of shape (length,), about -1 to 1."""
    total = np.zeros(length, np.float32)
    weight, amplitude = 0.0, 1.0
    for octave in range(octaves):
        count = cells * 2**octave
        if octave and count > length / _FINEST:
            break
        knots = rng.uniform(-1, 1, int(count) + 4)
        at = rng.uniform(0, 1) + np.linspace(0, count, length)
        first = at.astype(int)
        t = at - first
        t = t * t * (3 - 2 * t)
        total += (amplitude * (knots[first] * (1 - t) + knots[first + 1] * t)).astype(np.float32)
        weight += amplitude
        amplitude *= gain
    return total / weight


def warped(field: Plane, across: Plane, down: Plane) -> Plane:
    """The field, read at places moved by so many pixels (domain warping)."""
    height, width = field.shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.asarray(map_coordinates(field, [rows + down, columns + across], order=1, mode="reflect"), np.float32)


def cells_of(points: NDArray[np.float64], height: int, width: int) -> tuple[Plane, Plane, NDArray[np.int64]]:
    """Worley 1996: how far the nearest of the points (row, column) is and the border of its cell, and which it is.

    Distances are in pixels, arrays of shape (height, width).
    """
    rows, columns = np.mgrid[0:height, 0:width]
    distances, nearest = cKDTree(points).query(np.stack([rows.ravel(), columns.ravel()], axis=1), k=2)
    apart = np.linalg.norm(points[nearest[:, 0]] - points[nearest[:, 1]], axis=1)
    border = (distances[:, 1] ** 2 - distances[:, 0] ** 2) / (2 * np.maximum(apart, 1e-6))
    shape = (height, width)
    first = distances[:, 0].reshape(shape).astype(np.float32)
    return first, border.reshape(shape).astype(np.float32), nearest[:, 0].reshape(shape).astype(np.int64)
