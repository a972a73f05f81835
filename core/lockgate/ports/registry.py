"""The registry: what is remembered on the CA's side, in one unit of work, whatever CA signs."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from lockgate.audit import AuditEvent
from lockgate.certification.endentity import (
    CertificateFacts,
    CertificationRequest,
    EndEntity,
    IssuedCertificate,
    KeystoreRules,
)
from lockgate.certification.revocation import RevocationReason
from lockgate.line.journal import JournalEntry, JournalKey, Known
from lockgate.names.dn import DistinguishedName
from lockgate.ports.approvals import ApprovalBook
from lockgate.ports.coordination import Fence
from lockgate.ports.escrow import KeyEscrow
from lockgate.ports.issuer import Order
from lockgate.ports.key_fates import KeyFates
from lockgate.ports.keys import KeyPair
from lockgate.ports.publications import Publications
from lockgate.reasons import Rejected
from lockgate.rights.authorization import Role
from lockgate.rights.signer import CertificateStanding, TrustedCertificate


@dataclass(frozen=True, slots=True)
class IssuanceRequest:
    """What the line wants certified.

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
        """Whom the certificate describes."""
        return self.certified_as or self.end_entity


class RegistryTransaction(ApprovalBook, KeyEscrow, KeyFates, Publications, Protocol):
    """One unit of work in the registry's database. What a method rejects has written nothing (counters of failed
    attempts excepted: they commit with the refusal)."""

    @abstractmethod
    def now(self) -> datetime:
        """The CA database's clock, UTC, read once per transaction."""

    @abstractmethod
    def recall(self, keys: Iterable[JournalKey]) -> Mapping[JournalKey, Known]:
        """The journal's entries for `keys`, and requests that wait; those of this transaction included."""

    @abstractmethod
    def record(self, entry: JournalEntry) -> None:
        """Add `entry` to the journal; a second entry under one key makes the whole transaction fail."""

    @abstractmethod
    def standing(self, certificate: TrustedCertificate) -> CertificateStanding:
        """What the CA that issued `certificate` says of it now; `blocked` where it is good but its key condemned.

        It stays so until this transaction ends.
        """

    @abstractmethod
    def roles_of(self, certificate: TrustedCertificate) -> tuple[Role, ...]:
        """Every role that `certificate` is a member of; whoever takes one away waits until this transaction ends.

        Raises:
            Conflict: they are being changed.
        """

    @abstractmethod
    def carry_over(self, member: str, joining: str) -> Sequence[str]:
        """Make the certificate `joining` a member of every role that `member` is a member of; their names.

        Args:
            member, joining: SHA-256 fingerprints, lower-case hexadecimal.

        Raises:
            Conflict: the roles are being changed.
        """

    @abstractmethod
    def end_entity(self, username: str) -> EndEntity | None:
        """The stored end entity."""

    @abstractmethod
    def judge_username(self, username: str) -> Rejected | None:
        """Why nobody of that name may be added: `bad_name`, `username_taken`; None where one may, or is stored."""

    @abstractmethod
    def save_end_entity(self, end_entity: EndEntity) -> Rejected | None:
        """Add or replace the end entity, if its profile allows what it says; a stored password stays.

        A new one's username must be fit for one (`lockgate.names.usernames`), and no other's key may be among its keys.
        Rejections: `unknown_ca`, `unknown_profile`, `profile_violation`, `bad_name`, `username_taken`.
        """

    @abstractmethod
    def set_password(self, username: str, password: str) -> None:
        """Give the end entity, which must be stored, a new password and all attempts; only a hash is kept."""

    @abstractmethod
    def clear_password(self, username: str) -> None:
        """Take the end entity's password away, if it has one."""

    @abstractmethod
    def check_password(self, username: str, password: str | None) -> Rejected | None:
        """None if `password` is the end entity's; otherwise `wrong_credentials`, the same for every cause.

        Compared in constant time; a failure uses up one of the end entity's attempts, and none are left in the end.
        """

    @abstractmethod
    def order_all(self, requests: Sequence[IssuanceRequest]) -> Sequence[Order] | Rejected:
        """What an issuer is asked to sign, one order for each of `requests`: judged by the profiles, and resolved.

        A rejection has written nothing, and leaves the end entities as they were, or absent.
        Rejections: those of `save_end_entity`, `profile_violation` (also for a key whose possession nobody has shown,
        unless the certificate profile certifies such keys), `bad_certificate_request`, `weak_key`, `key_in_doubt`,
        `serial_number_taken`, `key_recovery_disabled` where a key shall be kept, `ca_not_active`.
        """

    @abstractmethod
    def record_issued(self, order: Order, certificate: bytes) -> IssuedCertificate:
        """Keep what the issuer has made of `order`, and its key where that shall be kept.

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
    def keystore_rules(self, certificate_profile: str) -> KeystoreRules | Rejected:
        """How keystores with certificates of that profile are made. The rejection is `unknown_profile`."""

    @abstractmethod
    def certificate(self, issuer: DistinguishedName, serial_number: int) -> CertificateFacts | None:
        """The certificate with that serial number of the CA whose subject is `issuer`, by meaning (RFC 5280, 7.1)."""

    @abstractmethod
    def certificates_of(self, username: str) -> Sequence[CertificateFacts]:
        """Every certificate of the end entity, in the order of issuance."""

    @abstractmethod
    def revoke(
        self,
        certificate: CertificateFacts,
        reason: RevocationReason,
        requester: str,
        signer: str | None = None,
        *,
        owns_key: bool = True,
    ) -> None:
        """Change the certificate's standing to what `next_standing` allowed for its facts (`certification.revocation`).

        The time of a revocation stays where only its reason rises. With the reason keyCompromise the certificate's key
        becomes what `lockgate.certification.key_fate.fate_after_report` says.

        Args:
            requester: the administrator's name.
            signer: the fingerprint of the certificate whose key has signed the request; None where none has.
            owns_key: whether the requester may revoke the certificates of all who have shown possession of the key, as
                the administration may.

        Raises:
            Conflict: the certificate's standing has changed since its facts were read.
        """

    @abstractmethod
    def audit(self, event: AuditEvent) -> None:
        """Add to the CA's audit log."""

    @abstractmethod
    def count_request(self, signer: str) -> int:
        """Count one more request of `signer`; how many that makes in the current hour of the CA database's clock.

        Args:
            signer: SHA-256 fingerprint of the certificate; empty for all unsigned requests together.
        """

    @abstractmethod
    def purge_verdicts(self, age: timedelta, limit: int) -> int:
        """Delete up to `limit` entries of the journal whose `keep_until` is past by `age` or more; tells how many.

        Raises:
            Defect: `age` is negative: an entry would go while its request could be played again.
        """

    @abstractmethod
    def purge_approvals(self, age: timedelta, limit: int) -> int:
        """Delete up to `limit` requests that wait for an approval that expired `age` ago or more, or is gone; and up to
        `limit` of the approvals that expired so long ago, led to nothing and that nothing waits for any more, with
        their decisions. Tells how many requests and approvals.

        Approvals that were used stay: they say why the CA did something. A request that is not known to wait any more
        has had no effect; played again, it is judged like a new one.

        Raises:
            Defect: `age` is negative.
        """


class Registry(Protocol):
    """End entities, certificates, roles, approvals, the journal and the audit log: what commits together."""

    @abstractmethod
    def transaction(
        self, fence: Fence, *, keys: Iterable[JournalKey] = (), usernames: Iterable[str] = ()
    ) -> AbstractContextManager[RegistryTransaction]:
        """A unit of work: all of it commits, or nothing.

        Args:
            keys, usernames: what the work will ask the journal and the end entities for; a hint that lets an adapter
                read a whole batch in one statement each. The answers are the same without it.

        Raises:
            FenceLost: on entry or exit, if `fence` is no longer the newest; nothing was committed.
        """
