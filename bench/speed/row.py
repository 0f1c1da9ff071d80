"""One figure against its target, and what it is compared with."""

from dataclasses import dataclass

from bench.table import Line, met

HEAD = ("What", "Woodshed", "Instead", "Figure", "Target", "Met")


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    ours: str
    theirs: str
    figure: str
    target: str
    met: bool

    @property
    def line(self) -> Line:
        return (self.what, self.ours, self.theirs, self.figure, self.target, met(self.met))
