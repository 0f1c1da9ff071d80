"""Prints docs/openapi.json, as a server serves it: `python -m scripts.openapi > docs/openapi.json`."""

import json
import sys
import tempfile
from pathlib import Path

from app.main import create_app
from app.settings import Settings


def document() -> str:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), _env_file=None)
        app = create_app(settings)
        text = json.dumps(app.openapi(), indent=1, ensure_ascii=False)
        app.state.services.db.close()
    return f"{text}\n"


if __name__ == "__main__":
    sys.stdout.write(document())
