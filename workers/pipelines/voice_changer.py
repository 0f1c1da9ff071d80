"""The same words in another voice, without the noise where that is wanted."""

from app.features.voice_changer import Params
from models.base import Audio, part_of
from workers.context import Blocks, Context, natural_encoding
from workers.pipelines._voices import converted

TASKS = ("voice",)
OPTIONAL = ("denoise", "speech")  # with remove_background; for voices that are to be heard first
DECODED, CLEANED = 0.05, 0.4  # shares of the progress bar


def run(params: Params, ctx: Context) -> None:
    voice = ctx.voices(params.voice_id)
    encoding = natural_encoding(ctx.source.info)
    channels = encoding.channels_for(ctx.source.info.channels)
    audio = ctx.read_audio(rate_hz=ctx.source.info.rate_hz, channels=channels, report=part_of(ctx.report, 0.0, DECODED))
    begun = DECODED
    if params.remove_background:
        audio, begun = _without_noise(audio, ctx), CLEANED
    shape = Blocks(iter(()), audio.rate_hz, channels)
    report = part_of(ctx.report, begun, 1.0)
    with ctx.write_blocks(ctx.output("output", encoding.format), encoding, like=shape) as write:
        for block in converted(audio, voice, ctx, pitch_semitones=params.pitch, report=report):
            write(block)
    ctx.set(duration_s=audio.duration_s)


def _without_noise(audio: Audio, ctx: Context) -> Audio:
    clean, done = ctx.scratch("clean", audio.samples.shape), 0
    for block in ctx.engines.load("denoise").clean(audio, report=part_of(ctx.report, DECODED, CLEANED)):
        clean[:, done : done + block.shape[1]] = block
        done += block.shape[1]
    return Audio(clean, audio.rate_hz)
