"""The operator's program: what is started, as whom, and with which bounds."""

import grp
import os
import pwd
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from lockgate.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user of this system, with one group and no others."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program, and how it is started. There is no shell: `arguments` reach it as they are.

    Attributes:
        path: absolute.
        environment: all variables that it gets.
        secrets: texts that no log line may show.
        directory: that it starts in.
        user: None for the one that Lockgate runs as.
        timeout: after this it is killed.
        max_output: octets on standard output at most.
    """

    path: Path
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    directory: Path = Path("/")
    user: User | None = None
    timeout: timedelta = timedelta(seconds=30)
    max_output: int = 1024 * 1024

    def require_usable(self) -> None:
        """Accept a program that can be started, and that nobody else may change.

        Raises:
            ConfigurationError: it is none.
        """
        for text in (str(self.path), str(self.directory), *self.arguments, *self.environment.values()):
            if "\0" in text:
                raise ConfigurationError("a path, an argument or a variable holds a NUL character")
        for name in self.environment:
            if not name or "=" in name or "\0" in name:
                raise ConfigurationError(f"environment: {name!a} is no name of a variable")
        _require_system()
        _require_program(self.path)
        if not self.directory.is_dir():
            raise ConfigurationError(f"directory: {self.directory}: there is no such directory")


def find_user(name: str, group: str | None) -> User:
    """The user of that name, in that group or else in the user's own.

    Raises:
        ConfigurationError: there is none, or this process may not start programs as another user.
    """
    try:
        found = pwd.getpwnam(name)
        gid = found.pw_gid if group is None else grp.getgrnam(group).gr_gid
    except KeyError:
        raise ConfigurationError(f"user, group: this system has no {name!a} or no {group!a}") from None
    if os.geteuid() != 0:
        raise ConfigurationError(f"user: only root may start programs as {name}; Lockgate does not run as root")
    return User(uid=found.pw_uid, gid=gid)


def _require_system() -> None:
    """What the guard needs (`guard.py`)."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        raise ConfigurationError("program: only Linux 5.3 or later can end it with all that it has started") from None


def _require_program(path: Path) -> None:
    if not path.is_absolute():
        raise ConfigurationError(f"program: {path}: must be an absolute path")
    try:
        found = path.stat()
        folders = {folder: folder.stat().st_mode for folder in (path.parent, path.resolve().parent)}
    except OSError as error:
        raise ConfigurationError(f"program: {path}: {error.strerror}") from None
    if not stat.S_ISREG(found.st_mode):
        raise ConfigurationError(f"program: {path}: is no regular file")
    if not found.st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH):
        raise ConfigurationError(f"program: {path}: is not executable")
    if found.st_uid not in (0, os.geteuid()):
        raise ConfigurationError(f"program: {path}: belongs to another user, who may change it; give it to root")
    for what, mode in {path: found.st_mode, **folders}.items():
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise ConfigurationError(f"program: {what}: others may write there; remove that right (chmod go-w)")
