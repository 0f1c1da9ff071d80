"""A part of a recording, exact to the sample: nothing is resampled, faded or moved."""

from app.errors import JobFailed
from app.features.audio_cutter import INVALID, Params
from workers.context import Context, natural_encoding

TASKS = ("files",)


def run(params: Params, ctx: Context) -> None:
    source = ctx.source
    rate_hz = source.info.rate_hz
    first = round(params.start_time / 1000 * rate_hz)
    end = round(min(params.end_time / 1000, source.info.duration_s + 0.1) * rate_hz)  # durations are rounded to 10 ms
    if first >= min(end, round(source.info.duration_s * rate_hz)):
        text = f"{INVALID}: the recording is {source.info.duration_s * 1000:.0f} ms long"
        raise JobFailed("bad_range", text)
    encoding = natural_encoding(source.info, params.output_extension)
    target = ctx.output("output", encoding.format)
    written = ctx.media.convert(source.path, source.info, target, encoding, report=ctx.report, cut=(first, end))
    ctx.set(duration_s=written.duration_s)
