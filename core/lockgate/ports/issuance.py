"""Certificates ordered and recorded, inside one unit of work."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lockgate.certification.endentity import CertificationRequest, EndEntity, IssuedCertificate
from lockgate.ports.issuer import Order
from lockgate.ports.keys import KeyPair
from lockgate.reasons import Rejected


@dataclass(frozen=True, slots=True)
class IssuanceRequest:
    """A certificate that the line asks for.

    Attributes:
        end_entity: as it shall be stored from now on; where it is to stay as it is, the stored one.
        operation: unique per effect; recorded with the certificate.
        certified_as: the end entity as the certificate describes it, where that is not how it shall be stored.
        serial_number: chosen by the requester, where the certificate profile allows that; None for a random one.
        kept_key: the key pair, where the CA shall keep the private key for recovery; a secret.
        requester: the administrator's name, recorded with the certificate.
        requester_fingerprint: the RA certificate behind the request, None for unsigned requests.
        doubt_approved: an administrator has approved that the key is certified, should it be in doubt.
    """

    operation: str
    end_entity: EndEntity
    request: CertificationRequest
    requester: str
    requester_fingerprint: str | None
    certified_as: EndEntity | None = None
    serial_number: int | None = None
    kept_key: KeyPair | None = field(default=None, repr=False)
    doubt_approved: bool = False

    @property
    def described(self) -> EndEntity:
        """The end entity that the certificate describes."""
        return self.certified_as or self.end_entity


class Issuance(Protocol):
    """Turns certificates that the line asks for into orders, and records what was issued; an `Issuer` signs in
    between."""

    @abstractmethod
    def order_all(self, requests: Sequence[IssuanceRequest]) -> Sequence[Order] | Rejected:
        """The orders for an issuer, one for each of `requests`: judged by the profiles, and resolved.

        A rejection has written nothing, and leaves the end entities as they were, or absent.
        Rejections: those of `EndEntities.save`, `profile_violation` (also for a key whose possession nobody has shown,
        unless the certificate profile certifies such keys), `bad_certificate_request`, `weak_key`, `key_in_doubt`,
        `serial_number_taken`, `key_recovery_disabled` where a key shall be kept, `ca_not_active`.
        """

    @abstractmethod
    def record_issued(self, order: Order, certificate: bytes) -> IssuedCertificate:
        """Record the certificate that the issuer has made for `order`, and its key if that shall be kept.

        The end entity is saved (added or edited) and becomes GENERATED. A stored password stays; a one-time password is
        spent.

        Args:
            order: one that `order_all` gave in this transaction.
            certificate: DER.

        Raises:
            Defect: the order is not of this transaction, or was recorded before; or the certificate says something else
                than the order, or the CA's key has not signed it. Nothing of this transaction may be committed.
        """
