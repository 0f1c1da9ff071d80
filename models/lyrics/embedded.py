"""Writes song lyrics from a prompt, without weights.

Lines are made of templates and of phrases that belong to the subject, many more than a song needs; those that rhyme,
scan and say something new are chosen, section by section. The title is made of the caller's own words and comes back
in the chorus. English lyrics; what the caller writes in another language is sung as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.base import Lyrics, Report
from models.lyrics.hooks import hook_lines, titles
from models.lyrics.lines import Line, Material, pool_of
from models.lyrics.metre import Ear
from models.lyrics.prompt import Brief, read
from models.lyrics.rhyming import Chooser, Written
from models.lyrics.subject import Subject
from models.lyrics.vocabulary import Shape, forms, themes

TAGS = {
    "verse": "Verse",
    "verse2": "Verse",
    "pre": "Pre-Chorus",
    "chorus": "Chorus",
    "bridge": "Bridge",
    "outro": "Outro",
}
FREE_THEMES = ("everyday", "night", "road", "music", "hope", "home")  # for prompts that name no subject we know
LONG_THEMES = ("city", "everyday", "music")
STAND_INS = ("cont", "scene", "action", "feeling")  # when nothing rhymes in a function


@dataclass(frozen=True, slots=True)
class Section:
    tag: str
    lines: tuple[str, ...]


class EmbeddedLyrics:
    def write(self, prompt: str, *, genre: str = "", seed: int, report: Report) -> Lyrics:
        """Lyrics about `prompt`; the same seed gives the same. Raises ValueError for a prompt that is too long."""
        report(0.0)
        song = _Song(prompt, genre, np.random.default_rng(seed))
        sections = song.sections(report)
        report(1.0)
        text = "\n\n".join("\n".join((f"[{section.tag}]", *section.lines)) for section in sections)
        return Lyrics(song.title, text)


class _Song:
    """One song while it is written."""

    def __init__(self, prompt: str, genre: str, rng: np.random.Generator) -> None:
        self.rng = rng
        asked = read(prompt, genre)
        self.is_unknown = not asked.themes and bool(asked.subjects)
        self.brief, self.subjects = _completed(asked, rng)
        self.order, self.shapes = forms()[self.brief.genre]
        ear = Ear()
        self.material = Material(self.brief, self.subjects, ear)
        self.hook, self.title = titles(self.brief, self.subjects, ear, rng)
        self.written = Written(owed=frozenset(self.subjects[0].forms))
        self.chooser = Chooser(self.written, rng)
        self.pools: dict[str, list[Line]] = {}

    def sections(self, report: Report) -> list[Section]:
        shapes = {name: options[int(self.rng.integers(len(options)))] for name, options in self.shapes.items()}
        chorus = self._lines(shapes["chorus"]) if "chorus" in self.order else ()
        found: list[Section] = []
        verses = self.order.count("verse")
        for number, name in enumerate(self.order):
            if name == "verse":
                sung = sum(section.tag.startswith("Verse") for section in found)
                shape = shapes.get("verse2", shapes["verse"]) if sung % 2 else shapes["verse"]
                tag = f"Verse {sung + 1}" if verses > 1 else "Verse"
                found.append(Section(tag, self._lines(shape)))
            elif name == "chorus":
                found.append(Section("Chorus", chorus))
            elif name == "pre" and any(section.tag == "Pre-Chorus" for section in found):
                found.append(next(section for section in found if section.tag == "Pre-Chorus"))
            else:
                found.append(Section(TAGS[name], self._lines(shapes[name])))
            report((number + 1) / (len(self.order) + 1))
        return found

    def _lines(self, shape: Shape) -> tuple[str, ...]:
        chosen: dict[int, str] = {}
        refrain = self._refrain(shape)
        for letter in dict.fromkeys(shape.scheme):
            places = [index for index, sign in enumerate(shape.scheme) if sign == letter]
            if letter == "R":
                continue
            for index in places if refrain else ():
                if shape.functions[index] == "hook":
                    chosen[index] = refrain
            places = [index for index in places if index not in chosen]
            if not places:
                continue
            for lines, index in zip(self._rhymed(shape, places), places, strict=True):
                chosen[index] = lines.text
        sighs = self.material.pools["sigh"]
        for index, sign in enumerate(shape.scheme):
            if sign == "R":
                sigh, line = sighs[int(self.rng.integers(len(sighs)))].text, chosen[index - 1]
                chosen[index] = f"{sigh[0].upper() + sigh[1:]}, {self._inside(line.removeprefix('Well, '))}"
        return tuple(chosen[index] for index in range(len(shape.scheme)))

    def _inside(self, line: str) -> str:
        """A line after a comma: names and I keep their capital."""
        first = re.split(r"[ ']", line, maxsplit=1)[0]
        is_named = any(form.startswith(first) for subject in self.subjects for form in subject.forms)
        return line if first == "I" or is_named else line[0].lower() + line[1:]

    def _refrain(self, shape: Shape) -> str:
        """The hook as a line of its own, if nothing fits beside it: it then comes back word for word."""
        counts = [count for name, count in zip(shape.functions, shape.syllables, strict=True) if name == "hook"]
        lines = self._pool("hook") if counts else []
        if not counts or any(abs(len(line.signs) - counts[0]) <= 1 for line in lines):
            return ""
        return self.hook[0].upper() + self.hook[1:]

    def _rhymed(self, shape: Shape, places: Sequence[int]) -> list[Line]:
        functions = [shape.functions[index] for index in places]
        if self.is_unknown:  # the caller's own words are all we have of the subject
            functions = ["subject" if function in {"feeling", "question"} else function for function in functions]
        counts = [shape.syllables[index] for index in places]
        for attempt in range(len(functions) + 1):
            pools = [self._pool(function) for function in functions]
            found = self.chooser.group(pools, counts)
            if found is not None:
                for line in found:
                    self.written.take(line)
                return found
            if attempt < len(functions):
                functions[-1 - attempt] = STAND_INS[attempt % len(STAND_INS)]
        # Nothing rhymes: each line for itself.
        lines = [self.chooser.any_line(self._pool(name), count) for name, count in zip(functions, counts, strict=True)]
        for line in lines:
            self.written.take(line)
        return lines

    def _pool(self, function: str) -> list[Line]:
        if function not in self.pools:
            counts = [count for options in self.shapes.values() for shape in options for count in shape.syllables]
            span = range(min(counts) - 1, max(counts) + 2)
            if function == "hook":
                self.pools[function] = hook_lines(self.hook, self.material, span)
            else:
                main = self.subjects[0]
                self.pools[function] = pool_of(
                    function,
                    self.material,
                    is_alive=main.is_alive,
                    has_deed=bool(main.deed),
                    syllables=span,
                    rng=self.rng,
                )
        return self.pools[function]


def _completed(brief: Brief, rng: np.random.Generator) -> tuple[Brief, tuple[Subject, ...]]:
    """With themes, genre and a subject where the prompt named none."""
    named = brief.themes or (FREE_THEMES[int(rng.integers(len(FREE_THEMES)))],)
    if not brief.themes and brief.subjects:
        named = ("everyday", {"dark": "mind", "bright": "hope"}.get(brief.mood, "night"))
    genre = brief.genre or ("pop", "pop", "folk", "rock", "country", "soul")[int(rng.integers(6))]
    if genre == "rap":  # long verses need more to say
        named = (*named, *(name for name in LONG_THEMES if name not in named))
    theme = themes()[named[0]]
    subjects = brief.subjects or (Subject((theme.called,), is_alive=theme.kind == "being", words=(theme.called,)),)
    return Brief(subjects, brief.statement, named, brief.mood, genre), subjects
