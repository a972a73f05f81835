"""One-time links: who may read and write the console's files on its host enters by one.

The command that makes a link and the console are two processes of one user. A file between them holds the SHA-256 of
the link's token and the time when it ends, never the token.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lockgate.errors import ConfigurationError
from lockgate_keys.durable import whole_file

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
            ConfigurationError: the file cannot be written.
        """
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
            kept = json.loads(self._own_content())
            good = hmac.compare_digest(kept["sha256"], _digest(token))
            if not good or self._now() >= datetime.fromisoformat(kept["ends"]):
                return False
            self._path.unlink()  # of two that come at once, one finds no file any more
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return True

    def _own_content(self) -> bytes:
        """What the file holds, if nobody else can have written it.

        Raises:
            OSError: there is none, or another user owns or may write it.
        """
        with self._path.open("rb") as file:
            found = os.fstat(file.fileno())
            if found.st_uid != os.geteuid() or found.st_mode & 0o022:
                raise PermissionError
            return file.read(1024)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
