"""Lines made of templates and phrases, as many as a song can choose from."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.lyrics.grammar import gerund, is_gerund
from models.lyrics.metre import Ear, last_word, strain
from models.lyrics.prompt import Brief
from models.lyrics.subject import Subject
from models.lyrics.vocabulary import Template, phrases, templates, themes, words

SLOT = re.compile(r"\{(\w+?)(2?)\}|\[([^|\]]*)\|([^\]]*)\]")
PREPOSITIONS = re.compile(
    r"\b(?:in|on|at|by|up|down|under|over|across|along|around|beneath|behind|beyond|into|out|past|from|for|until|till|through"
    r"|like|again|tonight|where|when|while|till|high|low|away|back|home|upstairs|all day|off|to)\b"
)
TIMED = re.compile(
    r"\b(?:again|until|till|one more|tonight|today|for a while|all night|from here|while|now|alone|an hour)\b"
)
# An act of the singer's own, "put my coat on", does not fit where others act.
OTHERS = re.compile(r"\b(?:we|let's|people|they|who|who's|you|you'll|come on|my hand|Daddy|everybody)\b", re.IGNORECASE)
MINE = re.compile(r"\b(?:my|me|I|mine|you|your)\b")
WHOLE_LINES = 40
FILLS = 14  # of every template
KINDS = frozenset({"bright", "dark", "fond", "being", "solid"})
SHARE_OF_TEMPLATES = 0.8  # that one song may use, so that songs differ
REPEATED = 3  # letters; shorter words may come twice in a line


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of a line. heavy: its words with a meaning; source: its theme, or "";
    key: what it is a form of.
    """

    text: str
    signs: str
    heavy: frozenset[str]
    source: str = ""
    key: str = ""
    is_many: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A candidate.

    signs     of its syllables (models/lyrics/metre.py); strain: how far it is from scanning
    rhyme     of its last word, near_rhyme by families of consonants, onset: the consonants before it
    parts     the phrases it is made of, none of which should come twice in a song
    heavy     its words with a meaning but for the subject
    template  it was made by
    subject   as it is called here, or ""; fillers: phrases of no theme; is_deed: says what the subject does
    """

    text: str
    signs: str
    strain: float
    end: str
    rhyme: str
    near_rhyme: str
    onset: str
    parts: frozenset[str]
    heavy: frozenset[str]
    template: str
    subject: str = ""
    fillers: int = 0
    is_deed: bool = False


class Material:
    """The phrases one song may use."""

    def __init__(self, brief: Brief, subjects: Sequence[Subject], ear: Ear) -> None:
        self.ear = ear
        self.brief = brief
        self.pools: dict[str, list[Phrase]] = {}
        self._fixed: dict[str, Phrase] = {}
        for weight, name in enumerate(brief.themes):
            theme = themes()[name]
            for kind, texts in theme.phrases.items():
                self._add(kind, texts, name, share=1.0 if weight == 0 else 0.6)
        for mood in dict.fromkeys(("calm", brief.mood)):
            for kind, texts in phrases()[mood].items():
                self._add(kind, texts, "")
        self.pools["a_thing"] = [
            phrase for phrase in self.pools["thing"] if phrase.text.split()[0] in {"a", "an", "one"}
        ]
        self.pools["acting"] = [
            self.phrase(gerund(act.text), act.source, key=act.text)
            for act in self.pools["act"]
            if " and " not in act.text
        ]
        self.pools["place"] = [phrase for phrase in self.pools["where"] if phrase.source]
        self.pools["bare"] = [
            self.phrase(things.text.removeprefix("the "), things.source, key=things.text)
            for things in self.pools["things"]
        ]
        main = [self._subject(form, subjects[0]) for form in subjects[0].forms]
        self.pools["subject"] = 2 * main + [self._subject(form, each) for each in subjects[1:] for form in each.forms]
        self.pools["solid"] = [phrase for phrase in self.pools["subject"] if not _is_doing(phrase.text)]
        self.pools["being"] = [self._subject(form, each) for each in subjects if each.is_alive for form in each.forms]
        self.pools["doer"] = main
        self.pools["one"] = [self.phrase(each.one, "subject") for each in subjects if each.one]
        self.pools["deed"] = [self.phrase(subject.deed, "subject") for subject in subjects[:1] if subject.deed]

    def _subject(self, form: str, subject: Subject) -> Phrase:
        return self.phrase(form, "subject", is_many=subject.is_many)

    def phrase(self, text: str, source: str = "", *, key: str = "", is_many: bool = False) -> Phrase:
        heavy = {
            word for word in re.findall(r"[\w']+", text.lower()) if len(word) >= REPEATED and word not in words("light")
        }
        return Phrase(text, self.ear.syllables(text), frozenset(heavy), source, key, is_many)

    def fixed(self, text: str) -> Phrase:
        """A piece of a template."""
        if text not in self._fixed:
            self._fixed[text] = self.phrase(text)
        return self._fixed[text]

    def _add(self, kind: str, texts: Sequence[str], source: str, share: float = 1.0) -> None:
        kept = texts[: max(4, round(len(texts) * share))]
        self.pools.setdefault(kind, []).extend(self.phrase(text, source, key=text) for text in kept)


def fits(template: Template, brief: Brief, *, is_alive: bool, functions: frozenset[str]) -> bool:
    """Whether a template may be used in a song."""
    if template.function not in functions:
        return False
    moods, genres = template.flags & {"bright", "dark"}, template.flags - KINDS
    if brief.genre == "lullaby" and not genres and "{" not in template.text:
        return False  # what is true of any song is too much for a cradle
    return (
        (not moods or brief.mood in moods)
        and not ("fond" in template.flags and brief.mood == "dark")
        and (not genres or brief.genre in genres)
        and ("being" not in template.flags or is_alive)
    )


def candidates(template: Template, material: Material, *, syllables: range, rng: np.random.Generator) -> Iterator[Line]:
    """Lines by one template that have the right length."""
    pieces = _pieces(template.text)
    seen: set[str] = set()
    fills = WHOLE_LINES if "{line}" in template.text else FILLS if any(slot for slot, _text in pieces) else 1
    for _ in range(fills):
        chosen = _fill(template, pieces, material, rng)
        if chosen is None:
            continue
        line = _line(chosen, template, material)
        if len(line.signs) in syllables and line.text not in seen:
            seen.add(line.text)
            yield line


def _pieces(text: str) -> list[tuple[str, str]]:
    """(slot, text before it) in order; the slot of the last is ""."""
    pieces = []
    place = 0
    for match in SLOT.finditer(text):
        slot = match[1] or f"{match[3]}|{match[4]}"
        pieces.append((slot, text[place : match.start()]))
        place = match.end()
    pieces.append(("", text[place:]))
    return pieces


def _fill(
    template: Template, pieces: list[tuple[str, str]], material: Material, rng: np.random.Generator
) -> list[Phrase] | None:
    """Phrases for every slot, none with a word that is already there; None if that did not work out."""
    chosen: list[Phrase] = []
    taken: set[str] = set()
    is_many, themed = False, ""
    kinds = [flag for flag in ("being", "solid") if flag in template.flags]
    pools = {"subject": "doer" if template.function == "deed" else kinds[0] if kinds else "subject"}
    is_ours = bool(OTHERS.search(template.text))
    for number, (slot, before) in enumerate(pieces):
        if before:
            fixed = material.fixed(before)
            taken |= fixed.heavy
            chosen.append(fixed)
        if not slot:
            continue
        if "|" in slot:
            one, many = slot.split("|")
            chosen.append(material.fixed(many if is_many else one))
            continue
        pool = material.pools[pools.get(slot, slot)]
        if not pool:
            return None
        phrase = pool[int(rng.integers(len(pool)))]
        is_foreign = themed and phrase.source not in {"", "subject", themed}  # one picture a line
        if slot in {"act", "acting"} and is_ours and MINE.search(phrase.text):
            return None
        if phrase.heavy & taken or is_foreign or not _joins(slot, phrase, pieces, number):
            return None
        themed = phrase.source if phrase.source not in {"", "subject"} else themed
        if slot == "subject":
            is_many = phrase.is_many
        taken |= phrase.heavy
        chosen.append(phrase)
    return chosen


def _joins(slot: str, phrase: Phrase, pieces: list[tuple[str, str]], number: int) -> bool:
    """Whether a phrase can stand before the slot that follows: no place after a place, no time after a time."""
    following, before = pieces[number + 1] if number + 1 < len(pieces) else ("", "")
    if before.strip(" ,"):
        return True
    if following in {"where", "place"} and "," not in before:
        return not PREPOSITIONS.search(phrase.text) or slot == "subject"
    if following in {"now", "often"}:
        return not TIMED.search(phrase.text)
    return True


def _line(chosen: list[Phrase], template: Template, material: Material) -> Line:
    text = "".join(phrase.text for phrase in chosen).strip()
    text = text[0].upper() + text[1:]
    signs = "".join(phrase.signs for phrase in chosen)
    key, near, before = material.ear.rhyme(text)
    parts = frozenset(phrase.key for phrase in chosen if phrase.key and phrase.source != "subject")
    heavy = frozenset(word for phrase in chosen if phrase.source != "subject" for word in phrase.heavy)
    subject = next((phrase.text for phrase in chosen if phrase.source == "subject"), "")
    fillers = sum(bool(phrase.key) and not phrase.source for phrase in chosen)
    return Line(
        text, signs, strain(signs), last_word(text), key, near, before, parts, heavy, template.text,
        subject=subject, fillers=fillers, is_deed=template.function == "deed",
    )  # fmt: skip


def _is_doing(text: str) -> bool:
    """Whether a subject is an activity: "losing my job"."""
    return is_gerund(text.split(" ", maxsplit=1)[0])


def pool_of(
    function: str, material: Material, *, is_alive: bool, has_deed: bool, syllables: range, rng: np.random.Generator
) -> list[Line]:
    """Every candidate for a function."""
    functions = frozenset({function, "deed"} if function == "subject" and has_deed else {function})
    fitting = [each for each in templates() if fits(each, material.brief, is_alive=is_alive, functions=functions)]
    fitting = [each for each in fitting if each.function == "deed" or rng.random() < SHARE_OF_TEMPLATES]
    return [line for each in fitting for line in candidates(each, material, syllables=syllables, rng=rng)]
