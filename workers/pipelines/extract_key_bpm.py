"""Key and tempo of a recording; writes values, no file."""

from app.features.extract_key_bpm import Params
from models.analysis.key_tempo import EmbeddedKeyTempo
from workers.context import Context

TASKS = ("key_tempo",)
DECODED = 0.3  # share of the progress bar


def run(_params: Params, ctx: Context) -> None:
    audio = ctx.read_audio(
        rate_hz=EmbeddedKeyTempo.RATE_HZ, channels=1, report=lambda fraction: ctx.report(DECODED * fraction)
    )
    found = EmbeddedKeyTempo().analyse(audio, report=lambda fraction: ctx.report(DECODED + (1 - DECODED) * fraction))
    ctx.set(
        dominant_key=found.key,
        key_changes=found.key_changes,
        bpm=round(found.bpm),
        bpm_exact=round(found.bpm, 2),
        duration_s=audio.duration_s,
        **found.extras,
    )
