"""What is known of a model before any of its files is there: one YAML file each, ours and the operator's."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

BUILT_IN = Path(__file__).parents[1] / "manifests"
SHA256_DIGITS = 64
# Formats whose reading runs code that the file brings along.
PICKLES = (".th", ".pt", ".pth", ".ckpt", ".bin")
ISOLATED = "isolated:"
ISOLATED_TASKS = ("denoise", "deecho", "dereverb", "separation")  # those of models.room.isolated_engines
NAME = r"[a-z0-9][a-z0-9._-]{0,63}"


class ManifestError(Exception):
    """A manifest that cannot be used; the text says where and why."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Licence(_Part):
    """`accept`: none, click (somebody must say yes once) or gated (the hub asks for an account besides)."""

    code: str
    weights: str = ""
    commercial: Literal["yes", "no", "conditional", "unknown"] = "yes"
    accept: Literal["none", "click", "gated"] = "none"
    attribution: str = ""


class Source(_Part):
    """Where files are pulled from: a hub repository at a commit, or a folder of an HTTP server."""

    kind: Literal["hub", "http", "none"] = "none"
    repo: str = ""
    revision: str = "main"
    url: str = ""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.kind == "hub" and not re.fullmatch(r"[\w.-]+/[\w.-]+", self.repo):
            raise ValueError("a hub source needs repo: owner/name")
        if self.kind == "http" and not self.url.startswith(("http://", "https://")):
            raise ValueError("an http source needs a url")
        return self


class WeightsFile(_Part):
    """`sha256` may be a beginning of at least 8 digits, or empty where the hub alone knows it. 0 bytes: not known."""

    path: str
    size_bytes: int = Field(0, ge=0)
    sha256: str = ""

    @field_validator("path")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        parts = Path(value).parts
        if not parts or Path(value).is_absolute() or ".." in parts or value.startswith("~"):
            raise ValueError("a path inside the model's folder is needed")
        return value

    @field_validator("sha256")
    @classmethod
    def _is_a_digest(cls, value: str) -> str:
        if value and not re.fullmatch(r"[0-9a-f]{8,64}", value):
            raise ValueError("sha256 is 8 to 64 hexadecimal digits")
        return value

    @property
    def is_pickle(self) -> bool:
        return self.path.endswith(PICKLES)


class Needs(_Part):
    """What must be free: GiB. `cpu`: whether it runs, or runs slowly, without a GPU."""

    cpu: Literal["yes", "slow", "no"] = "yes"
    ram_gib: float = Field(0.0, ge=0)
    vram_gib: float = Field(0.0, ge=0)


class Manifest(_Part):
    """One model.

    tasks     what it can do, the names of `models.base`'s Protocols
    engine    "module:class" in this package, or "isolated:NAME" for one in an environment of its own
    rank      of the models that can do a task, the one with the highest rank is taken; below 0 only where it is pinned
    conflicts ids of models that are not loaded beside it
    defaults  what an engine with weights is made with besides its folder, by the names of its parameters
    tiny      "module:function" in this package that writes files of the same formats with random numbers in them
    """

    id: str = Field(pattern=f"^{NAME}$")
    tasks: tuple[str, ...] = Field(min_length=1)
    engine: str = ""
    rank: int = 0
    about: str = ""
    source_of_method: str = ""
    licence: Licence
    source: Source = Source()
    files: tuple[WeightsFile, ...] = ()
    needs: Needs = Needs()
    conflicts: tuple[str, ...] = ()
    defaults: dict[str, Any] = Field(default_factory=dict)
    tiny: str = ""

    @model_validator(mode="after")
    def _files_are_distinct(self) -> Self:
        names = [file.path for file in self.files]
        if len(set(names)) != len(names):
            raise ValueError("a file is listed twice")
        return self

    @model_validator(mode="after")
    def _is_isolated_whole(self) -> Self:
        if self.engine.startswith(ISOLATED):
            if not re.fullmatch(NAME, self.environment):
                raise ValueError("engine: isolated:NAME takes small letters, digits, dots and dashes")
            if len(self.tasks) > 1 or self.tasks[0] not in ISOLATED_TASKS:
                message = f"an isolated engine does one of {', '.join(ISOLATED_TASKS)}"
                raise ValueError(message)
        return self

    @property
    def environment(self) -> str:
        """The name of the environment an isolated engine runs in; empty for the others."""
        return self.engine.removeprefix(ISOLATED) if self.engine.startswith(ISOLATED) else ""

    @property
    def is_embedded(self) -> bool:
        """Whether it needs neither files nor an environment."""
        return not self.files and not self.environment

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


def read(path: Path) -> Manifest:
    """Raises ManifestError, naming the file and the first thing wrong in it."""
    try:
        return Manifest.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        message = f"{path.name}: {where}: {first['msg']}" if where else f"{path.name}: {first['msg']}"
        raise ManifestError(message) from None
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        message = f"{path.name}: {str(error).splitlines()[0]}"
        raise ManifestError(message) from None


def read_all(folders: Iterable[Path]) -> dict[str, Manifest]:
    """All manifests by id; a later folder's replaces an earlier one's. Raises ManifestError."""
    found: dict[str, Manifest] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            manifest = read(path)
            found[manifest.id] = manifest
    return found
