"""byId, byUser, cancel and the webhooks of a task."""

import base64
import json
import time
from pathlib import Path

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from app.jobs.store import find_job
from tests.support.gateway import BASE, Gateway
from tests.support.receivers import Receiver, answer, script
from tests.support.wav import wav_bytes

pytestmark = pytest.mark.asyncio
UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def submitted(client: httpx.AsyncClient, **fields: str) -> dict[str, str]:
    answered = await client.post(
        f"{BASE}/file_convert",
        data={"target_format": "flac", **fields},
        files={"audio_file": ("Mein Lied.wav", wav_bytes())},
    )
    assert answered.status_code == 200, answered.text
    reply: dict[str, str] = answered.json()
    return reply


class TestById:
    async def test_every_look_up_of_the_contract_finds_the_task(self, gateway: Gateway) -> None:
        async with gateway.client() as client:
            reply = await submitted(client)
            task, conversion = reply["task_id"], reply["conversion_id"]
            for query in (
                {"conversionType": "FILE_CONVERT", "task_id": task},
                {"conversionType": "FILE_CONVERSION", "task_id": task},
                {"conversionType": "FILE_CONVERT", "conversion_id": conversion},
                {"task_id": task, "conversion_id": conversion},
                {"task_id": task},
                {"conversion_id": task},
                {"task_id": task, "conversion_id": ""},
            ):
                answered = await client.get(f"{BASE}/byId", params=query)
                assert answered.status_code == 200, (query, answered.text)
                assert answered.json()["conversion"]["task_id"] == task

    async def test_a_finished_task_has_links_status_and_mirrors(self, gateway: Gateway) -> None:
        async with gateway.client() as client:
            reply = await submitted(client)
            gateway.work()
            body = (await client.get(f"{BASE}/byId", params={"task_id": reply["task_id"]})).json()
            record = body["conversion"]
            assert record["status"] == body["status"] == "COMPLETED"
            assert record["feature"] == "FILE_CONVERT"
            assert record["conversion_path"] == record["output_path"] == record["output_file_path"] == body["audio_url"]
            assert record["progress"] == 100
            assert record["engine"]
            assert record["createdAt"].endswith("+00:00")
            link = record["conversion_path"]
            got = await client.get(link, headers={"Authorization": ""})

        assert got.status_code == 200
        assert got.headers["content-type"] == "audio/flac"
        assert "Mein%20Lied.flac" in got.headers["content-disposition"]
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.content[:4] == b"fLaC"

    async def test_the_link_of_the_first_answer_works_once_it_is_done(self, gateway: Gateway) -> None:
        async with gateway.client() as client:
            reply = await submitted(client)
            early = await client.get(reply["output_path"])
            gateway.work()
            late = await client.get(reply["output_path"])

        assert (early.status_code, late.status_code) == (404, 200)

    async def test_ids_that_are_not_yours_do_not_exist(self, gateway: Gateway) -> None:
        async with gateway.client() as client:
            reply = await submitted(client)
            unknown = await client.get(f"{BASE}/byId", params={"task_id": UNKNOWN})
            nothing = await client.get(f"{BASE}/byId")
            foreign = await client.get(f"{BASE}/byId", params={"task_id": reply["task_id"], "conversion_id": UNKNOWN})
        async with gateway.client(gateway.new_key()) as stranger:
            for query in ({"task_id": reply["task_id"]}, {"conversion_id": reply["conversion_id"]}):
                assert (await stranger.get(f"{BASE}/byId", params=query)).status_code == 404
            for method, path in (
                ("POST", "cancel"), ("GET", "webhooks"), ("POST", "webhooks/redeliver"),
            ):  # fmt: skip
                answered = await stranger.request(method, f"{BASE}/tasks/{reply['task_id']}/{path}")
                assert answered.status_code == 404
            assert (await stranger.get(f"{BASE}/byUser")).json()["total"] == 0

        assert unknown.status_code == 404
        assert nothing.status_code == 400
        assert nothing.json()["message"] == "Invalid request parameters"
        assert foreign.status_code == 400

    async def test_polling_too_often_is_a_429(self, gateway: Gateway) -> None:
        gateway.services.polls._size = 3.0
        async with gateway.client() as client:
            statuses = [(await client.get(f"{BASE}/byId", params={"task_id": UNKNOWN})).status_code for _ in range(5)]

        assert statuses == [404, 404, 404, 429, 429]


class TestByUser:
    async def test_pages_through_all_tasks_once(self, gateway: Gateway) -> None:
        async with gateway.client() as client:
            tasks = []
            for _ in range(7):
                tasks.append((await submitted(client))["task_id"])
                gateway.clock.pass_s(1)
            for order, expected in (("DESC", tasks[::-1]), ("ASC", tasks)):
                seen: list[str] = []
                query = {"limit": "3", "sortOrder": order}
                while True:
                    page = (await client.get(f"{BASE}/byUser", params=query)).json()
                    assert page["success"] is True
                    assert page["total"] == 7
                    seen += [record["task_id"] for record in page["conversions"]]
                    if page["LastEvaluatedKey"] is None:
                        break
                    query["LastEvaluatedKey"] = page["LastEvaluatedKey"]
                assert seen == expected

    @pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "x"}, {"sortOrder": "UP"}, {"conversionType": "NO"}])
    async def test_nonsense_is_a_422(self, gateway: Gateway, query: dict[str, str]) -> None:
        async with gateway.client() as client:
            assert (await client.get(f"{BASE}/byUser", params=query)).status_code == 422

    async def test_a_made_up_page_token_is_a_400(self, gateway: Gateway) -> None:
        async with gateway.client() as client:
            made_up = (["0001-01-01T00:00:00+05:00", UNKNOWN], ["2020-01-01T00:00:00", "\ud800"], [1, 2], {"a": 1})
            tokens = [base64.urlsafe_b64encode(json.dumps(value).encode()).decode() for value in made_up]
            for token in ("x", "bm8=", "W10=", "WyJub3ciLCAxXQ==", *tokens):
                answered = await client.get(f"{BASE}/byUser", params={"LastEvaluatedKey": token})
                assert answered.status_code == 400, token

    @pytest.mark.parametrize("at", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
    async def test_times_outside_of_the_calendar_are_a_422(self, gateway: Gateway, at: str) -> None:
        async with gateway.client() as client:
            assert (await client.get(f"{BASE}/byUser", params={"startDate": at})).status_code == 422

    @pytest.mark.parametrize("text", ["\0", "a b", "ü", "../x"])
    async def test_what_can_be_no_id_is_a_422(self, gateway: Gateway, text: str) -> None:
        async with gateway.client() as client:
            assert (await client.get(f"{BASE}/byId", params={"task_id": text})).status_code == 422


class TestWebhook:
    async def test_arrives_signed_with_the_documented_payload(self, gateway: Gateway) -> None:
        secret = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
        from pydantic import SecretStr

        gateway.services.settings.webhooks.secrets = [SecretStr(secret)]
        gateway.clock._now = __import__("datetime").datetime.now(__import__("datetime").UTC)
        with Receiver(answer()) as receiver:
            async with gateway.client() as client:
                reply = await submitted(client, webhook_url=f"{receiver.url}/hook?secret=1&x=%20")
            gateway.work()
            gateway.deliver()

        (request,) = receiver.requests
        assert request.target == "/hook?secret=1&x=%20"
        payload = json.loads(request.body)
        link = payload.pop("output_file_path")
        assert link.startswith("http://studio.test/api/public/files/")
        assert payload == {
            "success": True,
            "conversion_type": "File Conversion",
            "task_id": reply["task_id"],
            "conversion_id": reply["conversion_id"],
            "message": "File conversion completed",
            "status": "COMPLETED",
        }
        assert Webhook(secret).verify(request.body, dict(request.headers))

    async def test_failures_are_retried_listed_and_redelivered(self, gateway: Gateway) -> None:
        with Receiver(script(answer(500), answer(500), answer(200))) as receiver:
            async with gateway.client() as client:
                reply = await submitted(client, webhook_url=receiver.url)
                path = f"{BASE}/tasks/{reply['task_id']}/webhooks"
                gateway.work()
                for _ in range(4):
                    gateway.deliver()
                    gateway.clock.pass_s(90)
                    gateway.housekeeping.reap()
                (listed,) = (await client.get(path)).json()["webhooks"]
                assert [tried["status"] for tried in listed["attempts"]] == [500, 500, 200]
                assert listed["state"] == "delivered"
                assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
                assert len({request.headers["webhook-timestamp"] for request in receiver.requests}) == 3

                await client.post(f"{path}/redeliver")
                gateway.deliver()

        assert len(receiver.requests) == 4

    async def test_a_failed_task_says_why(self, gateway: Gateway) -> None:
        with Receiver(answer(404)) as source, Receiver(answer()) as receiver:
            async with gateway.client() as client:
                answered = await client.post(
                    f"{BASE}/file_convert",
                    data={"target_format": "wav", "audio_url": source.url, "webhook_url": receiver.url},
                )
                gateway.work()
                gateway.deliver()
                record = (await client.get(f"{BASE}/byId", params={"task_id": answered.json()["task_id"]})).json()

        (request,) = receiver.requests
        payload = json.loads(request.body)
        assert payload["success"] is False
        assert payload["status"] == record["status"] == "ERROR"
        assert payload["error"] == "The file could not be downloaded from the provided URL"
        assert gateway.files() == []


class TestCancel:
    async def test_while_queued_ends_with_one_webhook_and_nothing_on_disk(self, gateway: Gateway) -> None:
        with Receiver(answer()) as receiver:
            async with gateway.client() as client:
                reply = await submitted(client, webhook_url=receiver.url)
                for _ in range(2):
                    answered = await client.post(f"{BASE}/tasks/{reply['task_id']}/cancel")
                    assert answered.json()["status"] == "FAILED"
                gateway.work()
                gateway.deliver()
                gateway.housekeeping.sweep()
                record = (await client.get(f"{BASE}/byId", params={"task_id": reply["task_id"]})).json()["conversion"]

        assert len(receiver.requests) == 1
        assert record["message"] == "Cancelled by the caller"
        assert gateway.files() == []

    async def test_after_the_outputs_were_stored_leaves_none_of_them(self, gateway: Gateway) -> None:
        """The worker hears of the cancel when all is done but the last word."""
        storage = gateway.services.storage
        async with gateway.client() as client:
            reply = await submitted(client)
            put = storage.put

            def put_and_cancel(key: str, path: Path, content_type: str) -> None:
                put(key, path, content_type)
                if key.endswith("manifest.json"):
                    with gateway.services.db.transaction() as session:
                        job = find_job(session, gateway.key_id, task_id=reply["task_id"])
                        gateway.services.jobs.cancel(session, job, gateway.clock.now())
                    time.sleep(4.0)  # until the worker listens again, on a busy machine too

            storage.put = put_and_cancel  # type: ignore[method-assign]  # the moment is the point of this test
            gateway.work()
            record = (await client.get(f"{BASE}/byId", params={"task_id": reply["task_id"]})).json()["conversion"]
            planned = await client.get(reply["output_path"])

        assert record["message"] == "Cancelled by the caller"
        assert planned.status_code == 404
        assert gateway.files() == []
