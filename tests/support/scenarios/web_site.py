"""The enrolment page on a scenario's world, and what browsers send and get."""

import asyncio
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import text
from structlog.testing import capture_logs

from lockgate.enrolment.outcome import Outcome
from lockgate_app.container.web import WebContainer, web_settings
from lockgate_transport.web.server import EnrolmentPages
from lockgate_transport.web.service import EnrolmentService
from lockgate_transport.web.vocabulary import Wanted
from tests.support.scenarios.world import World
from tests.support.wire.asgi import Reply, exchange, request

HOST = "ra.example"
FORM = "application/x-www-form-urlencoded"
SECRET = "gV4-secret-of-the-enrolment-pages"
KEYSTORE_PASSWORD = "wQ7-opens-the-keystore"


@dataclass
class WebSite:
    """The enrolment page of one RA.

    Attributes:
        replies: to every request, in order.
        places: the addresses that forms led to.
        logged: every line that the server logged.
        sent: every form that was sent.
        scheme, client, headers: of the requests from now on.
    """

    world: World
    replies: list[Reply] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    logged: list[Any] = field(default_factory=list)
    sent: list[Mapping[str, str]] = field(default_factory=list)
    scheme: str = "https"
    client: str = "192.0.2.1"
    headers: dict[str, str] = field(default_factory=dict)
    _service: EnrolmentService | None = None

    def __post_init__(self) -> None:
        self.configure(secret=SECRET)

    def configure(self, **settings: object) -> None:
        """Let the configuration of the page say that, and start it again."""
        self.world.ra_host.put("web", settings)
        self._service = None

    @property
    def service(self) -> EnrolmentService:
        """What the page works with, started where it does not run."""
        if self._service is None:
            container = WebContainer(zone=self.world.ra_host.zone)
            container.ra.engine.override(self.world.engine)
            container.ra.clock.override(self.world.patience)
            self._service = container.enrolment()
        return self._service

    def get(self, path: str) -> Reply:
        """Look at a page, and follow no link."""
        return self.send("GET", path)

    def send(self, method: str, path: str, **headers: str) -> Reply:
        """Send a request without a body."""
        return self._exchanged(method, path, headers, [])

    def post(self, path: str, **fields: str) -> Reply:
        """Send a form, as a page of this server does."""
        self.sent.append(fields)
        own = {"Origin": f"{self.scheme}://{HOST}", "Content-Type": FORM}
        reply = self._exchanged("POST", path, own, [urlencode(fields).encode()])
        if reply.status == 303:
            self.places.append(reply.headers["location"])
        return reply

    def look(self) -> Reply:
        """Look at what the last form has led to."""
        return self.get(self.places[-1])

    def looked_up(self, wanted: Wanted) -> Outcome:
        """What the address of the last form alone brings."""
        return self.service.look(wanted, self.places[-1].rpartition("/")[2], self.client)

    @property
    def told(self) -> str:
        """What the last page says, its markup taken out."""
        body = self.replies[-1].body.decode()
        return " ".join(html.unescape(re.sub("<[^>]*>", " ", body)).split())

    def rows(self) -> list[Any]:
        """Everything in the message database."""
        with self.world.engine.connect() as connection:
            tables = ("message", "enrolment_transaction")
            return [row for table in tables for row in connection.execute(text(f"select * from {table}"))]

    def _exchanged(self, method: str, path: str, headers: dict[str, str], body: list[bytes]) -> Reply:
        place, _, query = path.partition("?")
        scope = request(method, place, query, {"Host": HOST} | headers | self.headers, self.client)
        pages = EnrolmentPages(self.service, web_settings(self.world.ra_host.zone).keystore_keys)
        with capture_logs() as lines:
            self.replies.append(asyncio.run(exchange(pages.application, scope | {"scheme": self.scheme}, body)))
        self.logged += lines
        return self.replies[-1]
