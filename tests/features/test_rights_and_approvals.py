"""Steps of rights_and_approvals.feature, and the table computed from the closure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest
from gherkin.parser import Parser
from pytest_bdd import parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.effects.closure import Closure, close
from lockgate.effects.statement import Attempt, Statement
from lockgate.effects.view import View
from lockgate.queue.message import MessageStatus
from lockgate.reasons import Reason, Rejected
from lockgate.requests.request_types import REQUEST_TYPES
from lockgate.requests.submessages import Request
from lockgate.rights.approval import ApprovalKind
from lockgate.rights.authorization import ADMINISTRATOR, Action, action_right
from tests.support.scenarios.stored_objects import NOBODY, PEOPLE, REQUESTS, Holdings
from tests.support.scenarios.world import CA, World, only

FEATURE = Path(__file__).parents[2] / "features" / "rights_and_approvals.feature"
scenarios("rights_and_approvals.feature")

RIGHTS_OUTLINE = "Each of these rights is needed, and no other one"
APPROVALS_OUTLINE = "Each of these CAs and profiles can ask for approvals of these kinds"
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
NONE = "none"
Place = tuple[str, str, bool]
IN_ONE_PLACE: Place = (CA, CA, False)
Row = tuple[str, ...]


# ---- the table


def listed(cell: str) -> list[str]:
    return [] if cell == NONE else [part.strip() for part in cell.split(",")]


def cell(values: frozenset[str]) -> str:
    return ", ".join(sorted(values)) or NONE


@pytest.fixture
def start(furnished: tuple[Path, Holdings]) -> Path:
    """Every scenario of this feature begins with that."""
    return furnished[0]


def stated(world: World, request: Request) -> tuple[Statement, Closure] | None:
    """What the processor states and the core closes over; None where the request cannot be carried out."""
    processor = REQUEST_TYPES[type(request).__name__].processor
    brought = processor.read(request, world.worker_container().instruments())
    assert not isinstance(brought, Rejected), brought
    with world.ca.transaction(world.fence("observer")) as work:
        view = View(work, brought)
        statement = processor.state(request, view)
        assert not isinstance(statement, Rejected), statement
        closure = close(statement, view)
    done = [effect for effect in statement.effects if not isinstance(effect, Attempt)]
    return (statement, closure) if done and not (statement.refusal or closure.impossible) else None


def closures(world: World, holdings: Holdings) -> Iterator[tuple[str, str, Statement, Closure]]:
    """Each request for everybody for whom it can be carried out."""
    for kind, make in REQUESTS.items():
        for name in (NOBODY, *PEOPLE):
            try:
                request = make(holdings, name)
            except KeyError:
                continue  # who has no certificate
            found = stated(world, request)
            if found is not None:
                yield kind, name, *found


def distinct(rows: Iterable[Row]) -> list[Row]:
    """Without those that say what is said of somebody in the same place, or of somebody who was never moved."""
    known: set[tuple[Place, Row]] = set()
    kept = []
    for kind, name, *rest in rows:
        said = (kind, *rest)
        if not {(place_of(name), said), (IN_ONE_PLACE, said)} & known:
            kept.append((kind, name, *rest))
        known.add((place_of(name), said))
    return kept


def place_of(name: str) -> Place:
    """Where somebody's certificates were issued, where they are stored, and whether somebody has their key, too."""
    person = PEOPLE.get(name)
    return (person.issued["ca_name"], person.stored["ca_name"], person.shared) if person else IN_ONE_PLACE


def rows_of(outline: str) -> list[Row]:
    """The rows of the feature's table under that outline."""
    document: Any = Parser().parse(FEATURE.read_text())
    (found,) = (
        child["scenario"]
        for child in document["feature"]["children"]
        if "scenario" in child and child["scenario"]["name"] == outline
    )
    (table,) = found["examples"]
    return [tuple(its["value"] for its in row["cells"]) for row in table["tableBody"]]


def rights_of(world: World, holdings: Holdings) -> list[Row]:
    return distinct(
        (
            kind,
            name,
            cell(closure.concern.tellable),
            cell(closure.concern.rights - closure.concern.tellable),
            statement.unknown.reason if closure.concern.rights - closure.concern.tellable else NONE,
        )
        for kind, name, statement, closure in closures(world, holdings)
    )


def approvals_of(world: World, holdings: Holdings) -> list[Row]:
    found = []
    for kind, name, _, closure in closures(world, holdings):
        proposal = closure.concern.proposal
        if proposal.kinds:
            objects = (proposal.ca_names, proposal.certificate_profiles, proposal.end_entity_profiles)
            found.append((kind, name, *map(cell, objects), cell(frozenset(map(str, proposal.kinds)))))
    return distinct(found)


def test_the_table_of_rights_is_what_the_closure_says(world: World, furnished: tuple[Path, Holdings]) -> None:
    assert rows_of(RIGHTS_OUTLINE) == rights_of(world, furnished[1])


def test_the_table_of_approvals_is_what_the_closure_says(world: World, furnished: tuple[Path, Holdings]) -> None:
    assert rows_of(APPROVALS_OUTLINE) == approvals_of(world, furnished[1])


def test_every_request_type_stands_in_the_table_of_rights() -> None:
    assert {kind.split()[0] for kind, *_ in rows_of(RIGHTS_OUTLINE)} == set(REQUEST_TYPES)


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


@then(parsers.parse("each time it is refused as {reason}, and no word is said of the missing right"))
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
    administration.put_profile(name, msgspec.structs.replace(known[name], approvals=quorums))


def held(world: World) -> list[str]:
    """Every end entity and certificate as it is stored, and whose key is kept."""
    queries = (
        "select username || status || revision from end_entity",
        "select hex(fingerprint) || status from certificate",
        "select hex(fingerprint) from escrowed_key",
    )
    return [str(found) for query in queries for found in world.ca_side.column(query)]
