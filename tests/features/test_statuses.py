"""Steps of statuses.feature."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from gherkin.parser import Parser
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.endentity import EndEntityStatus
from lockgate.certification.revocation import RevocationReason
from lockgate.certification.statuses import Way, status_needs
from lockgate.requests.submessages import EditUserRequest, RevocationRequest
from lockgate.rights.authorization import Action
from tests.support.scenarios.stored_objects import PASSWORD, REQUESTS, Holdings, described
from tests.support.scenarios.world import World, only

FEATURE = Path(__file__).parents[2] / "features" / "statuses.feature"
scenarios("statuses.feature")

NOBODY = "nobody"
OBJECTS = "/administrator, /ca/ManagementCA, /endentityprofile/EMPTY"
REASONS = {"certificateHold": RevocationReason.CERTIFICATE_HOLD, "removeFromCRL": RevocationReason.REMOVE_FROM_CRL}
Pair = tuple[str, str]


def listed(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",")]


def pairs(before: str, after: str) -> list[Pair]:
    return list(product(listed(before), listed(after)))


@dataclass
class Edits:
    """What was sent: for each message, whom it is about and the change that it asks for."""

    sent: dict[str, tuple[str, Pair]] = field(default_factory=dict)


@pytest.fixture
def edits() -> Edits:
    return Edits()


@pytest.fixture
def start(furnished: tuple[Path, Holdings]) -> Path:
    """Every scenario of this feature begins with that."""
    return furnished[0]


# ---- the table


def rows_of(outline: str) -> Iterator[list[str]]:
    document: Any = Parser().parse(FEATURE.read_text())
    rules = [child["rule"] for child in document["feature"]["children"] if "rule" in child]
    found = [child["scenario"] for rule in rules for child in rule["children"] if child["scenario"]["name"] == outline]
    for table in (examples for scenario in found for examples in scenario["examples"]):
        yield from ([cell["value"] for cell in row["cells"]] for row in table["tableBody"])


def test_the_feature_lists_every_edit() -> None:
    told: dict[Pair, frozenset[str] | None] = {}
    for before, after, rights in rows_of("Each of these rights is needed, and no other one"):
        told |= dict.fromkeys(pairs(before, after), frozenset(listed(rights)))
    for before, after in rows_of("Every other change is refused, even with every right"):
        told |= dict.fromkeys(pairs(before, after))
    statuses = [status.name for status in EndEntityStatus]
    assert told == {
        (before, after): status_needs(EndEntityStatus[before] if before != NOBODY else None, status, Way.EDIT)
        for before, (after, status) in product((NOBODY, *statuses), EndEntityStatus.__members__.items())
    }


# ---- edits


@given(parsers.parse('"olga" has a certificate whose key is kept'))
@given(parsers.parse('"olga" has two certificates for a key of her own, and one whose key is kept'))
def olga(world: World, furnished: tuple[Path, Holdings]) -> None:
    with world.ca.transaction(world.fence("observer")) as work:
        assert len(work.certificates.of("olga")) == 3
        assert work.kept_keys.latest_of("olga") is not None


def let_be(world: World, status: str, password: str = PASSWORD) -> None:
    """Let olga have that status, as she is described otherwise."""
    stored = world.end_entity("olga")
    assert stored is not None
    changed = replace(stored, status=EndEntityStatus[status], recovery=None)
    world.ca_side.administration.put_end_entity(changed, password)


def edit(name: str, after: str, **more: Any) -> EditUserRequest:
    """The description is the stored one."""
    return EditUserRequest(**described(name, status=EndEntityStatus[after], token_name="P12", **more))


def send_edits(world: World, edits: Edits, changes: list[Pair], granted: list[str]) -> None:
    world.grant(", ".join((OBJECTS, *(f"/action/{action}" for action in granted))))
    for before, after in changes:
        name = "olga" if before != NOBODY else f"nina {len(world.sent)}"
        if before != NOBODY:
            let_be(world, before)
        message = world.send(edit(name, after))
        world.run_worker()
        stored = world.end_entity(name)
        edits.sent[message] = (stored.status.name if stored else NOBODY, (before, after))


@when(
    parsers.re(
        "the RA edits somebody from each of (?P<before>.*) to each of (?P<after>.*), without one of (?P<rights>.*)"
    )
)
def edit_without(world: World, edits: Edits, before: str, after: str, rights: str) -> None:
    for missing in listed(rights):
        send_edits(world, edits, pairs(before, after), sorted(set(Action) - {Action(missing)}))


@when(
    parsers.re(
        "the RA edits somebody from each of (?P<before>.*) to each of (?P<after>.*), with the rights (?P<rights>.*)"
    )
)
def edit_with(world: World, edits: Edits, before: str, after: str, rights: str) -> None:
    edits.sent.clear()
    send_edits(world, edits, pairs(before, after), listed(rights))


@when(parsers.re("the RA edits somebody from each of (?P<before>.*) to each of (?P<after>.*), with every right"))
def edit_mightily(world: World, edits: Edits, before: str, after: str) -> None:
    send_edits(world, edits, pairs(before, after), list(Action))


@then(parsers.parse("each of these edits is refused as {reason}"))
def edits_refused(world: World, edits: Edits, reason: str) -> None:
    assert edits.sent
    for message, (stored, (before, after)) in edits.sent.items():
        assert (world.seen(message)[0].outcome, stored) == (reason, before), (before, after)


@then("each of these edits succeeds, and the status is the one that was asked for")
def edits_succeed(world: World, edits: Edits) -> None:
    assert edits.sent
    for message, (stored, (before, after)) in edits.sent.items():
        assert world.seen(message)[0].content.response.success, (before, after)
        assert stored == after


# ---- passwords


@given(parsers.parse('"olga" is {status}, and her password is "{password}"'))
def is_with(world: World, status: str, password: str) -> None:
    let_be(world, status, password)


@when(parsers.parse('the RA edits "olga" to {after} with {password}'))
def edit_with_password(world: World, after: str, password: str) -> None:
    world.grant("/")
    given_one = None if password == "no password" else password.strip('"')
    world.send(edit("olga", after, password=given_one))
    world.run_worker()
    assert only(world).content.response.success


@then(parsers.parse('"olga" is {status}, and her password is {password}'))
def is_and_has(world: World, status: str, password: str) -> None:
    stored = world.end_entity("olga")
    assert stored is not None
    assert stored.status.name == status
    with world.ca.transaction(world.fence("observer")) as work:
        right = [
            one for one in ("an old password", "some donkey") if work.end_entities.check_password("olga", one) is None
        ]
    assert right == ([] if password == "none" else [password.strip('"')])


@when(parsers.parse('the RA asks for an edit of "olga" to {after}'))
def ask_for_edit(world: World, after: str) -> None:
    world.send(edit("olga", after))


# ---- other requests


@given(parsers.parse('"olga" is {status}, with the password that she gives'))
def is_now(world: World, status: str) -> None:
    let_be(world, status)


@when(parsers.re(r'the RA sends (?P<request>[^,]*) for "olga"'))
def send_kind(world: World, furnished: tuple[Path, Holdings], request: str) -> None:
    world.grant("/")
    world.send(REQUESTS[request](furnished[1], "olga"))
    world.run_worker()


@when(parsers.re(r'the RA sends (?P<request>[^,]*) for "olga", once while she is each of (?P<statuses>.*)'))
def send_in_each(world: World, furnished: tuple[Path, Holdings], edits: Edits, request: str, statuses: str) -> None:
    for status in listed(statuses):
        let_be(world, status)
        send_kind(world, furnished, request)
        stored = world.end_entity("olga")
        assert stored is not None
        edits.sent[world.sent[-1]] = (stored.status.name, (status, status))


@then("each time it is refused as wrong_status, and her status stays")
def all_refused(world: World, edits: Edits) -> None:
    edits_refused(world, edits, "wrong_status")


@then(parsers.parse('the request succeeds, and "olga" is {status}'))
def succeeds(world: World, status: str) -> None:
    assert only(world).content.response.success
    stored = world.end_entity("olga")
    assert stored is not None
    assert stored.status.name == status


@when(parsers.parse('the RA revokes "olga" and all her certificates with the reason {reason}'))
def revoke(world: World, reason: str) -> None:
    world.grant("/")
    world.send(RevocationRequest(request_id=1, username="olga", revoke_user=True, reason=REASONS[reason]))
    world.run_worker()


@then('"olga" is still NEW, and all her certificates are good')
def untouched(world: World) -> None:
    stored = world.end_entity("olga")
    assert stored is not None
    assert stored.status is EndEntityStatus.NEW
    with world.ca.transaction(world.fence("observer")) as work:
        assert {certificate.standing for certificate in work.certificates.of("olga")} == {"good"}
