"""What a prompt asks for: sounds, in which order, how often, how, on what and where."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models.effects.catalogue import Lexicon, Sound, lexicon, sounds
from models.effects.elements import Element, elements
from models.effects.nearest import FALLBACK, nearest

MOST_SOUNDS = 8
STRONGEST = 1.5  # steps of force, size, distance
FACTORS = ("speed", "pitch")
SLOWEST, FASTEST = 0.4, 2.5
ALSO_DISTANCE = 0.4
SEVERAL = "several"


@dataclass(slots=True)
class Wish:
    """A sound as it is wanted. step: sounds of one step are heard together; count 0: as usual.

    force, size, distance, muffled: steps from the usual; speed, pitch: factors.
    """

    sound: Sound
    step: float
    count: int = 0
    several: bool = False
    force: float = 0.0
    size: float = 0.0
    speed: float = 1.0
    pitch: float = 1.0
    distance: float = 0.0
    muffled: float = 0.0
    material: str = ""
    spaces: list[str] = field(default_factory=list)

    @property
    def pace(self) -> float:
        """How much faster than usual events of this sound follow each other."""
        return self.speed / float(self.sound.preset.get("speed", 1.0))

    def change(self, effect: Mapping[str, float]) -> None:
        for name, value in effect.items():
            if name in FACTORS:
                setattr(self, name, min(max(getattr(self, name) * value, SLOWEST), FASTEST))
            else:
                setattr(self, name, min(max(getattr(self, name) + value, -STRONGEST), STRONGEST))


@dataclass(frozen=True, slots=True)
class Understood:
    """wishes by step, rising from 0; unknown: the words nothing is known of, as they were written."""

    wishes: tuple[Wish, ...]
    unknown: tuple[str, ...]


@dataclass(slots=True)
class _Phrase:
    step: float
    refused: bool
    parts: list[Element] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)


def understood(prompt: str) -> Understood:
    """What is asked for; never empty: of a prompt that names no sound, the nearest by its words."""
    words = lexicon()
    phrases = _phrases(elements(prompt, words))
    _name_sounds(phrases)
    named = any(phrase.wishes for phrase in phrases if not phrase.refused)
    unknown = [part.word for phrase in phrases for part in phrase.parts if part.unknown]
    if not named:
        _guess(phrases, prompt, words)
    _describe([phrase for phrase in phrases if not phrase.refused])
    wishes = [wish for phrase in phrases if not phrase.refused for wish in phrase.wishes][:MOST_SOUNDS]
    return Understood(tuple(_ordered(_with_companions(_merged(wishes), phrases))), tuple(dict.fromkeys(unknown)))


def _phrases(parts: Sequence[Element]) -> list[_Phrase]:
    step, pending_after, refused = 0.0, False, False
    phrases = [_Phrase(step, refused=False)]
    for part in parts:
        if part.between == "":
            phrases[-1].parts.append(part)
            continue
        if part.between in {"then", "before"}:
            step += 1
        elif part.between == "after":
            step -= 1
            pending_after = not any(phrase.parts for phrase in phrases)
        elif part.between == "," and pending_after and phrases[-1].parts:
            step, pending_after = step + 1, False
        refused = part.between == "without"
        phrases.append(_Phrase(step, refused))
    return phrases


def _name_sounds(phrases: Sequence[_Phrase]) -> None:
    """Firm names first; looser ones where a phrase has no firmer; places and materials only where nothing else is."""
    _fill(phrases, lambda part: bool(part.sound) and part.rank == 0)
    _fill(phrases, lambda part: bool(part.sound) and part.rank == 1 and not part.describes)
    _fill(phrases, lambda part: bool(part.like))
    for rank in (1, 2):
        if not any(phrase.wishes for phrase in phrases if not phrase.refused):
            _fill(phrases, lambda part, rank=rank: bool(part.sound) and part.rank == rank)  # type: ignore[misc]


def _fill(phrases: Sequence[_Phrase], wanted: Callable[[Element], bool]) -> None:
    """Phrases without a sound get those that are wanted; "an engine roaring" is an engine, not a roar."""
    for phrase in phrases:
        if not phrase.wishes:
            parts = [part for part in phrase.parts if wanted(part)]
            things = [part for part in parts if part.rank == 0 or not part.word.endswith("ing")]
            _add(phrase, things or parts)


def _add(phrase: _Phrase, parts: Sequence[Element]) -> None:
    for part in parts:
        name = part.sound or part.like
        if any(wish.sound.name == name for wish in phrase.wishes):
            continue
        sound = sounds()[name]
        wish = Wish(sound, phrase.step, several=part.plural)
        wish.change({key: float(value) for key, value in sound.preset.items() if key != "material"})
        wish.material = str(sound.preset.get("material", ""))
        phrase.wishes.append(wish)
        part.made = wish


def _guess(phrases: Sequence[_Phrase], prompt: str, words: Lexicon) -> None:
    """The named sound whose words look most like those of the prompt."""
    if any(phrase.wishes for phrase in phrases):  # all that is named is refused
        name = FALLBACK
    else:
        name = nearest([part.word for phrase in phrases for part in phrase.parts] or [prompt], words)
    phrases[0].refused, phrases[0].wishes = False, [Wish(sounds()[name], phrases[0].step)]


def _describe(phrases: Sequence[_Phrase]) -> None:
    """Give each word that describes to its sound: the next one in its phrase, else the last one before it."""
    everything = [wish for phrase in phrases for wish in phrase.wishes]
    earlier: list[Wish] = []
    waiting: list[Element] = []
    for phrase in phrases:
        last = None
        for part in phrase.parts:
            if part.made is not None:
                last = part.made
                _apply(waiting, [last])
                waiting = []
                continue
            if part.effect or part.count:
                waiting.append(part)
            _furnish(part.material, [*phrase.wishes, *earlier])
            _house(part.space, phrase.wishes or earlier or everything)
        target = [last] if last else earlier[-1:]
        if target:
            _apply(waiting, target)
            waiting = []
        earlier = [*earlier, *phrase.wishes]
    _apply(waiting, everything)


def _house(space: str, wishes: Sequence[Wish]) -> None:
    for wish in wishes:
        if space and space not in wish.spaces:
            wish.spaces.append(space)


def _apply(parts: Sequence[Element], wishes: Sequence[Wish]) -> None:
    for wish in wishes:
        for part in parts:
            wish.change(part.effect)
            if part.count == SEVERAL:
                wish.several = True
            elif part.count:
                wish.count, wish.several = int(part.count), False


def _furnish(material: str, wishes: Sequence[Wish]) -> None:
    for wish in wishes:
        if material in wish.sound.materials:
            wish.material = material
            return


def _merged(wishes: Sequence[Wish]) -> list[Wish]:
    """The same sound said twice, for the same moment and in the same manner, is one."""
    found: list[Wish] = []
    for wish in wishes:
        if not any(replace(wish, several=other.several) == other for other in found):
            found.append(wish)
    return found


def _with_companions(wishes: Sequence[Wish], phrases: Sequence[_Phrase]) -> list[Wish]:
    """Sounds that belong to others, such as the thunder of a thunderstorm, unless they are there or refused."""
    refused = {wish.sound.name for phrase in phrases if phrase.refused for wish in phrase.wishes}
    there = {wish.sound.name for wish in wishes} | refused
    found: list[Wish] = list(wishes)
    for wish in wishes:
        for name in wish.sound.also:
            if name not in there:
                distance = min(wish.distance + ALSO_DISTANCE, STRONGEST)
                other: dict[str, Any] = {"sound": sounds()[name], "distance": distance, "count": 0, "material": ""}
                found.append(replace(wish, **other, spaces=list(wish.spaces)))
    return found


def _ordered(wishes: Sequence[Wish]) -> list[Wish]:
    ranks = {step: rank for rank, step in enumerate(sorted({wish.step for wish in wishes}))}
    return sorted((replace(wish, step=ranks[wish.step]) for wish in wishes), key=lambda wish: wish.step)
