"""The signer of certificates inside the registry's transaction: the registry's own, or one that a program brings."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order to an issuer. The registry has decided all of it: an issuer reads no profile.

    Attributes:
        issuer: the name of the remote issuer; empty where an `Issuer` signs, inside the registry's transaction.
        operation: unique per certificate.
        ca_certificate: SHA-256 fingerprint, lower-case hexadecimal, of the CA's certificate whose key signs.
        serial_number: positive, at most 20 octets (RFC 5280, 4.1.2.2).
        subject: DER Name.
        public_key: DER SubjectPublicKeyInfo.
        not_before, not_after: UTC, whole seconds, both ends included.
        extensions: DER Extensions.
        certificate_profile: the name of the profile that the content is made by; a remote issuer may have the CA's own
            name for it.
        pkcs10: for a remote issuer that verifies it again: the PKCS#10 that has proved possession of the key, DER; None
            where there was none. It never holds a challenge password: that is the end entity's. The names and
            extensions in it are not those of the order.
    """

    operation: str
    ca_name: str
    ca_certificate: str
    serial_number: int
    subject: bytes
    public_key: bytes
    not_before: datetime
    not_after: datetime
    extensions: bytes
    issuer: str = ""
    certificate_profile: str = ""
    pkcs10: bytes | None = None


class Issuer(Protocol):
    """A CA whose signature has no effect outside the registry: a certificate that is not committed there was not
    issued."""

    @abstractmethod
    def issue(self, orders: Sequence[Order]) -> Sequence[bytes]:
        """The DER certificates (RFC 5280, 4.1), in the order of `orders`: exactly what each order says, signed by the
        CA's key. RSA signs by PKCS#1 v1.5 with SHA-256, P-256 by ECDSA with SHA-256, P-384 with SHA-384.

        It is called inside a transaction, which holds locks meanwhile. What it has signed was not issued before that
        transaction commits, and is signed anew after a rollback.

        Raises:
            KeystoreError: the CA's key cannot be used.
            Unavailable: the device that holds the key cannot be reached.
        """
