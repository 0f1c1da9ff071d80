"""How long a job will take, learnt from finished ones: run time = a + b · seconds of audio, older runs fading."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.jobs.tables import Speed

FADE = 0.95
UNKNOWN = -1
_SPEED = select(Speed.n, Speed.x, Speed.y, Speed.xx, Speed.xy).where(Speed.feature == bindparam("feature"))


def learn(session: Session, feature: str, audio_s: float, run_s: float) -> None:
    """Take one finished run into account."""
    speed = session.get(Speed, feature)
    if speed is None:
        speed = Speed(feature=feature, n=0.0, x=0.0, y=0.0, xx=0.0, xy=0.0)
        session.add(speed)
    speed.n = speed.n * FADE + 1
    speed.x = speed.x * FADE + audio_s
    speed.y = speed.y * FADE + run_s
    speed.xx = speed.xx * FADE + audio_s * audio_s
    speed.xy = speed.xy * FADE + audio_s * run_s


def estimate_s(session: Session, feature: str, audio_s: float | None) -> float | None:
    """Expected run time in seconds, None before the first run. Without a known length: that of a usual input."""
    sums = session.connection().execute(_SPEED, {"feature": feature}).one_or_none()
    if sums is None or sums.n <= 0:
        return None
    n, x, y, xx, xy = (float(value) for value in sums)
    mean_x, mean_y = x / n, y / n
    variance = xx / n - mean_x * mean_x
    covariance = xy / n - mean_x * mean_y
    if audio_s is None or mean_x <= 0:
        return mean_y
    if variance > 1e-6 * mean_x * mean_x and covariance > 0:
        slope = min(covariance / variance, mean_y / mean_x)  # a negative start time is noise
        return mean_y + slope * (audio_s - mean_x)
    # All runs were alike: scale with the length, but never below half, as every run has a fixed part.
    return mean_y * max(audio_s / mean_x, 0.5) if mean_x > 0 else mean_y
