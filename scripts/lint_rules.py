#!/usr/bin/env python3
"""Our own lint rules, read off the syntax tree: `scripts/lint_rules.py [folder or file ...]`.

Each rule keeps one kind of thing in one place, so that a reader knows where to look and a limit set there holds
everywhere. There is no way to silence a line: what needs an exception gets a place in the rule, with its reason.
Exit code 1 and `file:line: rule: what` for every violation.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("app", "workers", "models")
EVERYTHING = (*PRODUCT, "scripts", "bench", "tests")

CHILD_PROCESSES = {
    *(
        "subprocess",
        "pty",
        "pexpect",
        "asyncio.create_subprocess_exec",
        "asyncio.create_subprocess_shell",
        "asyncio.subprocess",
    ),
    *("os.system", "os.popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.posix_spawnp"),
    *(f"os.{call}{form}" for call in ("exec", "spawn") for form in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
}
CONNECTIONS = {
    *("socket", "httpx", "httpx2", "httpcore", "httpcore2", "requests", "urllib3", "aiohttp", "websockets"),
    *("urllib.request", "http.client", "xmlrpc.client", "ftplib", "smtplib", "poplib", "imaplib", "telnetlib"),
    *("pycurl", "yt_dlp", "huggingface_hub", "torch.hub", "pooch"),
    *("asyncio.open_connection", "asyncio.open_unix_connection", "anyio.connect_tcp", "anyio.connect_unix"),
}
ENVIRONMENT = {f"os.{name}" for name in ("environ", "environb", "getenv", "getenvb", "putenv", "unsetenv")}


@dataclass(frozen=True, slots=True)
class Violation:
    path: PurePosixPath
    line: int
    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.what}"


@dataclass(frozen=True, slots=True)
class Rule:
    """`finds` yields a node and its name for each use; outside `allowed`, each is a violation.

    `rooms` are the folders the rule looks at; `allowed` are files or folders, from the root of the repository.
    """

    name: str
    finds: Callable[[ast.Module], Iterator[tuple[ast.AST, str]]]
    reason: str
    rooms: tuple[str, ...] = PRODUCT
    allowed: tuple[str, ...] = ()

    def applies(self, path: PurePosixPath) -> bool:
        return any(_within(path, room) for room in self.rooms) and not any(_within(path, ok) for ok in self.allowed)


def violations(path: PurePosixPath, source: str) -> list[Violation]:
    """What the rules say about `source`, lying at `path` from the root of the repository. Raises SyntaxError."""
    tree = ast.parse(source, str(path))
    return [
        Violation(path, getattr(node, "lineno", 1), rule.name, f"{name} – {rule.reason}")
        for rule in RULES
        if rule.applies(path)
        for node, name in rule.finds(tree)
    ]


def uses_of(names: set[str]) -> Callable[[ast.Module], Iterator[tuple[ast.AST, str]]]:
    """Finds imports of the dotted `names` or of what lies below them, and their use through an import of a parent."""

    def listed(name: str) -> bool:
        return any(name == known or name.startswith(f"{known}.") for known in names)

    def find(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
        for node, name in _imports(tree):
            if listed(name):
                yield node, name
        for node, module, name in _references(tree):
            if listed(name) and not listed(module):  # else its import has been reported
                yield node, name

    return find


def shell_commands(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "shell":
            off = isinstance(node.value, ast.Constant) and node.value.value is False
            if not off:
                yield node.value, f"shell={ast.unparse(node.value)}"


def commits(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "commit":
            yield node, ast.unparse(node)


def prints(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "print":
            yield node, "print"


RULES = (
    Rule(
        "child-process",
        uses_of(CHILD_PROCESSES),
        "only the media layer, the command line, and engines that are programs start processes: clean-up lives there",
        allowed=(
            *("app/infra/media", "app/infra/media.py", "app/cli", "models/room/isolated.py"),
            *("models/speech/flite.py", "models/speech/espeak.py", "models/transcription/embedded.py"),
        ),
    ),
    Rule(
        "connection",
        uses_of(CONNECTIONS),
        "only app/infra/egress opens connections for callers: it checks the address that is dialled",
        # The command line talks to its own server, on this machine.
        allowed=(
            "app/infra/egress",
            "app/infra/egress.py",
            "models/room/pull.py",
            "app/cli/gateway.py",  # listens
            "app/cli/demo.py",
            "app/cli/probe.py",
        ),
    ),
    Rule(
        "shell",
        shell_commands,
        "programs get argument lists; a shell would read a caller's text as commands",
        rooms=EVERYTHING,
    ),
    Rule(
        "commit",
        commits,
        "a transaction ends in one place, or a job and its webhook could be stored apart",
        allowed=("app/infra/db.py", "app/infra/group_commit.py"),
    ),
    Rule("print", prints, "a server logs; only programs run by hand print", allowed=("app/cli",)),
    Rule(
        "environment",
        uses_of(ENVIRONMENT),
        "settings are read once, in app/settings.py, and handed down",
        # Programs get what they need of the environment, and nothing else.
        allowed=("app/settings.py", "app/cli", "models/room/isolated.py", "models/speech/process.py"),
    ),
)


def _imports(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node, alias.name) for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from ((node, f"{module}.{alias.name}") for alias in names)
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node, name
            case _:
                continue


def _references(tree: ast.Module) -> Iterator[tuple[ast.AST, str, str]]:
    """Dotted names, with the module they start from. What an import renamed is put back: `import os as o` makes
    `o.environ` into `os.environ`. Only whole chains count, so that one use is reported once.
    """
    modules = dict(_bound_names(tree))
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or id(node) in inner:
            continue
        first, _, rest = ast.unparse(node).partition(".")
        if first in modules:
            yield node, modules[first], f"{modules[first]}.{rest}"


def _bound_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Modules imported under a name: from `import a.b` comes a → a, from `import a.b as c` comes c → a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (top, top)


def _within(path: PurePosixPath, place: str) -> bool:
    return path == PurePosixPath(place) or path.is_relative_to(place)


def main(arguments: list[str], root: Path = ROOT) -> int:
    places = [root / name for name in arguments] or [root / name for name in EVERYTHING if (root / name).is_dir()]
    found = [
        violation
        for place in places
        for file in (sorted(place.rglob("*.py")) if place.is_dir() else [place])
        for violation in violations(PurePosixPath(file.relative_to(root)), file.read_text(encoding="utf-8"))
    ]
    for violation in found:
        print(violation)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
