"""Virtual environments of isolated engines, below the weights.

    <root>/<name>                  link to the environment that counts
    <root>/.built/<name>.<random>  environments as they were built: they cannot be moved
    <root>/.work/                  files on their way to an engine and back

An environment is made from a recipe, a folder with `requirements.lock` (exact versions with hashes, perhaps none) and
`worker.py` (speaks the protocol of `models.room.isolated`). It counts once its record is written, which comes last.
"""

import contextlib
import json
import re
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from models.room.locks import Locked, held
from models.room.manifest import NAME
from models.room.store import InUse, StoreError, sha256_of, write_whole

LOCK_FILE, PROGRAM, RECORD = "requirements.lock", "worker.py", ".record"
BUILT, WORK, LOCKS = ".built", ".work", ".locks"
Run = Callable[[Sequence[str]], None]
"""Runs a program to its end; raises StoreError with what it said when it fails."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What an environment was built from. `packages`: name==version, as the lock file has them."""

    name: str
    python: str
    packages: tuple[str, ...]
    lock_sha256: str
    program_sha256: str
    at: str


class Environments:
    def __init__(self, root: Path) -> None:
        self.root = root

    def get(self, name: str) -> Environment | None:
        """None where it is not built, or its record cannot be read."""
        try:
            found = json.loads((self.root / name / RECORD).read_text(encoding="utf-8"))
            return Environment(**{**found, "packages": tuple(found["packages"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def all(self) -> list[Environment]:
        names = sorted(path.name for path in self.root.glob("*") if re.fullmatch(NAME, path.name))
        return [found for name in names if (found := self.get(name)) is not None]

    def command(self, name: str) -> list[str]:
        """How the environment's program is started: without the packages and variables of whoever starts it."""
        folder = (self.root / name).resolve()
        return [str(folder / "bin" / "python"), "-E", "-s", "-u", str(folder / PROGRAM)]

    def build(self, name: str, recipe: Path, *, python: str, run: Run) -> Environment:
        """Build an environment from its recipe; one of that name is replaced when the new one is whole.

        `python`: the interpreter it is for. Raises StoreError, and InUse while a worker runs the old one.
        """
        if not re.fullmatch(NAME, name):
            message = f"{name} is no name for an environment: small letters, digits, dots and dashes"
            raise StoreError(message)
        for needed in (LOCK_FILE, PROGRAM):
            if not (recipe / needed).is_file():
                message = f"{recipe} lacks {needed}"
                raise StoreError(message)
        packages = _packages(recipe / LOCK_FILE)
        with self._alone(name):
            (self.root / BUILT).mkdir(parents=True, exist_ok=True)
            target = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=self.root / BUILT))
            try:
                self._fill(target, recipe, bool(packages), python, run)
                made = Environment(
                    name=name,
                    python=python,
                    packages=packages,
                    lock_sha256=sha256_of(target / LOCK_FILE),
                    program_sha256=sha256_of(target / PROGRAM),
                    at=datetime.now(UTC).isoformat(timespec="seconds"),
                )
                write_whole(target / RECORD, json.dumps(asdict(made), indent=1))
                link = self.root / f".{target.name}"
                link.symlink_to(target.relative_to(self.root))
                link.replace(self.root / name)
            except BaseException:
                shutil.rmtree(target, ignore_errors=True)
                raise
            self._forget_others(name, target.name)
        return made

    @staticmethod
    def _fill(target: Path, recipe: Path, has_packages: bool, python: str, run: Run) -> None:
        shutil.copyfile(recipe / LOCK_FILE, target / LOCK_FILE)
        shutil.copyfile(recipe / PROGRAM, target / PROGRAM)
        run([python, "-m", "venv", *(() if has_packages else ("--without-pip",)), str(target)])
        if has_packages:
            run([
                str(target / "bin" / "python"), "-E", "-s", "-m", "pip", "install", "--quiet", "--no-input",
                "--disable-pip-version-check", "--require-hashes", "--no-deps", "-r", str(target / LOCK_FILE),
            ])  # fmt: skip

    def remove(self, name: str) -> None:
        """Raises StoreError when it is not there, InUse while a worker runs it."""
        if not (self.root / name).is_symlink():
            message = f"There is no environment {name}"
            raise StoreError(message)
        with self._alone(name):
            (self.root / name).unlink()
            self._forget_others(name, "")

    @contextlib.contextmanager
    def in_use(self, name: str) -> Iterator[None]:
        """Hold an environment: it is neither replaced nor removed meanwhile."""
        with self._held(name, f"the environment {name} is being changed", alone=False):
            yield

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for files on their way; what a killed process left is deleted on the way."""
        work = self.root / WORK
        work.mkdir(parents=True, exist_ok=True)
        for left in work.iterdir():
            with contextlib.suppress(Locked), held(self.root / LOCKS / left.name, alone=True):
                shutil.rmtree(left, ignore_errors=True)
                (self.root / LOCKS / left.name).unlink(missing_ok=True)
        with contextlib.ExitStack() as stack:
            # The lock first: a folder without one would be taken for a leftover.
            name = uuid.uuid4().hex
            stack.enter_context(held(self.root / LOCKS / name, alone=True))
            folder = work / name
            folder.mkdir(mode=0o700)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
                (self.root / LOCKS / name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        with self._held(name, f"the environment {name} is in use", alone=True):
            yield

    @contextlib.contextmanager
    def _held(self, name: str, otherwise: str, *, alone: bool) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(held(self.root / LOCKS / f"{name}.env", alone=alone))
            except Locked:
                raise InUse(otherwise) from None
            yield

    def _forget_others(self, name: str, kept: str) -> None:
        """Delete what was built of that name and does not count, half-built ones included."""
        for folder in (self.root / BUILT).glob("*"):
            if folder.name.rpartition(".")[0] == name and folder.name != kept:
                shutil.rmtree(folder, ignore_errors=True)


def _packages(lock: Path) -> tuple[str, ...]:
    """Raises StoreError for a line that is not an exact version with its hashes."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in lines:
        if not re.match(r"[\w.-]+(\[[\w,.-]+\])?==\S+ .*--hash=sha256:[0-9a-f]{64}", line):
            message = f"{lock.name}: {line[:60]} is not name==version --hash=sha256:…"
            raise StoreError(message)
    return tuple(line.split()[0] for line in lines)
