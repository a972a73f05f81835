"""Sessions of the console: in memory, each of one person who has entered, until it is left or ends by time."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

IDLE_SECONDS = 30 * 60.0
"""After the last request."""
LONGEST_SECONDS = 8 * 3600.0
"""After the first one."""
MAX_SESSIONS = 1000
"""At a time; the one whose last request is longest ago ends for a new one."""
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
    """The sessions of one console.

    Args:
        monotonic: seconds.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._open: dict[str, tuple[float, Session]] = {}

    def begin(self, who: str, certificate: str = "") -> Session:
        """A new session."""
        now = self._monotonic()
        session = Session(secrets.token_urlsafe(TOKEN_OCTETS), who, certificate, now)
        while len(self._open) >= MAX_SESSIONS:
            self._open.pop(min(self._open, key=lambda each: self._open[each][0]))
        self._open[session.id] = now, session
        return session

    def find(self, session_id: str, certificate: str = "") -> Session | None:
        """The session of that id, if it has not ended and belongs to this client certificate."""
        seen, session = self._open.get(session_id, (0.0, None))
        if session is None or session.certificate != certificate:
            return None
        now = self._monotonic()
        if now - seen >= IDLE_SECONDS or now - session.begun >= LONGEST_SECONDS:
            self.end(session)
            return None
        self._open[session_id] = now, session
        return session

    def end(self, session: Session) -> None:
        """End it."""
        self._open.pop(session.id, None)
