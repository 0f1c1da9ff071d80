"""Download links: only ours, only in time."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.errors import LinkRefused
from app.infra.links import Links, link_secret
from app.settings import Settings
from tests.support.clock import FakeClock

KEY = "outputs/0b5c7d3e-1111-4222-8333-123456789abc/song.wav"


def parts(url: str) -> tuple[str, str]:
    query = parse_qs(urlsplit(url).query)
    return query["expires"][0], query["signature"][0]


def test_a_link_verifies_until_it_expires(clock: FakeClock) -> None:
    links = Links("secret", timedelta(hours=1))
    expires, signature = parts(links.url("https://x/api/public", KEY, clock.now()))

    links.verify(KEY, expires, signature, clock.now())
    clock.pass_s(3 * 3600)
    with pytest.raises(LinkRefused, match="expired"):
        links.verify(KEY, expires, signature, clock.now())


@pytest.mark.parametrize("what", ["key", "expires", "signature", "secret"])
def test_a_changed_link_is_refused(clock: FakeClock, what: str) -> None:
    links = Links("secret", timedelta(hours=1))
    expires, signature = parts(links.url("https://x", KEY, clock.now()))
    key = KEY.replace("song", "other") if what == "key" else KEY
    expires = str(int(expires) + 1) if what == "expires" else expires
    signature = signature[:-1] + ("0" if signature[-1] != "0" else "1") if what == "signature" else signature
    links = Links("other", timedelta(hours=1)) if what == "secret" else links

    with pytest.raises(LinkRefused):
        links.verify(key, expires, signature, clock.now())


@pytest.mark.parametrize("expires", ["", "soon", "-1", "9" * 50, "１２３", "1e9"])
def test_nonsense_is_refused(clock: FakeClock, expires: str) -> None:
    with pytest.raises(LinkRefused):
        Links("secret", timedelta(hours=1)).verify(KEY, expires, "ü", clock.now())


def test_all_processes_of_a_data_folder_share_one_secret(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")

    first = link_secret(settings)

    assert len(first) == 64
    assert link_secret(settings) == first
    assert (tmp_path / "data" / "link.secret").stat().st_mode & 0o077 == 0
