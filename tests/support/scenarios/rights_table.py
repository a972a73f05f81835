"""The tables of rights and approvals: as the feature has them, and as they follow from the closure."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gherkin.parser import Parser

from lockgate.effects.closure import Closure, close
from lockgate.effects.statement import Attempt, Statement
from lockgate.effects.view import View
from lockgate.reasons import Rejected
from lockgate.requests.request_types import REQUEST_TYPES
from lockgate.requests.submessages import Request
from tests.support.scenarios.stored_objects import NOBODY, PEOPLE, REQUESTS, Holdings
from tests.support.scenarios.world import CA, World

FEATURE = Path(__file__).parents[3] / "features" / "rights_and_approvals.feature"
RIGHTS_OUTLINE = "Each of these rights is needed, and no other one"
APPROVALS_OUTLINE = "Each of these CAs and profiles can ask for approvals of these kinds"
NONE = "none"
Place = tuple[str, str, bool]
IN_ONE_PLACE: Place = (CA, CA, False)
Row = tuple[str, ...]


def listed(cell: str) -> list[str]:
    return [] if cell == NONE else [part.strip() for part in cell.split(",")]


def cell(values: frozenset[str]) -> str:
    return ", ".join(sorted(values)) or NONE


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
    """The rows of the feature's tables under that outline."""
    document: Any = Parser().parse(FEATURE.read_text())
    (found,) = (
        child["scenario"]
        for child in document["feature"]["children"]
        if "scenario" in child and child["scenario"]["name"] == outline
    )
    rows = [row for table in found["examples"] for row in table["tableBody"]]
    return [tuple(column["value"] for column in row["cells"]) for row in rows]


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
