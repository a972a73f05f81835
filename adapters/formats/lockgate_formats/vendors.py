"""Certificates of devices that their vendors' CAs have issued (3GPP TS 33.310, 9.2): a chain leads to one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.ports import Clock
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import TrustedCertificate
from lockgate_formats.cmp_client.chains import chain_above
from lockgate_formats.trust import IssuerTrust

MAX_BROUGHT = 10
"""Certificates that a device brings and that are looked at."""


@dataclass(frozen=True, slots=True)
class VendorPath:
    """A device's certificate that is trusted.

    Attributes:
        device: its facts; valid as long as every certificate of the chain is.
        between: the DER certificates of the CAs between it and the vendor's CA that is trusted, the issuer first.
    """

    device: TrustedCertificate
    between: tuple[bytes, ...]


class VendorTrust:
    """Trusts the certificates of vendors' devices.

    Args:
        authorities: DER certificates of the vendors' CAs.
        clock: a chain is looked for that is valid now. Whether it still is, the caller judges by the database's clock.
    """

    def __init__(self, authorities: Sequence[bytes], clock: Clock) -> None:
        self._authorities = tuple(authorities)
        self._clock = clock

    def path(self, certificate: bytes, brought: Sequence[bytes]) -> VendorPath | Rejected:
        """Verify that a chain of CAs leads from the DER `certificate`, which is no CA's, to one that is trusted.

        Args:
            brought: DER certificates that may stand in between, such as those in extraCerts.

        The rejection is `signer_untrusted`. Key usage and revocation are not judged.
        """
        chain = chain_above(certificate, self._authorities, brought[:MAX_BROUGHT], self._clock.now())
        if not chain:
            return Rejected(Reason.SIGNER_UNTRUSTED, internal="no chain leads to a vendor's CA that is trusted")
        octets = tuple(one.public_bytes(Encoding.DER) for one in chain)
        device = IssuerTrust(octets[:1]).path(certificate)
        if isinstance(device, Rejected):
            return device
        window = replace(
            device,
            not_before=max(device.not_before, *(one.not_valid_before_utc for one in chain)),
            not_after=min(device.not_after, *(one.not_valid_after_utc for one in chain)),
        )
        return VendorPath(window, octets[:-1])
