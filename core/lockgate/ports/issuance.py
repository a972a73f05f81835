"""Certificates ordered and recorded, inside one unit of work.

An `Issuer` signs between `order_all` and `record_issued`, in the same unit of work. A `RemoteIssuer` is called between
two of them: `intend` ends the first one, `record_received` belongs to a later one.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lockgate.certification.endentity import CertificationRequest, EndEntity, IssuedCertificate
from lockgate.ports.issuer import Order
from lockgate.ports.keys import KeyPair
from lockgate.ports.operations import Intent, Operation
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
    """Turns certificates that the line asks for into orders, and records what was issued."""

    @abstractmethod
    def order_all(self, requests: Sequence[IssuanceRequest]) -> Sequence[Order] | Rejected:
        """The orders for an issuer, one for each of `requests`: judged by the profiles, and resolved.

        A rejection has written nothing, and leaves the end entities as they were, or absent.
        Rejections: those of `EndEntities.save`, `profile_violation` (also for a key whose possession nobody has shown,
        unless the certificate profile certifies such keys), `bad_proof_of_possession` (it is awaited, for a certificate
        that allows signatures), `bad_certificate_request`, `weak_key`, `key_in_doubt`,
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

    @abstractmethod
    def intend(self, order: Order, intent: Intent) -> None:
        """Store an operation for `order`: its end entity becomes IN_PROCESS, and spends a one-time password.

        Args:
            order: one that `order_all` gave in this transaction. Where its issuer is inside the transaction,
                `record_issued` follows, and the operation is DONE at once.

        Raises:
            Defect: the order is not of this transaction.
        """

    @abstractmethod
    def judge_received(self, operation: Operation) -> str | None:
        """Why the certificate of an operation is not the one that was ordered; None where it is."""

    @abstractmethod
    def record_received(self, operation: Operation) -> IssuedCertificate:
        """Record the certificate of an operation, and its key if that shall be kept.

        Raises:
            Defect: it is not the one that was ordered.
        """

    @abstractmethod
    def revoke_unfit(self, operation: Operation) -> None:
        """Order the revocation of a certificate that was not ordered, where the CA's key has signed it."""

    @abstractmethod
    def issued(self, operation: Operation) -> IssuedCertificate:
        """The certificate of an operation that is DONE."""

    @abstractmethod
    def conclude(self, operations: Sequence[Operation], *, issued: bool) -> None:
        """End the end entity's waiting: it becomes GENERATED, or is again as it was before the request.

        Args:
            operations: all those of one request that issue.
        """
