"""The runners of two issuers that have a request in common, on every database."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Barrier

import pytest

from lockgate.certification.endentity import CertificationRequest, Possession
from lockgate.certification.statuses import GENERATED
from lockgate.errors import Conflict
from lockgate.line.journal import JournalKey
from lockgate.operations.runner import IssuerRunner
from lockgate.operations.status import CALLED, RECEIVED
from lockgate.ports import Fence, Intent, IssuanceRequest, MessageKey, Order, Registry, RegistryTransaction
from lockgate_ca_backend.orders import content_of
from lockgate_ca_backend.signing import CaKey
from lockgate_testing.contracts.registry.subjects import SERIALS
from lockgate_testing.contracts.registry.values import described
from lockgate_testing.doubles.remote_ca import RemoteCaIssuer
from tests.contract.registries import SqlRegistrySubject, new_engine
from tests.support.databases.servers import DATABASES, marked
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import Authority, ec_key, make_authority
from tests.support.scenarios.turns import AtOnce

AUTHORITIES = {"first": make_authority("First CA", ec_key(41)), "second": make_authority("Second CA", ec_key(42))}
"""By the name of their issuers, which are the names of the CAs, too."""
REQUESTS = 10
UNCALLED = Path("/nowhere")
_numbers = count(1)


@pytest.fixture(scope="module", params=marked(DATABASES))
def subject(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[SqlRegistrySubject]:
    engine = new_engine(fresh_database(request.param))
    registry = SqlRegistrySubject(engine)
    registry.prepare()
    for name, authority in AUTHORITIES.items():
        registry.administration.register_ca(name, name, authority.der)
    yield registry
    engine.dispose()


class Counted(Registry):
    """Counts the transactions that lost against another one."""

    def __init__(self, registry: Registry) -> None:
        self.registry, self.conflicts = registry, 0

    @contextmanager
    def transaction(
        self,
        fence: Fence,
        *,
        keys: Iterable[JournalKey] = (),
        usernames: Iterable[str] = (),
        messages: Iterable[MessageKey] = (),
    ) -> Iterator[RegistryTransaction]:
        try:
            with self.registry.transaction(fence, keys=keys, usernames=usernames, messages=messages) as work:
                yield work
        except Conflict:
            self.conflicts += 1
            raise


def signed(order: Order, authority: Authority) -> bytes:
    content = content_of(replace(order, serial_number=next(_numbers)), authority.certificate.subject.public_bytes())
    return content.signed_by(CaKey(authority.key))


def received_from_both(subject: SqlRegistrySubject, fence: Fence, username: str) -> None:
    """One request for certificates of both CAs, which have answered."""
    request = f"request {username}"
    for_it = CertificationRequest(public_key=spki(ec_key(1)), possession=Possession.PROVEN)
    with subject.ca.transaction(fence) as work:
        for effect, name in enumerate(AUTHORITIES):
            end_entity = replace(described(username), ca_name=name, certificate_profile=SERIALS)
            wanted = IssuanceRequest(f"{request}:{name}", end_entity, for_it, "CN=ra", None)
            orders = work.issuance.order_all([wanted])
            assert isinstance(orders, list)
            work.issuance.intend(orders[0], Intent(request=request, effect=effect))
    with subject.ca.transaction(fence) as work:
        for operation in work.operations.of(request):
            assert isinstance(operation.order, Order)
            called = work.operations.move(operation, CALLED, draft=b"draft")
            der = signed(operation.order, AUTHORITIES[operation.issuer])
            work.operations.move(called, RECEIVED, certificate=der)


def test_both_conclude_their_halves_at_the_same_time(subject: SqlRegistrySubject) -> None:
    """Each waits for the other one instead of losing against it."""
    fence, registry, together = subject.fence(), Counted(subject.ca), Barrier(len(AUTHORITIES))

    def conclude(name: str) -> None:
        runner = IssuerRunner(name, RemoteCaIssuer(UNCALLED), registry, AtOnce())
        together.wait()
        runner.round(fence)

    with ThreadPoolExecutor(len(AUTHORITIES)) as pool:
        for number in range(REQUESTS):
            received_from_both(subject, fence, username := f"holder{number}")
            list(pool.map(conclude, AUTHORITIES))
            with subject.ca.transaction(fence) as work:
                found = work.end_entities.get(username)
                assert found is not None
                assert found.status is GENERATED
    assert registry.conflicts == 0
