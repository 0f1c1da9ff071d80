"""What is in the air now and then: northern lights, rainbows, birds, comets, fireworks, lanterns."""

import numpy as np
from scipy.ndimage import gaussian_filter

from models.pictures.canvas import Points, ellipse, spline, stroke
from models.pictures.colour import Colour, gradient, mix, oklch
from models.pictures.noise import line
from models.pictures.stage import Stage
from models.pictures.things import INK, WHITE


def paint_aurora(stage: Stage, depth: int) -> None:
    """Curtains: bright at their lower edge, fading upwards, with rays."""
    canvas, rng = stage.canvas, stage.rng
    rows = np.arange(depth, dtype=np.float32)[:, None]
    for hue, offset in ((155, 0.0), (165, 0.14), (300, -0.12)):
        foot = depth * (0.62 + offset + 0.24 * line(rng, canvas.width, stage.uniform(1.4, 2.6), octaves=3))
        rays = 0.55 + 0.45 * line(rng, canvas.width, 42, octaves=3)
        reach = depth * (0.3 + 0.18 * line(rng, canvas.width, 5, octaves=2))
        above = (foot[None] - rows) / reach[None]
        glow = np.where(above > 0, np.exp(-1.9 * above), np.exp(9 * above)) * np.clip(rays, 0, 1.4)[None]
        strength = np.zeros((canvas.height, canvas.width), np.float32)
        strength[:depth] = gaussian_filter(glow, (canvas.unit * 0.004, canvas.unit * 0.002)) * 1.0
        canvas.add_light(oklch(0.83, 0.2, hue), strength)


def paint_rainbow(stage: Stage) -> None:
    canvas = stage.canvas
    x, y = canvas.width * stage.uniform(0.35, 0.65), stage.horizon * 1.08
    rows, columns = np.mgrid[0 : canvas.height, 0 : canvas.width].astype(np.float32)
    distance = np.hypot(columns - x, rows - y) / (max(canvas.width, canvas.unit) * 0.52)
    t = (distance - 0.86) / 0.14
    colours = gradient([oklch(0.6, 0.2, 300), oklch(0.6, 0.2, 255), oklch(0.75, 0.2, 150), oklch(0.88, 0.18, 98),
                        oklch(0.72, 0.19, 50), oklch(0.6, 0.24, 25)], 128)  # fmt: skip
    band = colours[np.clip(t * 127, 0, 127).astype(int)]
    strength = np.clip(np.minimum(t, 1 - t) * 5, 0, 1) * np.clip((stage.horizon - rows) / (0.3 * stage.horizon), 0, 1)
    canvas.rgb += (strength * 0.62)[:, :, None] * (band - canvas.rgb)


def paint_birds(stage: Stage) -> None:
    """A loose flock, far away."""
    canvas = stage.canvas
    x, y = canvas.width * stage.uniform(0.25, 0.75), stage.horizon * stage.uniform(0.2, 0.45)
    tone: Colour = mix(INK, stage.palette.sky[1], 0.25)
    for n in range(int(stage.rng.integers(9, 15))):
        size = canvas.unit * stage.uniform(0.018, 0.042)
        at_x = x + canvas.unit * float(stage.rng.normal(0, 0.17))
        at_y = y + canvas.unit * float(stage.rng.normal(0, 0.075))
        lift = stage.uniform(0.1, 0.7) * size
        for side in (-1, 1):
            wing: Points = spline(
                [
                    [at_x, at_y],
                    [at_x + side * size * 0.45, at_y - lift],
                    [at_x + side * size, at_y - lift * 0.55 + size * 0.06 * (n % 3)],
                ]
            )
            canvas.polygon(stroke(wing, np.linspace(size * 0.15, size * 0.02, len(wing))), tone)


def paint_comet(stage: Stage) -> None:
    canvas = stage.canvas
    x, y = canvas.width * stage.uniform(0.2, 0.45), stage.horizon * stage.uniform(0.15, 0.4)
    length = canvas.unit * stage.uniform(0.28, 0.42)
    tail = np.array([[x, y], [x + length, y - length * 0.5]])
    for width, opacity in ((0.012, 0.25), (0.006, 0.5), (0.0028, 0.95)):
        canvas.polygon(stroke(tail, [canvas.unit * width, 0.2]), WHITE, opacity)
    canvas.glow(x, y, canvas.unit * 0.012, WHITE, 0.9)


def paint_fireworks(stage: Stage) -> None:
    canvas = stage.canvas
    for n in range(int(stage.rng.integers(4, 7))):
        x = canvas.width * ((0.15 + n * 0.29 + stage.uniform(-0.05, 0.05)) % 0.9 + 0.05)
        y, reach = stage.horizon * stage.uniform(0.15, 0.6), canvas.unit * stage.uniform(0.1, 0.2)
        hue = stage.uniform(0, 360)
        canvas.glow(x, y, reach * 0.4, oklch(0.75, 0.18, hue), 0.45)
        for ray in range(34):
            angle = ray / 34 * 2 * np.pi + stage.uniform(-0.06, 0.06)
            t = np.linspace(0.15, stage.uniform(0.8, 1.05), 9)
            points = np.stack([x + reach * t * np.cos(angle), y + reach * (t * np.sin(angle) + 0.18 * t**2)], axis=1)
            tone = oklch(0.84, 0.17, hue + stage.uniform(-20, 20))
            canvas.polygon(stroke(points, np.linspace(0.4, canvas.unit * 0.0055, 9)), tone, 0.95)
            canvas.polygon(
                ellipse(
                    float(points[-1, 0]), float(points[-1, 1]), canvas.unit * 0.004, canvas.unit * 0.004, corners=12
                ),
                WHITE,
            )


def paint_lanterns(stage: Stage) -> None:
    canvas = stage.canvas
    for n in range(26):
        near = stage.uniform(0.1, 1) ** 2
        x, y = canvas.width * stage.uniform(0.03, 0.97), stage.horizon * stage.uniform(0.05, 0.95)
        size = canvas.unit * (0.012 + 0.05 * near)
        canvas.glow(x, y, size, oklch(0.75, 0.16, 60), 0.5)
        body = spline([[x - size * 0.4, y + size * 0.5], [x - size * 0.45, y - size * 0.4], [x, y - size * 0.62],
                       [x + size * 0.45, y - size * 0.4], [x + size * 0.4, y + size * 0.5]], closed=True)  # fmt: skip
        canvas.polygon(body, oklch(0.8 - 0.05 * (n % 2), 0.15, 65))
        canvas.polygon(ellipse(x, y + size * 0.3, size * 0.22, size * 0.2), oklch(0.95, 0.09, 90))
