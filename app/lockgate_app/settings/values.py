"""Kinds of value that settings are made of: paths relative to the file, and secrets that never show themselves."""

import os
import stat
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from lockgate.errors import ConfigurationError
from lockgate.ports import Traits

DAY = 86_400
"""Seconds."""
LONGEST_WAIT = round(Traits().longest_wait.total_seconds())
"""Seconds for which a remote issuer may put off an answer, where the table does not say it."""


class Table(BaseModel):
    """A table of the file: unknown keys and values of another type are refused."""

    # defer_build: of all the tables a process reads one file's, and makes what validates them when it reads that.
    model_config = ConfigDict(defer_build=True, strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


def _resolve(value: object, info: ValidationInfo) -> Path:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a path in quotes")
    return Path(os.path.normpath(base_directory(info) / Path(value).expanduser()))


def base_directory(info: ValidationInfo) -> Path:
    """The directory that relative paths start from: that of the file being read."""
    context: dict[str, Path] = info.context or {}
    return context.get("base", Path())


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
"""The name of a data source, a worker or a node."""
FilePath = Annotated[Path, BeforeValidator(_resolve)]
"""A path; a relative one starts at the directory of the file it is written in."""


Days = Annotated[int, Field(ge=0, le=36_500)]
"""How many days something is kept; 0 for ever."""


def days(number: int) -> timedelta | None:
    """How long that is, None for ever."""
    return timedelta(days=number) if number else None


class Secret(Table):
    """A secret: written out, or the name of a file or an environment variable that holds it. Never printed.

    A file's last line end does not count as part of the secret.
    """

    literal: str | None = None
    file: FilePath | None = None
    env: str | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _one_source(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(value, cls):
            return value
        if isinstance(value, str) and value:
            return handler({"literal": value})
        if not isinstance(value, dict) or len(value) != 1 or not value.keys() <= {"file", "env"}:
            raise ValueError('must be a secret in quotes, or { file = "…" }, or { env = "…" }')
        return handler(value)

    def reveal(self) -> str:
        """The secret itself.

        Raises:
            ConfigurationError: the file cannot be read, the variable is not set, or it is empty.
        """
        secret = self._read()
        if not secret:
            raise ConfigurationError(f"{self}: the secret is empty")
        return secret

    def _read(self) -> str | None:
        if self.file is None:
            return self.literal if self.env is None else os.environ.get(self.env)
        try:
            return self.file.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except OSError as error:
            raise ConfigurationError(f"{self}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ConfigurationError(f"{self}: is no text in UTF-8") from None

    def __str__(self) -> str:
        if self.file is not None:
            return f"secret file {self.file}"
        return "secret in the configuration file" if self.env is None else f"environment variable {self.env}"

    __repr__ = __str__


def _by_reference(value: object) -> object:
    if isinstance(value, Mapping) and len(value) == 1 and value.keys() <= {"file", "env"}:
        raise ValueError('must name each secret by its reference: { REFERENCE = { file = "…" } }')
    return value


Secrets = Annotated[Mapping[str, Secret], BeforeValidator(_by_reference)]
"""Secrets by their references."""


def open_to_others(path: Path) -> bool:
    """Whether anyone but the file's owner may read or write `path`."""
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
