"""Steps of rights_and_approvals.feature, and its tables compared with the closure."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.queue.message import MessageStatus
from lockgate.reasons import Reason
from lockgate.requests.request_types import REQUEST_TYPES
from lockgate.requests.submessages import Request
from lockgate.rights.approval import ApprovalKind
from lockgate.rights.authorization import ADMINISTRATOR, Action, action_right
from tests.support.scenarios.rights_table import (
    APPROVALS_OUTLINE,
    RIGHTS_OUTLINE,
    approvals_of,
    listed,
    rights_of,
    rows_of,
)
from tests.support.scenarios.stored_objects import REQUESTS, Holdings
from tests.support.scenarios.world import World, only

scenarios("rights_and_approvals.feature")

WAITING = MessageStatus.WAITING
WHAT = r"the RA sends (?P<request>[^,]*) for (?P<whose>\w+)"

RIGHTS = frozenset(
    {
        *("/ca/ManagementCA", "/ca/OtherCA"),
        *("/endentityprofile/EMPTY", "/endentityprofile/GUARDED", "/endentityprofile/SERVICE"),
        *map(action_right, Action),
    }
)
"""Every right that there is in the world of the scenarios, besides being an administrator."""


@pytest.fixture
def start(furnished: tuple[Path, Holdings]) -> Path:
    """Every scenario of this feature begins with that."""
    return furnished[0]


def test_the_table_of_rights_is_what_the_closure_says(world: World, furnished: tuple[Path, Holdings]) -> None:
    assert rows_of(RIGHTS_OUTLINE) == rights_of(world, furnished[1])


def test_the_table_of_approvals_is_what_the_closure_says(world: World, furnished: tuple[Path, Holdings]) -> None:
    assert rows_of(APPROVALS_OUTLINE) == approvals_of(world, furnished[1])


def test_every_request_type_stands_in_the_table_of_rights() -> None:
    """But CMPRequest, which delivers a message to a service: cmp.feature says which rights that needs."""
    assert {kind.split()[0] for kind, *_ in rows_of(RIGHTS_OUTLINE)} == set(REQUEST_TYPES) - {"CMPRequest"}


# ---- rights


@dataclass
class Attempts:
    """What the RA has sent, one after another.

    Attributes:
        lacking: for each message, what was missing.
        before: what the CA held before the first one.
        objects: CAs and profiles, each with what it is.
    """

    request: Request | None = None
    lacking: dict[str, str] = field(default_factory=dict)
    before: list[str] = field(default_factory=list)
    objects: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def attempts() -> Attempts:
    return Attempts()


@when(parsers.re(WHAT + ", each time with every right but one of: (?P<rights>.*)"))
def send_without(
    world: World, furnished: tuple[Path, Holdings], attempts: Attempts, request: str, whose: str, rights: str
) -> None:
    asked = REQUESTS[request](furnished[1], whose)
    attempts.request, attempts.lacking, attempts.before = asked, {}, held(world)
    assert set(listed(rights)) <= RIGHTS
    for missing in listed(rights):
        world.grant(", ".join({ADMINISTRATOR, *RIGHTS} - {missing}))
        attempts.lacking[world.send(asked)] = missing
        world.run_worker()


@when(parsers.re(WHAT + ", with the rights (?P<told>.*), and (?P<hidden>.*) besides"))
def send_with(world: World, furnished: tuple[Path, Holdings], request: str, whose: str, told: str, hidden: str) -> None:
    world.grant(", ".join((ADMINISTRATOR, *listed(told), *listed(hidden))))
    world.send(REQUESTS[request](furnished[1], whose))
    world.run_worker()


@when(parsers.re(r"the RA sends (?P<request>[^,]*) for nina, and for oscar"))
def send_for_both(world: World, furnished: tuple[Path, Holdings], attempts: Attempts, request: str) -> None:
    for whose in ("nina", "oscar"):
        attempts.lacking[world.send(REQUESTS[request](furnished[1], whose))] = whose
        world.run_worker()


@then(parsers.parse('both are refused as not_authorized, and the missing right named is "{right}"'))
def both_refused_alike(world: World, attempts: Attempts, right: str) -> None:
    responses = [world.seen(message)[0].content.response for message in attempts.lacking]
    sentence = f"{Reason.NOT_AUTHORIZED.sentence} Missing: {right}"
    assert [(told.reason, told.fail_info) for told in responses] == [("not_authorized", sentence)] * 2


@then("each time it is refused as not_authorized, and the missing right is named")
def refused_and_told(world: World, attempts: Attempts) -> None:
    for message, missing in attempts.lacking.items():
        response = world.seen(message)[0].content.response
        sentence = Reason.NOT_AUTHORIZED.sentence
        assert (response.reason, response.fail_info) == ("not_authorized", f"{sentence} Missing: {missing}")


@then(parsers.parse("each time it is refused as {reason}, and the missing right is not told"))
def refused_in_general(world: World, attempts: Attempts, reason: str) -> None:
    for message in attempts.lacking:
        response = world.seen(message)[0].content.response
        assert (response.reason, response.fail_info) == (reason, Reason(reason).sentence)


@then("nothing has changed, and the audit log names each missing right")
def nothing_changed(world: World, attempts: Attempts) -> None:
    assert held(world) == attempts.before
    query = "select who, target, details from audit where event = 'access.denied' order by sequence"
    with world.ca_side.engine.connect() as connection:
        denials = [(who, target, json.loads(details)) for who, target, details in connection.execute(text(query))]
    latest = denials[len(denials) - len(attempts.lacking) :]
    for (message, missing), (who, target, details) in zip(attempts.lacking.items(), latest, strict=True):
        assert who.split(" (")[0] == "CN=ra"
        assert attempts.request is not None
        assert target == attempts.request.concerns()
        assert details == {
            "request_type": type(attempts.request).__name__,
            "message": f"{message} 1/1",
            "missing": missing,
            "role": "role 0",
        }


@then("the request succeeds")
def succeeds(world: World) -> None:
    response = only(world).content.response
    assert response.success, response


# ---- unsigned


@when(parsers.re(WHAT + r", (?P<signed>signed|unsigned)"))
def send_kind(
    world: World, furnished: tuple[Path, Holdings], attempts: Attempts, signed: str, request: str, whose: str
) -> None:
    attempts.before = held(world)
    protection = "signed and encrypted" if signed == "signed" else "encrypted"
    world.send(REQUESTS[request](furnished[1], whose), protection=protection)


@then(parsers.parse("the request is refused as {reason}, and nothing has changed"))
def refused(world: World, attempts: Attempts, reason: str) -> None:
    assert only(world).content.response.reason == reason
    assert held(world) == attempts.before


# ---- approvals


@when(
    parsers.re(
        WHAT + ", each time while one of these asks for 1 approval of one of (?P<kinds>.*): the CAs (?P<cas>.*),"
        " the certificate profiles (?P<certificate_profiles>.*), the end entity profiles (?P<end_entity_profiles>.*)"
    )
)
def send_while_asked(
    world: World,
    furnished: tuple[Path, Holdings],
    attempts: Attempts,
    request: str,
    whose: str,
    kinds: str,
    cas: str,
    certificate_profiles: str,
    end_entity_profiles: str,
) -> None:
    asked, attempts.before = REQUESTS[request](furnished[1], whose), held(world)
    attempts.objects = objects_in(cas, certificate_profiles, end_entity_profiles)
    for (which, name), kind in product(attempts.objects, listed(kinds)):
        ask(world, which, name, {ApprovalKind(kind): 1})
        attempts.lacking[world.send(asked)] = f"{kind} of the {which} {name}"
        world.run_worker()
        ask(world, which, name, {})


@when(parsers.re(WHAT + ", while all of them ask for 1 approval of each kind"))
def send_while_all_ask(
    world: World, furnished: tuple[Path, Holdings], attempts: Attempts, request: str, whose: str
) -> None:
    for which, name in attempts.objects:
        ask(world, which, name, dict.fromkeys(ApprovalKind, 1))
    world.send(REQUESTS[request](furnished[1], whose))
    world.run_worker()


@then("each time the request waits for an approval, and nothing has changed")
def each_waits(world: World, attempts: Attempts) -> None:
    waiting = set(world.ca_side.column("select digest from pending_request"))
    assert [missing for message, missing in attempts.lacking.items() if world.row(message).status != WAITING] == []
    assert len(waiting) == len(attempts.lacking) > 0
    assert held(world) == attempts.before


def objects_in(cas: str, certificate_profiles: str, end_entity_profiles: str) -> list[tuple[str, str]]:
    kinds = ("CA", "certificate profile", "end entity profile")
    cells = (cas, certificate_profiles, end_entity_profiles)
    return [(which, name) for which, names in zip(kinds, cells, strict=True) for name in listed(names)]


def ask(world: World, which: str, name: str, quorums: dict[ApprovalKind, int]) -> None:
    """Let a CA or profile ask for so many approvals of each kind, and for none of the others."""
    administration = world.ca_side.administration
    if which == "CA":
        for kind in ApprovalKind:
            administration.set_approval_rule(name, kind, quorums.get(kind, 0))
        return
    profiles = world.ca_side.inspection.profiles()
    known: Mapping[str, Any] = profiles.certificate if which == "certificate profile" else profiles.end_entity
    administration.put_profile(name, dataclasses.replace(known[name], approvals=quorums))


def held(world: World) -> list[str]:
    """Every end entity and certificate as it is stored, and whose key is kept."""
    queries = (
        "select username || status || revision from end_entity",
        "select hex(fingerprint) || status from certificate",
        "select hex(fingerprint) from escrowed_key",
    )
    return [str(found) for query in queries for found in world.ca_side.column(query)]
