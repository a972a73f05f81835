"""What a program writes on standard error: a few lines for the log, each bounded, without secrets."""

import logging
import re
from collections.abc import Collection

_log = logging.getLogger(__name__)
MAX_LINES = 20
MAX_LINE = 400
"""Octets of a line that are logged."""
HIDDEN = "[secret]"


class Complaints:
    """Logs what one run of a program says.

    Args:
        subject: whose program it is, and what it was asked.
        secrets: texts that are not logged.
    """

    def __init__(self, subject: str, secrets: Collection[str]) -> None:
        self._subject = subject
        lines = {line for secret in secrets for line in secret.splitlines() if line}
        longest_first = sorted(lines, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        self._line = bytearray()
        self._lines = 0
        self._left_out = 0

    def take(self, octets: bytes) -> None:
        """More of it, in whatever pieces it comes."""
        for piece in octets.splitlines(keepends=True):
            self._line += piece
            if piece.endswith((b"\n", b"\r")):
                self._log_line()

    def finish(self) -> None:
        """There is no more."""
        self._log_line()
        if self._left_out:
            _log.warning("%s: the program says %d more lines, which are not logged", self._subject, self._left_out)

    def _log_line(self) -> None:
        text, self._line = self._line.strip().decode("utf-8", "replace"), bytearray()
        if not text:
            return
        self._lines += 1
        if self._lines > MAX_LINES:
            self._left_out += 1
            return
        hidden = self._secrets.sub(HIDDEN, text) if self._secrets else text
        _log.warning("%s: the program says: %s", self._subject, _shown(hidden))


def _shown(text: str) -> str:
    """Characters that a terminal does not print, or acts on, are escaped."""
    cut = text if len(text) <= MAX_LINE else f"{text[:MAX_LINE]}…"
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in cut)
