"""The console's HTTP side: its addresses, each a page."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import urlencode

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lockgate.administration.console import Approvals, DetailView, ListView, Table
from lockgate.enrolment.refusals import Refusal
from lockgate.errors import CallerError, Unavailable
from lockgate_transport.console.cells import cells, shown, title, told
from lockgate_transport.console.cookies import SessionCookie
from lockgate_transport.console.entrance import CertificateEntrance, LinkEntrance
from lockgate_transport.console.origins import is_followed_link, require_this_host
from lockgate_transport.console.sessions import Session
from lockgate_transport.http.refusing import RefusedRequest, unavailable
from lockgate_transport.http.serving import BoundedServer, Listening, http_server
from lockgate_transport.pages.forms import read_form
from lockgate_transport.pages.protection import TOKEN_FIELD, FormTokens, require_own_origin
from lockgate_transport.pages.rendering import Pages

MAX_CONDITION = 300
"""Characters of a condition in an address at most."""
MAX_NAME = 64
"""Characters of a name in an address at most: the SHA-256 of a certificate has as many."""
MAX_DECISION = 900 * 1024
"""Octets of a form with a decision at most."""
Answer = Callable[[Request, Session], Awaitable[Response]]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ConsoleParts:
    """What the console shows, and by what.

    Attributes:
        lists: in the order of the navigation; the first one has the address `/`.
    """

    lists: Sequence[ListView]
    details: Sequence[DetailView]
    approvals: Approvals
    entrance: CertificateEntrance | LinkEntrance


class ConsoleWeb:
    """Answers administrators.

    Args:
        secure: whether it is served over TLS.
    """

    def __init__(self, parts: ConsoleParts, *, secure: bool) -> None:
        self._parts, self._secure, self._cookie = parts, secure, SessionCookie(secure)
        self._tokens = FormTokens(secrets.token_bytes(32))
        navigation = {view.path: view.title for view in parts.lists}
        self._pages = Pages("lockgate_transport.console", "Lockgate console", navigation)
        self.app = self._pages.app([*self._routes()])
        self.app.router.redirect_slashes = False  # it would send the browser to whatever Host names

    def server(self, listening: Listening) -> BoundedServer:
        """What answers until SIGTERM or SIGINT, ready to `run`.

        Raises:
            ConfigurationError: it cannot listen there.
        """
        return http_server(self.app, listening)

    def _routes(self) -> Sequence[Route]:
        lists = [self._route(view.path, partial(self._list, view)) for view in self._parts.lists]
        details = [self._route(f"{view.path}/{{name}}", partial(self._detail, view)) for view in self._parts.details]
        return [
            *lists,
            *details,
            self._route("/approvals/{name}", self._approval),
            self._route("/approvals/{name}", self._decide, "POST"),
            self._route("/approvals/{name}/document", self._document),
            self._route("/leave", self._leave, "POST"),
            Route("/enter", self._enter, methods=["GET"]),
        ]

    def _route(self, path: str, answer: Answer, method: str = "GET") -> Route:
        async def answered(request: Request) -> Response:
            self._require_place(request)
            if method == "POST":
                require_own_origin(request)
            elif is_followed_link(request):
                return self._onward(request, "You come from another site")
            return await self._admitted(request, answer)

        return Route(path, answered, methods=[method])

    async def _admitted(self, request: Request, answer: Answer) -> Response:
        """The answer to whoever has entered; it brings the cookie of a new session, also where it refuses."""
        given = self._cookie.of(request)
        session = await self._parts.entrance.admit(request, given)
        try:
            response = await answer(request, session)
        except RefusedRequest as refused:
            if session.id != given:
                cookie = self._remembered(Response(), session).headers["set-cookie"]
                refused.headers = {**(refused.headers or {}), "Set-Cookie": cookie}
            raise
        return response if session.id == given else self._remembered(response, session)

    def _require_place(self, request: Request) -> None:
        if not self._secure:
            require_this_host(request)

    def _onward(self, request: Request, heading: str) -> Response:
        """A page of the console's own that links to its first page, so that the browser sends the session's cookie."""
        return self._pages.page(request, "onward.html", heading=heading)

    def _remembered(self, response: Response, session: Session) -> Response:
        self._cookie.set(response, session.id)
        return response

    def _page(self, request: Request, session: Session, template: str, status: int = 200, **facts: object) -> Response:
        about = {"who": session.who, "token": self._tokens.of(session.id), "wrong": "", "good": ""}
        return self._pages.page(request, template, status, **about | facts)

    async def _list(self, view: ListView, request: Request, session: Session) -> Response:
        asked = _conditions(view, request.query_params)
        tables = await _read(partial(view.read, asked))
        conditions = ", ".join(f"{one.label}: {asked[one.name]}" for one in view.filters if one.name in asked)
        shown = [*map(_table, tables)]
        return self._page(request, session, "list.html", view=view, asked=asked, conditions=conditions, tables=shown)

    async def _detail(self, view: DetailView, request: Request, session: Session) -> Response:
        facts = await _read(partial(view.read, _name(request)), 404)
        return self._page(request, session, "detail.html", view=view, facts=told(facts, view.links))

    async def _approval(
        self, request: Request, session: Session, status: int = 200, *, wrong: str = "", good: str = ""
    ) -> Response:
        name = _name(request)
        sheet = await _read(partial(self._parts.approvals.sheet, name), 404)
        facts = {"facts": told(sheet.facts, {}), "details": told(sheet.details, {}), "wrong": wrong, "good": good}
        return self._page(request, session, "approval.html", status, name=name, sheet=sheet, **facts)

    async def _document(self, request: Request, _: Session) -> Response:
        name = _name(request)
        document = await _read(partial(self._parts.approvals.document, name), 404)
        headers = {"Content-Disposition": f'attachment; filename="approval-{name}.json"'}
        return Response(document, media_type="application/json", headers=headers)

    async def _decide(self, request: Request, session: Session) -> Response:
        files = await self._own_form(request, session)
        decision = files.get("decision", b"")
        if not decision:
            return await self._approval(request, session, 400, wrong="Choose the file with the signed decision.")
        try:
            said = await run_in_threadpool(self._parts.approvals.decide, _name(request), decision)
        except CallerError as error:
            return await self._approval(request, session, 400, wrong=str(error))
        except Unavailable as error:
            raise unavailable(str(error), Refusal.UNAVAILABLE) from None
        answer = await self._approval(request, session, good=said)
        answer.background = BackgroundTask(self._parts.approvals.announce)  # a message database may hang
        return answer

    async def _leave(self, request: Request, session: Session) -> Response:
        await self._own_form(request, session)
        await self._parts.entrance.leave(session)
        answer = self._pages.page(request, "left.html")
        self._cookie.delete(answer)
        return answer

    async def _own_form(self, request: Request, session: Session) -> Mapping[str, bytes]:
        """The files of a form that a page of this session has sent."""
        form = await read_form(request, MAX_DECISION)
        self._tokens.require(session.id, form.text(TOKEN_FIELD, 64))
        return form.files

    async def _enter(self, request: Request) -> Response:
        entrance = self._parts.entrance
        if not isinstance(entrance, LinkEntrance):
            raise RefusedRequest(404, Refusal.UNKNOWN_ADDRESS, "This console takes client certificates, and no links.")
        self._require_place(request)
        if request.method == "HEAD":  # a program that only looks at the link does not spend it
            return Response()
        session = await entrance.begin(request.query_params.get("link", ""))
        return self._remembered(self._onward(request, "You have entered the console"), session)


def _name(request: Request) -> str:
    """The name in an address.

    Raises:
        RefusedRequest: 404, nothing here has such a name; a database may not take it.
    """
    name: str = request.path_params["name"]
    if not (len(name) <= MAX_NAME and name.isascii() and name.isalnum()):
        raise RefusedRequest(404, None, "There is nothing at this address.")
    return name


def _conditions(view: ListView, given: Mapping[str, str]) -> Mapping[str, str]:
    """What a list is asked for.

    Raises:
        RefusedRequest: 400, a condition is too long, or holds characters that cannot be seen.
    """
    named = {one.name: given.get(one.name, one.default) for one in view.filters} | {"after": given.get("after", "")}
    if any(len(text) > MAX_CONDITION or not text.isprintable() for text in named.values()):
        text = f"A condition has {MAX_CONDITION} printable characters at most."
        raise RefusedRequest(400, Refusal.UNREADABLE_FORM, text)
    return {name: text.strip() for name, text in named.items() if text.strip()}


async def _read(read: Callable[[], Result], missing: int = 400) -> Result:
    """What `read` gives; it may wait for a database.

    Args:
        missing: the status where there is no such thing.
    """
    try:
        return await run_in_threadpool(read)
    except CallerError as error:
        raise RefusedRequest(missing, None, str(error)) from None
    except Unavailable as error:
        raise unavailable(str(error), Refusal.UNAVAILABLE) from None


def _table(table: Table) -> Mapping[str, object]:
    """A table as the template takes it."""
    return {
        "title": table.title,
        "columns": [*map(title, table.rows[0])] if table.rows else [],
        "rows": [cells(row, table.links) for row in table.rows],
        "trouble": table.trouble,
        "next": f"?{urlencode(table.next)}" if table.next else "",
        "more": shown(table.more),
    }
