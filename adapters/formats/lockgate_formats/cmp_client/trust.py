"""Whose signatures on answers count."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from lockgate_formats.cmp_client.chains import extension, leads_to, read, same_name

CMC_CA = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.27")
"""id-kp-cmcCA (RFC 6402, 2.10): the purpose of a certificate that signs for a CA (RFC 9810, 4.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTrust:
    """Whose signatures count. Nobody's, by default: that suits a client with a secret, whose answers have MACs.

    A CA certifies more than its CMP service: a device, for example, could sign answers, too. So a certificate counts if
    it is one of `certificates`; or if a chain leads from it to one of `authorities`, and it is one of `authorities`
    itself, has the purpose id-kp-cmcCA, or has `sender` as its subject.

    Attributes:
        certificates: DER certificates of the signers themselves.
        authorities: DER certificates of CAs.
        intermediates: DER certificates that may stand in between, besides those that an answer brings.
        sender: DER Name.
    """

    certificates: tuple[bytes, ...] = ()
    authorities: tuple[bytes, ...] = ()
    intermediates: tuple[bytes, ...] = ()
    sender: bytes | None = None

    @property
    def signers(self) -> tuple[bytes, ...]:
        """DER certificates of signers that an answer need not bring along."""
        return (*self.certificates, *self.authorities)

    def refuses(self, signer: bytes, brought: Iterable[bytes], now: datetime) -> str | None:
        """Why a signature by the key of the DER certificate `signer` does not count; None where it does.

        Args:
            brought: DER certificates that came with the answer.
            now: UTC.
        """
        certificate = read(signer)
        if certificate is None:
            return "its certificate cannot be read"
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            return "its certificate is not valid now"
        usage = extension(certificate, x509.KeyUsage)
        if isinstance(usage, x509.KeyUsage) and not usage.digital_signature:
            return "its certificate is not for signatures"
        if signer in self.certificates or signer in self.authorities:
            return None
        if not leads_to(signer, self.authorities, (*self.intermediates, *brought), now):
            return "no chain leads from its certificate to a CA that is trusted"
        return None if self._stands_for_ca(certificate) else "its certificate does not let it sign for the CA"

    def _stands_for_ca(self, certificate: x509.Certificate) -> bool:
        if self.sender is not None:
            return same_name(certificate.subject.public_bytes(), self.sender)
        purposes = extension(certificate, x509.ExtendedKeyUsage)
        return isinstance(purposes, x509.ExtendedKeyUsage) and CMC_CA in purposes
