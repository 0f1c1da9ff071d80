"""Transcripts as text and as subtitles: SubRip (SRT) and WebVTT (W3C 2019)."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.base import Segment, Word

LINE, LINES = 42, 2  # letters; the usual limits of broadcasters
LONGEST_S = 7.0
SHORTEST_S = 0.1
PAUSE_S = 1.0  # a pause within a cue
PARAGRAPH_S, SENTENCE_S = 2.0, 0.6
ENDS = ".?!…。？！"
MARKS = ENDS + ",;:、，"


@dataclass(frozen=True, slots=True)
class Cue:
    """Lines that are shown from start_s to end_s, in seconds."""

    lines: tuple[str, ...]
    start_s: float
    end_s: float


def plain_text(segments: Sequence[Segment]) -> str:
    """All that is said, in one line."""
    return " ".join(" ".join(segment.text.split()) for segment in segments if segment.text.strip())


def formatted_text(segments: Sequence[Segment]) -> str:
    """Paragraphs, a new one after each long pause.

    What comes without any punctuation gets a capital letter after a pause and a full stop before it.
    """
    spoken = [segment for segment in segments if segment.text.strip()]
    is_bare = not any(mark in segment.text for segment in spoken for mark in MARKS)
    text = ""
    for number, segment in enumerate(spoken):
        pause_s = segment.start_s - spoken[number - 1].end_s if number else 0.0
        ends = bool(text) and is_bare and pause_s >= SENTENCE_S
        if ends:
            text += "."
        if text:
            text += "\n\n" if pause_s >= PARAGRAPH_S else " "
        piece = " ".join(segment.text.split())
        text += _capital(piece) if is_bare and (ends or not text) else piece
    return text + "." if is_bare and text else text


def srt(segments: Sequence[Segment]) -> str:
    """Numbered cues. SubRip has no way to escape: what players take for markup is written with other signs."""
    shown = [f"{number}\n{_times(cue, ',')}\n{_srt_text(cue)}\n" for number, cue in enumerate(cues(segments), 1)]
    return "\n".join(shown)


def vtt(segments: Sequence[Segment]) -> str:
    """A WebVTT file; `&`, `<` and `>` are escaped."""
    shown = [f"{_times(cue, '.')}\n{html.escape(chr(10).join(cue.lines), quote=False)}\n" for cue in cues(segments)]
    return "\n".join(["WEBVTT\n", *shown])


def cues(segments: Sequence[Segment]) -> list[Cue]:
    """Cues of up to two lines of 42 letters and up to 7 s, in order, none over the next.

    A segment without word times is cut into shares of its time that are as long as their text.
    """
    out: list[Cue] = []
    for segment in segments:
        for words in _groups(_words(segment)):
            lines = tuple(_lines([word.text for word in words]))
            start_s = max(words[0].start_s, out[-1].end_s if out else 0.0)
            end_s = min(max(words[-1].end_s, start_s + SHORTEST_S), start_s + LONGEST_S)
            out.append(Cue(lines, start_s, end_s))
    return out


def _words(segment: Segment) -> list[Word]:
    """Words that fit into a line, with times, true ones where there are any."""
    if any(word.text.strip() for word in segment.words):
        timed = [word for word in segment.words if word.text.strip()]
    else:
        texts = segment.text.split()
        share_s = (segment.end_s - segment.start_s) / max(sum(len(text) + 1 for text in texts), 1)
        timed, at_s = [], segment.start_s
        for text in texts:
            timed.append(Word(text, at_s, at_s + share_s * (len(text) + 1)))
            at_s = timed[-1].end_s
    return [piece for word in timed for piece in _pieces(word)]


def _pieces(word: Word) -> Iterable[Word]:
    """Languages without spaces give words that are longer than a line."""
    text = " ".join(word.text.split())
    count = -(-len(text) // LINE)
    step_s = (word.end_s - word.start_s) / count
    for number in range(count):
        start_s = word.start_s + number * step_s
        yield Word(text[number * LINE : (number + 1) * LINE], start_s, start_s + step_s, word.confidence)


def _groups(words: Sequence[Word]) -> Iterable[list[Word]]:
    """The words of each cue. A new one begins after a sentence's end too, where there is something in the old one."""
    group: list[Word] = []
    for word in words:
        if group:
            is_full = len(_lines([each.text for each in [*group, word]])) > LINES
            is_long = word.end_s - group[0].start_s > LONGEST_S or word.start_s - group[-1].end_s > PAUSE_S
            is_sentence = group[-1].text[-1] in ENDS and sum(len(each.text) + 1 for each in group) > LINE
            if is_full or is_long or is_sentence:
                yield group
                group = []
        group.append(word)
    if group:
        yield group


def _lines(texts: Iterable[str]) -> list[str]:
    lines: list[str] = []
    for text in texts:
        if lines and len(lines[-1]) + 1 + len(text) <= LINE:
            lines[-1] += f" {text}"
        else:
            lines.append(text)
    return lines


def _times(cue: Cue, point: str) -> str:
    return f"{_clock(cue.start_s, point)} --> {_clock(cue.end_s, point)}"


def _clock(seconds: float, point: str) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{milliseconds // 1000:02d}{point}{milliseconds % 1000:03d}"


def _srt_text(cue: Cue) -> str:
    text = "\n".join(cue.lines).replace("-->", "→")
    return text.replace("<", "‹").replace(">", "›").replace("{", "(").replace("}", ")")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
