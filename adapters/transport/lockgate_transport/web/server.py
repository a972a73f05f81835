"""The enrolment page over HTTP: forms, the page of each transaction, and what can be fetched there.

    GET  /                        the form for a certificate         POST: asks for it
    GET  /keystore                the form for a keystore            POST: asks for it
    GET  /certificate/HANDLE      how the request stands
    GET  /certificate/HANDLE/FILE the certificate
    GET  /keystore/HANDLE         how the request stands             POST: the keystore, against the credentials

There is no session: a page knows nobody. No password stands in an address, a page or a log.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lockgate.enrolment.outcome import EnrolledKeystore, Granted, Pending, Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.errors import CallerError, Defect, LockgateError
from lockgate.names.keyspec import KeySpecification
from lockgate_transport.http.refusing import RefusedRequest, address, unavailable
from lockgate_transport.pages.forms import Form
from lockgate_transport.pages.rendering import Pages
from lockgate_transport.web.files import FILES, KEYSTORES, attachment, described
from lockgate_transport.web.forms import (
    USERNAME,
    WrongInput,
    read_certificate_form,
    read_credentials,
    read_keystore_form,
)
from lockgate_transport.web.handles import HANDLE, transaction_id
from lockgate_transport.web.protection import logged_path, own_form, require_private
from lockgate_transport.web.service import EnrolmentService
from lockgate_transport.web.vocabulary import MAX_FIELD, MIN_KEYSTORE_PASSWORD, Wanted
from lockgate_transport.web.words import told

_log = structlog.get_logger("lockgate.web")
LOOK_AGAIN = 10
"""Seconds after which a page of what is pending looks again by itself."""
LOOKING = b"looking"
"""The query of a page that does so. Nobody gets such a page unasked (WCAG 2.2, 2.2.1 and 3.2.5)."""
BUSY = frozenset({Refusal.TOO_MANY_OPEN, Refusal.TOO_MANY_IN_HOUR})
WITHOUT_FORM = frozenset({Refusal.UNKNOWN_TRANSACTION, Refusal.UNUSABLE_ANSWER})
"""Whoever fetches a keystore need not try again."""
T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]


class EnrolmentPages:
    """The HTTP side of the enrolment page.

    Args:
        keys: the kinds of keys in keystores; empty where there are no keystores.
    """

    def __init__(self, service: EnrolmentService, keys: Sequence[KeySpecification]) -> None:
        self._service = service
        self._keys = keys
        keystore = {"/keystore": "Keystore"} if keys else {}
        self._pages = Pages("lockgate_transport.web", "Enrolment", {"/": "Certificate"} | keystore, logged_path)

    @property
    def application(self) -> Starlette:
        """The ASGI application."""
        of_certificates = [
            _route("/", "GET", self._certificate_form),
            _route("/", "POST", self._ask_certificate),
            _route("/certificate/{handle}", "GET", partial(self._transaction, Wanted.CERTIFICATE)),
            _route("/certificate/{handle}/{file}", "GET", self._certificate),
        ]
        of_keystores = [
            _route("/keystore", "GET", self._keystore_form),
            _route("/keystore", "POST", self._ask_keystore),
            _route("/keystore/{handle}", "GET", partial(self._transaction, Wanted.KEYSTORE)),
            _route("/keystore/{handle}", "POST", self._keystore),
        ]
        return self._pages.app([*of_certificates, *(of_keystores if self._keys else ())])

    # ---- forms

    async def _certificate_form(self, request: Request, status: int = 200, wrong: str = "", name: str = "") -> Response:
        return self._pages.page(request, "certificate_form.html", status, wrong=wrong, username=name)

    async def _keystore_form(self, request: Request, status: int = 200, wrong: str = "", name: str = "") -> Response:
        page = partial(self._pages.page, keys=self._keys, min_length=MIN_KEYSTORE_PASSWORD)
        return page(request, "keystore_form.html", status, wrong=wrong, username=name)

    async def _ask_certificate(self, request: Request) -> Response:
        def ask(form: Form) -> str | Refused:
            asked = read_certificate_form(form)
            return self._service.ask_certificate(asked.credentials, asked.pkcs10, address(request))

        return await self._asked(request, Wanted.CERTIFICATE, ask, self._certificate_form)

    async def _ask_keystore(self, request: Request) -> Response:
        def ask(form: Form) -> str | Refused:
            asked = read_keystore_form(form, self._keys)
            return self._service.ask_keystore(asked.credentials, asked.wishes, address(request))

        return await self._asked(request, Wanted.KEYSTORE, ask, self._keystore_form)

    async def _asked(
        self,
        request: Request,
        wanted: Wanted,
        ask: Callable[[Form], str | Refused],
        again: Callable[..., Awaitable[Response]],
    ) -> Response:
        """The way to the transaction of a form; the form once more where it was refused."""
        form = await own_form(request)
        username = form.text(USERNAME, MAX_FIELD)
        try:
            handle = await _called(partial(ask, form))
        except WrongInput as error:
            return await again(request, 400, str(error), username)
        if isinstance(handle, Refused):
            return await again(request, _status(handle), told(handle), username)
        return RedirectResponse(f"/{wanted}/{handle}", 303)

    # ---- transactions

    async def _transaction(self, wanted: Wanted, request: Request) -> Response:
        handle = _handle(request)
        outcome = await _called(partial(self._service.look, wanted, handle, address(request)))
        match outcome:
            case Pending():
                return self._pending(request, wanted, transaction_id(handle))
            case Granted() if wanted is Wanted.KEYSTORE:
                return self._ready(request)
            case Granted():
                facts = described(outcome.certificates[0])
                return self._pages.page(request, "issued.html", facts=facts, files=FILES)
        return self._refused(request, handle, outcome)

    def _refused(self, request: Request, handle: str, refused: Refused) -> Response:
        known = refused.reason is not Refusal.UNKNOWN_TRANSACTION
        page = partial(self._pages.page, sentence=told(refused), reference=transaction_id(handle) if known else "")
        return page(request, "refused_request.html", 200 if known else 404)

    def _pending(self, request: Request, wanted: Wanted, reference: str) -> Response:
        looks = request.scope["query_string"] == LOOKING
        page = partial(self._pages.page, wanted=wanted, seconds=LOOK_AGAIN, reference=reference)
        answer = page(request, "pending.html", looks=looks)
        if looks:
            answer.headers["Refresh"] = str(LOOK_AGAIN)
        return answer

    async def _certificate(self, request: Request) -> Response:
        file = FILES.get(request.path_params["file"])
        handle = _handle(request)
        if file is None:
            raise _no_such_address()
        outcome = await _called(partial(self._service.look, Wanted.CERTIFICATE, handle, address(request)))
        if not isinstance(outcome, Granted):
            return RedirectResponse(f"/{Wanted.CERTIFICATE}/{handle}", 303)
        return attachment(file, request.path_params["file"], file.content(outcome.certificates))

    async def _keystore(self, request: Request) -> Response:
        form, handle = await own_form(request), _handle(request)
        try:
            credentials = read_credentials(form)
        except WrongInput as error:
            return self._ready(request, str(error), 400)
        outcome = await _called(partial(self._service.hand_out, handle, credentials, address(request)))
        match outcome:
            case EnrolledKeystore():
                name, file = KEYSTORES[outcome.kind]
                return attachment(file, name, outcome.content)
            case Pending():
                return RedirectResponse(f"/{Wanted.KEYSTORE}/{handle}", 303)
        if outcome.reason in WITHOUT_FORM:
            return self._refused(request, handle, outcome)
        return self._ready(request, told(outcome), _status(outcome))

    def _ready(self, request: Request, wrong: str = "", status: int = 200) -> Response:
        return self._pages.page(request, "keystore_ready.html", status, wrong=wrong)


def _route(path: str, method: str, endpoint: Endpoint) -> Route:
    async def answered(request: Request) -> Response:
        require_private(request)
        return await endpoint(request)

    return Route(path, answered, methods=[method])


async def _called(ask: Callable[[], T]) -> T:
    """What `ask` gives, on another thread; why it cannot is for the log."""
    try:
        return await run_in_threadpool(ask)
    except Defect:
        raise
    except LockgateError as error:
        log = _log.error if isinstance(error, CallerError) else _log.warning
        log("cannot answer", reason=Refusal.UNAVAILABLE.value, error=type(error).__name__, detail=str(error))
        raise unavailable("The server cannot answer now. Try again in a minute.", None) from None


def _handle(request: Request) -> str:
    handle: str = request.path_params["handle"]
    if not HANDLE.fullmatch(handle):
        raise _no_such_address()
    return handle


def _no_such_address() -> RefusedRequest:
    return RefusedRequest(404, Refusal.UNKNOWN_ADDRESS, "There is no such address.")


def _status(refused: Refused) -> int:
    return 429 if refused.reason in BUSY else 403
