"""README and docs/ say what the code does: endpoints, settings, commands, samples, links."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.main import get_command

from app.cli import cli
from app.features import ALL, by_name
from app.features._spec import Feature
from app.infra.webhooks import new_secret, sign
from app.settings import WebhookSettings
from scripts import endpoints_page, openapi, settings_page
from tests.support.gateway import PREFIX

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
}
WRITTEN = {
    "docs/settings.md": settings_page.page,
    "docs/endpoints.md": endpoints_page.page,
    "docs/openapi.json": openapi.document,
}
SETTINGS = {name for group in settings_page.groups() for setting in group.settings for name in setting.names}
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|[\s/`])woodshed ([a-z]+)\b")


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", PAGES[page], re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def code(page: str) -> list[str]:
    """Everything set as code: fenced, indented, or within a line."""
    text = PAGES[page]
    return [
        *re.findall(r"^```.*?^```", text, re.DOTALL | re.MULTILINE),
        *re.findall(r"^    .+", text, re.MULTILINE),
        *re.findall(r"`[^`\n]+`", text),
    ]


@pytest.mark.parametrize("name", WRITTEN)
def test_a_page_made_from_the_code_is_current(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == WRITTEN[name](), "run: make pages"


def test_the_openapi_file_is_what_a_server_serves(gateway: Any) -> None:
    assert json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")) == gateway.app.openapi()


@pytest.mark.parametrize("name", PAGES)
class TestEveryPage:
    def test_its_links_lead_somewhere(self, name: str) -> None:
        for link in LINK.findall(PAGES[name]):
            if link.startswith("https://"):
                continue
            path, _, anchor = link.partition("#")
            target = ((ROOT / name).parent / path).resolve() if path else ROOT / name
            assert target.exists(), link
            assert not anchor or anchor in anchors(target.relative_to(ROOT).as_posix()), link

    def test_it_names_settings_that_exist(self, name: str) -> None:
        assert set(re.findall(r"\bWOODSHED_[A-Z_0-9]+", PAGES[name])) <= SETTINGS

    def test_it_names_commands_that_exist(self, name: str) -> None:
        named = {command for text in code(name) for command in COMMAND.findall(text)}

        assert named <= set(get_command(cli).list_commands(None))  # type: ignore[attr-defined, arg-type]  # a group

    def test_it_names_make_targets_that_exist(self, name: str) -> None:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        named = {target for text in code(name) for target in re.findall(r"\bmake ([a-z][a-z-]*)", text)}

        assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("feature", ALL, ids=lambda feature: feature.name)
class TestEveryEndpoint:
    def test_has_a_line_in_the_readme_that_tells_its_state(self, feature: Feature) -> None:
        (line,) = re.findall(
            rf"^\| `{feature.method} {re.escape(feature.path)}` \| (.+) \|$", PAGES["README.md"], re.MULTILINE
        )
        state, engine, licence, hardware = (cell.strip() for cell in line.split("|"))

        assert state == ("works" if feature.ready else "501 for now")
        assert all((engine, licence, hardware)) == feature.ready

    def test_has_a_section(self, feature: Feature) -> None:
        assert f"### {feature.method} {feature.path}\n" in PAGES["docs/endpoints.md"]

    def test_has_its_webhook_described_when_it_works(self, feature: Feature) -> None:
        row = f"| `{feature.name}` | `{feature.display_name}` |"

        assert (row in PAGES["docs/webhooks.md"]) == feature.ready


def test_the_readme_counts_the_endpoints_that_work() -> None:
    words = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten",
             "Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen", "Twenty",
             "Twenty-one", "Twenty-two", "Twenty-three", "Twenty-four", "Twenty-five", "Twenty-six")  # fmt: skip
    ready = [feature for feature in ALL if feature.ready]

    assert f"{words[len(ready)]} endpoints work so far" in PAGES["README.md"]


def test_the_sample_of_the_readme_asks_for_what_the_endpoint_takes() -> None:
    sample = re.search(r"```python\n(.+?)```", PAGES["README.md"], re.DOTALL)
    assert sample is not None
    payload = re.search(r"^payload = (\{.+?^\})", sample[1], re.DOTALL | re.MULTILINE)
    assert payload is not None

    params = by_name("file_convert").params.model_validate(eval(payload[1]))

    assert set(params.model_fields_set) == {"audio_url", "target_format", "target_sr", "webhook_url"}
    assert f"{PREFIX}/v1/file_convert" in sample[1]


def shown_verify() -> Callable[..., None]:
    """The function that the page about webhooks shows."""
    (sample,) = re.findall(r"```python\n(.+?)```", PAGES["docs/webhooks.md"], re.DOTALL)
    names: dict[str, Any] = {}
    exec(sample, names)
    verify: Callable[..., None] = names["verify"]
    return verify


class TestWebhookPage:
    def test_its_sample_accepts_what_the_server_signs_also_while_a_secret_is_replaced(self) -> None:
        verify = shown_verify()
        new, old = new_secret(), new_secret()
        body = '{"title": "Möwe"}'.encode()
        headers = sign([SecretStr(new), SecretStr(old)], "msg_1", datetime.now(UTC), body)

        verify(new, headers, body)
        verify(old, headers, body)

    def test_its_sample_refuses_a_changed_body_a_strange_secret_and_an_old_message(self) -> None:
        verify = shown_verify()
        secret = new_secret()
        headers = sign([SecretStr(secret)], "msg_1", datetime.now(UTC), b"{}")
        old = sign([SecretStr(secret)], "msg_1", datetime(2020, 1, 1, tzinfo=UTC), b"{}")

        for wrong in ((secret, headers, b"{ }"), (new_secret(), headers, b"{}"), (secret, old, b"{}")):
            with pytest.raises(ValueError, match=r"wrong|old"):
                verify(*wrong)

    def test_it_tells_the_schedule(self) -> None:
        waits = [wait.total_seconds() for wait in WebhookSettings().schedule]

        assert waits == [0, 5, 60, 300, 1800, 7200, 28800, 64800]
        assert "5 s, 1 min, 5 min, 30 min, 2 h, 8 h and 18 h: eight tries in about 29 h" in PAGES[
            "docs/webhooks.md"
        ].replace("\n", " ")
