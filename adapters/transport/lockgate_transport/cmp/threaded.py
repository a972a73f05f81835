"""A CMP service of this process behind the HTTP side: its answers are made in threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from lockgate.errors import Defect, LockgateError
from lockgate_transport.cmp.errors import UnprotectedErrors
from lockgate_transport.cmp.refusals import ProxyRefusal, refused
from lockgate_transport.cmp.vocabulary import ALIAS

_log = structlog.get_logger("lockgate.cmp")


class ThreadedAnswers:
    """Answers messages by a service of this process, in threads.

    Args:
        service: gives the DER PKIMessage that answers a message (`alias`, octets), whatever that is; it is called by
            several threads at once.
        threads: as many messages are answered at a time.
    """

    def __init__(
        self, service: Callable[[str, bytes], bytes], errors: UnprotectedErrors, threads: ThreadPoolExecutor
    ) -> None:
        self._service = service
        self._errors = errors
        self._threads = threads

    def close(self) -> None:
        """End the threads when they have answered what they have begun."""
        self._threads.shutdown(cancel_futures=True)

    async def answer(self, alias: str, octets: bytes, address: str) -> bytes:
        """The service's answer; an error without protection where it can give none now.

        Args:
            address: of the client, for the log.
        """
        if not ALIAS.fullmatch(alias):
            return self._refused(ProxyRefusal.UNKNOWN_ALIAS, alias, octets, address)
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._service, alias, octets)
        except Defect:
            raise
        except LockgateError as error:
            return self._refused(ProxyRefusal.UNAVAILABLE, alias, octets, address, str(error))

    def _refused(self, reason: ProxyRefusal, alias: str, octets: bytes, address: str, internal: str = "") -> bytes:
        found = refused(reason, internal)
        about = {"alias": alias[:100], "client": address, "fail_info": found.fail_info.rfc_name}
        _log.warning("refused", reason=reason.value, detail=internal or found.text, **about)
        return self._errors.to(octets, found.fail_info, found.text)
