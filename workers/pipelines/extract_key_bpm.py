"""Key and tempo of a recording; writes values, no file."""

from dataclasses import replace

from app.features.extract_key_bpm import Params
from models.analysis.key import relative
from models.analysis.key_scores import KEYS
from models.analysis.key_tempo import RATE_HZ
from models.analysis.tempo import tempo_of_beats
from models.base import Audio, KeyTempo, Report
from models.catalogue import Borrowed
from workers.context import Context

TASKS = ("key_tempo",)
OPTIONAL = ("beats", "key")
DECODED = 0.3  # share of the progress bar
SURE = 0.5  # an estimator of one key for the whole recording overrules the analysis only when it is sure


def run(_params: Params, ctx: Context) -> None:
    audio = ctx.read_audio(rate_hz=RATE_HZ, channels=1, report=lambda fraction: ctx.report(DECODED * fraction))
    found = analysed(audio, ctx.engines, lambda fraction: ctx.report(DECODED + (1 - DECODED) * fraction))
    ctx.set(
        dominant_key=found.key,
        key_changes=found.key_changes,
        bpm=round(found.bpm),
        bpm_exact=round(found.bpm, 2),
        duration_s=audio.duration_s,
        **found.extras,
    )


def analysed(audio: Audio, engines: Borrowed, report: Report) -> KeyTempo:
    """Key and tempo of mono audio at 22,050 Hz, by what is installed: neural engines correct the embedded one."""
    found: KeyTempo = engines.load("key_tempo").analyse(audio, report=lambda fraction: report(0.5 * fraction))
    if engines.can("beats"):
        beats = engines.load("beats").beats(audio, report=lambda fraction: report(0.5 + 0.4 * fraction))
        bpm = tempo_of_beats(beats.times_s)
        found = replace(found, bpm=bpm or found.bpm, extras={**found.extras, "downbeats": beats.downbeats_s.tolist()})
    if engines.can("key") and len(found.key_changes) == 1:
        key, probability = engines.load("key").key(audio, report=lambda fraction: report(0.9 + 0.1 * fraction))
        if probability >= SURE:
            extras = {**found.extras, "relative_key": KEYS[relative(KEYS.index(key))]}
            found = replace(found, key=key, key_changes={span: [key] for span in found.key_changes}, extras=extras)
    return found
