"""Operations at remote issuers, inside one unit of work."""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from lockgate.effects.statement import KeystoreWish, KeyWish
from lockgate.operations.status import OperationKind, OperationStatus
from lockgate.ports.issuer import Order
from lockgate.ports.keys import KeyPair
from lockgate.ports.remote_issuer import RevocationOrder
from lockgate.reasons import Rejected


@dataclass(frozen=True, slots=True)
class KeystoreDelivery:
    """The keystore that a certificate is to be delivered in, or the key that it comes with. It holds secrets, and is
    stored encrypted.

    Attributes:
        legacy: encrypt a PKCS#12 keystore as old readers need it.
    """

    wish: KeystoreWish | KeyWish
    pair: KeyPair
    legacy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is stored with an order to a remote issuer, besides what `IssuanceRequest` says.

    Attributes:
        request: the operation key of the request (`Authorized.operation`).
        effect: which of the request's effects it is, counted from 0.
        delivery: None where the certificate alone is handed out.
        renews: SHA-256 fingerprint of the certificate whose roles the new one joins; None for none.
        recovers: SHA-256 fingerprint of the certificate that the key was kept with; None for another key.
    """

    request: str
    effect: int
    delivery: KeystoreDelivery | None = None
    renews: str | None = None
    recovers: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation as it is stored.

    Attributes:
        id: unique; the operation key that certificates and the audit log name.
        request: the operation key of the request; the operation's own id where an administrator ordered it.
        since: UTC: when it came into its status.
        due: UTC: when the runner takes it up next; for CALLED, when the call can no longer take effect.
        defects: how many calls have failed because of an error in the product or the issuer's adapter, and how often
            the order was given anew.
        draft: what is sent; None before the first call.
        certificate: DER; None as long as there is none.
        refusal: the CA's; in another status than REFUSED, why its request was refused meanwhile; None for none.
        username: the end entity.
        requester: the administrator's name.
        effect, renews, recovers: as in `Intent`.
        revision: counts changes.
    """

    id: str
    request: str
    issuer: str
    kind: OperationKind
    status: OperationStatus
    since: datetime
    due: datetime
    defects: int
    order: Order | RevocationOrder
    draft: bytes | None
    certificate: bytes | None
    refusal: Rejected | None
    username: str
    requester: str
    effect: int
    renews: str | None
    recovers: str | None
    revision: int

    @property
    def disowned(self) -> bool:
        """Whether its request was refused while it was under way."""
        return self.refusal is not None and self.status is not OperationStatus.REFUSED


class Operations(Protocol):
    """The stored operations. `Issuance.intend` and `Certificates.revoke` add them."""

    @abstractmethod
    def get(self, operation: str) -> Operation | None:
        """The operation of that id, locked until this transaction ends."""

    @abstractmethod
    def of(self, request: str) -> Sequence[Operation]:
        """Every operation of a request, in the order of their effects, locked until this transaction ends."""

    @abstractmethod
    def is_open(self, request: str) -> bool:
        """Whether an operation of the request has not ended."""

    @abstractmethod
    def open_on(self, usernames: Collection[str]) -> str | None:
        """The request of an operation on one of these end entities that has not ended; None where there is none."""

    @abstractmethod
    def due(self, issuer: str, limit: int, besides: Iterable[str] = (), *, called: bool = False) -> Sequence[Operation]:
        """Up to `limit` operations that the runner of `issuer` works on now, the oldest first.

        An operation waits for the earlier ones of other requests of the same kind on the same end entity.

        Args:
            besides: ids that are left out.
            called: those that were CALLED are due, whenever their calls end.
        """

    @abstractmethod
    def move(
        self,
        operation: Operation,
        status: OperationStatus,
        *,
        due: datetime | None = None,
        defects: int | None = None,
        draft: bytes | None = None,
        certificate: bytes | None = None,
        refusal: Rejected | None = None,
    ) -> Operation:
        """Store a new status, and what is given besides; the operation as it is stored now.

        Raises:
            Conflict: another transaction has changed the operation.
            Defect: `lockgate.operations.status.NEXT` does not have the change.
        """

    @abstractmethod
    def disown(self, operation: Operation, refusal: Rejected) -> None:
        """Store that its request was refused. Status and revision stay: what a call brings is collected as before."""

    @abstractmethod
    def delivery(self, operation: Operation) -> KeystoreDelivery | None:
        """The keystore or key that its certificate is delivered with; None where the certificate alone is.

        Raises:
            KeystoreError: the row was changed, or was stored under another secret.
        """

    @abstractmethod
    def forget(self, request: str) -> None:
        """Delete the operations of a request, which have ended, with their secrets."""

    @abstractmethod
    def purge(self, age: timedelta, limit: int) -> int:
        """Delete up to `limit` operations that ended `age` ago or more and that no request waits for; and up to `limit`
        of the requests that wait, although all their operations ended, and they were last noted, longer ago than any
        request is valid (`LONGEST_LIFETIME`), and `age`. Tells how many operations and requests.

        Such a request waits in no message any more. If a message brings it again, it is refused as expired: forgotten
        earlier, it would be ordered a second time.

        Raises:
            Defect: `age` is negative.
        """
