"""The console as a program sees it that is no browser, and what it is asked on the way in."""

import http.client
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from html import unescape

from lockgate_app.container.console import console_server, console_settings, link_file
from lockgate_app.container.http import Place
from lockgate_app.settings import CaZone
from tests.support.wire.serving import serving

PATIENCE = 30
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
_TAG = re.compile("<[^>]+>")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the console has answered."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def cookie(self) -> str:
        """Of a new session; empty where none has begun."""
        return self.headers.get("set-cookie", "").partition(";")[0]

    @property
    def token(self) -> str:
        """That the forms of the page bring."""
        found = _TOKEN.search(self.body)
        return found.group(1) if found else ""

    @property
    def text(self) -> str:
        """What a reader sees."""
        return unescape(_TAG.sub(" ", self.body))


@dataclass
class Visitor:
    """Somebody who asks the console.

    Attributes:
        tls: with the client certificate; None for plain HTTP.
        cookie: that is sent.
    """

    port: int
    tls: ssl.SSLContext | None = None
    cookie: str = ""

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, None, _named(headers))

    def head(self, path: str) -> Answer:
        return self._ask("HEAD", path, None, {})

    def enter(self, token: str) -> Answer:
        """By a one-time link; its session is kept."""
        answer = self.get(f"/enter?link={token}")
        self.cookie = answer.cookie or self.cookie
        return answer

    def post(self, path: str, decision: bytes, token: str, **headers: str) -> Answer:
        """A form with a file, as a browser sends it from a page of the console."""
        boundary, scheme = "----of-the-form", "https" if self.tls else "http"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{token}\r\n--{boundary}\r\n'
        file = 'Content-Disposition: form-data; name="decision"; filename="decision.p7s"\r\n\r\n'
        body = f"{head}{file}".encode() + decision + f"\r\n--{boundary}--\r\n".encode()
        own = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Origin": f"{scheme}://127.0.0.1:{self.port}",
            "Sec-Fetch-Site": "same-origin",
        }
        return self._ask("POST", path, body, own | _named(headers))

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        with closing(self._connection()) as connection:
            sent = {**headers, **({"Cookie": self.cookie} if self.cookie else {})}
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read().decode())

    def _connection(self) -> http.client.HTTPConnection:
        if self.tls is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE, context=self.tls)


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@contextmanager
def console(zone: CaZone) -> Iterator[Visitor]:
    """The console of a CA node, served, and somebody who has not entered yet."""
    with console_server(zone) as make, serving(make(Place(port=0))) as port:
        yield Visitor(port)


def new_link(zone: CaZone) -> str:
    """The token of a new one-time link."""
    return link_file(console_settings(zone)).make()
