"""Comparing a long CRL, on every database: it is read and searched outside of transactions and the worker's thread."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import pairwise

import pytest
from cryptography import x509

from lockgate.certification.revocation import RevokedCertificate
from lockgate.outside.carrying import Carrying, Result, Threads
from lockgate.outside.crls import CrlFacts
from lockgate.ports import CrlReader, Fence, RegistryTransaction, RevocationList
from lockgate.rights.signer import CertificateStanding
from lockgate_formats.crls import FullCrlReader
from lockgate_testing.contracts.registry.outside_crls import finish, of_remote
from lockgate_testing.contracts.registry.remote import new_name
from lockgate_testing.contracts.registry.subjects import REMOTE_CA, REMOTE_CERTIFICATE, REMOTE_SIGNER
from tests.contract.registries import SqlRegistrySubject
from tests.support.pki.crls import Reason, crl

AT_ONCE, HOUR = 2, timedelta(hours=1)
HOLD = x509.ReasonFlags.certificate_hold


class LaterThreads(Threads):
    """Threads that do nothing before the test lets them."""

    def __init__(self) -> None:
        self._begun: list[Callable[[], None]] = []

    def submit(self, task: Callable[[], Result], /) -> "Future[Result]":
        future: Future[Result] = Future()
        self._begun.append(lambda: future.set_result(task()))
        return future

    def work(self) -> int:
        """Carry out all that was begun; how much that was."""
        begun, self._begun = self._begun, []
        for task in begun:
            task()
        return len(begun)


class Watched(RevocationList):
    """A CRL that notes what is asked of it while a transaction is open."""

    def __init__(self, found: RevocationList, note: Callable[[str], None]) -> None:
        self.facts, self._found, self._note = found.facts, found, note

    def find(self, serial_number: int) -> RevokedCertificate | None:
        self._note("find")
        return self._found.find(serial_number)

    def part(self, first: int, count: int) -> Sequence[RevokedCertificate]:
        self._note(f"part of {count}")
        return self._found.part(first, count)


class Table(CrlReader):
    """A worker that compares CRLs, and its threads.

    Attributes:
        noted: what was done with CRLs while a transaction was open.
    """

    def __init__(self, subject: SqlRegistrySubject, fence: Fence) -> None:
        self.subject, self.fence = subject, fence
        self.threads, self.noted, self._open = LaterThreads(), list[str](), 0
        self.carry: Callable[[], bool] = partial(Carrying(self, self.threads).carry, self.transaction, AT_ONCE)

    def read(self, crl: bytes, ca_certificates: Sequence[bytes]) -> RevocationList:
        self._note("read")
        return Watched(FullCrlReader().read(crl, ca_certificates), self._note)

    @contextmanager
    def transaction(self) -> Iterator[RegistryTransaction]:
        with self.subject.ca.transaction(self.fence) as work:
            self._open += 1
            yield work
            self._open -= 1

    def _note(self, what: str) -> None:
        if self._open:
            self.noted.append(what)

    def publish(self, revoked: dict[int, Reason]) -> CrlFacts:
        """Keep the CA's next CRL."""
        issuer = x509.load_der_x509_certificate(REMOTE_CERTIFICATE).subject
        with self.subject.ca.transaction(self.fence) as work:
            now = work.now().replace(microsecond=0)
            octets = crl(REMOTE_SIGNER.key, issuer, now, now + HOUR, revoked=revoked)
            facts = FullCrlReader().read(octets, [REMOTE_CERTIFICATE]).facts
            work.outside_crls.keep(REMOTE_CA, facts, octets)
        return facts

    def carry_all(self) -> None:
        while self.carry() or self.threads.work():
            pass

    def standing(self, username: str) -> CertificateStanding:
        with self.subject.ca.transaction(self.fence) as work:
            (found,) = work.certificates.of(username)
        return found.standing


@pytest.fixture
def username() -> str:
    return new_name()


@pytest.fixture
def table(registry: SqlRegistrySubject) -> Iterator[Table]:
    fence = registry.fence()
    finish(registry, fence)
    yield Table(registry, fence)
    finish(registry, fence)


def test_it_is_read_in_a_thread_while_no_transaction_is_open(table: Table, username: str) -> None:
    certificate = of_remote(table.subject, table.fence, username)
    table.publish({**dict.fromkeys(range(1, 5)), certificate.serial_number: None})
    assert not table.carry()
    assert not table.carry()  # it waits for no thread
    assert table.threads.work() == 1
    table.carry_all()
    assert table.standing(username) is CertificateStanding.REVOKED
    assert table.noted == [f"part of {AT_ONCE}"] * 3


def test_holds_that_are_over_are_searched_in_a_thread_and_lifted_part_by_part(table: Table) -> None:
    names = [new_name() for _ in range(2 * AT_ONCE + 1)]
    held = [of_remote(table.subject, table.fence, name).serial_number for name in names]
    table.publish(dict.fromkeys(held, HOLD))
    table.carry_all()
    assert {table.standing(name) for name in names} == {CertificateStanding.ON_HOLD}
    table.publish({held[0]: HOLD})
    lifted = []
    while table.carry() or table.threads.work():
        lifted.append(sum(table.standing(name) is CertificateStanding.GOOD for name in names))
    assert max(after - before for before, after in pairwise(lifted)) == AT_ONCE
    assert table.standing(names[0]) is CertificateStanding.ON_HOLD
    assert [table.standing(name) for name in names[1:]] == [CertificateStanding.GOOD] * (len(names) - 1)
    assert "find" not in table.noted


def test_entries_that_name_no_certificate_here_are_passed_over(table: Table, username: str) -> None:
    certificate = of_remote(table.subject, table.fence, username)
    table.publish({0: None, 1 << 160: None, -1860029628: None, 1: None, certificate.serial_number: None})
    table.carry_all()
    assert table.standing(username) is CertificateStanding.REVOKED


def test_a_crl_that_was_replaced_while_it_was_read_is_read_anew(table: Table, username: str) -> None:
    certificate = of_remote(table.subject, table.fence, username)
    table.publish({1: None})
    assert not table.carry()
    table.publish({1: None, certificate.serial_number: None})
    table.carry_all()
    assert table.standing(username) is CertificateStanding.REVOKED
