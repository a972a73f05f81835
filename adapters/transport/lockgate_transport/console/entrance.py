"""Who enters the console, and how: by a client certificate that is judged at every request, or by a one-time link.

An administrator who has entered reads, and decides nothing: every decision is signed with the administrator's own key.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from lockgate.administration.console import Administrators
from lockgate.enrolment.refusals import Refusal
from lockgate.errors import Unavailable
from lockgate.reasons import Rejected
from lockgate_transport.console.links import LinkFile
from lockgate_transport.console.sessions import Session, Sessions
from lockgate_transport.http.certified import PEER_CERTIFICATE
from lockgate_transport.http.refusing import RefusedRequest, unavailable

LOCAL = "the user of a one-time link"
"""Who enters by a link: whoever may run commands of this host."""
BY_LINK = "Enter by a one-time link: run `lockgate console link` on this host."
NO_LINK = "The link was used, has ended, or was replaced by a newer one. Run `lockgate console link` again."
NO_CERTIFICATE = "The console takes administrators with a client certificate only."
UNNOTED = "The audit log cannot be written now, and so nobody enters. Try again in a minute."
LINK_SPENT = (
    "The audit log cannot be written now, and so nobody enters. The link is spent:"
    " run `lockgate console link` again in a minute."
)
LEFT_UNNOTED = "The session has ended. The audit log cannot be written now, and does not tell of it."
UNTOLD = "It cannot be told now whether this administrator may enter. Try again in a minute."


class Entrance(ABC):
    """Lets administrators in."""

    def __init__(self, administrators: Administrators, sessions: Sessions) -> None:
        self._administrators, self._sessions = administrators, sessions

    @abstractmethod
    async def admit(self, request: Request, session_id: str) -> Session:
        """The session of a request, which may have begun with it.

        Args:
            session_id: of the cookie; empty where there is none.

        Raises:
            RefusedRequest: 401, nobody has entered; 403, the administrator may not; 503, that cannot be told now.
        """

    async def leave(self, session: Session) -> None:
        """End a session.

        Raises:
            RefusedRequest: 503, the audit log cannot be written; the session has ended all the same.
        """
        self._sessions.end(session)
        await _recorded(partial(self._administrators.record_left, session.who), LEFT_UNNOTED)


class CertificateEntrance(Entrance):
    """Lets in who has a client certificate and the right to read the console, as long as both hold."""

    def __init__(self, administrators: Administrators, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(administrators, Sessions(monotonic))
        self._beginning = asyncio.Lock()  # of requests that come at once, one begins the session

    async def admit(self, request: Request, session_id: str) -> Session:  # noqa: ARG002  (the certificate counts)
        """By the certificate of the connection, judged now. Each certificate has one session."""
        certificate: bytes | None = getattr(request.state, PEER_CERTIFICATE, None)
        if certificate is None:
            raise RefusedRequest(401, Refusal.NOT_ENTERED, NO_CERTIFICATE)
        try:
            administrator = await run_in_threadpool(self._administrators.judge, certificate)
        except Unavailable as error:
            raise unavailable(UNTOLD, Refusal.UNAVAILABLE, str(error)) from None
        if isinstance(administrator, Rejected):
            text = f"This certificate does not open the console. {administrator.fail_info}"
            raise RefusedRequest(403, Refusal.ENTRY_REFUSED, text, internal=administrator.internal or text)
        async with self._beginning:
            found = self._sessions.of(administrator.fingerprint)
            return found or await self._begun(administrator.name, administrator.fingerprint)

    async def _begun(self, name: str, fingerprint: str) -> Session:
        await _recorded(partial(self._administrators.record, name, "certificate"), UNNOTED)
        return self._sessions.begin(name, fingerprint)


class LinkEntrance(Entrance):
    """Lets in by a link that the console's own user has made on this host."""

    def __init__(
        self, administrators: Administrators, links: LinkFile, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(administrators, Sessions(monotonic))
        self._links = links

    async def admit(self, request: Request, session_id: str) -> Session:  # noqa: ARG002  (certificates count elsewhere)
        """By the session alone."""
        found = self._sessions.find(session_id)
        if found is None:
            raise RefusedRequest(401, Refusal.NOT_ENTERED, BY_LINK)
        return found

    async def begin(self, token: str) -> Session:
        """The session that a link begins, once. It ends the one before.

        Raises:
            RefusedRequest: 403, the link counts no longer, or never has; 503, the audit log cannot be written.
        """
        if not await run_in_threadpool(self._links.spend, token):
            raise RefusedRequest(403, Refusal.ENTRY_REFUSED, NO_LINK)
        await _recorded(partial(self._administrators.record, LOCAL, "link"), LINK_SPENT)
        return self._sessions.begin(LOCAL)


async def _recorded(record: Callable[[], None], otherwise: str) -> None:
    try:
        await run_in_threadpool(record)
    except Unavailable as error:
        raise unavailable(otherwise, Refusal.UNAVAILABLE, str(error)) from None
