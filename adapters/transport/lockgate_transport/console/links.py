"""One-time links: who may read and write the console's files on its host enters by one.

The command that makes a link and the console are two processes of one user. A file between them holds the SHA-256 of
the link's token and the time when it ends, never the token.
"""

import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from lockgate.errors import ConfigurationError
from lockgate_keys.durable import whole_file

_log = structlog.get_logger("lockgate.console")
LINK_VALIDITY = timedelta(minutes=5)
TOKEN_OCTETS = 32
_PRIVATE = 0o600


class LinkFile:
    """The last link that was made, until it is used.

    Args:
        now: UTC.
    """

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path, self._now = path, now

    def make(self) -> str:
        """A new link's token, 256 random bits as text for URLs. It ends the link before it.

        Raises:
            ConfigurationError: the file cannot be written, or its directory belongs to another user, as whom the
                console runs.
        """
        self.require_own_directory()
        token = secrets.token_urlsafe(TOKEN_OCTETS)
        kept = {"sha256": _digest(token), "ends": (self._now() + LINK_VALIDITY).isoformat()}
        try:
            with whole_file(self._path, _PRIVATE, replace=True) as file:
                file.write(json.dumps(kept).encode())
        except OSError as error:
            raise ConfigurationError(f"{self._path}: cannot be written: {error.strerror}") from None
        return token

    def spend(self, token: str) -> bool:
        """Whether this is the token of the last link, which has not been used and has not ended. It is used now."""
        try:
            return self._opens(self._path, token) and self._taken(token)
        except PermissionError as error:
            _log.warning("link ignored", file=str(self._path), detail=str(error))
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return False

    def require_own_directory(self) -> None:
        """Find that the directory belongs to this user.

        Raises:
            ConfigurationError: it does not, or cannot be read.
        """
        directory = self._path.parent
        try:
            owner = directory.stat().st_uid
        except OSError as error:
            raise ConfigurationError(f"{directory}: cannot be read: {error.strerror}") from None
        if owner != os.geteuid():
            raise ConfigurationError(f"{directory} belongs to another user: run this as the user that runs the console")

    def _taken(self, token: str) -> bool:
        """Whether this caller, and no other at the same time, has taken that link away."""
        taken = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        self._path.rename(taken)  # of two that come at once, one finds no file any more
        try:
            return self._opens(taken, token)
        finally:
            taken.unlink()

    def _opens(self, path: Path, token: str) -> bool:
        kept = json.loads(_own_content(path))
        good = hmac.compare_digest(kept["sha256"], _digest(token))
        return good and self._now() < datetime.fromisoformat(kept["ends"])


def _own_content(path: Path) -> bytes:
    """What the file holds, if nobody else can have written it.

    Raises:
        PermissionError: another user owns or may write it, or it is no regular file.
        OSError: there is none.
    """
    # A symbolic link is not followed, and a pipe not waited for.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        found = os.fstat(file.fileno())
        if found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise PermissionError("another user than the console's owns or may write it")
        if not stat.S_ISREG(found.st_mode):
            raise PermissionError("it is no regular file")
        return file.read(1024)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
