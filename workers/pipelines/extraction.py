"""Stems of a recording: those the separator knows from it, the others by splitting what it gives, block by block."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field

from app.features.extraction import Params
from models.base import Audio, Report, Samples, Separator, StemSplitter, part_of
from models.separation.stems import INSTRUMENTAL, VOCALS, Route, parent, route
from workers.context import Blocks, Context, lossless_encoding

TASKS = ("separation",)
CHANNELS = 2
DECODED, CLEANED, SEPARATED = 0.05, 0.2, 0.8  # shares of the progress bar
Write = Callable[[Samples], int]


def run(params: Params, ctx: Context) -> None:
    separator: Separator = ctx.engines.load("separation")
    splitter: StemSplitter | None = None
    parts: Mapping[str, tuple[str, ...]] = {}
    if any(stem not in (*separator.stems, INSTRUMENTAL) for stem in params.stems):
        splitter = ctx.engines.load("stem_parts")
        assert splitter is not None
        parts = splitter.parts
    routes = {stem.value: route(stem.value, separator.stems, parts) for stem in params.stems}
    audio = ctx.read_audio(
        rate_hz=separator.rate_hz, channels=CHANNELS, report=lambda fraction: ctx.report(DECODED * fraction)
    )
    duration_s = audio.duration_s
    audio = _cleaned(audio, [option.value.lower() for option in params.preprocessing_options], ctx)
    work = Work(ctx, audio, routes)
    work.separate(separator, "draft" if params.eco_mode else "standard", part_of(ctx.report, CLEANED, SEPARATED))
    if splitter is not None:
        work.split(splitter, part_of(ctx.report, SEPARATED, 1.0))
    approximate = {name: "approximate" for name, how in routes.items() if how.is_approximate}
    ctx.set(duration_s=duration_s, **({"stem_quality": approximate} if approximate else {}))


def _cleaned(audio: Audio, tasks: Sequence[str], ctx: Context) -> Audio:
    """The recording after the repair engines, one after the other."""
    for number, task in enumerate(tasks):
        report = part_of(
            ctx.report,
            DECODED + (CLEANED - DECODED) * number / len(tasks),
            DECODED + (CLEANED - DECODED) * (number + 1) / len(tasks),
        )
        out, done = ctx.scratch(task, audio.samples.shape), 0
        for block in ctx.engines.load(task).clean(audio, report=report):
            out[:, done : done + block.shape[1]] = block
            done += block.shape[1]
        audio = Audio(out, audio.rate_hz)
    return audio


@dataclass(slots=True)
class Work:
    """One separation: which stems are written, and which are kept to be split further."""

    ctx: Context
    audio: Audio
    routes: Mapping[str, Route]
    kept: dict[str, Samples] = field(default_factory=dict)

    def separate(self, separator: Separator, quality: str, report: Report) -> None:
        native = {how.native for how in self.routes.values()}
        wanted = sorted({VOCALS if name == INSTRUMENTAL else name for name in native})

        def found(block: Samples, done: int) -> dict[str, Samples]:
            stems = dict(zip(separator.stems, block, strict=True))
            mix = self.audio.samples[:, done : done + block.shape[-1]]
            return stems | ({INSTRUMENTAL: mix - stems[VOCALS]} if INSTRUMENTAL in native else {})

        blocks = separator.separate(self.audio, wanted=wanted, quality=quality, report=report)
        self._take(blocks, found, native)

    def split(self, splitter: StemSplitter, report: Report) -> None:
        """What lies nearest to the separator's stems first; what comes of it may be split again."""
        depths = {key: depth for how in self.routes.values() for depth, (key, _) in enumerate(how.splits)}
        for number, key in enumerate(sorted(depths, key=lambda key: depths[key])):
            stem = Audio(self.kept[parent(key)], self.audio.rate_hz)
            share = part_of(report, number / len(depths), (number + 1) / len(depths))
            parts = splitter.parts[key]
            needed = {part for how in self.routes.values() for split, part in how.splits if split == key}

            def found(block: Samples, _done: int, parts: Sequence[str] = parts) -> dict[str, Samples]:
                return dict(zip(parts, block, strict=True))

            self._take(splitter.split(key, stem, report=share), found, needed)

    def _take(
        self, blocks: Iterator[Samples], found: Callable[[Samples, int], dict[str, Samples]], needed: Collection[str]
    ) -> None:
        """Write those that were asked for, and keep those that will be split."""
        to_split = {parent(key) for how in self.routes.values() for key, _ in how.splits}
        keep = {name: self.ctx.scratch(name, self.audio.samples.shape) for name in needed if name in to_split}
        done = 0
        with ExitStack() as files:
            writers = {name: files.enter_context(self._writer(name)) for name in needed if name in self.routes}
            for block in blocks:
                stems = found(block, done)
                for name, write in writers.items():
                    write(stems[name])
                for name, room in keep.items():
                    room[:, done : done + block.shape[-1]] = stems[name]
                done += block.shape[-1]
        self.kept |= keep

    def _writer(self, name: str) -> AbstractContextManager[Write]:
        """Writes a stem at the rate of the input, so that it lines up with it."""
        encoding = lossless_encoding(self.ctx.source.info)
        shape = Blocks(iter(()), self.audio.rate_hz, CHANNELS)
        return self.ctx.write_blocks(self.ctx.output(name, encoding.format), encoding, like=shape)
