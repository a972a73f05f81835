"""One process at a time logs in to a token: the next one sees then whether the PIN was wrong.

The lock is a file that all processes of one user on this host share, whatever their configuration and their service
have for temporary files. It ends with its process.
"""

import fcntl
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lockgate.errors import TokenAway

SHARED = Path("/dev/shm")  # noqa: S108  (what is made there is checked)
"""Where a service with a /tmp of its own finds what the others find. Elsewhere than on Linux it is not there."""
BUSY = 30.0
"""Seconds that a process waits for the others."""
_PAUSE = 0.02
_DIGITS = 2
"""Of a lock's name: few files stay, and two tokens seldom have one together."""


@contextmanager
def turn(serial: bytes, label: str) -> Iterator[None]:
    """A block that no other process of this user is in for the same token.

    Args:
        serial, label: of the token, as it tells them.

    Raises:
        TokenAway: another process is in it for too long, or the lock cannot be made safely.
    """
    path = _directory() / hashlib.sha256(serial + b"\0" + label.encode()).hexdigest()[:_DIGITS]
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise TokenAway(f"{path}: the lock for the token {label!a} cannot be made: {error.strerror}") from None
    try:
        _lock(descriptor, label)
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # a child that was forked meanwhile has the descriptor, too
        os.close(descriptor)


def _lock(descriptor: int, label: str) -> None:
    end = time.monotonic() + BUSY
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() >= end:
            raise TokenAway(f"another process logs in to the token {label!a} for more than {BUSY:g} s")
        time.sleep(_PAUSE)


def _directory() -> Path:
    """This user's directory of locks. Everybody may write to the one above it."""
    directory = (SHARED if SHARED.is_dir() else Path(tempfile.gettempdir())) / f"lockgate-{os.getuid()}"
    try:
        with suppress(FileExistsError):
            directory.mkdir(mode=0o700)
        found = directory.lstat()
    except OSError as error:
        raise TokenAway(f"{directory}: the lock for tokens cannot be made: {error.strerror}") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise TokenAway(f"{directory}: it is to be a directory of this user alone (mode 0700): remove it")
    return directory
