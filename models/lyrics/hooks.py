"""The title of a song and the lines of its chorus that carry it."""

from collections.abc import Sequence

import numpy as np

from models.lyrics.lines import Line, Material
from models.lyrics.metre import Ear, last_word, strain
from models.lyrics.prompt import Brief
from models.lyrics.subject import Subject
from models.lyrics.vocabulary import phrases, themes, words

MOST_SYLLABLES = 7  # of a hook that leaves room for a tail
SMALL = frozenset({"a", "an", "the", "and", "or", "for", "of", "in", "to", "on", "at", "by", "from", "with"})


def titles(brief: Brief, subjects: Sequence[Subject], ear: Ear, rng: np.random.Generator) -> tuple[str, str]:
    """A hook as it is sung within a line, and the same as a title."""
    main = subjects[0]
    if brief.statement and len(ear.syllables(brief.statement)) <= MOST_SYLLABLES + 2:
        options = [brief.statement]
    else:
        named = phrases()["hooks"]
        kind = "dark" if brief.mood == "dark" else "being" if main.is_alive else _kind(main)
        patterns = named.get(kind, named["any"])
        # The fullest form that can be sung, so that the caller's own words are heard.
        form = next((form for form in main.forms if len(ear.syllables(form)) <= MOST_SYLLABLES), main.forms[-1])
        if form.startswith("the "):  # nobody is called so
            patterns = tuple(pattern for pattern in patterns if "{subject}," not in pattern)
        options = [pattern.replace("{subject}", form) for pattern in patterns]
        if main.deed:
            options += [f"{short} {main.deed}" for short in main.forms] * 2
        fitting = [option for option in options if 2 <= len(ear.syllables(option)) <= MOST_SYLLABLES]  # noqa: PLR2004
        options = fitting or [form]
    hook = options[int(rng.integers(len(options)))]
    return hook, _title(hook)


def _kind(subject: Subject) -> str:
    for theme in themes().values():
        if subject.forms[0].lower() in {theme.called.lower(), theme.name}:
            return theme.kind
    return "any"


def _title(hook: str) -> str:
    parts = hook.split(" ")
    shown = [
        part if (part.lower() in SMALL and 0 < index < len(parts) - 1) else part[0].upper() + part[1:]
        for index, part in enumerate(parts)
    ]
    return " ".join(shown)


def hook_lines(hook: str, material: Material, span: range) -> list[Line]:
    """Lines that begin with the hook and end in something that can rhyme; none if the hook fills a line alone."""
    again, hook = hook.removeprefix("Oh, "), hook[0].upper() + hook[1:]
    starts = [f"{hook},", f"{hook}, oh,"]
    if len(material.ear.syllables(hook)) <= 3:  # noqa: PLR2004 - short hooks come twice
        starts.append(f"{hook}, {again},")
    events = [event for event in material.pools["event"] if event.source == material.brief.themes[0]]
    ends = [*material.pools["tail"], *events]
    texts = [f"{start} {end.text}" for start in starts for end in ends if not end.heavy & _heavy(hook)]
    return [line for line in (hook_line(text, material) for text in texts) if len(line.signs) in span]


def _heavy(text: str) -> set[str]:
    return {word for word in text.lower().replace(",", "").split() if word not in words("light")}


def hook_line(text: str, material: Material) -> Line:
    """A line as it is."""
    signs = material.ear.syllables(text)
    key, near, before = material.ear.rhyme(text)
    return Line(text, signs, strain(signs), last_word(text), key, near, before, frozenset({text}), frozenset(), text)
