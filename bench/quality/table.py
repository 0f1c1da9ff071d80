"""Figures of quality against their targets."""

from dataclasses import dataclass

from bench.table import Line, met

HEAD = ("Endpoint", "Set", "Metric", "Target", "Got", "Met")


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric; `target` None: shown for knowledge only."""

    metric: str
    got: float
    target: float | None = None
    unit: str = ""
    higher_is_better: bool = True

    @property
    def is_met(self) -> bool:
        if self.target is None:
            return True
        return self.got >= self.target if self.higher_is_better else self.got <= self.target

    def line(self, endpoint: str, set_name: str) -> Line:
        sign = "≥" if self.higher_is_better else "≤"
        unit = f" {self.unit}" if self.unit else ""
        target = "" if self.target is None else f"{sign} {self.target:g}{unit}"
        return (endpoint, set_name, self.metric, target, f"{self.got:.3g}{unit}", met(self.is_met))
