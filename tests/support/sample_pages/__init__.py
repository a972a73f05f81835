"""Two pages for the tests of what all pages share."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lockgate_transport.http.serving import BoundedServer, Listening, http_server
from lockgate_transport.pages.forms import read_form
from lockgate_transport.pages.protection import TOKEN_FIELD, FormTokens, require_own_origin
from lockgate_transport.pages.rendering import Pages

SESSION = "the only session"


class SamplePages:
    """A form, and a page of what was sent.

    Attributes:
        told: what the form's page shows.
        got: what each form held.
    """

    def __init__(self, told: str) -> None:
        self.told, self.got = told, list[tuple[str, bytes]]()
        self._tokens = FormTokens(b"k" * 32)
        self._pages = Pages(__name__, "Samples", {"/": "Form", "/other": "Other"})

    def server(self) -> BoundedServer:
        """What serves them."""
        routes = [Route("/", self._form, methods=["GET"]), Route("/", self._take, methods=["POST"])]
        return http_server(self._pages.app(routes), Listening("127.0.0.1", 0))

    def token(self) -> str:
        """What a form must bring."""
        return self._tokens.of(SESSION)

    async def _form(self, request: Request) -> Response:
        return self._pages.page(request, "form.html", told=self.told, token=self.token(), wrong="")

    async def _take(self, request: Request) -> Response:
        require_own_origin(request)
        form = await read_form(request)
        self._tokens.require(SESSION, form.text(TOKEN_FIELD, 64))
        self.got.append((form.text("word", 20), form.files.get("file", b"")))
        return self._pages.page(request, "form.html", told="taken", token=self.token(), wrong="Nothing is wrong.")
