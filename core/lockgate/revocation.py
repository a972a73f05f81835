"""Revocation: the reasons, and what each makes of a certificate's standing (RFC 5280, 5.3.1)."""

from enum import IntEnum

from lockgate.reasons import Reason, Rejected
from lockgate.signer import CertificateStanding


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


def next_standing(standing: CertificateStanding, reason: RevocationReason) -> CertificateStanding | Rejected:
    """What a certificate's standing becomes: on hold, revoked for good, or (`REMOVE_FROM_CRL`) good again from hold."""
    if reason is RevocationReason.REMOVE_FROM_CRL:
        on_hold = standing is CertificateStanding.ON_HOLD
        return CertificateStanding.GOOD if on_hold else Rejected(Reason.WRONG_STANDING, "It is not on hold.")
    if standing is CertificateStanding.REVOKED:
        return Rejected(Reason.WRONG_STANDING, "It is revoked already.")
    if reason is not RevocationReason.CERTIFICATE_HOLD:
        return CertificateStanding.REVOKED
    if standing is CertificateStanding.ON_HOLD:
        return Rejected(Reason.WRONG_STANDING, "It is on hold already.")
    return CertificateStanding.ON_HOLD
