"""Chooses lines for a section: the rhyme scheme, the metre, and nothing twice."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.lyrics.lines import Line

WHOLE = "{line}"  # the template of lines that come whole: each is new
BEST_KEYS = 8  # rhymes to choose between
BEST_LINES = 6  # lines of a rhyme to choose between
OFF_COUNT, STRAIN, STALE, CHANCE, THEME, DEED, WORN, SAID, FILLER, OWED = (
    2.5,
    9.0,
    3.0,
    2.0,
    0.8,
    4.0,
    0.7,
    0.7,
    0.7,
    6.0,
)


@dataclass(slots=True)
class Written:
    """What a song has used: lines, phrases, templates, last words; `owed` is what it must still say."""

    owed: frozenset[str] = frozenset()
    lines: set[str] = field(default_factory=set)
    parts: Counter[str] = field(default_factory=Counter)
    subjects: Counter[str] = field(default_factory=Counter)
    templates: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)
    heavy: set[str] = field(default_factory=set)

    def take(self, line: Line) -> None:
        self.lines.add(line.text)
        self.parts.update(line.parts)
        self.subjects[line.subject] += 1
        if line.subject in self.owed:
            self.owed = frozenset()
        self.templates.add(line.template)
        self.ends.add(line.end)
        self.heavy |= line.heavy


@dataclass(slots=True)
class Chooser:
    written: Written
    rng: np.random.Generator

    def rate(self, line: Line, syllables: int) -> float:
        """How well a line would do here; higher is better."""
        score = float(self.rng.random()) * CHANCE - STRAIN * line.strain - OFF_COUNT * abs(len(line.signs) - syllables)
        score -= STALE * sum(self.written.parts[part] ** 2 for part in line.parts)
        score -= SAID * self.written.subjects[line.subject] * bool(line.subject) + FILLER * line.fillers
        score += OWED * (line.subject in self.written.owed)
        score -= 2 * STALE * (line.template in self.written.templates and line.template != WHOLE)
        score -= STALE * (line.end in self.written.ends) + WORN * len(line.heavy & self.written.heavy)
        return score + THEME * min(2, len(line.parts) + (WHOLE in line.template)) + DEED * line.is_deed

    def group(self, pools: Sequence[Iterable[Line]], syllables: Sequence[int]) -> list[Line] | None:
        """One line of each pool, all rhyming; None if none do. A group of one rhymes with nothing."""
        rated = [self._rated(pool, count) for pool, count in zip(pools, syllables, strict=True)]
        if len(rated) == 1:
            return [rated[0][0][1]] if rated[0] else None
        for key_of in (_perfect, _near):
            found = self._rhyming(rated, key_of)
            if found is not None:
                return found
        return None

    def any_line(self, pool: Sequence[Line], syllables: int) -> Line:
        """The line nearest to what is wanted, without a rhyme."""
        return max(
            pool, key=lambda line: self.rate(line, syllables) - STALE * STALE * (line.text in self.written.lines)
        )

    def _rated(self, pool: Iterable[Line], syllables: int) -> list[tuple[float, Line]]:
        fitting = [
            line for line in pool if abs(len(line.signs) - syllables) <= 1 and line.text not in self.written.lines
        ]
        return sorted(((self.rate(line, syllables), line) for line in fitting), key=lambda pair: -pair[0])

    def _rhyming(self, rated: list[list[tuple[float, Line]]], key_of: Callable[[Line], str]) -> list[Line] | None:
        by_key: list[dict[str, list[tuple[float, Line]]]] = []
        for lines in rated:
            found: dict[str, list[tuple[float, Line]]] = defaultdict(list)
            for score, line in lines:
                if key_of(line) and len(found[key_of(line)]) < BEST_LINES:
                    found[key_of(line)].append((score, line))
            by_key.append(found)
        common = [key for key in by_key[0] if all(key in other for other in by_key[1:])]
        options = []
        for key in common:
            picked = _different([found[key] for found in by_key])
            if picked is not None:
                options.append(picked)
        options.sort(key=lambda option: -option[0])
        if not options:
            return None
        return options[int(self.rng.integers(min(BEST_KEYS, len(options))))][1]


def _perfect(line: Line) -> str:
    return line.rhyme


def _near(line: Line) -> str:
    return line.near_rhyme


def _different(rated: list[list[tuple[float, Line]]]) -> tuple[float, list[Line]] | None:
    """The best lines, one of each list, with different last words, phrases and templates; greedy from the scarcest."""
    order = sorted(range(len(rated)), key=lambda index: len(rated[index]))
    picked: dict[int, Line] = {}
    total = 0.0
    for index in order:
        for score, line in rated[index]:
            if all(_goes_with(line, other) for other in picked.values()):
                picked[index] = line
                total += score
                break
        else:
            return None
    return total, [picked[index] for index in range(len(rated))]


def _goes_with(line: Line, other: Line) -> bool:
    return not (
        line.parts & other.parts
        or (line.template == other.template and line.template != WHOLE)
        or line.end == other.end
        or (line.rhyme == other.rhyme and line.onset == other.onset)
    )
