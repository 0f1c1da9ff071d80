"""What comes before the sound: tempo, key, length and a description, then five codes for each second.

The conversation is laid out as in the authors' `llm_inference.py` and in acestep.cpp, whose comments say what the model
was trained with. Where the authors correct what the model writes, here it can only choose among what is valid.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import yaml

from models.base import Report, part_of
from models.music.ace_step.reading import Reading, Tree, drawn, tree_of
from models.music.ace_step.wishes import line_of

CODES_PER_S = 5
TEMPERATURE, TOP_P, GUIDANCE = 0.85, 0.9, 2.0
FIELDS = ("bpm", "caption", "duration", "keyscale", "language", "timesignature")  # in the order they are written
MOST_CAPTION = 256
LEAST_WORDS = 3
ASKED = (
    "<|im_start|>system\n# Instruction\nGenerate audio semantic tokens based on the given conditions:\n\n<|im_end|>\n"
    "<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\n"
)
WANTED = "# Caption\n{caption}\n\n# Lyric\n{lyrics}\n"
NOBODY = "NO USER INPUT"  # what the model was trained to hear when nothing is asked
THOUGHT = "<think>\n{thought}\n</think>\n\n"
CODE = re.compile(r"<\|audio_code_(\d+)\|>")
PLANNED = 0.15  # of the progress


@dataclass(frozen=True, slots=True)
class Plan:
    """bpm; caption; duration_s; key such as "F# minor"; language: ISO 639 code or unknown; metre: quarters of a bar."""

    bpm: int
    caption: str
    duration_s: int
    key: str
    language: str
    metre: int

    @property
    def thought(self) -> str:
        fields = (self.bpm, self.caption, self.duration_s, self.key, self.language, self.metre)
        told = dict(zip(FIELDS, fields, strict=True))
        return str(yaml.safe_dump(told, allow_unicode=True, sort_keys=True)).strip()


class Planner:
    """The "5 Hz" language model of ACE-Step 1.5."""

    def __init__(self, model: Any, tokenizer: Any, codebook: int) -> None:  # noqa: ANN401 - transformers does not tell its types
        """`codebook`: how many codes the other half knows. Raises ValueError for another kind of model."""
        self.model = model
        self._tokenizer = tokenizer
        found = {
            int(match[1]): token
            for name, token in tokenizer.get_vocab().items()
            if (match := CODE.fullmatch(name)) and int(match[1]) < codebook
        }
        if not found or max(found.values()) >= model.config.vocab_size:
            raise ValueError("its planner knows no audio codes")
        self._codes = sorted(found)
        self._code_tokens = torch.tensor([found[code] for code in self._codes])
        if any(len(self._tokens(text)) != 1 for text in ("<|im_start|>", "<|im_end|>", "<think>", "</think>")):
            raise ValueError("its planner has another way to talk")
        self._plain = torch.ones(model.config.vocab_size, dtype=torch.bool)
        self._plain[len(tokenizer) :] = False
        self._plain[sorted(tokenizer.get_added_vocab().values())] = False

    def plan(
        self, caption: str, lyrics: str, choices: Mapping[str, Sequence[str]], *, seed: int, report: Report
    ) -> Plan:
        """Decide what is open. `choices`: field → what it may be; one alone is fixed, and seen by all that follows."""
        generator = torch.Generator().manual_seed(seed)
        asked = ASKED.format(user=WANTED.format(caption=caption, lyrics=lyrics)) + "<think>\n"
        reading = Reading(self.model, [self._tokens(asked)])
        said: dict[str, str] = {}
        for number, field in enumerate(FIELDS):
            told = part_of(report, number / len(FIELDS), (number + 1) / len(FIELDS))
            reading.read(self._tokens(f"{field}:"))
            if field == "caption":
                said[field] = self._described(reading, generator, told)
            else:
                tree = tree_of(self._tokens(f" {value}\n") for value in choices[field])
                said[field] = self._chosen(reading, tree, generator)
            told(1.0)
        words = said["caption"] if len(said["caption"].split()) >= LEAST_WORDS else caption
        numbers = (int(said[field]) for field in ("bpm", "duration", "timesignature"))
        bpm, duration_s, metre = numbers
        return Plan(bpm, words, duration_s, said["keyscale"], said["language"], metre)

    def codes(
        self, plan: Plan, caption: str, lyrics: str, count: int, *, avoid: str = "", seed: int, report: Report
    ) -> tuple[int, ...]:
        """`count` audio codes, which a fifth of a second each stands for."""
        generator = torch.Generator().manual_seed(seed)
        wanted = ASKED.format(user=WANTED.format(caption=caption, lyrics=lyrics)) + THOUGHT.format(thought=plan.thought)
        other = ASKED.format(user=avoid or NOBODY) + THOUGHT.format(thought="")
        reading = Reading(self.model, [self._tokens(wanted), self._tokens(other)])
        found: list[int] = []
        while True:
            likely, unasked = reading.expected[:, self._code_tokens]
            place = drawn(unasked + GUIDANCE * (likely - unasked), generator, temperature=TEMPERATURE, top_p=TOP_P)
            found.append(self._codes[place])
            report(len(found) / count)
            if len(found) == count:
                return tuple(found)
            reading.read([int(self._code_tokens[place])])

    def _tokens(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _chosen(self, reading: Reading, tree: Tree, generator: torch.Generator) -> str:
        said: list[int] = []
        while tree:
            allowed = sorted(tree)
            token = allowed[0]
            if len(allowed) > 1:
                logits = reading.expected[0, torch.tensor(allowed)]
                token = allowed[drawn(logits, generator, temperature=TEMPERATURE, top_p=TOP_P)]
            said.append(token)
            reading.read([token])
            tree = tree[token]
        return str(self._tokenizer.decode(said)).strip()

    def _described(self, reading: Reading, generator: torch.Generator, report: Report) -> str:
        """One line, which YAML may have folded: what follows a line break without a blank is the next field."""
        said: list[int] = []
        is_new_line = False
        for token in self._words(reading, generator):
            text = str(self._tokenizer.decode([token]))
            if is_new_line and not text.startswith(" "):
                break
            said.append(token)
            if len(said) == MOST_CAPTION:
                reading.read([token, *self._tokens("\n")])
                break
            reading.read([token])
            is_new_line = text.endswith("\n")
            report(len(said) / MOST_CAPTION)
        return line_of(str(self._tokenizer.decode(said))).strip("'\" ")

    def _words(self, reading: Reading, generator: torch.Generator) -> Iterator[int]:
        while True:
            logits = reading.expected[0].masked_fill(~self._plain[: reading.expected.shape[1]], -torch.inf)
            yield drawn(logits, generator, temperature=TEMPERATURE, top_p=TOP_P)


def written(codes: Sequence[int]) -> str:
    """As the other half reads them."""
    return "".join(f"<|audio_code_{code}|>" for code in codes)
