"""A CA outside that answers by OCSP: a server of its own, asked over HTTP."""

from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cryptography.x509 import ocsp

from lockgate.outside.asking import OcspAsking
from lockgate.ports import KeptAnswer
from tests.support.pki.ocsp_answers import LIFETIME, Answer
from tests.support.scenarios.outside_ca import PARTNER, OutsideSite
from tests.support.scenarios.turns import AtOnce
from tests.support.scenarios.world import WORKER

Answering = Callable[[ocsp.OCSPRequest], bytes]


class OcspSite:
    """The responder of the CA outside.

    Attributes:
        answer: what it answers to each request; by default that the certificate is good.
        asked: the serial numbers that it was asked about.
    """

    def __init__(self, outside: OutsideSite) -> None:
        self.outside = outside
        self.asked: list[int] = []
        self.answer: Answering = lambda request: self.make().to(request)
        self._server = self._new_server()
        url = f"http://127.0.0.1:{self._server.server_port}/ocsp"
        outside.stated = {"ca_certificates": ["partner.pem"], "crls": [], "ocsp": url}
        outside.configure()

    def make(self, **changes: Any) -> Answer:
        """An answer as it would give it now, with something changed."""
        now = self.outside.now()
        values: dict[str, Any] = {"this_update": now, "next_update": now + LIFETIME, "issuer": self.outside.authority}
        return Answer(**(values | changes))

    def says(self, **changes: Any) -> None:
        """From now on it answers that, always of the time of the question."""
        self.answer = lambda request: self.make(**changes).to(request)

    def close(self) -> None:
        """It is away."""
        self._server.shutdown()
        self._server.server_close()

    def asking(self, worker: str = WORKER) -> OcspAsking:
        """A worker's questions, as they are after every start; each has ended when it was begun."""
        container = self.outside.world.worker_container(worker)
        container.questions.override(AtOnce())
        asking: OcspAsking = container.ocsp_asking()
        return asking

    def ask(self) -> None:
        """Everything that is due."""
        asking, fence = self.asking(), self.outside.world.fence()
        for _ in range(2):
            asking.round(fence)

    def kept(self) -> KeptAnswer:
        """What is known of the only certificate that somebody wished to know of."""
        (found,) = self.all()
        return found

    def all(self) -> list[KeptAnswer]:
        """What is known of certificates."""
        return list(self.outside.world.ca_side.inspection.outside_answers(PARTNER))

    def this_update(self) -> datetime:
        """Of the answer that is kept."""
        status = self.kept().status
        assert status is not None
        return status.this_update

    def _new_server(self) -> ThreadingHTTPServer:
        site = self

        class Responding(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                octets = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/ocsp-request"
                request = ocsp.load_der_ocsp_request(octets)
                site.asked.append(request.serial_number)
                content = site.answer(request)
                self.send_response(200)
                self.send_header("Content-Type", "application/ocsp-response")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Responding)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server
