"""The HTTP side of CMP, for the proxy and for a CA that clients reach directly."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from lockgate.ports import Tracer
from lockgate_app.container.http import Place, Serve, listening, require_http
from lockgate_app.settings.cmp_http import CmpHttpTable
from lockgate_transport.cmp.errors import UnprotectedErrors
from lockgate_transport.cmp.threaded import ThreadedAnswers
from lockgate_transport.host.clock import HostClock, HostRandom


class Answers(Protocol):
    """What answers messages."""

    async def answer(self, alias: str, octets: bytes, address: str) -> bytes:
        """As `lockgate_transport.cmp.web.CmpAnswer`."""

    def close(self) -> None:
        """Release its resources."""


def cmp_serve(table: CmpHttpTable, answers: Answers, longest_wait: float = 0) -> Serve:
    """What serves CMP over HTTP; when it ends, it closes `answers`.

    Args:
        longest_wait: seconds that an answer may take.

    Raises:
        ConfigurationError: what serves HTTP is not installed, or the files for TLS cannot be used.
    """
    require_http(table)
    # Only the extra `ra` brings what these import.
    from lockgate_transport.cmp.web import CmpAddresses, CmpWeb  # noqa: PLC0415
    from lockgate_transport.http.hourly import HourlyBounds  # noqa: PLC0415
    from lockgate_transport.http.serving import serve_http  # noqa: PLC0415
    from lockgate_transport.http.waiting import WaitingBounds  # noqa: PLC0415

    def serve(place: Place) -> None:
        web = CmpWeb(
            answers.answer,
            CmpAddresses(context=table.context, default_alias=table.default_alias),
            waiting=WaitingBounds(table.waiting_per_client, table.waiting_in_all),
            hourly=HourlyBounds(table.hourly_requests_per_client, table.hourly_requests_in_all),
            max_size=table.max_size,
        )
        try:
            serve_http(web.application, listening(table, place, longest_wait), "lockgate.cmp")
        finally:
            answers.close()

    return serve


def direct_serve(table: CmpHttpTable, answer: Callable[[str, bytes], bytes], tracer: Tracer) -> Serve:
    """What serves the CMP service of this process.

    Args:
        answer: gives the DER PKIMessage that answers a message (alias, octets); called by several threads at once.

    Raises:
        ConfigurationError: as `cmp_serve`.
    """
    clock, threads = HostClock(), ThreadPoolExecutor(table.threads, "cmp")
    answers = ThreadedAnswers(answer, UnprotectedErrors(clock, HostRandom()), threads, clock, tracer)
    return cmp_serve(table, answers)
