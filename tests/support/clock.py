"""Time that only moves when a test says so."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    def __init__(self) -> None:
        self._now = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
        self._mono_s = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._mono_s

    def pass_s(self, seconds: float) -> None:
        """Time goes by."""
        self._now += timedelta(seconds=seconds)
        self._mono_s += seconds

    def jump_s(self, seconds: float) -> None:
        """Somebody sets the wall clock."""
        self._now += timedelta(seconds=seconds)
