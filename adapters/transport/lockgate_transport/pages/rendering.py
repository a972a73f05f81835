"""Pages, made of templates."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.loaders import ChoiceLoader
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from lockgate_transport.http.refusing import Logged, address, log_refused, whole_path
from lockgate_transport.pages.protection import ProtectedPages
from lockgate_transport.pages.text import finished, lines

_log = structlog.get_logger("lockgate.pages")
PACKAGE = "lockgate_transport.pages"
STYLE = Path(__file__).with_name("style.css").read_bytes()
STYLE_PATH = f"/style-{sha256(STYLE).hexdigest()[:16]}.css"
FAILED = "The server has met a defect and cannot answer. Its operator finds it in the log."
CACHED = MappingProxyType({"Cache-Control": "public, max-age=31536000, immutable"})


class Pages:
    """What makes pages of one server.

    Args:
        package: whose folder `templates` holds its templates; they extend `base.html`.
        site: what the server is called, on each page.
        navigation: addresses and what they are called.
        logged: what the log tells of a path.
    """

    def __init__(self, package: str, site: str, navigation: Mapping[str, str], logged: Logged = whole_path) -> None:
        self._logged = logged
        loader = ChoiceLoader([PackageLoader(package), PackageLoader(PACKAGE)])
        self._environment = Environment(autoescape=True, undefined=StrictUndefined, loader=loader, finalize=finished)
        self._environment.filters["lines"] = lines
        self._environment.globals |= {"site": site, "navigation": dict(navigation), "style": STYLE_PATH}

    def page(self, request: Request, template: str, status: int = 200, **facts: object) -> Response:
        """The page of a template; `facts` are its variables."""
        path: str = request.scope["path"]
        return HTMLResponse(self._environment.get_template(template).render(path=path, **facts), status)

    def app(self, routes: Sequence[Route]) -> Starlette:
        """An application of these routes. Its answers are protected, and a refusal is a page, too."""
        return Starlette(
            routes=[Route(STYLE_PATH, _style), *routes],
            middleware=[Middleware(ProtectedPages, failed=self._failed)],
            exception_handlers={HTTPException: self._refused},
        )

    async def _refused(self, request: Request, error: Exception) -> Response:
        refused = log_refused(request, error, self._logged)
        answer = self.page(request, "refused.html", refused.status_code, detail=refused.detail)
        answer.headers.update(refused.headers or {})
        return answer

    def _failed(self, request: Request, error: Exception) -> Response:
        about = {"client": address(request)} | dict(self._logged(request.scope["path"]))
        _log.error("defect while answering a request", exc_info=error, **about)
        return self.page(request, "refused.html", 500, detail=FAILED)


async def _style(_: Request) -> Response:
    return Response(STYLE, media_type="text/css", headers=CACHED)
