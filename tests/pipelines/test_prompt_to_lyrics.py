"""GET /v1/prompt_to_lyrics: the writer behind it."""

import asyncio

import pytest

from app.errors import JobFailed
from app.features.prompt_to_lyrics import Params
from app.infra.media import Media
from app.settings import Settings
from models.base import Lyrics, Report
from tests.support.gateway import BASE, Gateway
from tests.support.media import no_report
from workers.context import Context
from workers.pipelines.prompt_to_lyrics import run


class Writer:
    """Remembers what it was asked for."""

    def __init__(self, complaint: str = "") -> None:
        self.asked: list[tuple[str, str, int]] = []
        self.complaint = complaint

    def write(self, prompt: str, *, genre: str = "", seed: int, report: Report) -> Lyrics:
        self.asked.append((prompt, genre, seed))
        if self.complaint:
            raise ValueError(self.complaint)
        report(1.0)
        return Lyrics("Sea", "[Verse 1]\nla")


class Lent:
    """The engines of a task: one writer."""

    names = "writer"

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def load(self, task: str) -> Writer:
        assert task == "lyrics"
        return self.writer


def context(writer: Writer, tmp_path: object) -> Context:
    media = Media(Settings(_env_file=None).media)  # type: ignore[call-arg]  # pydantic-settings' own
    return Context({}, media, tmp_path, no_report, Lent(writer))  # type: ignore[arg-type]


def test_words_genre_and_a_new_seed_reach_the_writer(tmp_path: object) -> None:
    writer = Writer()

    for _ in range(2):
        ctx = context(writer, tmp_path)
        run(Params(prompt="the sea", genre="folk"), ctx)

    assert (ctx.values["lyrics"], ctx.values["title"]) == ("[Verse 1]\nla", "Sea")
    assert ctx.outputs == {}
    assert {asked[:2] for asked in writer.asked} == {("the sea", "folk")}
    assert writer.asked[0][2] != writer.asked[1][2]


def test_what_cannot_be_written_fails_with_the_writers_text(tmp_path: object) -> None:
    with pytest.raises(JobFailed, match=r"^no words$"):
        run(Params(prompt="the sea"), context(Writer("no words"), tmp_path))


@pytest.mark.asyncio
@pytest.mark.parametrize("prompt", ["x", "🐱", "the of and", "猫についての歌", "قطتي الجميلة", "word " * 199])
async def test_any_prompt_gives_a_song(gateway: Gateway, prompt: str) -> None:
    async with gateway.client() as client:
        waiting = asyncio.create_task(client.get(f"{BASE}/prompt_to_lyrics", params={"prompt": prompt}))
        while not gateway.bell.jobs:  # noqa: ASYNC110 - the bell of the tests is no event
            await asyncio.sleep(0.01)
        await asyncio.to_thread(gateway.work)
        answered = await waiting

    assert answered.status_code == 200, answered.text
    sections = answered.json()["lyrics"].split("\n\n")
    assert len(sections) >= 4
    assert all(section.startswith("[") and len(section.splitlines()) >= 3 for section in sections)
