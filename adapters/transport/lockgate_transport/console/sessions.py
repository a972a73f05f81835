"""Sessions of the console: in memory, one for each way in, until it is left, replaced, or ends by time."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

IDLE_SECONDS = 30 * 60.0
"""After the last request."""
LONGEST_SECONDS = 8 * 3600.0
"""After the first one."""
TOKEN_OCTETS = 32


@dataclass(frozen=True, slots=True)
class Session:
    """A session.

    Attributes:
        id: 256 random bits, as text for a cookie; who knows it reads what the session may read.
        who: the administrator, for people.
        certificate: SHA-256 of the client certificate that the session belongs to; empty where it began by a link.
        begun: seconds, by the clock of `Sessions`.
    """

    id: str
    who: str
    certificate: str
    begun: float


class Sessions:
    """The sessions of one console: one for each client certificate, and one for links.

    Args:
        monotonic: seconds.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._open: dict[str, tuple[float, Session]] = {}

    def begin(self, who: str, certificate: str = "") -> Session:
        """A new session. It ends the one before of the same certificate, or the one that a link before has begun."""
        now = self._monotonic()
        session = Session(secrets.token_urlsafe(TOKEN_OCTETS), who, certificate, now)
        self._open[certificate] = now, session
        return session

    def find(self, session_id: str) -> Session | None:
        """The session that a link has begun, if it has that id and has not ended."""
        _, session = self._open.get("", (0.0, None))
        if session is None or not hmac.compare_digest(session.id.encode(), session_id.encode("utf-8", "replace")):
            return None
        return self.of("")

    def of(self, certificate: str) -> Session | None:
        """The session of a client certificate, if it has not ended; it is used now."""
        seen, session = self._open.get(certificate, (0.0, None))
        if session is None:
            return None
        now = self._monotonic()
        if now - seen >= IDLE_SECONDS or now - session.begun >= LONGEST_SECONDS:
            self.end(session)
            return None
        self._open[certificate] = now, session
        return session

    def end(self, session: Session) -> None:
        """End it."""
        if self._open.get(session.certificate, (0.0, None))[1] == session:
            del self._open[session.certificate]
