"""`woodshed demo`: the sample request of the documentation's File Conversion page, played against a running server.

`woodshed demo song` makes a song instead, without a server.
"""

import json
import time
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx
import typer
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.cli import lock
from app.cli.demo_site import Site
from app.cli.demo_song import song
from app.cli.demo_sound import LENGTH_S, Sound, melody, sound_of
from app.cli.terminal import DataDir, fail, out, settings_for
from app.contract.enums import Status
from app.errors import FetchFailed
from app.settings import Settings

KEY_FILE = "api.key"
PREFIX = "/api/public"
PATH = f"{PREFIX}/v1/file_convert"
TOLERANCE_S = 0.05
TIMEOUT_S = 30.0
POLL_S = 0.25
WEBHOOK_WAIT_S = 15.0
NO_WEBHOOK = "webhook_url cannot be used"
ENDED = {Status.COMPLETED, Status.FAILED, Status.ERROR}
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Failed(Exception):
    """The server did something else than documented; the text says what."""


demo = typer.Typer(
    invoke_without_command=True,
    help="Play the documentation's sample request against a running server; `demo song` makes a song.",
)
demo.command("song")(song)


@demo.callback()
def request(
    ctx: typer.Context,
    url: Annotated[str, typer.Option(help="Another server than that of the data folder.")] = "",
    key: Annotated[str, typer.Option(help="API key. (default: the first key of the data folder)")] = "",
    wait_s: Annotated[float, typer.Option("--wait", min=1, help="Longest wait for a task, in seconds.")] = 120.0,
    data_dir: DataDir = None,
) -> None:
    """Play the documentation's sample request against a running server, step by step.

    It makes a melody, offers it to the server as a link and as an upload, and shows everything that goes over the
    wire. Exit code 1 when anything is not as documented.
    """
    if ctx.invoked_subcommand:
        return
    settings = settings_for(data_dir)
    base, secret = _server(settings, url, key)
    is_here = urlsplit(base).hostname in LOOPBACK
    # A proxy of the environment does not lead to this machine.
    client = httpx.Client(base_url=base, headers={"Authorization": secret}, timeout=TIMEOUT_S, trust_env=not is_here)
    with client, Site(melody()) as site:
        try:
            Demo(client, site, settings, wait_s).play(is_here=is_here)
        except Failed as error:
            fail(str(error))
        except httpx.HTTPError as error:
            fail(f"{base} cannot be reached: {error}")
    out.print("OK", style="bold green")


def _server(settings: Settings, url: str, key: str) -> tuple[str, str]:
    """Where to post, and with which key."""
    if not url:
        found = lock.running(settings.data_dir)
        if found is None or not found.url:
            fail(
                f"No server runs on the data folder {settings.data_dir}; start `woodshed serve`, or name one with --url"
            )
        url = found.url
    if not key:
        try:
            key = (settings.data_dir / KEY_FILE).read_text(encoding="ascii").strip()
        except OSError:
            fail(f"There is no key in {settings.data_dir / KEY_FILE}; give one with --key")
    return url.rstrip("/").removesuffix("/v1").removesuffix(PREFIX), key


class Demo:
    """Both forms of the sample, each from the post to the downloaded file."""

    def __init__(self, client: httpx.Client, site: Site, settings: Settings, wait_s: float) -> None:
        self._client = client
        self._base = str(client.base_url).rstrip("/")
        self._site = site
        self._settings = settings
        self._wait_s = wait_s

    def play(self, *, is_here: bool) -> None:
        if not is_here:
            _step("Option 1, a link, is left out: a server elsewhere cannot reach this machine.")
        reaches_us = is_here and self._url_form()
        self._upload_form(with_webhook=reaches_us)

    def _url_form(self) -> bool:
        """False when the server may not connect to this machine."""
        payload = {
            "audio_url": f"{self._site.url}/audio.wav",
            "target_format": "wav",
            "target_sr": "44100",
            "webhook_url": f"{self._site.url}/callback",
        }
        _step("Option 1: requests.post(url, headers=headers, data=payload)")
        response = self._post(payload)
        if _is_refused(response):
            _note(
                "This server lets no link and no webhook reach its own machine, which is right for the internet. To "
                "see this form here, start it with `woodshed serve --allow-loopback`. On with an upload and no webhook."
            )
            return False
        self._follow(response, Sound("WAV", 44_100, 16, LENGTH_S), with_webhook=True)
        return True

    def _upload_form(self, *, with_webhook: bool) -> None:
        payload = {"target_format": "flac", "target_bit_depth": "24"}
        if with_webhook:
            payload["webhook_url"] = f"{self._site.url}/callback"
        _step("Option 2: requests.post(url, headers=headers, data=payload, files=files)")
        response = self._post(payload, upload=melody())
        self._follow(response, Sound("FLAC", 44_100, 24, LENGTH_S), with_webhook=with_webhook)

    def _post(self, payload: Mapping[str, str], upload: bytes | None = None) -> httpx.Response:
        _show(f"POST {self._base}{PATH}", payload)
        files = None if upload is None else {"audio_file": ("audio.wav", upload)}
        return self._client.post(PATH, data=payload, files=files)

    def _follow(self, response: httpx.Response, expected: Sound, *, with_webhook: bool) -> None:
        reply = _body(response)
        _show(f"{response.status_code} {response.reason_phrase}", reply)
        for name in ("task_id", "conversion_id", "output_path", "credit_estimate", "eta"):
            _require(name in reply, f"The answer has no {name}")
        record = self._poll(reply["task_id"])
        state = record["status"]
        _require(state == Status.COMPLETED, f"The task ended as {state}: {record['status_msg']}")
        if with_webhook:
            self._check_webhook(reply)
        self._check_file(reply["output_path"], expected)

    def _poll(self, task_id: str) -> dict[str, Any]:
        _note(f"GET {PREFIX}/v1/byId?conversionType=FILE_CONVERT&task_id={task_id}")
        shown = ""
        ends_s = time.monotonic() + self._wait_s
        while time.monotonic() < ends_s:
            query = {"conversionType": "FILE_CONVERT", "task_id": task_id}
            record: dict[str, Any] = _body(self._client.get(f"{PREFIX}/v1/byId", params=query))["conversion"]
            line = f"{record['status']} {record['progress']:.0f} %"
            if line != shown:
                shown = line
                _note(f"  {line}")
            if record["status"] in ENDED:
                return record
            time.sleep(POLL_S)
        msg = f"The task has not ended after {self._wait_s:g} s"
        raise Failed(msg)

    def _check_webhook(self, reply: Mapping[str, Any]) -> None:
        posted = self._site.webhook(reply["task_id"], WEBHOOK_WAIT_S)
        if posted is None:
            msg = f"No webhook came within {WEBHOOK_WAIT_S:g} s"
            raise Failed(msg)
        payload = json.loads(posted.body)
        _show("Webhook received", payload)
        belongs = payload.get("success") is True and payload.get("conversion_id") == reply["conversion_id"]
        _require(belongs, "The webhook does not belong to the answer")
        secrets = [secret.get_secret_value() for secret in self._settings.webhooks.secrets]
        if "webhook-signature" in posted.headers and secrets:
            try:
                Webhook(secrets[0]).verify(posted.body, posted.headers)
            except WebhookVerificationError as error:
                msg = f"The signature of the webhook is wrong: {error}"
                raise Failed(msg) from None
            _note("Its signature is good.")

    def _check_file(self, link: str, expected: Sound) -> None:
        response = self._client.get(link)
        _require(response.is_success, f"The result cannot be downloaded: {response.status_code}")
        found = sound_of(response.content)
        if found is None:
            raise Failed("The downloaded file is neither WAV nor FLAC")
        size = f"{len(response.content):,} bytes"
        _note(f"GET {link}")
        _note(f"  {size}: {found.kind}, {found.rate_hz} Hz, {found.bits} bits, {found.duration_s:.3f} s")
        same = (found.kind, found.rate_hz, found.bits) == (expected.kind, expected.rate_hz, expected.bits)
        _require(
            same and abs(found.duration_s - expected.duration_s) <= TOLERANCE_S,
            f"The file should be {expected.kind}, {expected.rate_hz} Hz, {expected.duration_s:g} s",
        )


def _is_refused(response: httpx.Response) -> bool:
    """True when the server may not connect to this machine."""
    message = "" if response.is_success else str(_json(response).get("message", ""))
    return message == FetchFailed.TEXT or message.startswith(NO_WEBHOOK)


def _body(response: httpx.Response) -> dict[str, Any]:
    """The JSON of a good answer. Raises Failed for any other."""
    body = _json(response)
    text = f"{response.request.url.path} answered {response.status_code}: {body.get('message', '')}"
    _require(response.is_success and body.get("success") is True, text)
    return body


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}


def _require(is_so: bool, text: str) -> None:
    if not is_so:
        raise Failed(text)


def _step(text: str) -> None:
    out.print()
    out.print(text, style="bold", markup=False, soft_wrap=True)


def _note(text: str) -> None:
    out.print(f"  {text}", markup=False, soft_wrap=True)


def _show(title: str, fields: Mapping[str, Any]) -> None:
    _note(title)
    for name, value in fields.items():
        _note(f"    {name:<17} {value}")
