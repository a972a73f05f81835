"""The base of the administration: a unit of work without a fence, and an audit entry for each change."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Engine

from lockgate.administration.authorities import RefusedByCa
from lockgate.audit import AuditEvent, Event
from lockgate.certification.endentity import IssuedCertificate
from lockgate.errors import CallerError
from lockgate.names.dn import check_text
from lockgate.outside.cas import OutsideCa
from lockgate.reasons import Rejected
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.certificates import Octets
from lockgate_ca_backend.escrow import EscrowSealer
from lockgate_ca_backend.facilities import Facilities, KeyRules
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork, unfenced
from lockgate_ca_backend.store.authorities import IssuingCa

ADMINISTRATION = "administration"
"""The writer of these entries in the audit log."""
Accepted = TypeVar("Accepted", IssuedCertificate, IssuingCa, CertificateStanding)


class AdministrativeWork:
    """The base of the administration's pieces.

    Args:
        engine: the CA's database.
        key_encryption_secret: protects the CA's keys; at least 16 octets.
        administrator: who acts, for the audit log.
        key_rules: what the operator decides about keys.
        octets: a cryptographic generator.
        escrow: seals kept keys; None keeps none.
        outside: the CAs outside whose certificates are believed.
    """

    def __init__(
        self,
        engine: Engine,
        key_encryption_secret: bytes,
        *,
        administrator: str = ADMINISTRATION,
        key_rules: KeyRules | None = None,
        octets: Octets = secrets.token_bytes,
        escrow: EscrowSealer | None = None,
        outside: Sequence[OutsideCa] = (),
    ) -> None:
        self._engine = engine
        self._administrator = administrator
        self._facilities = Facilities.under(key_encryption_secret, key_rules, octets, escrow, outside)

    @contextmanager
    def _work(self) -> Iterator[UnitOfWork]:
        with unfenced(self._engine, self._facilities, ADMINISTRATION) as work:
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
