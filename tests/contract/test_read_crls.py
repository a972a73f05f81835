"""A CRL is read while no transaction is open: a long one takes a second, and other writers would wait for it."""

from collections.abc import Iterator, Sequence

import pytest
from cryptography import x509
from sqlalchemy import Connection, event

from lockgate.errors import Conflict, StandingUntold
from lockgate.ports import Fence, RegistryTransaction, RevocationList
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.read_crls import ReadCrls
from lockgate_ca_backend.registry.sql_registry import SqlRegistry
from lockgate_formats.crls import UnusableRevocationList, read_revocation_list
from lockgate_testing.contracts.registry.outside_crls import finish, keep_outside, of_outside, of_remote
from lockgate_testing.contracts.registry.outside_entries import keep_remote
from lockgate_testing.contracts.registry.remote import new_name
from lockgate_testing.contracts.registry.subjects import OUTSIDE
from lockgate_testing.contracts.registry.work import again
from tests.contract.registries import SECRET, SqlRegistrySubject

SUPERSEDED = x509.ReasonFlags.superseded


class Process(SqlRegistrySubject):
    """A process that has read nothing yet.

    Attributes:
        noted: how many transactions were open when it read a CRL.
    """

    def __init__(self, registry: SqlRegistrySubject) -> None:
        super().__init__(registry.engine)
        facilities = Facilities.under(SECRET, outside=[OUTSIDE])
        facilities.crls = ReadCrls(self.read)
        self.ca, self.noted, self.open, self.unreadable = SqlRegistry(self.engine, facilities), list[int](), 0, False

    def read(self, crl: bytes, ca_certificates: Sequence[bytes]) -> RevocationList:
        self.noted.append(self.open)
        if self.unreadable:
            raise UnusableRevocationList("it is not understood any more")
        return read_revocation_list(crl, ca_certificates)

    def begun(self, _: Connection) -> None:
        self.open += 1

    def ended(self, _: Connection) -> None:
        self.open -= 1


@pytest.fixture
def process(registry: SqlRegistrySubject) -> Iterator[Process]:
    made = Process(registry)
    listeners = (("begin", made.begun), ("commit", made.ended), ("rollback", made.ended))
    for name, listener in listeners:
        event.listen(made.engine, name, listener)
    yield made
    for name, listener in listeners:
        event.remove(made.engine, name, listener)


@pytest.fixture
def fence(registry: SqlRegistrySubject) -> Fence:
    return registry.fence()


def standing(work: RegistryTransaction) -> CertificateStanding:
    return work.certificates.standing(of_outside(work))


def test_a_new_crl_is_read_once_and_in_no_transaction(process: Process, fence: Fence) -> None:
    for reason, expected in ((SUPERSEDED, CertificateStanding.REVOKED), (None, CertificateStanding.GOOD)):
        keep_outside(process, fence, reason)
        with pytest.raises(Conflict), process.ca.transaction(fence) as work:
            standing(work)
        for _ in range(2):
            with process.ca.transaction(fence) as work:
                assert standing(work) is expected
    assert process.noted == [0, 0]


def test_so_it_is_for_work_without_a_fence(process: Process, fence: Fence) -> None:
    keep_outside(process, fence, SUPERSEDED)
    with pytest.raises(Conflict), process.ca.direct("test") as work:
        standing(work)
    with process.ca.direct("test") as work:
        assert standing(work) is CertificateStanding.REVOKED
    assert process.noted == [0]


def test_a_crl_that_cannot_be_read_any_more_says_nothing(process: Process, fence: Fence) -> None:
    certificate = of_remote(process, fence, new_name())
    keep_outside(process, fence, None)
    keep_remote(process, fence, {certificate.serial_number: SUPERSEDED})
    process.unreadable = True
    with pytest.raises(StandingUntold, match="cannot be read any more"):
        again(process, fence, standing)
    assert again(process, fence, lambda work: work.outside_crls.listed(certificate)) is None
    finish(process, fence)
