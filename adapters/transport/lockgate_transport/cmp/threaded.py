"""A CMP service of this process behind the HTTP side: its answers are made in threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from lockgate.errors import Defect, LockgateError
from lockgate.ports import NO_TRACING, Clock, SpanFacts, Tracer
from lockgate_transport.cmp.errors import UnprotectedErrors
from lockgate_transport.cmp.refusals import ProxyRefusal, refused
from lockgate_transport.cmp.vocabulary import ALIAS

_log = structlog.get_logger("lockgate.cmp")
ANSWER_SPAN = "cmp_answer"
"""The name of the span of a message that a client has sent directly."""


class ThreadedAnswers:
    """Answers messages by a service of this process, in threads.

    Args:
        service: gives the DER PKIMessage that answers a message (`alias`, octets), whatever that is; it is called by
            several threads at once.
        threads: as many messages are answered at a time.
        tracer: records how long each takes, the wait for a thread included; it is closed with the threads.
    """

    def __init__(
        self,
        service: Callable[[str, bytes], bytes],
        errors: UnprotectedErrors,
        threads: ThreadPoolExecutor,
        clock: Clock,
        tracer: Tracer = NO_TRACING,
    ) -> None:
        self._service = service
        self._errors = errors
        self._threads = threads
        self._clock = clock
        self._tracer = tracer

    def close(self) -> None:
        """End the threads when they have answered what they have begun."""
        self._threads.shutdown(cancel_futures=True)
        self._tracer.close()

    async def answer(self, alias: str, octets: bytes, address: str) -> bytes:
        """The service's answer; an error without protection where it can give none now.

        Args:
            address: of the client, for the log.
        """
        if not ALIAS.fullmatch(alias):
            return self._refused(ProxyRefusal.UNKNOWN_ALIAS, alias, octets, address)
        loop, span, reason = asyncio.get_running_loop(), self._tracer.begin(ANSWER_SPAN, self._clock.now()), ""
        try:
            return await loop.run_in_executor(self._threads, self._service, alias, octets)
        except Defect:
            raise
        except LockgateError as error:
            reason = ProxyRefusal.UNAVAILABLE.value
            return self._refused(ProxyRefusal.UNAVAILABLE, alias, octets, address, str(error))
        finally:
            span.end(self._clock.now(), SpanFacts(reason=reason))

    def _refused(self, reason: ProxyRefusal, alias: str, octets: bytes, address: str, internal: str = "") -> bytes:
        found = refused(reason, internal)
        about = {"alias": alias[:100], "client": address, "fail_info": found.fail_info.rfc_name}
        _log.warning("refused", reason=reason.value, detail=internal or found.text, **about)
        return self._errors.to(octets, found.fail_info, found.text)
