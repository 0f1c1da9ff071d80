"""What the programs that speak have in common."""

import os
from collections.abc import Callable

Beat = Callable[[], None]
"""Called while a program is waited for; raises to stop."""

KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "SYSTEMROOT", "LD_LIBRARY_PATH")


class SpeechFailed(Exception):
    """A program that speaks is missing, has died or takes too long."""


def environment() -> dict[str, str]:
    """Of our variables those that a program needs; keys and passwords stay here."""
    return {name: os.environ[name] for name in KEPT if name in os.environ}
