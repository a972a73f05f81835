"""Steps of main_job.feature."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.endentity import EndEntityStatus
from lockgate.message import MessageStatus
from lockgate.ports import CaTransaction, CertificationAuthority
from tests.certificate_requests import pkcs10
from tests.features.world import World
from tests.identities import rsa_key

scenarios("main_job.feature")


class DefectiveTransaction:
    """A unit of work with a defect that `bob` meets."""

    def __init__(self, work: CaTransaction) -> None:
        self._work = work

    def issue(self, order: Any) -> Any:
        if order.end_entity.username == "bob":
            raise ZeroDivisionError
        return self._work.issue(order)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work, name)


class DefectiveCa(CertificationAuthority):
    """A CA with such a defect."""

    def __init__(self, ca: CertificationAuthority) -> None:
        self._ca = ca

    @contextmanager
    def transaction(self, *arguments: Any, **named: Any) -> Iterator[Any]:
        with self._ca.transaction(*arguments, **named) as work:
            yield DefectiveTransaction(work)


@given(parsers.parse('a CA that has a defect which any request for "bob" meets'))
def defective_ca(world: World) -> None:
    world.ca = DefectiveCa(world.ca)


@when(
    parsers.parse('the RA sends one message with requests for "alice", "bob" and "carol", and bob\'s PKCS#10 is broken')
)
def send_three_one_broken(world: World) -> None:
    broken = pkcs10(rsa_key(21), signed_by=rsa_key(22))
    world.send(world.request("alice"), world.request("bob", pkcs10=broken), world.request("carol"))


@when('the RA sends one message with requests for "alice", "bob" and "carol"')
def send_three(world: World) -> None:
    world.send(*(world.request(name) for name in ("alice", "bob", "carol")))


@then("the message in the database is processed")
def processed(world: World) -> None:
    assert world.row().status == MessageStatus.PROCESSED


@then(parsers.parse('the end entity "{name}" is GENERATED'))
def generated(world: World, name: str) -> None:
    end_entity = world.end_entity(name)
    assert end_entity is not None
    assert end_entity.status is EndEntityStatus.GENERATED
