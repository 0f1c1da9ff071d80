"""The colours of a picture: by time of day, mood and the colours that are named, tuned in OKLCH."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from models.pictures.colour import Colour, lch_of, mix, oklch, parse_hex
from models.pictures.scene import Scene

NIGHTS = {"night", "neon", "dusk", "storm", "space"}
_NEVER_NAMED = {"mountains", "city", "street", "window", "forest"}
_GREY = 0.06  # chroma below which a named colour has no hue to give


@dataclass(frozen=True, slots=True)
class Palette:
    """sky: zenith, middle, horizon; light: sun or moon; ambient: shadows; accent: against the sky.

    flat: paper, four colours, ink; dim: how dark things are that the light does not reach, 0 to 1.
    """

    time: str
    sky: tuple[Colour, Colour, Colour]
    light: Colour
    ambient: Colour
    accent: Colour
    flat: tuple[Colour, ...]
    dim: float
    tune: "Tuning"
    named_ground: Colour | None = None

    @property
    def is_night(self) -> bool:
        return self.time in NIGHTS

    def ground(self, setting: str) -> Colour:
        """What is near, in the light there is."""
        own = told()["ground"].get(setting) or told()["ground"]["bare"]
        colour = self.tune.of(own, keep_hue=0.6)
        if self.named_ground is not None and setting not in _NEVER_NAMED:
            light, chroma, hue = lch_of(self.named_ground)
            colour = oklch(0.5 * (own[0] + light), chroma * 0.8, hue)
        lit = colour * (1 - self.dim * (1 - 1.15 * self.ambient))
        return np.clip(lit, 0, 1).astype(np.float32)

    def away(self, colour: Colour, distance: float) -> Colour:
        """A colour seen through the air; distance 0 to 1."""
        return mix(colour, self.sky[2], distance)


@dataclass(frozen=True, slots=True)
class Tuning:
    """What mood and named colours do to every colour."""

    chroma: float
    lift: float
    hue_deg: float | None = None
    share: float = 0.0

    def of(self, lch: list[float], *, keep_hue: float = 0.0) -> Colour:
        light, chroma, hue = lch
        if self.hue_deg is not None:
            share = self.share * (1 - keep_hue)
            turn = (self.hue_deg - hue + 180) % 360 - 180
            hue += turn * share
            chroma = max(chroma, 0.05 * share)
        return oklch(light + self.lift * min(1.0, 2 * light), chroma * self.chroma, hue)


@cache
def told() -> Mapping[str, Any]:
    """palettes.toml."""
    return tomllib.loads((Path(__file__).parent / "palettes.toml").read_text(encoding="utf-8"))


def palette_of(scene: Scene, style: str, rng: np.random.Generator) -> Palette:
    """The palette for a scene in a style; seeds choose between variants."""
    mood = told()["moods"][scene.mood]
    time = _time_of(scene, style, rng)
    timed = told()["times"][time]
    chroma = float(mood["chroma"]) * {"anime": 1.1, "minimal": 0.85, "dark": 0.8}.get(style, 1.0)
    lift = float(mood["lift"]) + {"dark": -0.07, "anime": 0.02, "minimal": 0.03}.get(style, 0.0)
    tune = Tuning(0.0 if scene.monochrome else chroma, lift, mood.get("pull"), mood.get("share", 0.0))
    given = timed["sky"][int(rng.integers(len(timed["sky"])))]
    jitter = float(rng.uniform(-8, 8))
    sky = [tune.of([light, sat, hue + jitter]) for light, sat, hue in given]
    light = tune.of(timed["light"], keep_hue=0.5)
    if scene.colours and not scene.monochrome:
        sky, light = _coloured(sky, light, scene.colours)
    if scene.light is not None:
        light = mix(light, scene.light, 0.8)
    zenith, middle, horizon = sky
    _, _, hue = lch_of(middle)
    return Palette(
        time,
        (zenith, middle, horizon),
        light,
        tune.of(timed["ambient"]),
        tune.of([0.68, 0.19, (hue + 165 + float(rng.uniform(-25, 25))) % 360]),
        _flat(scene, style, tune, rng),
        min(float(timed["dim"]) + (0.12 if style == "dark" else 0.0), 0.7),
        tune,
        None if scene.monochrome or "flowers" in scene.settings else scene.ground,
    )


def _time_of(scene: Scene, style: str, rng: np.random.Generator) -> str:
    if "underwater" in scene.settings:
        return "underwater"
    if "space" in scene.settings and not set(scene.settings) & {"desert", "sea", "city", "mountains"}:
        return "space"
    night = ("night", "dusk", "storm")
    if scene.time and not (style == "dark" and scene.time not in {*night, "neon", "sunset", "overcast"}):
        return scene.time
    if "grid" in scene.settings:
        return "neon"
    choices = list(told()["moods"][scene.mood]["times"])
    if style == "dark":
        choices = list(night)
    elif style == "anime":
        choices = ["day", "day", "sunset", "dusk"] if scene.mood == "none" else choices
    elif style == "nature":
        choices = ["day", "dawn", "sunset"] if scene.mood == "none" else choices
    return str(choices[int(rng.integers(len(choices)))])


def _coloured(sky: list[Colour], light: Colour, named: tuple[Colour, ...]) -> tuple[list[Colour], Colour]:
    """The colours that are named take over the sky, dark ones above, with the lightness it has there."""
    pairs = [lch_of(colour) for colour in named]
    upper, lower = pairs[0], pairs[-1]
    if upper[0] > lower[0]:
        upper, lower = lower, upper
    tuned = []
    for place, colour in enumerate(sky):
        own = lch_of(colour)
        share = place / (len(sky) - 1)
        wanted = upper if share < 0.5 or len(pairs) == 1 else lower  # noqa: PLR2004 - the middle
        if wanted[1] < _GREY:
            towards = 0.35 * (wanted[0] - own[0])
            tuned.append(oklch(own[0] + towards, own[1] * 0.25, own[2]))
        else:
            tuned.append(oklch(own[0] * 0.75 + wanted[0] * 0.25, 0.35 * own[1] + 0.65 * wanted[1], wanted[2]))
    if lower[1] >= _GREY:
        light = mix(light, oklch(0.92, min(lower[1], 0.12), lower[2]), 0.5)
    return tuned, light


def _flat(scene: Scene, style: str, tune: Tuning, rng: np.random.Generator) -> tuple[Colour, ...]:
    """Six flat colours of one of the sets for the mood, turned towards what is named."""
    mood = "neon" if scene.time == "neon" else "dark" if style == "dark" else scene.mood
    fitting = [chosen for chosen in told()["sets"] if mood in chosen["moods"]]
    chosen = fitting[int(rng.integers(len(fitting)))]
    colours = [parse_hex(text) for text in chosen["colours"]]
    if scene.monochrome:
        return tuple(oklch(lch_of(colour)[0], 0.0, 0.0) for colour in colours)
    for place, named in enumerate(scene.colours[:4]):
        colours[1 + place] = named
        light, chroma, hue = lch_of(named)
        if len(scene.colours) == 1:
            colours[2] = oklch(min(light + 0.2, 0.92), chroma * 0.7, hue + 20)
            colours[3] = oklch(max(light - 0.2, 0.2), chroma * 0.8, hue - 25)
    return tuple(
        oklch(lch_of(colour)[0], lch_of(colour)[1] * min(tune.chroma, 1.1), lch_of(colour)[2]) for colour in colours
    )
