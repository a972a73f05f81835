"""Steps of main_job.feature."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.endentity import EndEntityStatus
from lockgate.errors import Conflict, Unavailable
from lockgate.line.journal import JournalKey
from lockgate.ports import Fence, Issuance, IssuanceRequest, MessageKey, Order, Registry, RegistryTransaction
from lockgate.queue.message import MessageStatus
from lockgate.reasons import Rejected
from lockgate.requests.content import RequestHeader
from lockgate.requests.submessages import PKCS10Request, PKCS10Response, Request
from lockgate_formats.submessages.contents import JsonContents
from tests.support.pki.bundles import bundled
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.failures import Overtaken
from tests.support.scenarios.world import LEASE, World, only

scenarios("main_job.feature")


class DefectiveIssuance:
    """What orders certificates, with a defect that `bob` meets."""

    def __init__(self, issuance: Issuance) -> None:
        self._issuance = issuance

    def order_all(self, wanted: Sequence[IssuanceRequest]) -> Sequence[Order] | Rejected:
        if any(each.end_entity.username == "bob" for each in wanted):
            raise ZeroDivisionError
        return self._issuance.order_all(wanted)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._issuance, name)


class DefectiveTransaction:
    """A unit of work with such a defect."""

    def __init__(self, work: RegistryTransaction) -> None:
        self._work = work
        self.issuance = DefectiveIssuance(work.issuance)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work, name)


class DefectiveCa(Registry):
    """A CA with such a defect."""

    def __init__(self, ca: Registry) -> None:
        self._ca = ca

    @contextmanager
    def transaction(self, *arguments: Any, **named: Any) -> Iterator[Any]:
        with self._ca.transaction(*arguments, **named) as work:
            yield DefectiveTransaction(work)


@given(parsers.parse('a CA that has a defect which any request for "bob" meets'))
def defective_ca(world: World) -> None:
    world.ca = DefectiveCa(world.ca)


class DefectiveContents(JsonContents):
    """A reader with such a defect."""

    def read_request(self, header: RequestHeader) -> Request | Rejected:
        request = super().read_request(header)
        if isinstance(request, PKCS10Request) and request.username == "bob":
            raise ZeroDivisionError
        return request


@given(parsers.parse('a worker with a defect which reading any request for "bob" meets'))
def defective_reader(world: World) -> None:
    world.replaced["ca.contents"] = DefectiveContents()


class FailingCa(Registry):
    """A CA whose transactions fail."""

    def __init__(self, ca: Registry, error: Exception, username: str | None) -> None:
        self._ca = ca
        self._error = error
        self._username = username

    @contextmanager
    def transaction(
        self,
        fence: Fence,
        *,
        keys: Iterable[JournalKey] = (),
        usernames: Iterable[str] = (),
        messages: Iterable[MessageKey] = (),
    ) -> Iterator[RegistryTransaction]:
        named = list(usernames)
        with self._ca.transaction(fence, keys=keys, usernames=named, messages=messages) as work:
            yield work
            if self._username is None or self._username in named:
                raise self._error


@given(parsers.parse('a CA that can commit nothing for "bob"'))
def failing_for_bob(world: World) -> None:
    world.ca = FailingCa(world.ca, Conflict("never for bob"), "bob")


def take_away(world: World) -> None:
    """What stands at the database's place is no file."""
    path = world.ca_side.configuration.path.with_name("ca.db")
    world.ca_side.engine.dispose()
    path.rename(path.with_name("ca.db away"))
    path.mkdir()


def bring_back(world: World) -> None:
    path = world.ca_side.configuration.path.with_name("ca.db")
    path.rmdir()
    path.with_name("ca.db away").rename(path)


def rename_table(before: str, after: str) -> Callable[[World], None]:
    def rename(world: World) -> None:
        with world.ca_side.engine.begin() as connection:
            connection.exec_driver_sql(f"alter table {before} rename to {after}")

    return rename


@dataclass(frozen=True)
class Trouble:
    begin: Callable[[World], None]
    end: Callable[[World], None]


TROUBLES = {
    "cannot be reached": Trouble(take_away, bring_back),
    "lacks a table": Trouble(rename_table("journal", "journal_away"), rename_table("journal_away", "journal")),
}


@when(parsers.parse("the worker takes the message up, and then the CA's database {trouble}"), target_fixture="trouble")
def troubled(world: World, trouble: str) -> Trouble:
    found = TROUBLES[trouble]
    overtaken = Overtaken(world.ca, lambda: found.begin(world))
    with pytest.raises(Unavailable):
        world.worker(ca=overtaken).round(world.fence())
    return found


@when(parsers.parse("{count:d} attempts at it have been counted"))
def counted(world: World, count: int) -> None:
    world.rewrite(world.sent[-1], attempts=count)


@then(parsers.parse("{count:d} attempts at it are counted"))
def are_counted(world: World, count: int) -> None:
    assert world.row().attempts == count


@when("the CA's database is as before")
def as_before(world: World, trouble: Trouble) -> None:
    trouble.end(world)


@when("the CA can commit everything again")
def working_again(world: World) -> None:
    world.ca = world.ca_side.ca


@when("the defect is mended, and an hour passes")
def mended(world: World) -> None:
    world.ca = world.ca_side.ca
    world.replaced.clear()
    world.ca_side.hours.pass_by(timedelta(hours=1))


@when("the worker takes the message up again")
def take_up_again(world: World) -> None:
    """Once its lease has run out."""
    world.ca_side.hours.pass_by(2 * LEASE)
    world.run_worker()


@when(
    parsers.parse('the RA sends one message with requests for "alice", "bob" and "carol", and bob\'s PKCS#10 is broken')
)
def send_three_one_broken(world: World) -> None:
    broken = pkcs10(rsa_key(21), signed_by=rsa_key(22))
    world.send(world.request("alice"), world.request("bob", pkcs10=broken), world.request("carol"))


@when('the RA sends one message with requests for "alice", "bob" and "carol"')
def send_three(world: World) -> None:
    world.send(*(world.request(name) for name in ("alice", "bob", "carol")))


@then(parsers.re("the message in the database is (?P<status>processed|in process|waiting)"))
def has_status(world: World, status: str) -> None:
    assert world.row().status == MessageStatus[status.upper().replace(" ", "_")]


@then('"alice" and "carol" have one certificate each, and there is no end entity "bob"')
def all_but_bob(world: World) -> None:
    assert sorted(world.issued()) == ["alice", "carol"]
    assert world.end_entity("bob") is None


@then("each of them has one certificate")
def one_each(world: World) -> None:
    assert sorted(world.issued()) == ["alice", "bob", "carol"]


@then(parsers.parse('the end entity "{name}" is GENERATED'))
def generated(world: World, name: str) -> None:
    end_entity = world.end_entity(name)
    assert end_entity is not None
    assert end_entity.status is EndEntityStatus.GENERATED


@then("it holds a certs-only PKCS#7 with that certificate first, and the CA's chain after it")
def holds_pkcs7(world: World) -> None:
    response = only(world).content.response
    assert isinstance(response, PKCS10Response)
    assert response.pkcs7 is not None
    certificates = [one.public_bytes(Encoding.DER) for one in bundled(response.pkcs7)]
    assert certificates == [response.certificate, world.ca_side.certificate("ManagementCA")]
