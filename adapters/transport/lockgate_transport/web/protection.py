"""Whom the enrolment page answers: browsers over TLS or on this host, and forms of its own pages.

There is no session, and so no form needs a token: whoever sends a form says who they are in it.
"""

import re
from collections.abc import Mapping

from starlette.requests import Request

from lockgate.enrolment.clients import read_address
from lockgate.enrolment.refusals import Refusal
from lockgate.names.hosts import is_unread_on_the_way
from lockgate_transport.http.refusing import RefusedRequest, address, whole_path
from lockgate_transport.pages.forms import Form, read_form
from lockgate_transport.pages.protection import require_own_origin
from lockgate_transport.web.handles import HANDLE, transaction_id

_LIKE_A_HANDLE = re.compile("[A-Za-z0-9_-]{30,}")
"""A handle, also one that was cut off or ran into other characters; no other part of an address is as long."""
FORM_OCTETS = 64 * 1024
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host")
"""What a reverse proxy adds to requests, whether or not its word counts here."""


def require_private(request: Request) -> None:
    """Find that nobody else can read what passes: passwords, and keystores.

    Raises:
        RefusedRequest: 403, it came neither over TLS nor from this host for this host.
    """
    if request.scope["scheme"] == "https":
        return
    # A relay on this host may add no header, but passes on what it was asked for. So does a browser to which a foreign
    # site has told this host's address as its own.
    for_this_host = is_unread_on_the_way(f"http://{request.headers.get('host', '')}")
    forwarded = any(name in request.headers for name in FORWARDED)
    try:
        on_this_host = read_address(address(request)).is_loopback and for_this_host and not forwarded
    except ValueError:
        on_this_host = False
    if not on_this_host:
        raise RefusedRequest(403, Refusal.PLAIN_HTTP, "Use this page over https: passwords pass here.")


async def own_form(request: Request) -> Form:
    """The form that a page of this server has sent.

    Raises:
        RefusedRequest: as `require_own_origin` and `read_form`.
    """
    require_own_origin(request)
    return await read_form(request, FORM_OCTETS)


def logged_path(path: str) -> Mapping[str, str]:
    """What the log tells of a path: never a handle, but the id of its transaction."""
    told = whole_path(_LIKE_A_HANDLE.sub("{handle}", path))
    handles = [transaction_id(part) for part in path.split("/") if HANDLE.fullmatch(part)]
    return {**told, "transaction": handles[0]} if handles else told
