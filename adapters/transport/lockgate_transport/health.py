"""The HTTP side of monitoring: metrics for Prometheus, and whether a host lives and can do its work.

The answers hold nothing of a request. One that is refused, and octets that are none, leave no line in the log: who can
reach the listener could fill it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lockgate_transport.http.serving import BoundedServer, Listening, PunctualProtocol, http_server


class _Unlogged(PunctualProtocol):
    logs_refusals = False


class HealthWeb:
    """Answers `/metrics`, `/healthz` and `/readyz`.

    Args:
        metrics: gives the text for Prometheus.
        media_type: of that text.
        troubles: why the host cannot do its work, each in one line; empty where it can.
    """

    def __init__(self, metrics: Callable[[], bytes], media_type: str, troubles: Callable[[], Sequence[str]]) -> None:
        self._metrics, self._media_type, self._troubles = metrics, media_type, troubles
        routes = {"/metrics": self._tell_metrics, "/healthz": self._tell_alive, "/readyz": self._tell_ready}
        self.app = Starlette(routes=[Route(path, answer, methods=["GET"]) for path, answer in routes.items()])

    def server(self, listening: Listening) -> BoundedServer:
        """What answers until SIGTERM or SIGINT, ready to `run`.

        Raises:
            ConfigurationError: it cannot listen there.
        """
        return http_server(self.app, replace(listening, protocol=_Unlogged))

    def _tell_metrics(self, _: Request) -> Response:
        return Response(self._metrics(), headers={"Content-Type": self._media_type})

    def _tell_alive(self, _: Request) -> Response:
        return PlainTextResponse("alive\n")

    def _tell_ready(self, _: Request) -> Response:
        troubles = self._troubles()
        return PlainTextResponse("".join(f"{line}\n" for line in troubles or ["ready"]), 503 if troubles else 200)
