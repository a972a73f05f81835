"""Steps of replacing.feature."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import Engine

from lockgate.errors import CallerError, Unavailable
from lockgate.queue.message import NewMessage
from lockgate.requests.submessages import PKCS10Response, Response
from lockgate_persistence.messages import SqlMessageStore
from lockgate_transport.host.outbox import FileOutbox
from tests.support.scenarios.failures import Death, Overtaken
from tests.support.scenarios.world import World

scenarios("replacing.feature")
ID = "mine"


class Case:
    """What a scenario keeps from step to step."""

    response: Response | None = None
    error: CallerError | None = None


@pytest.fixture
def case() -> Case:
    return Case()


class Moments:
    """Where a client that replaces a message is stopped, and how."""

    def __init__(self, trouble: str, moment: str) -> None:
        self._stop = {"dies": Death, "loses the database": Unavailable}.get(trouble)
        self._moment = moment

    def reach(self, moment: str) -> None:
        if self._stop is not None and moment == self._moment:
            raise self._stop("stopped by the test")


class StoppedStore(SqlMessageStore):
    """The message database of a client that is stopped at one moment."""

    def __init__(self, engine: Engine, moments: Moments) -> None:
        super().__init__(engine)
        self._moments = moments

    def put(self, message: NewMessage, *, replaces: bytes | None = None) -> None:
        self._moments.reach("before the row is replaced")
        super().put(message, replaces=replaces)
        self._moments.reach("once the row is replaced")


class StoppedOutbox(FileOutbox):
    """The outbox of a client that is stopped at one moment."""

    def __init__(self, directory: Path, moments: Moments) -> None:
        super().__init__(directory)
        self._moments = moments
        self._ends = iter(("keeps both messages", "keeps the new one alone"))

    def replace(self, key: str, old: bytes, new: bytes) -> None:
        end = next(self._ends)
        self._moments.reach(f"before it {end}")
        super().replace(key, old, new)
        self._moments.reach(f"once it {end}")


@given('the RA has sent a request for "alice"')
def sent(world: World) -> None:
    with world.client() as client:
        client.send([world.request("alice", request_id=1)], message_id=ID)


@when(
    parsers.re(
        'the RA replaces it by a request for "bob", and (?P<trouble>dies|loses the database|goes on) (?P<moment>.+)'
    )
)
def replace_it(world: World, case: Case, trouble: str, moment: str) -> None:
    moments, container = Moments(trouble, moment), world.ra_container()
    container.store.override(StoppedStore(world.engine, moments))
    container.outbox.override(StoppedOutbox(world.ra_host.zone.ra.outbox, moments))
    stopped = False
    try:
        container.client().send([world.request("bob", request_id=2)], message_id=ID, replace=True)
    except (Death, Unavailable):
        stopped = True
    except CallerError as error:
        case.error = error
    assert stopped == (trouble != "goes on")


@when('the RA replaces it by a request for "bob" while a worker is about to answer it')
def replace_late(world: World, case: Case) -> None:
    """Between the worker's claim and the transaction that answers."""
    late: Callable[[], object] = lambda: replace_it(world, case, "goes on", "to the end")  # noqa: E731
    world.worker(ca=Overtaken(world.ca, late)).round(world.fence())


@when("the client is started again and looks for its answer")
def look(world: World) -> None:
    with world.client() as client:
        assert client.look(client.resume(ID)) is None


@when("the client is started again and resumes the message")
def resume(world: World, case: Case) -> None:
    with world.client() as client:
        (case.response,) = client.wait(client.resume(ID), timedelta())


@then(parsers.re("the RA learns that it (?P<words>.+)"))
def learns(case: Case, words: str) -> None:
    assert words in str(case.error)


@then(parsers.parse('it gets the certificate of "{name}"'))
def gets(case: Case, name: str) -> None:
    assert isinstance(case.response, PKCS10Response)
    assert case.response.certificate is not None
    subject = x509.load_der_x509_certificate(case.response.certificate).subject
    assert [attribute.value for attribute in subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == [name]
    assert case.response.request_id == {"alice": 1, "bob": 2}[name]
