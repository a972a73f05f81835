"""CMP transactions whose later messages come from others than the sender of the first one."""

from collections.abc import Callable, Mapping

from pytest_bdd import given, parsers, when

from tests.features.steps.cmp_clients import PROTECTIONS, WITH, equip, under
from tests.features.steps.cmp_requests import confirmation, error, first_message, poll, requested
from tests.support.scenarios.cmp_site import CmpSite
from tests.support.wire.cmp_messages import CmpMessage


@given(parsers.re(f'the client "(?P<name>[^"]+)" asks the alias "two" with (?P<first>{WITH})$'))
def asks_at_two(site: CmpSite, name: str, first: str) -> None:
    equip(site, name, first)
    client = site.client(name, alias="two")
    site.send(name, requested(site, client, "a kur" if first == "a certificate" else "an ir"))


FOLLOWING: Mapping[str, Callable[[CmpSite, str], CmpMessage]] = {
    "an error": error,
    "a poll": poll,
    "the confirmation": confirmation,
    "the first message": first_message,
}


@when(parsers.re(f'(?P<what>{"|".join(FOLLOWING)}) of "router" comes (again )?with (?P<other>{WITH})$'))
def comes_with(site: CmpSite, what: str, other: str) -> None:
    """The client itself goes on with what it was answered."""
    heard, message = site.heard["router"], FOLLOWING[what](site, "router")
    protection = PROTECTIONS[other](site, "router")
    site.send("router", under(message, protection))
    site.heard["router"] = heard
