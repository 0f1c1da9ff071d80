"""No route without a key but the public ones, and no key but a good one."""

from collections.abc import Iterable

import pytest
from fastapi.routing import iter_route_contexts

from tests.support.gateway import BASE, Gateway

PUBLIC = {
    "/livez",
    "/readyz",
    "/openapi.json",
    "/docs",
    "/docs/oauth2-redirect",
    "/redoc",
    "/api/public/files/{key:path}",
}
pytestmark = pytest.mark.asyncio


def routes(gateway: Gateway) -> Iterable[tuple[str, str]]:
    for route in iter_route_contexts(gateway.app.routes):
        assert route.path is not None
        for method in sorted(route.methods or ()):
            if method != "HEAD":
                yield method, route.path


async def test_every_route_wants_a_key_unless_it_is_public(gateway: Gateway) -> None:
    async with gateway.client("wrong") as client:
        for method, path in routes(gateway):
            answered = await client.request(
                method, path.replace(":path", "").format(key="x", task_id="t", model_id="m", voice_id="v")
            )
            if path in PUBLIC:
                assert answered.status_code != 401, path
            else:
                assert answered.status_code == 401, f"{method} {path}: {answered.status_code}"
                assert answered.json()["message"] == "Authentication failed"


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer ", "x" * 10_000, "ws_", "\xff"])
async def test_bad_keys_are_401(gateway: Gateway, key: str) -> None:
    async with gateway.client() as client:
        headers = {"Authorization": key.encode("latin-1")}
        assert (await client.get(f"{BASE}/byUser", headers=headers)).status_code == 401


async def test_a_revoked_key_is_401_at_once(gateway: Gateway) -> None:
    from app.jobs.keys import revoke_key

    async with gateway.client() as client:
        assert (await client.get(f"{BASE}/byUser")).status_code == 200
    with gateway.services.db.transaction() as session:
        revoke_key(session, gateway.key_id, gateway.clock.now())

    async with gateway.client() as client:
        assert (await client.get(f"{BASE}/byUser")).status_code == 401


async def test_keys_are_stored_hashed(gateway: Gateway) -> None:
    database = gateway.services.settings.data_dir / "woodshed.db"
    stored = b"".join(path.read_bytes() for path in database.parent.glob("woodshed.db*"))

    assert gateway.key.encode() not in stored


async def test_a_changed_link_is_403_and_names_outside_the_store_are_404(gateway: Gateway) -> None:
    services = gateway.services
    good = services.links.url("", "outputs/0/x.wav", gateway.clock.now())
    planted = services.links.url("", "outputs/../../woodshed.db", gateway.clock.now())
    async with gateway.client("") as client:
        assert (await client.get(f"/api/public{good}0")).status_code == 403
        assert (await client.get(f"/api/public{good}")).status_code == 404
        assert (await client.get(f"/api/public{planted}")).status_code in {403, 404}
        assert (await client.get("/api/public/files/outputs/0/x.wav")).status_code == 403
