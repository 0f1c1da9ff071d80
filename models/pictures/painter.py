"""The painter without weights: reads a prompt as a scene and paints it layer by layer."""

import dataclasses
import zlib

import numpy as np
from numpy.typing import NDArray

from models.base import Report
from models.pictures import subjects, views
from models.pictures.abstract import paint_abstract
from models.pictures.again import paint_again
from models.pictures.brush import paint_over
from models.pictures.canvas import Canvas
from models.pictures.finish import finish, to_bytes
from models.pictures.palette import palette_of
from models.pictures.scene import Scene, Subject, scene_of
from models.pictures.shapes import things
from models.pictures.stage import ABSTRACT, ANIME, DARK, MINIMAL, NATURE, STANDARD, STYLES, Stage
from models.pictures.window import paint_window

SMALLEST, LARGEST = 16, 4096
_LANDSCAPE_SHARE = {STANDARD: 0.35, ANIME: 0.6, NATURE: 1.0, ABSTRACT: 0.0, MINIMAL: 0.6, DARK: 0.0}
"""How often words that name nothing become a landscape; else they become an abstract picture."""
_LANDSCAPES = (
    ("mountains", "lake"),
    ("sea",),
    ("hills",),
    ("desert",),
    ("forest",),
    ("mountains",),
    ("field", "river"),
)


class EmbeddedPainter:
    """`Painter`. Keeps nothing."""

    def paint(
        self, prompt: str, *, style: str, width: int, height: int, seed: int, report: Report
    ) -> NDArray[np.uint8]:
        """See the Protocol. The same words, style, size and seed give the same picture, to the bit.

        Raises ValueError, with a text for the caller, for a style it does not know and a side beyond 16 to 4096 pixels.
        """
        if style not in STYLES:
            message = f"No style {style[:40]!r}; there are {', '.join(STYLES)}."
            raise ValueError(message)
        if not (SMALLEST <= width <= LARGEST and SMALLEST <= height <= LARGEST):
            message = f"A picture is {SMALLEST} to {LARGEST} pixels wide and high."
            raise ValueError(message)
        report(0.0)
        stage = _stage(prompt, style, Canvas(width, height), seed, report)
        _paint(stage)
        report(0.85)
        finish(stage)
        report(0.95)
        pixels = to_bytes(stage)
        report(1.0)
        return pixels


def _stage(prompt: str, style: str, canvas: Canvas, seed: int, report: Report) -> Stage:
    rng = np.random.default_rng([abs(seed), zlib.crc32(f"{style}\n{prompt}".encode())])
    scene = _settled(scene_of(prompt), style, rng)
    palette = palette_of(scene, style, rng)
    low_light = {"sunset": (0.82, 0.97), "dawn": (0.8, 0.95), "neon": (0.62, 0.85), "dusk": (0.9, 1.05)}
    low, high = low_light.get(palette.time, (0.22, 0.5))
    deep = 0.66 if canvas.height > canvas.width * 1.2 else 0.62
    horizon = canvas.height * float(rng.uniform(deep - 0.08, deep + 0.05))
    if "grid" in scene.settings:
        low, high = 0.82, 0.88
    if "space" in scene.settings or palette.time == "underwater":
        horizon = canvas.height * 1.0
        low, high = (0.05, 0.3) if palette.time == "space" else (-0.15, -0.05)
    if set(scene.settings) == {"city"}:
        horizon = canvas.height * float(rng.uniform(0.7, 0.78))
    if "street" in scene.settings:
        horizon = canvas.height * float(rng.uniform(0.56, 0.62))
    across = float(rng.choice([rng.uniform(0.2, 0.4), rng.uniform(0.6, 0.8)]))
    if "grid" in scene.settings:
        across = 0.5
    return Stage(
        canvas,
        scene,
        palette,
        style,
        rng,
        horizon,
        (canvas.width * across, horizon * float(rng.uniform(low, high))),
        report,
    )


def _settled(scene: Scene, style: str, rng: np.random.Generator) -> Scene:
    """A scene with a place to be, where one is needed."""
    if scene.settings:
        settings = scene.settings
    elif scene.subjects:
        homes = tuple(dict.fromkeys(home for s in scene.subjects if (home := things()[s.name].home)))
        settings = homes[:1]
        if not settings and (scene.sky or scene.weather):
            settings = views.default_settings(scene, rng)
    elif scene.sky or scene.weather or scene.time:
        settings = views.default_settings(scene, rng)
    elif rng.random() < _LANDSCAPE_SHARE[style]:
        settings = _LANDSCAPES[int(rng.integers(len(_LANDSCAPES)))]
    else:
        settings = ()
    if (
        set(settings) <= {"sea", "lake"}
        and settings
        and any(things()[s.name].place == "ground" for s in scene.subjects)
    ):
        settings = (*settings, "beach")  # nothing stands on water
    # Fish and whales swim where nothing else says where.
    if any(things()[s.name].place == "under" for s in scene.subjects) and not set(settings) - {"sea", "underwater"}:
        settings = ("underwater",)
    return dataclasses.replace(scene, settings=settings)


def _paint(stage: Stage) -> None:
    scene, settings = stage.scene, set(stage.scene.settings)
    if not settings and not scene.subjects:
        paint_abstract(stage)
        return
    if not settings:
        subjects.paint_emblem(stage)
    elif "underwater" in settings:
        views.paint_underwater(stage)
        subjects.place_subjects(stage)
    else:
        _view(stage, settings)
    views.paint_weather(stage)
    stage.report(0.7)
    if stage.style == ABSTRACT:
        paint_again(stage)
    elif stage.style == NATURE:
        paint_over(stage)


def _view(stage: Stage, settings: set[str]) -> None:
    indoors = "window" in settings
    if indoors and not stage.scene.subjects:
        name = str(stage.rng.choice(["coffee", "cat", "candle", "book", "radio", "flower"]))
        stage.scene = dataclasses.replace(stage.scene, subjects=(Subject(name),))
    if indoors and settings == {"window"}:
        outside = ("city",) if stage.rng.random() < 0.6 or stage.palette.is_night else ("hills",)  # noqa: PLR2004 - mostly
        stage.scene = dataclasses.replace(stage.scene, settings=("window", *outside))
    if settings == {"space"} or stage.palette.time == "space":
        views.paint_landscape_of_space(stage)
    else:
        views.paint_landscape(stage)
    if indoors:
        views.paint_weather(stage)
        stage.scene = dataclasses.replace(stage.scene, weather=())
        paint_window(stage)
    subjects.place_subjects(stage)
