"""Which packages an engine needs: read off its source and that of the modules of ours that it uses."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

OURS = Path(__file__).parents[1]


def versions(engine: str) -> dict[str, str]:
    """Package → version, of all that "module:class" of this package imports; empty for one that is not there."""
    names = {name for module in _reached(f"models.{engine.partition(':')[0]}") for name in _imported(module)}
    return dict(sorted(_version(name) for name in names if name != OURS.name and name not in sys.stdlib_module_names))


def _reached(module: str) -> set[str]:
    """The module, and modules of ours that it imports, directly or through others."""
    found, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name in found or _source(name) is None:
            continue
        found.add(name)
        waiting += [imported for imported in _dotted(name) if imported.startswith(f"{OURS.name}.")]
    return found


def _imported(module: str) -> set[str]:
    return {name.partition(".")[0] for name in _dotted(module)}


def _dotted(module: str) -> Iterator[str]:
    source = _source(module)
    assert source is not None
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _source(module: str) -> Path | None:
    place = OURS.parent.joinpath(*module.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


@cache
def _distributions() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())


def _version(name: str) -> tuple[str, str]:
    for distribution in _distributions().get(name, ()):
        return distribution, metadata.version(distribution)
    return name, ""
