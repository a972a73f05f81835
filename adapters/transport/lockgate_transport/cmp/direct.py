"""CMP messages answered on a node of the CA, without the message database."""

from lockgate.errors import Conflict
from lockgate.ports import DirectWork
from lockgate.ports.services import MessageService

WRITER = "cmp"
"""The writer of its entries in the audit log."""
TRIES = 5
"""How often a message is answered anew after conflicts with others of its transaction."""


class DirectService:
    """Answers messages in units of work of its own; for any number of threads, on any number of nodes."""

    def __init__(self, service: MessageService, work: DirectWork) -> None:
        self._service = service
        self._work = work

    def answer(self, alias: str, octets: bytes) -> bytes:
        """The DER PKIMessage that answers `octets`.

        Raises:
            Unavailable: the registry's database cannot be reached.
            Conflict: others were faster all the time.
        """
        message = self._service.read(alias, octets)
        for _ in range(TRIES - 1):
            try:
                return self._once(message)
            except Conflict:
                continue
        return self._once(message)

    def _once(self, message: object) -> bytes:
        with self._work.direct(WRITER) as work:
            return self._service.answer(message, work)
