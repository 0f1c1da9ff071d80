"""ACE-Step's planner: what it may say, and what it may not."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file
from transformers import Qwen3Config

from models.music.ace_step.checkpoints import planner_of
from models.music.ace_step.planner import ASKED, NOBODY, THOUGHT, WANTED, Plan, Planner, written
from models.music.ace_step.quiet import quiet
from models.music.ace_step.reading import Reading, drawn, tree_of
from models.music.ace_step.wishes import METRES
from models.tiny.planner import CODES, qwen3, write_planner
from tests.support.media import no_report

CHOICES = {
    "bpm": [str(bpm) for bpm in range(30, 301)],
    "duration": ["42"],
    "keyscale": ["C major", "F# minor", "A# minor"],
    "language": ["de", "en", "no"],
    "timesignature": METRES,
}
PLAN = Plan(120, "calm piano music", 42, "F# minor", "no", 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("planner")
    with quiet():
        write_planner(made / "acestep-5Hz-lm-0.6B")
    return made


@pytest.fixture(scope="module")
def planner(folder: Path) -> Planner:
    with quiet():
        model, tokenizer = planner_of(folder, torch.float32)
    return Planner(model, tokenizer, 64_000)


def test_it_was_saved_without_its_head(folder: Path, planner: Planner) -> None:
    names = load_file(folder / "acestep-5Hz-lm-0.6B" / "model.safetensors")

    assert not [name for name in names if name.startswith(("model.", "lm_head"))]
    assert torch.equal(planner.model.lm_head.weight, names["embed_tokens.weight"])


def test_plans_are_valid_and_keep_what_is_fixed(planner: Planner) -> None:
    plans = [planner.plan("calm piano", "la la", CHOICES, seed=seed, report=no_report) for seed in range(4)]

    assert {str(plan.bpm) for plan in plans} <= set(CHOICES["bpm"])
    assert len({plan.bpm for plan in plans}) > 2
    assert {plan.duration_s for plan in plans} == {42}
    assert {plan.key for plan in plans} <= set(CHOICES["keyscale"])
    assert {plan.language for plan in plans} <= set(CHOICES["language"])
    assert {str(plan.metre) for plan in plans} <= set(METRES)
    assert all(plan.caption and plan.caption.isprintable() for plan in plans)
    assert plans[3] == planner.plan("calm piano", "la la", CHOICES, seed=3, report=no_report)


def test_a_plan_is_written_as_it_was_learnt() -> None:
    assert yaml.safe_load(PLAN.thought) == {
        "bpm": 120, "caption": "calm piano music", "duration": 42, "keyscale": "F# minor", "language": "no",
        "timesignature": 3,
    }  # fmt: skip
    assert PLAN.thought.splitlines() == [
        "bpm: 120", "caption: calm piano music", "duration: 42", "keyscale: F# minor", "language: 'no'",
        "timesignature: 3",
    ]  # fmt: skip


def test_the_conversation_is_the_authors() -> None:
    asked = ASKED.format(user=WANTED.format(caption="piano", lyrics="[Verse]\nla")) + THOUGHT.format(thought="bpm: 90")

    assert asked == (
        "<|im_start|>system\n# Instruction\nGenerate audio semantic tokens based on the given conditions:\n\n<|im_end|>\n"
        "<|im_start|>user\n# Caption\npiano\n\n# Lyric\n[Verse]\nla\n<|im_end|>\n"
        "<|im_start|>assistant\n<think>\nbpm: 90\n</think>\n\n"
    )
    assert ASKED.format(user=NOBODY).endswith("user\nNO USER INPUT<|im_end|>\n<|im_start|>assistant\n")


@pytest.mark.parametrize("count", [1, 2, 150])
def test_there_are_exactly_so_many_codes(planner: Planner, count: int) -> None:
    seen: list[float] = []

    codes = planner.codes(PLAN, "piano", "la", count, seed=1, report=seen.append)

    assert len(codes) == count
    assert set(codes) <= set(range(CODES))
    assert seen == [(number + 1) / count for number in range(count)]
    assert codes == planner.codes(PLAN, "piano", "la", count, seed=1, report=no_report)
    assert written(codes[:1]) == f"<|audio_code_{codes[0]}|>"
    if count > 2:
        assert codes != planner.codes(PLAN, "piano", "la", count, seed=2, report=no_report)


def test_codes_come_even_from_a_model_that_wants_to_end(folder: Path) -> None:
    with quiet():
        model, tokenizer = planner_of(folder, torch.float32)
    planner = Planner(model, tokenizer, 64_000)
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    with torch.no_grad():
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.clone())
        for weights in (model.model.norm.weight, model.lm_head.weight):
            weights[..., 0] = 0.0
        model.model.layers[0].register_forward_hook(lambda *given: 0 * given[2] + torch.eye(32)[0])
        model.model.norm.weight[0] = model.lm_head.weight[end, 0] = 9.0
    reading = Reading(model, [planner._tokens("hello")])
    assert int(reading.expected.argmax()) == end

    codes = planner.codes(PLAN, "piano", "la", 25, seed=1, report=no_report)
    plan = planner.plan("piano", "la", CHOICES, seed=1, report=no_report)

    assert len(codes) == 25
    assert set(codes) <= set(range(CODES))
    assert plan.key in CHOICES["keyscale"]


def test_codes_the_other_half_does_not_know_are_not_used(planner: Planner) -> None:
    small = Planner(planner.model, planner._tokenizer, 10)

    assert max(small.codes(PLAN, "piano", "la", 80, seed=1, report=no_report)) < 10


class Rigged:
    """Likes code 0 best where something is asked for, and more so where nothing is."""

    device = torch.device("cpu")

    def __init__(self, size: int, first: int) -> None:
        self.config = Qwen3Config(**qwen3(size))
        self._size, self._first = size, first

    def forward(self, *, past_key_values: object = None) -> None:
        """Names the argument."""

    def __call__(self, *, input_ids: torch.Tensor, **_given: Any) -> Any:
        logits = torch.full((2, 1, self._size), -50.0)
        logits[:, 0, self._first] = torch.tensor([5.0, 9.0])
        logits[:, 0, self._first + 1] = torch.tensor([4.0, 0.0])
        return SimpleNamespace(logits=logits)


def test_guidance_leads_away_from_what_nobody_asked_for(planner: Planner) -> None:
    tokenizer = planner._tokenizer
    rigged = Rigged(len(tokenizer), tokenizer.convert_tokens_to_ids("<|audio_code_0|>"))

    codes = Planner(rigged, tokenizer, 64_000).codes(PLAN, "piano", "la", 20, seed=1, report=no_report)

    assert set(codes) == {1}  # 0 + 2 * (4 - 0) against 9 + 2 * (5 - 9)


def test_texts_side_by_side_are_read_as_if_alone(planner: Planner) -> None:
    texts = [[1, 2, 3, 4, 5, 6, 7], [9, 8]]

    together = Reading(planner.model, texts)
    alone = [Reading(planner.model, [text]) for text in texts]
    for tokens in ([4], [5, 6]):
        for reading in (together, *alone):
            reading.read(tokens)

    assert torch.allclose(together.expected, torch.cat([one.expected for one in alone]), atol=1e-4)


def test_draws() -> None:
    generator = torch.Generator().manual_seed(1)
    even = torch.tensor([1.0, -torch.inf, 1.0, 1.0])
    sure = torch.tensor([0.0, 6.0, 0.0])

    found = [drawn(even, generator, temperature=1.0, top_p=1.0) for _ in range(60)]

    assert set(found) == {0, 2, 3}
    assert {drawn(sure, generator, temperature=5.0, top_p=0.9) for _ in range(60)} == {1}
    assert tree_of([[1, 2], [1, 3], [4]]) == {1: {2: {}, 3: {}}, 4: {}}


def test_models_of_another_kind(planner: Planner, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="knows no audio codes"):
        Planner(planner.model, planner._tokenizer, 0)
    with pytest.raises(ValueError, match="holds 0 folders named acestep-5Hz"):
        planner_of(tmp_path, torch.float32)
