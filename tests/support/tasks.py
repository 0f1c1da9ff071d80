"""One task through the whole gateway: posted, run, looked up, downloaded."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.gateway import BASE, Gateway


@dataclass(frozen=True, slots=True)
class Ended:
    """A task that has ended; `file` is its one output, where it has one."""

    reply: dict[str, Any]
    record: dict[str, Any]
    file: Path | None

    @property
    def output(self) -> Path:
        assert self.file is not None, self.record
        return self.file


async def run_task(
    gateway: Gateway, path: str, fields: dict[str, Any], upload: Path, folder: Path, **more: Path
) -> Ended:
    """Post `upload` to an endpoint, let a worker run it, and download its output into `folder`.

    `more`: further uploads by field, such as reference_audio_file.
    """
    async with gateway.client() as client:
        uploads = {name: (file.name, file.read_bytes()) for name, file in {"audio_file": upload, **more}.items()}
        posted = await client.post(f"{BASE}/{path}", data=fields, files=uploads)
        assert posted.status_code == 200, posted.text
        gateway.work()
        looked_up = await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})
        record = looked_up.json()["conversion"]
        link = record.get("conversion_path")
        if link and link.startswith("{"):  # one link per stem
            link = next(iter(json.loads(link).values()))
        if not link:
            return Ended(posted.json(), record, None)
        downloaded = await client.get(link)
        assert downloaded.status_code == 200
        name = Path(link.partition("?")[0]).name
        file = folder / name
        file.write_bytes(downloaded.content)
    return Ended(posted.json(), record, file)
