"""Revocation: the reasons, and the standing of a certificate that follows from each (RFC 5280, 5.3.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import CertificateStanding


class RevocationReason(IntEnum):
    """The codes of RFC 5280, 5.3.1; 7 is not used there."""

    UNSPECIFIED = 0
    KEY_COMPROMISE = 1
    CA_COMPROMISE = 2
    AFFILIATION_CHANGED = 3
    SUPERSEDED = 4
    CESSATION_OF_OPERATION = 5
    CERTIFICATE_HOLD = 6
    REMOVE_FROM_CRL = 8
    PRIVILEGE_WITHDRAWN = 9
    AA_COMPROMISE = 10


@dataclass(frozen=True, slots=True)
class RevokedCertificate:
    """One entry of a CRL."""

    serial_number: int
    revoked_at: datetime
    reason: RevocationReason


def next_standing(
    standing: CertificateStanding, reason: RevocationReason, recorded: RevocationReason | None = None
) -> CertificateStanding | Rejected:
    """A certificate's new standing: on hold, revoked permanently, or (`REMOVE_FROM_CRL`) good again after being on
    hold.

    A revoked certificate stays revoked. Its reason may still change, but only to `KEY_COMPROMISE`.

    Args:
        recorded: the reason it is revoked or on hold for; None where it is good.
    """
    if recorded is RevocationReason.KEY_COMPROMISE and standing is CertificateStanding.REVOKED:
        return _REVOKED_ALREADY
    return _NEXT[standing].get(reason, _NEXT_BY_OTHER_REASONS[standing])


_REVOKED_ALREADY = Rejected(Reason.WRONG_STANDING, "It is revoked already.")
_NOT_ON_HOLD = Rejected(Reason.WRONG_STANDING, "It is not on hold.")
_HOLD, _REMOVE, _COMPROMISE = (
    RevocationReason.CERTIFICATE_HOLD,
    RevocationReason.REMOVE_FROM_CRL,
    RevocationReason.KEY_COMPROMISE,
)
_GOOD, _ON_HOLD, _REVOKED = CertificateStanding.GOOD, CertificateStanding.ON_HOLD, CertificateStanding.REVOKED
_NEXT: Mapping[CertificateStanding, Mapping[RevocationReason, CertificateStanding | Rejected]] = {
    _GOOD: {_HOLD: _ON_HOLD, _REMOVE: _NOT_ON_HOLD},
    _ON_HOLD: {_HOLD: Rejected(Reason.WRONG_STANDING, "It is on hold already."), _REMOVE: _GOOD},
    _REVOKED: {_REMOVE: _NOT_ON_HOLD, _COMPROMISE: _REVOKED},
}
_NEXT_BY_OTHER_REASONS: Mapping[CertificateStanding, CertificateStanding | Rejected] = {
    _GOOD: _REVOKED,
    _ON_HOLD: _REVOKED,
    _REVOKED: _REVOKED_ALREADY,
}
