"""Steps of web_enrolment_refusals.feature."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_bdd import parsers, scenarios, then, when

from lockgate.queue.message import MessageStatus
from lockgate_transport.web.handles import transaction_id
from tests.support.scenarios.web_site import WebSite

scenarios("web_enrolment_refusals.feature")

DONE: dict[str, dict[str, object]] = {
    "sets the message aside": {"status": MessageStatus.SET_ASIDE},
    "says that it has been answered": {"status": MessageStatus.PROCESSED},
}
COMING: dict[str, Callable[[WebSite, str], object]] = {
    "a form of another site": lambda site, path: site.send("POST", path, Origin="https://evil.example"),
    "a request of an unknown method": lambda site, path: site.send("PUT", path),
    "a request for something below it": lambda site, path: site.get(f"{path}/x/y"),
    "a request with one character too many": lambda site, path: site.get(f"{path}A"),
}


def handle(site: WebSite) -> str:
    return site.places[-1].rpartition("/")[2]


def lines_of(site: WebSite, caplog: pytest.LogCaptureFixture) -> list[Any]:
    """What the log says, of this package's servers and of the core."""
    core = [record.args for record in caplog.records if record.name == "lockgate.enrolment.enrolments"]
    return [*site.logged, *core]


@when(parsers.parse("the page is looked at {count:d} times"))
def looked_at(site: WebSite, count: int) -> None:
    for _ in range(count):
        site.look()


@when("somebody looks at an address of nothing")
def looks_at_nothing(site: WebSite) -> None:
    site.get("/certificate/" + "A" * 43)


@when(parsers.re("the owner of the message database (?P<does>sets.*|says.*)"))
def owner_does(site: WebSite, does: str) -> None:
    site.world.rewrite(transaction_id(handle(site)), **DONE[does])


@when(parsers.parse("{what} comes to its address"))
def comes(site: WebSite, what: str) -> None:
    COMING[what](site, site.places[-1])


@then("the page tells the reference")
def tells_reference(site: WebSite) -> None:
    assert f"Reference {transaction_id(handle(site))}" in site.told


@then("the page tells no reference")
def tells_no_reference(site: WebSite) -> None:
    assert "Reference" not in site.told


@then(parsers.parse("the log tells once, with the reference: {reason}"))
def log_tells(site: WebSite, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    told = [line for line in lines_of(site, caplog) if line.get("reason") == reason]
    assert [line["transaction"] for line in told] == [transaction_id(handle(site))]


@then(parsers.parse("the log tells {place} in the place of it"))
def log_tells_place(site: WebSite, place: str, caplog: pytest.LogCaptureFixture) -> None:
    assert site.logged[-1]["path"] == place
    assert handle(site) not in f"{site.logged} {caplog.text}"
