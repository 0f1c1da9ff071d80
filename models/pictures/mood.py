"""What a picture says about the music that fits it: measured in OKLCH, told in the words of songs.

Brightness and warmth go with major keys and cheer, saturation and contrast with arousal (Valdez and Mehrabian 1994;
Palmer et al. 2013, "Music–color associations are mediated by emotion").
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, sobel

from models.pictures.colour import to_oklab

MAJOR, MINOR = "major", "minor"
SLOWEST_BPM, FASTEST_BPM = 62.0, 136.0
_SIDE = 192  # pixels that are looked at
_VIVID = 0.19  # chroma that counts as full saturation
_GREY = 0.028  # chroma below which a pixel has no hue
_COLOURS = 5  # of the palette
_NAMED = 2  # hues of the description
_SHARE = 0.12  # of the coloured pixels that a hue needs to be named
_LEAST_SIDE = 3  # pixels for edges and horizons


@dataclass(frozen=True, slots=True)
class PictureMood:
    """brightness, contrast, saturation, detail and energy 0 to 1; warmth -1 (cold) to 1 (warm).

    mode         major or minor; valence -1 (sad) to 1 (glad) is where it comes from
    bpm          a tempo that fits
    genres       the three that fit best, the best first, by their names in models/music/genres
    hues         names of the colours there is most of, none for a grey picture
    palette      up to five colours as "#rrggbb", the most frequent first
    horizon      0 to 1, how clearly the picture has a sky above and land or sea below
    description  for people and for prompts: "bright, warm, calm picture in orange and blue"
    words        a prompt for a song: mood words and the first genre
    """

    brightness: float
    contrast: float
    saturation: float
    warmth: float
    detail: float
    energy: float
    valence: float
    mode: str
    bpm: float
    genres: tuple[str, ...]
    hues: tuple[str, ...]
    palette: tuple[str, ...]
    horizon: float
    description: str
    words: str


@cache
def _told() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "mood.toml").read_text(encoding="utf-8"))


def mood_of(rgb: NDArray[np.uint8]) -> PictureMood:
    """The mood of a picture of shape (height, width, 3), down to one pixel.

    Raises ValueError for another shape or an empty picture.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or not rgb.size:  # noqa: PLR2004 - height, width, RGB
        message = f"A picture has the shape (height, width, 3), not {rgb.shape}."
        raise ValueError(message)
    lab = to_oklab(_small(rgb).astype(np.float32) / 255)
    light, chroma = lab[:, :, 0], np.hypot(lab[:, :, 1], lab[:, :, 2])
    hue = np.degrees(np.arctan2(lab[:, :, 2], lab[:, :, 1])) % 360
    shares = _shares(hue, chroma, light)
    measures = _measures(light, chroma, hue, shares)
    valence = _valence(measures)
    energy = measures["energy"]
    hues = tuple(name for name, share in sorted(shares.items(), key=lambda item: -item[1]) if share >= _SHARE)[:_NAMED]
    genres = _genres(measures)
    mode = MAJOR if valence >= 0 else MINOR
    about = _adjectives(measures)
    return PictureMood(
        brightness=measures["brightness"],
        contrast=measures["contrast"],
        saturation=measures["saturation"],
        warmth=measures["warmth"],
        detail=measures["detail"],
        energy=energy,
        valence=valence,
        mode=mode,
        bpm=round(SLOWEST_BPM + (FASTEST_BPM - SLOWEST_BPM) * energy),
        genres=genres,
        hues=hues,
        palette=_palette(lab),
        horizon=measures["horizon"],
        description=_description(about, hues, measures["horizon"]),
        words=", ".join([*_feelings(valence, energy), genres[0]]),
    )


def _small(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    picture = Image.fromarray(np.ascontiguousarray(rgb))
    picture.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    return np.asarray(picture, np.uint8)


def _shares(hue: NDArray[np.float64], chroma: NDArray[np.float64], light: NDArray[np.float64]) -> dict[str, float]:
    """How much of the colour each named hue has: vivid pixels count more, nearly black and white ones less."""
    weight = np.clip(chroma - _GREY, 0, None) * np.clip(np.minimum(light, 1 - light) * 5, 0.1, 1)
    whole = float(weight.sum())
    found = {}
    for name, (first, last) in _told()["hues"].items():
        inside = (hue >= first) & (hue < last) if first < last else (hue >= first) | (hue < last)
        found[name] = float(weight[inside].sum()) / whole if whole > 1e-9 else 0.0  # noqa: PLR2004 - no colour at all
    return found


def _measures(
    light: NDArray[np.float64], chroma: NDArray[np.float64], hue: NDArray[np.float64], shares: Mapping[str, float]
) -> dict[str, float]:
    low, high = (float(v) for v in np.percentile(light, [5, 95]))
    saturation = float(np.clip(0.6 * chroma.mean() + 0.4 * np.percentile(chroma, 90), 0, _VIVID) / _VIVID)
    coloured = np.clip(chroma / _VIVID, 0, 1)
    warmth = float((coloured * np.cos(np.radians(hue - 62))).mean() / max(float(coloured.mean()), 0.12))
    glowing = (chroma > 0.13) & (light > 0.42) & ((hue > 280) | (hue < 15) | ((hue > 180) & (hue < 230)))  # noqa: PLR2004 - pink, purple, cyan
    dark = float((light < 0.36).mean())  # noqa: PLR2004 - night
    neon = float(np.clip(glowing.mean() * 6, 0, 1)) * float(np.clip(dark * 2.2, 0, 1))
    earthy = (chroma > _GREY) & (light > 0.15) & (light < 0.8) & (hue > 48) & (hue < 165)  # noqa: PLR2004 - brown to green
    detail = _detail(light)
    contrast = float(np.clip((high - low) / 0.8, 0, 1))
    energy = float(
        np.clip(0.12 + 0.42 * saturation + 0.24 * contrast + 0.28 * detail + 0.25 * neon - 0.1 * (1 - saturation), 0, 1)
    )
    return {
        "brightness": float(np.clip(light.mean(), 0, 1)),
        "contrast": contrast,
        "saturation": saturation,
        "warmth": float(np.clip(warmth, -1, 1)),
        "detail": detail,
        "neon": neon,
        "nature": float(earthy.mean()) * (1.0 if saturation > 0.1 else 0.3),  # noqa: PLR2004 - hardly any colour
        "red": shares["red"] * saturation,
        "horizon": _horizon(light, chroma),
        "energy": energy,
    }


def _detail(light: NDArray[np.float64]) -> float:
    """Density of edges; smooth gradients and grain have none."""
    if min(light.shape) < _LEAST_SIDE:
        return 0.0
    soft = gaussian_filter(light, 0.8)
    edges = np.hypot(sobel(soft, 0), sobel(soft, 1))
    return float(np.clip((edges > 0.2).mean() * 2.6, 0, 1))  # noqa: PLR2004 - a step that is seen as an edge


def _horizon(light: NDArray[np.float64], chroma: NDArray[np.float64]) -> float:
    """How much the rows above some line in the middle differ from those below, against how much rows vary inside."""
    rows = light.shape[0]
    if min(light.shape) < _LEAST_SIDE or rows < 2 * _LEAST_SIDE:
        return 0.0
    profile = np.stack([light.mean(axis=1), 2 * chroma.mean(axis=1)], axis=1)
    spread = float(light.std(axis=1).mean()) + 0.03
    jumps = [
        float(
            np.abs(
                profile[max(cut - rows // 8, 0) : cut].mean(axis=0) - profile[cut : cut + rows // 8].mean(axis=0)
            ).sum()
        )
        for cut in range(rows // 4, rows * 4 // 5)
        if cut and rows // 8
    ]
    return float(np.clip((max(jumps, default=0.0) - 0.05) / (spread + 0.12), 0, 1))


def _valence(measures: Mapping[str, float]) -> float:
    """Bright, warm and colourful is glad; dark, cold and grey is not."""
    pleasant = (
        1.5 * (measures["brightness"] - 0.5) + 0.45 * (measures["saturation"] - 0.3) + 0.4 * measures["warmth"]
        + 0.25 * measures["nature"] - 0.35 * measures["neon"]
    )  # fmt: skip
    if measures["saturation"] < 0.08:  # noqa: PLR2004 - fog and old photographs are wistful, however bright
        pleasant -= 0.22 * (1.25 - measures["brightness"]) * 2
    return float(np.clip(pleasant, -1, 1))


def _genres(measures: Mapping[str, float]) -> tuple[str, ...]:
    scores = {}
    for genre, hints in _told()["genres"].items():
        total = 0.0
        for measure, hint in hints.items():
            value = measures[measure]
            if "above" in hint:
                reach = (value - hint["above"]) / max(1 - hint["above"], 0.05)
            else:
                reach = (hint["below"] - value) / max(hint["below"], 0.05)
            total += hint["weight"] * (
                float(np.clip(0.35 + 0.65 * reach, 0, 1)) if reach >= 0 else float(np.clip(reach, -0.6, 0))
            )
        scores[genre] = total
    return tuple(sorted(scores, key=lambda genre: (-scores[genre], genre))[:3])


def _adjectives(measures: Mapping[str, float]) -> list[str]:
    return [word for word, (measure, low, high) in _told()["words"].items() if low <= measures[measure] < high]


def _description(about: list[str], hues: tuple[str, ...], horizon: float) -> str:
    kind = "picture" if horizon < 0.4 else "view"  # noqa: PLR2004 - clearly sky above land
    colours = " and ".join(hues) if "colourless" not in about else "shades of grey"
    words = [word for word in about if word != "colourless"]
    head = f"{', '.join(words)} {kind}" if words else kind
    return f"{head} in {colours}" if colours else head


def _feelings(valence: float, energy: float) -> tuple[str, ...]:
    """Two words for the quarter of the circle of moods (Russell 1980)."""
    if energy >= 0.5:  # noqa: PLR2004 - the middle
        return ("happy", "energetic") if valence >= 0 else ("dark", "intense")
    if valence >= 0:
        return ("peaceful", "hopeful") if valence > 0.25 else ("calm", "dreamy")  # noqa: PLR2004 - clearly glad
    return ("melancholic", "slow") if valence < -0.25 else ("wistful", "calm")  # noqa: PLR2004 - clearly sad


def _palette(lab: NDArray[np.float64]) -> tuple[str, ...]:
    """The colours there is most of, each unlike those before it: cells of OKLab, counted."""
    from models.pictures.colour import from_oklab

    flat = lab.reshape(-1, 3)
    cells = np.round(flat / (0.11, 0.05, 0.05)).astype(np.int64)
    _, index, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    index = index.ravel()
    means = np.stack([np.bincount(index, flat[:, n]) / counts for n in range(3)], axis=1)
    chosen: list[int] = []
    for cell in np.argsort(-counts * (1 + 6 * np.hypot(means[:, 1], means[:, 2])), kind="stable"):
        if all(np.linalg.norm((means[cell] - means[other]) * (1, 2, 2)) > 0.12 for other in chosen):  # noqa: PLR2004 - told apart
            chosen.append(int(cell))
        if len(chosen) == _COLOURS:
            break
    chosen.sort(key=lambda cell: -counts[cell])
    shown = (np.clip(from_oklab(means[chosen]), 0, 1) * 255).round().astype(int)
    return tuple(f"#{r:02x}{g:02x}{b:02x}" for r, g, b in shown)
