"""Where a request to the console comes from: a page of its own, the person at the browser, or a page of another site.

A browser offers a client certificate, and cookies of 127.0.0.1, also where a page of another site makes it ask.
Sources: Fetch Metadata Request Headers; RFC 9110, 7.2 (Host).
"""

import re

from starlette.requests import Request

from lockgate.enrolment.refusals import Refusal
from lockgate.names.hosts import is_loopback
from lockgate_transport.http.refusing import RefusedRequest

ELSEWHERE = ("cross-site", "same-site")
"""What a browser says of a request that a page of another site or port makes (`Sec-Fetch-Site`)."""
FOREIGN = "A page of another site has asked for this. Open the console's own address, and go on from there."
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:@\[\]]+)(?::\d*)?")
OTHER_HOST = "The console answers at 127.0.0.1, [::1] and localhost only."


def is_followed_link(request: Request) -> bool:
    """Whether somebody has followed a link of another site to the console's first page.

    Raises:
        RefusedRequest: 403, a page of another site asks for something else.
    """
    headers, url = request.headers, request.scope
    if headers.get("sec-fetch-site") not in ELSEWHERE:
        return False
    followed = headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest"), request.method
    if followed == ("navigate", "document", "GET") and (url["path"], url["query_string"]) == ("/", b""):
        return True
    raise RefusedRequest(403, Refusal.FOREIGN_REQUEST, FOREIGN, internal="Sec-Fetch-Site names another site")


def require_this_host(request: Request) -> None:
    """Find that the browser knows the console by an address of this host, and not by a name that somebody lets point
    there.

    Raises:
        RefusedRequest: 403, it is not so.
    """
    named = _HOST.fullmatch(request.headers.get("host", ""))
    if named is None or not is_loopback(named.group(1)):
        raise RefusedRequest(403, Refusal.FOREIGN_REQUEST, OTHER_HOST, internal="Host is not this host")
