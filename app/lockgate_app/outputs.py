"""The files that commands write: whole or not at all, and in the place of another one only where that is asked for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from lockgate.errors import ConfigurationError
from lockgate_keys.durable import whole_file


def require_writable(*paths: Path | None, force: bool | None = None) -> None:
    """Find, before anything is done whose outcome goes there, that `paths` can be written.

    Args:
        paths: None where nothing is to be written.
        force: whether files are replaced; None where the command has no --force.

    Raises:
        ConfigurationError: one is named twice, its directory is missing, or what is there is not to be replaced.
    """
    given = [path for path in paths if path is not None]
    for path in given:
        if [other.absolute() for other in given].count(path.absolute()) > 1:
            raise ConfigurationError(f"{path}: is named for two files")
        if not path.parent.is_dir():
            raise ConfigurationError(f"{path}: cannot be written: there is no such directory")
        if path.exists() and not path.is_file():
            raise ConfigurationError(f"{path}: cannot be written: it is a directory or a device")
        if not force and (path.exists() or path.is_symlink()):
            hint = "name another file" if force is None else "name another file, or replace it with --force"
            raise ConfigurationError(f"{path}: exists already, and stays as it is; {hint}")


@contextmanager
def output_file(path: Path, mode: int = 0o644, *, replace: bool = False) -> Iterator[BinaryIO]:
    """A file to write to, which is `path` once the block is left, and nothing where the block fails.

    Args:
        replace: take the place of a file that is there.

    Raises:
        ConfigurationError: it cannot be written, or there is one already that is not to be replaced.
    """
    try:
        with whole_file(path, mode, replace=replace) as file:
            yield file
    except FileExistsError:
        raise ConfigurationError(f"{path}: exists already, and stays as it is") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from None


def write_file(path: Path, content: bytes, mode: int = 0o644, *, replace: bool = False) -> None:
    """Write `path`, as `output_file` does.

    Raises:
        ConfigurationError: as `output_file`.
    """
    with output_file(path, mode, replace=replace) as file:
        file.write(content)


def write_secret(path: Path, secret: str) -> None:
    """Write `path`, a line that its owner alone may read.

    Raises:
        ConfigurationError: as `output_file`.
    """
    write_file(path, f"{secret}{os.linesep}".encode(), 0o600)
