"""Another format, rate or bit depth: one pass through ffmpeg, straight from file to file."""

from app.features.file_convert import Params
from workers.context import Context, Encoding

TASKS = ("files",)


def run(params: Params, ctx: Context) -> None:
    encoding = Encoding(params.target_format, params.target_sr, params.target_bit_depth)
    target = ctx.output("output", params.target_format)
    written = ctx.media.convert(ctx.source.path, ctx.source.info, target, encoding, report=ctx.report)
    ctx.set(duration_s=written.duration_s)
