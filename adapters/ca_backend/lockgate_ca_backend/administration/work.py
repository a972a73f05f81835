"""The base of the administration: a unit of work without a fence, and an audit entry for each change."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Engine

from lockgate.administration.authorities import RefusedByCa
from lockgate.audit import AuditEvent, Event
from lockgate.certification.endentity import IssuedCertificate
from lockgate.errors import CallerError
from lockgate.names.dn import check_text
from lockgate.ports import Issuer
from lockgate.reasons import Rejected
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.in_process import InProcessIssuer
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork, unfenced
from lockgate_ca_backend.store.authorities import IssuingCa
from lockgate_persistence.engines import reading

ADMINISTRATION = "administration"
"""The writer of these entries in the audit log."""
Accepted = TypeVar("Accepted", IssuedCertificate, IssuingCa, CertificateStanding)


class AdministrativeWork:
    """The base of the administration's pieces.

    Args:
        engine: the CA's database.
        facilities: shared with the registry.
        administrator: who acts, for the audit log.
        issuer: signs what is issued at once; by default with the keys in this database.
    """

    def __init__(
        self,
        engine: Engine,
        facilities: Facilities,
        *,
        administrator: str = ADMINISTRATION,
        issuer: Issuer | None = None,
    ) -> None:
        self._engine = engine
        self._administrator = administrator
        self._facilities = facilities
        self._issuer = issuer or InProcessIssuer(facilities.issuers)

    @contextmanager
    def _work(self) -> Iterator[UnitOfWork]:
        with unfenced(self._engine, self._facilities, ADMINISTRATION) as work:
            yield work

    @contextmanager
    def _reading(self) -> Iterator[UnitOfWork]:
        """A unit of work that changes nothing; on SQLite it does not wait for who writes."""
        with unfenced(reading(self._engine), self._facilities, ADMINISTRATION) as work:
            yield work

    def _audit(self, work: UnitOfWork, event: Event, target: str, **details: str) -> None:
        work.audit(AuditEvent(event, self._administrator, target, details))

    @staticmethod
    def _known(work: UnitOfWork, ca_name: str) -> None:
        if ca_name not in work.store.authorities.outlines():
            raise CallerError(f"there is no CA {ca_name}")


def accepted(outcome: Accepted | Rejected) -> Accepted:
    """`outcome`, if it is no rejection.

    Raises:
        RefusedByCa: it is one.
    """
    if isinstance(outcome, Rejected):
        raise RefusedByCa(outcome)
    return outcome


def check_name(what: str, name: str) -> str:
    """`name`, if it is fit to stand in an access rule.

    Args:
        what: the kind of object that has this name, for the error.

    Raises:
        CallerError: it is empty, too long, holds invisible characters, a slash, or is `*`: access rules would read
            that as another branch, or as the whole one.
    """
    check_text(f"the name of {what}", name)
    if "/" in name or name == "*":
        raise CallerError(f"the name of {what} may hold no slash and may not be *: access rules give both a meaning")
    return name
