"""Ground where nobody walks: the floor of the sea, and the moon."""

import numpy as np

from models.pictures.canvas import ellipse, spline, stroke
from models.pictures.colour import Colour, mix, oklch
from models.pictures.mountains import relief, ridge
from models.pictures.noise import line
from models.pictures.stage import Stage, shadowed
from models.pictures.things import WHITE


def paint_seabed(stage: Stage) -> None:
    """Sand, coral and weed under water."""
    canvas, palette = stage.canvas, stage.palette
    floor = mix(palette.ground("beach"), palette.sky[2], 0.62)
    edge = ridge(stage, canvas.height * 0.93, canvas.unit * 0.12, 1.2, sharp=0.1)
    relief(stage, edge, floor, distance=0.0, roughness=0.15, depth=1.2)
    for n in range(16):
        x = canvas.width * stage.uniform(0, 1)
        foot = float(edge[int(np.clip(x, 0, canvas.width - 1))]) + canvas.unit * 0.04
        tone = mix(oklch(0.5, 0.13, [150, 170, 20, 330, 50][n % 5]), palette.sky[2], 0.35 if n % 2 else 0.1)
        if n % 5 in {0, 1}:
            for _ in range(4):
                height = canvas.unit * stage.uniform(0.1, 0.3)
                sway = canvas.unit * 0.025 * np.sin(np.linspace(0, stage.uniform(4, 8), 14) + n)
                weed = np.stack(
                    [
                        x + sway + np.linspace(0, canvas.unit * stage.uniform(-0.04, 0.04), 14),
                        np.linspace(foot, foot - height, 14),
                    ],
                    axis=1,
                )
                canvas.polygon(stroke(spline(weed), np.linspace(canvas.unit * 0.014, 1, len(spline(weed)))), tone)
        else:
            _coral(stage, x, foot, canvas.unit * stage.uniform(0.05, 0.09), -90.0, tone, 4)
    stage.ground_y = canvas.height * 0.95


def _coral(stage: Stage, x: float, y: float, size: float, angle_deg: float, tone: Colour, depth: int) -> None:
    if depth == 0:
        return
    turn = np.deg2rad(angle_deg)
    tip = (x + size * np.cos(turn), y + size * np.sin(turn))
    width = size * 0.26
    stage.canvas.polygon(stroke(np.array([[x, y], tip]), [width, width * 0.8]), tone)
    stage.canvas.polygon(ellipse(tip[0], tip[1], width * 0.45, width * 0.45, corners=20), tone)
    for spread in (-28, 24):
        _coral(stage, *tip, size * 0.72, angle_deg + spread + stage.uniform(-9, 9), tone, depth - 1)


def paint_moonscape(stage: Stage) -> None:
    """Grey ground with craters, for what stands in space."""
    canvas, palette = stage.canvas, stage.palette
    t = np.linspace(-1, 1, canvas.width)
    edge = (canvas.height * (0.74 + 0.08 * t**2) + canvas.unit * 0.008 * line(stage.rng, canvas.width, 7)).astype(
        np.float32
    )
    tone = oklch(0.58, 0.02, 280)
    relief(stage, edge, tone, distance=0.0, roughness=0.25, depth=3.0)
    for _ in range(16):
        x = canvas.width * stage.uniform(0, 1)
        near = stage.uniform(0.08, 1)
        y = float(edge[int(min(x, canvas.width - 1))]) + near * canvas.height * 0.22 + canvas.unit * 0.02
        size = canvas.unit * (0.012 + 0.05 * near) * stage.uniform(0.5, 1.2)
        canvas.polygon(ellipse(x, y, size, size * 0.34), shadowed(tone, palette, 0.55), 0.8)
        canvas.polygon(ellipse(x, y + size * 0.09, size * 0.9, size * 0.25), mix(tone, WHITE, 0.1), 0.7)
    stage.ground_y = canvas.height * 0.86
