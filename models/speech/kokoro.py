"""Kokoro-82M (StyleTTS 2 with an iSTFT vocoder; Li et al. 2023, hexgrad 2025) from its ONNX export.

The export takes phonemes (1, tokens), one style vector (1, 256) and a speed (1), and gives 24 kHz. Phonemes come from
espeak-ng in its own process. The stylistic vectors of a voice lie in `voices/NAME.bin`: one per number of phonemes.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from models.base import Audio, Report, Samples, Voice
from models.speech import espeak
from models.speech.espeak import Espeak
from models.speech.finish import levelled, silence, trimmed
from models.speech.kokoro_phonemes import phonemes
from models.speech.text import Sentence, sentences

RATE_HZ = 24_000
MODEL, TOKENIZER, VOICES = "onnx/model.onnx", "tokenizer.json", "voices"
STYLE = 256
MOST_PHONEMES = 510
PAD = "$"
SLOWEST, FASTEST = 0.5, 2.0
# espeak-ng's tags, and voices of the model for women and men. Japanese and Chinese need other phonemes.
TAGS = {"en": "en-us", "en-gb": "en-gb", "es": "es", "fr": "fr-fr", "hi": "hi", "it": "it", "pt": "pt-br"}
FEMALE = {"en": "af_heart", "en-gb": "bf_emma", "es": "ef_dora", "fr": "ff_siwis", "hi": "hf_alpha", "it": "if_sara", "pt": "pf_dora"}  # fmt: skip # noqa: E501
MALE = {"en": "am_michael", "en-gb": "bm_george", "es": "em_alex", "fr": "ff_siwis", "hi": "hm_omega", "it": "im_nicola", "pt": "pm_alex"}  # fmt: skip # noqa: E501


class KokoroSpeech:
    """`SpeechSynthesiser`. `voice.parameters["kokoro"]` may hold voice (a name of the model's) and rate."""

    rate_hz = RATE_HZ
    languages: tuple[str, ...] = tuple(sorted({tag.split("-", 1)[0] for tag in TAGS}))

    def __init__(self, folder: Path) -> None:
        """Read onnx/model.onnx, tokenizer.json and the names in voices/. Raises ValueError for other files."""
        self._folder = folder
        read = json.loads((folder / TOKENIZER).read_text(encoding="utf-8"))
        self._vocabulary: Mapping[str, int] = read.get("model", {}).get("vocab", {})
        if PAD not in self._vocabulary:
            message = f"{folder / TOKENIZER} has no vocabulary of phonemes"
            raise ValueError(message)
        self._session = onnxruntime.InferenceSession(folder / MODEL, providers=["CPUExecutionProvider"])
        asked = {put.name for put in self._session.get_inputs()}
        if asked != {"input_ids", "style", "speed"}:
            message = f"{folder / MODEL} asks for {', '.join(sorted(asked))}"
            raise ValueError(message)

    def speak(self, text: str, *, voice: Voice, language: str, seed: int = 0, report: Report) -> Iterator[Samples]:
        """See the Protocol. The export draws its own noise: the same text sounds alike, not the same."""
        del seed
        kind = _kind(language, voice.language)
        given = voice.parameters.get("kokoro", {})
        styles = self._styles(self._name(given, voice.gender, kind))
        speed = min(max(float(given.get("rate", 1.0)), SLOWEST), FASTEST)
        return self._spoken(sentences(text, language), TAGS[kind], styles, speed, report)

    def _name(self, given: Mapping[str, Any], gender: str, kind: str) -> str:
        wanted = str(given.get("voice", ""))
        known = {path.stem for path in (self._folder / VOICES).glob("*.bin")}
        usual = (MALE if gender == "male" else FEMALE)[kind]
        for name in (wanted, usual, FEMALE["en"]):
            if name in known:
                return name
        message = f"The model has no voice {wanted or usual}"
        raise ValueError(message)

    def _styles(self, name: str) -> Samples:
        """Shape (phonemes, 256)."""
        values = np.fromfile(self._folder / VOICES / f"{name}.bin", "<f4")
        if values.size == 0 or values.size % STYLE:
            message = f"{name}.bin holds no style vectors"
            raise ValueError(message)
        return values.reshape(-1, STYLE)

    def _spoken(
        self, said: list[Sentence], tag: str, styles: Samples, speed: float, report: Report
    ) -> Iterator[Samples]:
        whole = sum(len(sentence.text) for sentence in said)
        done = 0

        def beat() -> None:
            report(done / whole)

        beat()
        with contextlib.ExitStack() as stack:
            process = stack.enter_context(espeak.opened(beat))
            for sentence in said:
                parts = [self._part(ids, styles, speed) for ids in self._tokens(sentence.text, tag, process)]
                heard = trimmed(Audio(np.concatenate([np.zeros((1, 0), np.float32), *parts], axis=1), RATE_HZ))
                yield np.concatenate([levelled(heard), silence(sentence.pause_s / speed, RATE_HZ)], axis=1)
                done += len(sentence.text)
                beat()

    def _tokens(self, text: str, tag: str, process: Espeak) -> Iterator[list[int]]:
        """Numbers of phonemes that the model knows, at most 510 at a time."""
        found = phonemes(text, tag, process)
        ids = [self._vocabulary[symbol] for symbol in found if symbol in self._vocabulary]
        for first in range(0, len(ids), MOST_PHONEMES):
            yield ids[first : first + MOST_PHONEMES]

    def _part(self, ids: list[int], styles: Samples, speed: float) -> Samples:
        pad = self._vocabulary[PAD]
        style = styles[min(len(ids), styles.shape[0] - 1)][None]
        fed = {
            "input_ids": np.array([[pad, *ids, pad]], np.int64),
            "style": np.ascontiguousarray(style, np.float32),
            "speed": np.array([speed], np.float32),
        }
        return np.nan_to_num(np.asarray(self._session.run(None, fed)[0], np.float32).reshape(1, -1))


def _kind(language: str, of_voice: str) -> str:
    """The key in TAGS. Raises ValueError."""
    base = language.split("-", 1)[0].lower()
    if base not in TAGS:
        message = f"Kokoro does not speak {language}"
        raise ValueError(message)
    for tag in (language.lower(), of_voice.lower()):
        if tag in TAGS and tag.split("-", 1)[0] == base and "-" in tag:
            return tag
    return base
