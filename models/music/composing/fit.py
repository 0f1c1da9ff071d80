"""Sections made to fit a number of bars: first what is not sung gives way, then whole sections; no line is cut."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from models.music.composing.parts import Part

LONGEST_INTRO, LONGEST_TURN, LONGEST_SOLO, LONGEST_BREAK = 8, 4, 16, 8
PHRASE = 4  # bars
MOST_SUNG_REPEATS = 40


def fitted(parts: Sequence[Part], bars: int, *, compact: bool = False) -> list[Part]:
    """The sections with `bars` in all. compact: nothing but what is sung."""
    found = _shrunk(list(parts), bars)
    missing = bars - _count(found)
    if missing > 0:
        found = _grown(found, missing, compact=compact)
    return [part for part in found if part.bars > 0]


def lengthened(parts: Sequence[Part], bars: int) -> list[Part]:
    """Towards so many bars with what is played between the singing; nothing is sung again."""
    found, missing = list(parts), bars - _count(parts)
    for more in (_longer_ends, _with_solo, _with_turns):
        if missing >= PHRASE:
            found, missing = more(found, missing)
    return found


def _count(parts: Sequence[Part]) -> int:
    return sum(part.bars for part in parts)


def _shrunk(parts: list[Part], bars: int) -> list[Part]:
    for kinds, least in (
        (("turn",), 0),
        (("intro", "outro", "solo", "break", "breakdown", "build"), PHRASE),
        (("intro", "outro", "break"), 2),
    ):
        for number in reversed(range(len(parts))):
            excess = _count(parts) - bars
            part = parts[number]
            if excess > 0 and part.kind in kinds and not part.lines and part.bars > least:
                parts[number] = replace(part, bars=max(least, part.bars - excess))
    sung = [number for number, part in enumerate(parts) if part.lines]
    for number in reversed(sung):  # the rest after the last line of a section
        excess = _count(parts) - bars
        if excess > 0:
            parts[number] = replace(parts[number], bars=max(parts[number].least, parts[number].bars - excess))
    for least in (1, 0):
        for number in reversed(range(len(parts))):
            excess = _count(parts) - bars
            part = parts[number]
            if excess > 0 and sung and not part.lines and part.bars > least:
                parts[number] = replace(part, bars=max(least, part.bars - excess))
    return _dropped([part for part in parts if part.bars], bars)


def _dropped(parts: list[Part], bars: int) -> list[Part]:
    """Whole sections go, the last before the ending first; of the only one left, lines from its end."""
    while _count(parts) > bars and len(parts) > 1:
        inner = [number for number in range(len(parts)) if parts[number].kind not in {"intro", "outro"}]
        del parts[
            (inner or [len(parts) - 1])[-1] if len(inner) > 1 else len(parts) - 1 if inner != [len(parts) - 1] else 0
        ]
    only = parts[0]
    if only.bars <= bars:
        return parts
    lines, each = only.lines, only.line_bars
    while lines and sum(each) > bars:
        lines, each = lines[:-1], each[:-1]
    return [replace(only, lines=lines, line_bars=each, bars=bars, least=sum(each))]


def _grown(parts: list[Part], missing: int, *, compact: bool) -> list[Part]:
    if compact:
        return [*parts[:-1], replace(parts[-1], bars=parts[-1].bars + missing)]
    has_words = any(part.lines for part in parts)
    body = [part for part in parts if part.kind not in {"intro", "outro"}]
    repeats = 0
    while missing >= PHRASE:
        before = missing
        if repeats == 0:
            parts, missing = _longer_ends(parts, missing)
            parts, missing = _with_solo(parts, missing) if has_words else (parts, missing)
            parts, missing = _with_turns(parts, missing) if has_words else (parts, missing)
        repeats += 1
        if missing < PHRASE:
            break
        parts, missing = _again(parts, body, missing, repeats)
        if missing == before or repeats > MOST_SUNG_REPEATS:
            break
    return _with_rest(parts, missing)


def _longer_ends(parts: list[Part], missing: int) -> tuple[list[Part], int]:
    for number, part in enumerate(parts):
        while part.kind in {"intro", "outro"} and not part.lines and part.bars < LONGEST_INTRO and missing >= PHRASE:
            more = min(PHRASE, LONGEST_INTRO - part.bars, missing)
            part = parts[number] = replace(part, bars=part.bars + more)  # noqa: PLW2901 - grows
            missing -= more
    return parts, missing


def _with_solo(parts: list[Part], missing: int) -> tuple[list[Part], int]:
    """A solo before the last chorus, after the only one."""
    if missing < 2 * PHRASE or any(part.kind == "solo" for part in parts):
        return parts, missing
    sung = [number for number, part in enumerate(parts) if part.lines]
    is_again = any(parts[number].kind == parts[sung[-1]].kind for number in sung[:-1])
    where = sung[-1] if is_again else sung[-1] + 1
    bars = LONGEST_SOLO if missing >= 2 * LONGEST_SOLO else 2 * PHRASE
    return [*parts[:where], Part("Instrumental", "solo", bars=bars), *parts[where:]], missing - bars


def _with_turns(parts: list[Part], missing: int) -> tuple[list[Part], int]:
    found = parts[:1]
    for before, part in pairwise(parts):
        if before.lines and part.lines and before.kind == "chorus" and missing >= LONGEST_TURN:
            found.append(Part("Interlude", "turn", bars=LONGEST_TURN))
            missing -= LONGEST_TURN
        found.append(part)
    return found, missing


def _again(parts: list[Part], body: list[Part], missing: int, repeats: int) -> tuple[list[Part], int]:
    """What was there comes again before the ending: the last chorus, or all; what does not fit is played."""
    chorus = next((part for part in reversed(body) if part.kind in {"chorus", "drop"}), None)
    whole = _count(body)
    where = len(parts) - 1 if parts and parts[-1].kind == "outro" else len(parts)
    if (
        chorus is not None
        and chorus.lines
        and missing < whole + LONGEST_SOLO
        and missing >= chorus.bars
        and repeats == 1
    ):
        more = [chorus]
    elif missing >= whole and body:
        solo = Part("Instrumental", "solo", bars=2 * PHRASE)
        lead_in = [solo] if where and parts[where - 1].lines and missing >= whole + solo.bars else []
        more = [*lead_in, *body]
    elif any(part.lines for part in body) or not body:
        more = [_played(parts, missing // PHRASE * PHRASE)]
    else:
        more = _first_bars(body, missing // PHRASE * PHRASE)
    if not more[0].lines and len(more) == 1 and where and parts[where - 1].lines:
        where -= 1  # the song ends with singing
    return [*parts[:where], *more, *parts[where:]], missing - _count(more)


def _played(parts: list[Part], bars: int) -> Part:
    """A solo, or a quiet break where there is a solo already in that place."""
    last = max((number for number, part in enumerate(parts) if part.lines), default=-1)
    beside = {part.kind for part in parts[max(last - 1, 0) : last + 2] if not part.lines}
    if "solo" in beside and "break" not in beside:
        return Part("Break", "break", bars=min(bars, LONGEST_BREAK))
    return Part("Instrumental", "solo", bars=min(bars, LONGEST_SOLO))


def _first_bars(body: list[Part], bars: int) -> list[Part]:
    found: list[Part] = []
    for part in reversed(body):
        take = min(part.bars, bars - _count(found))
        if take <= 0:
            break
        found.insert(0, replace(part, bars=take))
    return found


def _with_rest(parts: list[Part], missing: int) -> list[Part]:
    """Less than a phrase is left, or what nothing else could take: the ending, else the beginning, is longer."""
    if missing <= 0:
        return parts
    for number in (len(parts) - 1, 0):
        if not parts[number].lines:
            parts[number] = replace(parts[number], bars=parts[number].bars + missing)
            return parts
    return [*parts, Part("Outro", "outro", bars=missing)]
