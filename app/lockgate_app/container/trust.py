"""Whom a host believes: certificates of CAs that its configuration names."""

from collections.abc import Sequence

from lockgate.ports import CertificateTrust
from lockgate_formats.trust import IssuerTrust


def trust_in(issuers: Sequence[bytes]) -> CertificateTrust:
    """Trust in what the CAs with the DER certificates `issuers` have issued."""
    return IssuerTrust(issuers)
