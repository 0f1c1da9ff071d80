"""Polls per minute and key. Counted per process: the limit protects the server, it is not for billing."""

import math
from collections import OrderedDict

from app.errors import Busy
from app.infra.clock import Clock

WINDOW_S = 60.0
MAX_KEYS = 10_000


class PollLimiter:
    """A token bucket per key."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._size = float(per_minute)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key_id: str) -> None:
        """Count one poll; raises Busy when the bucket is empty."""
        now_s = self._clock.monotonic_s()
        tokens, at_s = self._buckets.pop(key_id, (self._size, now_s))
        tokens = min(self._size, tokens + (now_s - at_s) * self._size / WINDOW_S)
        short = tokens < 1.0
        self._buckets[key_id] = (tokens if short else tokens - 1.0, now_s)
        while len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
        if short:
            wait_s = math.ceil((1.0 - tokens) * WINDOW_S / self._size)
            raise Busy("Too many byId requests; slow down or use webhooks", retry_after_s=max(1, wait_s))
