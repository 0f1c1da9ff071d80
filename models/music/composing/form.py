"""The form of a song: which sections in which order, how many bars each, how full it is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.music.brief import LONGEST_S, Brief
from models.music.composing.fit import PHRASE, fitted, lengthened
from models.music.composing.parts import Part
from models.music.composing.words import Block, LyricLine
from models.music.genre import Genre

FREE_S = (128.0, 172.0)
SHORTEST_FREE_S = 100.0
SHORTEST_LINE_S, SHORTEST_RAPPED_S, LONGEST_LINE_S, LONGEST_BLOCK_S = 2.2, 1.7, 7.5, 12.0
BREATH_S = 0.6
FEW = 5  # syllables
HURRY = 1.4  # how much faster a long line may be than is comfortable, so that all lines are equally long
MOST_TAGS = 60
TAGS = {"drop": "Drop", "build": "Build", "break": "Break", "solo": "Instrumental", "prechorus": "Pre-Chorus"}
ENERGY = {
    "intro": 0.32, "verse": 0.46, "prechorus": 0.6, "chorus": 0.78, "postchorus": 0.8, "bridge": 0.52, "solo": 0.76,
    "break": 0.3, "breakdown": 0.25, "build": 0.6, "drop": 0.92, "outro": 0.34, "turn": 0.5,
}  # fmt: skip
INSTRUMENTAL_BARS = {"intro": 4, "outro": 4, "solo": 8, "break": 4, "breakdown": 8, "build": 4, "drop": 8}


def form_of(brief: Brief, genre: Genre, blocks: Sequence[Block], rng: np.random.Generator) -> list[Part]:
    """The sections with their bars; where a length is asked for, together they are within half a bar of it.

    Without one, instrumental songs are 128 to 172 s long, sung ones as long as their lyrics, with more between them
    where those are short. Raises ValueError, with a text for the caller, where nobody plays and nobody has words.
    """
    bar_s = brief.beats_per_bar * 60 / brief.bpm
    has_words = any(block.lines for block in blocks)
    if brief.vocal_only and not has_words:
        raise ValueError("There is nothing to sing: a song of voices alone needs lyrics.")
    if blocks:
        kept = [block for block in blocks[:MOST_TAGS] if block.lines or not brief.vocal_only]
        parts = [_sung(block, brief, genre, bar_s) for block in kept]
        parts = parts if brief.vocal_only else _with_instrumentals(parts, genre, rng)
    else:
        parts = _template(genre, rng)
    free_s = float(rng.uniform(*FREE_S))
    if brief.length_s:
        parts = fitted(parts, max(round(brief.length_s / bar_s), 1), compact=brief.vocal_only)
    elif not has_words:
        parts = fitted(parts, max(round(free_s / bar_s) // PHRASE * PHRASE, PHRASE))
    elif bars_in(parts) * bar_s > LONGEST_S:
        parts = fitted(parts, int(LONGEST_S / bar_s), compact=brief.vocal_only)
    elif bars_in(parts) * bar_s < SHORTEST_FREE_S and not brief.vocal_only:
        parts = lengthened(parts, round(free_s / bar_s))
    return _with_energy(parts, brief)


def line_bars(lines: Sequence[LyricLine], genre: Genre, bar_s: float, *, is_rap: bool) -> tuple[int, ...]:
    """Bars of each line: as many for all, twice as many for one that is much longer."""
    rate = genre.rate if is_rap or not genre.rap else 3.4
    shortest = SHORTEST_RAPPED_S if is_rap else SHORTEST_LINE_S

    def least(syllables: float, hurry: float = 1.0) -> int:
        needed = max(shortest, BREATH_S + syllables / (hurry * rate))
        return next((bars for bars in (1, 2, 4, 8) if bars * bar_s >= needed), 16)

    counts = [line.syllables for line in lines]
    usual = least(float(np.percentile(counts, 75)))
    longest_s = LONGEST_BLOCK_S if genre.blocks else LONGEST_LINE_S
    if max(counts) > FEW or genre.blocks:
        while usual < genre.line_bars and usual * 2 * bar_s <= longest_s:
            usual *= 2
    return tuple(max(usual, least(count, HURRY)) for count in counts)


def _sung(block: Block, brief: Brief, genre: Genre, bar_s: float) -> Part:
    kind = block.kind if block.lines or block.kind != "postchorus" else "chorus"
    if not block.lines:
        bars = INSTRUMENTAL_BARS.get(kind, 8)
        return Part(block.tag, kind, bars=bars, least=0 if kind in {"intro", "outro"} else 1)
    rap = genre.rap and kind == "verse"
    each = line_bars(block.lines, genre, bar_s, is_rap=rap)
    sung = sum(each)
    step = 4 if sung > 2 and not brief.vocal_only else 1 if brief.vocal_only else 2  # noqa: PLR2004 - half a phrase
    return Part(block.tag, kind, block.lines, each, bars=-(-sung // step) * step, least=sung, is_rap=rap)


def _with_instrumentals(parts: list[Part], genre: Genre, rng: np.random.Generator) -> list[Part]:
    """An intro, an outro and turnarounds, where the lyrics do not name them."""
    intro, turn, outro = (int(rng.choice(bars)) for bars in (genre.intro, genre.turn, genre.outro))
    found: list[Part] = []
    if parts[0].kind not in {"intro", "solo"}:
        found.append(Part("Intro", "intro", bars=intro))
    for number, part in enumerate(parts):
        found.append(part)
        after = parts[number + 1] if number + 1 < len(parts) else None
        if (
            turn
            and part.kind == "chorus"
            and part.lines
            and after is not None
            and after.kind == "verse"
            and after.lines
        ):
            found.append(Part("Interlude", "turn", bars=turn))
    if parts[-1].kind != "outro":
        found.append(Part("Outro", "outro", bars=outro))
    return found


def _template(genre: Genre, rng: np.random.Generator) -> list[Part]:
    found: list[Part] = []
    seen: Counter[str] = Counter()
    for item in str(rng.choice(genre.forms)).split(","):
        kind, bars = item.split()
        seen[kind] += 1
        name = TAGS.get(kind, kind.capitalize())
        least = 0 if kind in {"intro", "outro"} else 1
        found.append(Part(f"{name} {seen[kind]}" if kind == "verse" else name, kind, bars=int(bars), least=least))
    return found


def _with_energy(parts: list[Part], brief: Brief) -> list[Part]:
    """Each time a section comes back it is fuller; the last chorus is the fullest."""
    seen: Counter[str] = Counter()
    full = [number for number, part in enumerate(parts) if part.kind in {"chorus", "drop", "postchorus"}]
    found = []
    for number, part in enumerate(parts):
        energy = ENERGY.get(part.kind, 0.5) + 0.07 * min(seen[part.kind], 2) + 0.08 * brief.drive
        if full and number == full[-1]:
            energy = 1.0
        seen[part.kind] += 1
        energy = float(np.clip(energy, 0.15, 1.0))
        found.append(replace(part, energy=energy, number=seen[part.kind] - 1))
    return found


def bars_in(parts: Sequence[Part]) -> int:
    return sum(part.bars for part in parts)
