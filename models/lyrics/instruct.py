"""Lyrics by an instruction-tuned language model of the transformers library, such as Qwen3 (Yang et al. 2025)."""

import inspect
import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache

from models.base import Lyrics, Report, part_of
from models.lyrics.embedded import EmbeddedLyrics
from models.lyrics.prompt import MOST_CHARS, TOO_LONG
from models.lyrics.sheet import complaint, parsed

log = logging.getLogger(__name__)
TRIES = 3
MOST_TOKENS = 700
TEMPERATURE, TOP_K, TOP_P = 0.7, 20, 0.8  # the authors' for answers without a thought before
SYSTEM = """You are a songwriter. You write clean, singable lyrics and nothing else.
Answer with a line `Title: ...`, then the sections, each under its tag in brackets on a line of its own:
[Verse 1], [Chorus], [Verse 2], [Chorus], [Bridge], [Chorus].
Verses and choruses have four lines of six to twelve syllables that rhyme ABAB or AABB. The title is sung in the chorus.
Use concrete images of the subject; tell a story from the first verse to the bridge. No remarks, no chords."""
USER = "Write the lyrics of a {genre}song about: {prompt}"


class InstructLyrics:
    """`LyricsWriter` with a causal language model and its chat template, both in `folder`.

    A sheet that cannot be sung is written anew, and after some tries by the embedded writer.
    """

    def __init__(self, folder: Path) -> None:
        """Raise ValueError for a folder without a chat template."""
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._tokenizer: Any = AutoTokenizer.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False
        )
        if not getattr(self._tokenizer, "chat_template", None):
            raise ValueError("its tokenizer has no chat template")
        model: Any = AutoModelForCausalLM.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, dtype="auto", use_safetensors=True
        )
        self._model = model.to(self._device).eval()
        # The name of the argument changed in the library's fifth version.
        names = inspect.signature(self._model.forward).parameters
        self._cache = "cache" if "cache" in names else "past_key_values"
        ends = self._model.generation_config.eos_token_id
        self._ends = {ends} if isinstance(ends, int) else set(ends or ())
        if self._tokenizer.eos_token_id is not None:
            self._ends.add(self._tokenizer.eos_token_id)

    def write(self, prompt: str, *, genre: str = "", seed: int, report: Report) -> Lyrics:
        """As the Protocol says; it can be stopped between two words. Raises ValueError for a prompt too long."""
        if len(prompt) > MOST_CHARS or len(genre) > MOST_CHARS:
            raise ValueError(TOO_LONG.format(most=MOST_CHARS))
        asked = self._asked(prompt, genre)
        why = ""
        for attempt in range(TRIES):
            draw = int(np.random.SeedSequence((seed, attempt)).generate_state(1)[0])
            sheet = parsed(self.answer(asked, draw, part_of(report, attempt / TRIES, (attempt + 1) / TRIES)))
            why = complaint(sheet, prompt)
            if not why:
                report(1.0)
                return Lyrics(sheet.title, sheet.text)
        log.warning("lyrics_by_templates tries=%d why=%s", TRIES, why)
        return EmbeddedLyrics().write(prompt, genre=genre, seed=seed, report=lambda _fraction: report(1.0))

    def _asked(self, prompt: str, genre: str) -> torch.Tensor:
        """The conversation as token ids of shape (1, tokens)."""
        said = USER.format(genre=f"{genre.strip()} " if genre.strip() else "", prompt=" ".join(prompt.split()))
        talk = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": said}]
        text = self._tokenizer.apply_chat_template(
            talk, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        ids = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return torch.tensor([ids], device=self._device)

    def answer(self, asked: torch.Tensor, seed: int, report: Report) -> str:
        """What the model says, drawn with a generator of its own: no state of the process is touched."""
        generator = torch.Generator().manual_seed(seed)
        said: list[int] = []
        ids, kept = asked, {self._cache: DynamicCache(config=self._model.config)}
        with torch.inference_mode():
            for step in range(MOST_TOKENS):
                report(step / MOST_TOKENS)
                out = self._model(input_ids=ids, use_cache=True, logits_to_keep=1, **kept)
                token = _drawn(out.logits[0, -1].float().cpu(), generator)
                if token in self._ends:
                    break
                said.append(token)
                ids = torch.tensor([[token]], device=self._device)
        return str(self._tokenizer.decode(said, skip_special_tokens=True))


def _drawn(logits: torch.Tensor, generator: torch.Generator) -> int:
    """One token of the likeliest TOP_K whose probabilities add up to TOP_P (Holtzman et al. 2020)."""
    best = torch.topk(torch.nan_to_num(logits), min(TOP_K, logits.numel()))
    shares = torch.softmax(best.values / TEMPERATURE, dim=-1)
    before = torch.cumsum(shares, dim=-1) - shares
    shares = shares.masked_fill(before >= TOP_P, 0.0)
    return int(best.indices[torch.multinomial(shares, 1, generator=generator)])
