"""Lyrics by a language model: a tiny random one through the real loading code, and what is made of good and bad answers."""

from pathlib import Path

import pytest
import torch

from models.catalogue import built_in
from models.lyrics.embedded import EmbeddedLyrics
from models.lyrics.instruct import TRIES, InstructLyrics
from models.tiny.lyrics_model import write
from tests.support.media import no_report

GOOD = """Title: **Harbour Bell**

**[Verse 1]**
The harbour bell is ringing low
The boats come in to land
I watch the evening waters go
And write it in the sand

**[Chorus]**
Harbour bell, call me home
Harbour bell, sing to me
No one has to walk alone
Down along the sea

[Verse 2]
The morning comes without a sound
The nets are hung to dry
I turn the empty boat around
Beneath a silver sky

[Chorus]
"""
ENDLESS = GOOD.replace("The boats come in to land", "The boats come in to land and " * 12)


class Scripted(InstructLyrics):
    """Says what is written, one answer a try."""

    def __init__(self, folder: Path, *answers: str) -> None:
        super().__init__(folder)
        self.answers = list(answers)
        self.seeds: list[int] = []

    def answer(self, asked: torch.Tensor, seed: int, report: object) -> str:
        self.seeds.append(seed)
        return self.answers.pop(0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("qwen3")
    write(built_in()["qwen3-lyrics-0.6b"], made)
    return made


@pytest.mark.parametrize("model", ["qwen3-lyrics-0.6b", "qwen3-lyrics-1.7b", "qwen3-lyrics-4b"])
def test_a_checkpoint_in_any_number_of_parts_is_loaded(model: str, tmp_path: Path) -> None:
    manifest = built_in()[model]

    write(manifest, tmp_path)
    InstructLyrics(tmp_path)

    assert {file.path for file in manifest.files} == {path.name for path in tmp_path.iterdir()}


def test_answers_depend_on_the_seed_alone_and_touch_no_global_state(folder: Path) -> None:
    engine = InstructLyrics(folder)
    asked = engine._asked("the sea", "folk")
    before = torch.get_rng_state()

    first, again, other = (engine.answer(asked, seed, no_report) for seed in (1, 1, 2))

    assert first == again != other
    assert torch.equal(torch.get_rng_state(), before)


def test_the_models_own_template_is_used_without_thinking(folder: Path) -> None:
    engine = InstructLyrics(folder)

    said = engine._tokenizer.decode(engine._asked("the\nsea", "folk")[0])

    assert "lyrics of a folk song about: the sea<|im_end|>" in said
    assert said.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")


def test_what_cannot_be_sung_is_left_to_the_embedded_writer(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    written = InstructLyrics(folder).write("the sea", genre="folk", seed=4, report=no_report)

    assert written == EmbeddedLyrics().write("the sea", genre="folk", seed=4, report=no_report)
    assert "lyrics_by_templates tries=3" in caplog.text
    assert "sea" not in caplog.text  # nothing of the caller's


def test_a_good_answer_is_put_in_order(folder: Path) -> None:
    engine = Scripted(folder, "<think>\nsea...\n</think>\nSure!\n" + GOOD + "\nNote: sing it slowly.")

    written = engine.write("harbour bell", seed=1, report=no_report)

    assert written.title == "Harbour Bell"
    sections = written.text.split("\n\n")
    assert [section.splitlines()[0] for section in sections] == ["[Verse 1]", "[Chorus]", "[Verse 2]", "[Chorus]"]
    assert sections[1] == sections[3]  # a bare tag means: as before
    assert "Sure" not in written.text
    assert "Note" not in written.text
    assert "*" not in written.text


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "I cannot write that.",
        GOOD.replace("[Chorus]", "[Verse 3]"),
        "[Verse 1]\n[Chorus]\n[Verse 2]\n",
        ENDLESS.replace("Beneath a silver sky", "la " * 30).replace("The nets are hung to dry", "na " * 30),
        "\n".join(f"[{tag}]\n" + "The same old line\n" * 4 for tag in ("Verse 1", "Chorus", "Verse 2", "Bridge")),
        GOOD.replace("The ", "Das ")
        .replace("the ", "der ")
        .replace(" in ", " im ")
        .replace("I ", "Ich ")
        .replace(" to ", " zu ")
        .replace(" a ", " ein ")
        .replace("And", "Und")
        .replace("and", "und")
        .replace(" is ", " ist ")
        .replace("it", "es")
        .replace("are", "sind")
        .replace(" me", " mich"),
        GOOD.replace("boats", "fucking boats"),
    ],
    ids=["nothing", "refusal", "no chorus", "empty", "endless lines", "one line", "language", "rude"],
)
def test_a_bad_answer_is_asked_for_again_with_another_seed(folder: Path, bad: str) -> None:
    engine = Scripted(folder, bad, bad, GOOD)

    assert engine.write("harbour bell", seed=1, report=no_report).title == "Harbour Bell"
    assert len(set(engine.seeds)) == TRIES


def test_it_can_be_stopped_between_two_words(folder: Path) -> None:
    class Stopped(Exception):
        pass

    seen: list[float] = []

    def report(fraction: float) -> None:
        seen.append(fraction)
        if len(seen) == 5:
            raise Stopped

    with pytest.raises(Stopped):
        InstructLyrics(folder).write("the sea", seed=1, report=report)
    assert seen == sorted(seen)


def test_progress_never_goes_back(folder: Path) -> None:
    seen: list[float] = []

    Scripted(folder, GOOD).write("harbour bell", seed=1, report=seen.append)
    InstructLyrics(folder).write("the sea", seed=1, report=seen.append)

    assert seen[0] == seen[-1] == 1.0
    assert seen[1:] == sorted(seen[1:])


def test_too_long_a_prompt_and_a_folder_without_a_template_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="longer than 1000"):
        InstructLyrics(folder).write("x" * 1001, seed=1, report=no_report)
    write(built_in()["qwen3-lyrics-0.6b"], tmp_path)
    settings = tmp_path / "tokenizer_config.json"
    settings.write_text(settings.read_text(encoding="utf-8").replace("chat_template", "no_template"), encoding="utf-8")
    with pytest.raises(ValueError, match="chat template"):
        InstructLyrics(tmp_path)
