"""Whole pictures, layer by layer: sky, far, ground, near, weather."""

import dataclasses

import numpy as np

from models.pictures import (
    airborne,
    bodies,
    clouds,
    faraway,
    land,
    mountains,
    plants,
    roads,
    sky,
    town,
    water,
    weather,
)
from models.pictures.colour import oklch
from models.pictures.noise import line
from models.pictures.scene import Scene
from models.pictures.shapes import things
from models.pictures.stage import Stage
from models.pictures.things import Place, draw_thing

LANDS = ("river", "road", "field", "flowers", "hills", "forest", "desert", "snow", "street", "grid")


def paint_landscape(stage: Stage) -> None:
    """Sky, far, ground and near, in that order."""
    scene, palette = stage.scene, stage.palette
    settings = set(scene.settings)
    sky.paint_sky(stage)
    if "space" in settings or palette.time == "space":
        sky.nebula(stage)
    stage.report(0.15)
    bodies.paint_bodies(stage)
    _clouds(stage, settings)
    if "rainbow" in scene.sky:
        airborne.paint_rainbow(stage)
    if "comet" in scene.sky:
        airborne.paint_comet(stage)
    if "fireworks" in scene.sky:
        airborne.paint_fireworks(stage)
    if "lightning" in scene.sky:
        weather.paint_lightning(stage)
    stage.report(0.3)
    _far(stage, settings)
    stage.report(0.45)
    _ground(stage, settings)
    if "birds" in scene.sky:
        airborne.paint_birds(stage)
    if "balloons" in scene.sky:
        airborne.paint_lanterns(stage)
    stage.report(0.6)


def _clouds(stage: Stage, settings: set[str]) -> None:
    palette, scene = stage.palette, stage.scene
    if palette.time == "space" or "grid" in settings or ({"stars", "aurora", "fireworks"} & set(scene.sky)):
        return
    amount = {"overcast": 0.85, "storm": 1.0, "night": 0.2, "day": 0.45, "neon": 0.25}.get(palette.time, 0.5)
    if "clouds" in scene.sky:
        amount = max(amount, 0.8)
    if amount > 0.3 or stage.chance(0.5):  # noqa: PLR2004 - a clear night now and then
        clouds.paint_clouds(stage, amount)


def _far(stage: Stage, settings: set[str]) -> None:
    canvas = stage.canvas
    if "mountains" in settings:
        mountains.paint_mountains(stage)
    elif "desert" in settings and stage.chance(0.6) and not stage.flat:
        edge = mountains.ridge(stage, stage.horizon + 2, canvas.unit * 0.13, 1.6, sharp=0.6)
        mountains.relief(stage, edge, stage.palette.ground("desert"), distance=0.55, roughness=0.5)
    elif settings & {"hills", "field", "flowers", "lake", "river", "road", "snow"} and stage.chance(0.7):
        edge = mountains.ridge(
            stage, stage.horizon + 2, canvas.unit * stage.uniform(0.08, 0.17), 1.3, sharp=stage.uniform(0.2, 0.8)
        )
        mountains.relief(stage, edge, stage.palette.ground("mountains"), distance=0.7, roughness=0.4)
    if "volcano" in settings:
        mountains.paint_volcano(stage)
    if "city" in settings and "street" not in settings:
        town.paint_skyline(stage, stage.horizon + 1)
    if "waterfall" in settings:
        edge = (stage.horizon * 0.4 + canvas.unit * 0.05 * line(stage.rng, canvas.width, 3)).astype(np.float32)
        mountains.relief(
            stage, edge, stage.palette.ground("waterfall"), distance=0.1, roughness=0.8, lean=0.1, depth=3.0
        )
        water.paint_waterfall(stage)


def _ground(stage: Stage, settings: set[str]) -> None:
    canvas = stage.canvas
    room = canvas.height - stage.horizon
    stage.ground_y = stage.horizon + room * 0.6
    if "street" in settings:
        town.paint_street(stage)
        return
    if "grid" in settings:
        roads.paint_grid(stage)
        return
    if settings & {"sea", "beach", "coast", "lake", "waterfall"}:
        if "forest" in settings:
            plants.paint_treeline(stage, stage.horizon + 2, canvas.unit * 0.1, 0.35)
        calm = "lake" if settings & {"lake", "waterfall"} else "sea"
        water.paint_water(stage, stage.horizon, calm)
        stage.ground_y = stage.horizon + room * 0.35
        if "beach" in settings:
            land.paint_beach(stage)
        elif "coast" in settings:
            land.paint_cliff(stage)
        return
    if "city" in settings and not settings & set(LANDS):
        if not any(things()[s.name].place == "ground" for s in stage.scene.subjects):
            water.paint_water(stage, stage.horizon, "lake")
        else:
            land.paint_plain(stage, "street")
        return
    _dry(stage, settings)


def _dry(stage: Stage, settings: set[str]) -> None:
    if "desert" in settings:
        land.paint_dunes(stage)
    elif "snow" in settings:
        land.paint_snowfield(stage)
        if "forest" not in settings and not stage.flat and stage.chance(0.7):
            plants.paint_treeline(stage, stage.horizon + stage.canvas.unit * 0.02, stage.canvas.unit * 0.09, 0.4)
    elif "forest" not in settings or settings & {"field", "hills", "flowers", "road", "river"}:
        _green(stage, settings)
    if "forest" in settings and not settings & {"field", "hills", "road"}:
        plants.paint_forest(stage)
    if "river" in settings:
        water.paint_river(stage)
    if "road" in settings:
        roads.paint_road(stage)
    if "flowers" in settings:
        plants.paint_flowers(stage)
    elif not settings & {"desert", "snow", "forest", "road", "river"} and not stage.flat:
        land.foreground_grass(stage, stage.palette.ground("field"))


def _green(stage: Stage, settings: set[str]) -> None:
    setting = next((name for name in ("flowers", "field", "hills", "river", "road") if name in settings), "hills")
    land.paint_hills(stage, setting)
    if settings & {"forest", "mountains", "field", "river"} and not stage.flat:
        unit = stage.canvas.unit
        plants.paint_treeline(stage, stage.horizon + unit * 0.03, unit * 0.085, 0.45)


def paint_landscape_of_space(stage: Stage) -> None:
    """Stars, nebulae and planets; ground only for what stands on it."""
    sky.paint_sky(stage)
    sky.nebula(stage)
    stage.report(0.3)
    if "planet" not in stage.scene.sky and (stage.chance(0.75) or not stage.scene.subjects):
        stage.scene = dataclasses.replace(stage.scene, sky=(*stage.scene.sky, "planet"))
    bodies.paint_bodies(stage)
    if "comet" in stage.scene.sky:
        airborne.paint_comet(stage)
    if any(things()[subject.name].place in {"ground", "water"} for subject in stage.scene.subjects):
        faraway.paint_moonscape(stage)
    stage.report(0.6)


def paint_underwater(stage: Stage) -> None:
    sky.paint_sky(stage)
    stage.report(0.2)
    weather.light_rays(stage, 0.4)
    faraway.paint_seabed(stage)
    weather.bubbles(stage)
    if not stage.scene.subjects:
        for n in range(7):
            tone = oklch(0.75, 0.15, 40 + 55 * n)
            place = Place(
                stage.canvas.width * stage.uniform(0.1, 0.9), stage.canvas.height * stage.uniform(0.2, 0.7),
                stage.canvas.unit * stage.uniform(0.05, 0.12), stage.chance(0.5),
            )  # fmt: skip
            draw_thing(stage.canvas, things()["fish"], place, stage.lighting(stage.uniform(0.1, 0.5)), body=tone)
    stage.report(0.6)


def paint_weather(stage: Stage) -> None:
    """In front of everything."""
    scene = stage.scene
    if "fog" in scene.weather:
        weather.veil_of(stage)
    if "rain" in scene.weather:
        weather.paint_rain(stage)
    if "snow" in scene.weather:
        weather.paint_snowfall(stage)
    if "petals" in scene.weather:
        if "flowers" in scene.settings:
            plants.paint_branch(stage, oklch(0.85, 0.09, 0))
        weather.paint_petals(stage)
    if "sparks" in scene.weather:
        weather.paint_sparks(stage)
    if "forest" in scene.settings and not stage.flat and stage.palette.time in {"dawn", "sunset", "day"}:
        weather.light_rays(stage, 0.16)


def default_settings(scene: Scene, rng: np.random.Generator) -> tuple[str, ...]:
    """Where a picture is set whose prompt names only sky or weather."""
    if "rain" in scene.weather:
        return (("street",), ("city",), ("window", "city"))[int(rng.integers(3))]
    if "snow" in scene.weather:
        return ("snow", "forest")
    if "planet" in scene.sky:
        return ("space",)
    if "fireworks" in scene.sky:
        return ("city", "sea")
    return (("sea",), ("mountains", "lake"), ("hills",), ("field",), ("mountains",))[int(rng.integers(5))]
