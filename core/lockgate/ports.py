"""What the core asks of the world. Adapters subclass these protocols explicitly; one contract suite per port runs
against every adapter and every double (tests/contract).

All ports are synchronous. Methods raise `Unavailable` where what is behind them cannot be reached; refusals that belong
to the protocol are returned as `Rejected`.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from lockgate.audit import AuditEvent
from lockgate.authorization import Role
from lockgate.content import AnswerContent, ContentKind, RequestContent, RequestHeader
from lockgate.dn import DistinguishedName
from lockgate.endentity import CertificateFacts, CertificationRequest, EndEntity, IssuedCertificate
from lockgate.journal import JournalEntry, JournalKey
from lockgate.message import ClaimedMessage, NewMessage, Settlement, StoredMessage
from lockgate.reasons import Rejected
from lockgate.revocation import RevocationReason
from lockgate.signer import CertificateStanding, TrustedCertificate
from lockgate.submessages import Request


class MessageStore(Protocol):
    """The message database. Hostile ground: it proves nothing, and every call is bounded in size."""

    @abstractmethod
    def put(self, message: NewMessage, *, replace: bool = False) -> None:
        """Store `message` as waiting. Identical bytes under the same type and id are a no-op, whatever the status.

        Raises:
            DuplicateMessage: other bytes are stored under that type and id and `replace` is false.
            MessageBusy: `replace`, but that message is in process.
            MessageTooLarge: the content is over the store's limit.
        """

    @abstractmethod
    def claim(self, limit: int, lease: timedelta) -> Sequence[ClaimedMessage]:
        """Take up to `limit` due messages, longest due first: waiting ones, and those whose lease has expired.

        A claim counts only once it is committed. No two live leases ever hold the same generation of a message.
        """

    @abstractmethod
    def renew(self, claimed: Iterable[ClaimedMessage], lease: timedelta) -> None:
        """Let the leases that are still held run for `lease` from now."""

    @abstractmethod
    def settle(self, settlements: Sequence[Settlement]) -> Sequence[bool]:
        """Apply each settlement where row, generation and claim id still match; tells for each whether it did.

        What no longer matches is dropped, never inserted again. `WaitAgain` forgets the attempts counted so far.
        """

    @abstractmethod
    def fetch(self, message_type: int, message_id: str) -> StoredMessage | None:
        """The message of that type and id, None if there is none."""


class SignatureScheme(StrEnum):
    """How a keystore's key signs (RFC 8017, 8.2; RFC 5758, 3.2)."""

    RSA_SHA256 = "RSASSA-PKCS1-v1_5 with SHA-256"
    ECDSA_SHA256 = "ECDSA on P-256 with SHA-256"
    ECDSA_SHA384 = "ECDSA on P-384 with SHA-384"


class KeyTransport(StrEnum):
    """How a content encryption key was wrapped (RFC 8017, 7.1 and 7.2)."""

    RSA_PKCS1 = "RSAES-PKCS1-v1_5"
    RSA_OAEP_SHA256 = "RSAES-OAEP with SHA-256"
    RSA_OAEP_SHA384 = "RSAES-OAEP with SHA-384"
    RSA_OAEP_SHA512 = "RSAES-OAEP with SHA-512"


class Keystore(Protocol):
    """This side's private key, in a file or in a device, and its certificate."""

    @property
    @abstractmethod
    def certificate(self) -> bytes:
        """The DER certificate of the key."""

    @property
    @abstractmethod
    def chain(self) -> tuple[bytes, ...]:
        """The DER certificates of the CAs above it, the issuer first; may be empty."""

    @property
    @abstractmethod
    def scheme(self) -> SignatureScheme:
        """How `sign` signs."""

    @abstractmethod
    def sign(self, data: bytes) -> bytes:
        """The signature over `data` (hashing included); ECDSA signatures as DER Ecdsa-Sig-Value (RFC 3279, 2.2.3)."""

    @abstractmethod
    def unwrap(self, wrapped: bytes, transport: KeyTransport) -> bytes | None:
        """The key inside `wrapped`, or None if it cannot be unwrapped; which of the two must not reach the sender."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A submessage without its envelope.

    Attributes:
        octets: what was inside: SignedData or plain content, still encoded.
        signed: whether `octets` claims to be SignedData; a claim, not a fact.
        encrypted: whether there was an envelope that this side's key opened.
        authenticated: whether that envelope was authenticated encryption (RFC 5083).
    """

    octets: bytes
    signed: bool
    encrypted: bool
    authenticated: bool


@dataclass(frozen=True, slots=True)
class Signed:
    """Content whose signature was verified with the key of `certificate` (DER), which is not trusted yet."""

    content: bytes
    kind: ContentKind
    certificate: bytes


class Envelopes(Protocol):
    """CMS (RFC 5652, 5083) around submessages, with this side's keystore if it has one."""

    @abstractmethod
    def split(self, message: bytes) -> tuple[bytes, ...] | Rejected:
        """The submessages in a message's content; bounded in number and size before anything is parsed."""

    @abstractmethod
    def join(self, submessages: Sequence[bytes]) -> bytes:
        """The message's content that `split` takes apart."""

    @abstractmethod
    def open(self, submessage: bytes) -> Opened | Rejected:
        """Take the envelope off, if there is one. The only rejection is `unreadable`."""

    @abstractmethod
    def verify(self, opened: Opened) -> Signed | Rejected:
        """Check the one signature on `opened.octets`. The only rejection is `unreadable`."""

    @abstractmethod
    def seal(self, content: bytes, kind: ContentKind, *, sign: bool, encrypt_to: bytes | None) -> bytes:
        """Sign `content` with this side's key if asked to, then encrypt it to the DER certificate `encrypt_to`.

        Raises:
            KeystoreError: this side has no keystore to sign with, or the certificate's key cannot be encrypted to.
        """


class Contents(Protocol):
    """The encoding of signed content: JSON with a published schema, read strictly."""

    @abstractmethod
    def encode_request(self, content: RequestContent) -> bytes:
        """The bytes to sign."""

    @abstractmethod
    def read_header(self, content: bytes) -> RequestHeader | Rejected:
        """The header of a request; the rejection is `malformed_request`."""

    @abstractmethod
    def read_request(self, header: RequestHeader) -> Request | Rejected:
        """The request itself; rejections: `unknown_request_type`, `unknown_version`, `malformed_request`."""

    @abstractmethod
    def encode_answer(self, answer: AnswerContent) -> bytes:
        """The bytes to sign."""

    @abstractmethod
    def read_answer(self, content: bytes) -> AnswerContent | Rejected:
        """An answer; the rejection is `malformed_request`."""


class CertificateTrust(Protocol):
    """Which certificates the CA that issues RA certificates (`raissuer`) signed."""

    @abstractmethod
    def path(self, certificate: bytes) -> TrustedCertificate | Rejected:
        """Read the DER `certificate` and verify that `raissuer` signed it directly and it is no CA certificate.

        Validity, key usage and revocation are the caller's to judge. The rejection is `signer_untrusted`.
        """


class CertificateRequests(Protocol):
    """Certificate requests, parsed and with their proof of possession verified."""

    @abstractmethod
    def read_pkcs10(self, der: bytes) -> CertificationRequest | Rejected:
        """Rejections: `bad_certificate_request`, `bad_proof_of_possession`."""


@dataclass(frozen=True, slots=True)
class Fence:
    """Proof of holding a worker's lease: only the holder of the newest token can commit."""

    worker: str
    token: int


class Coordinator(Protocol):
    """Leases of workers, in the CA's database and by its clock: each worker runs in one place at a time."""

    @abstractmethod
    def acquire(self, worker: str, holder: str, lease: timedelta) -> Fence | None:
        """Take the worker's lease if it is free, expired or already `holder`'s; every acquisition has a new token."""

    @abstractmethod
    def renew(self, fence: Fence, lease: timedelta) -> bool:
        """Let the lease run for `lease` from now; false if `fence` is no longer the newest."""

    @abstractmethod
    def release(self, fence: Fence) -> None:
        """Give the lease up if it is still held."""


@dataclass(frozen=True, slots=True)
class IssuanceOrder:
    """What to certify.

    Attributes:
        end_entity: as it shall be stored from now on; where it is to stay as it is, the stored one.
        operation: unique per effect. An adapter for a foreign CA is idempotent by it; one that commits together with
            the journal may only record it.
        requester: the administrator's name, recorded with the certificate.
        requester_fingerprint: the RA certificate behind the request, None for unsigned requests.
    """

    operation: str
    end_entity: EndEntity
    request: CertificationRequest
    requester: str
    requester_fingerprint: str | None


class CaTransaction(Protocol):
    """One unit of work in the CA's database. What a method rejects has written nothing (counters of failed attempts
    excepted: they commit with the refusal)."""

    @abstractmethod
    def now(self) -> datetime:
        """The CA database's clock, UTC, read once per transaction."""

    @abstractmethod
    def recall(self, keys: Iterable[JournalKey]) -> Mapping[JournalKey, JournalEntry]:
        """The journal's entries for `keys`; those recorded in this transaction included."""

    @abstractmethod
    def record(self, entry: JournalEntry) -> None:
        """Add `entry` to the journal; a second entry under one key makes the whole transaction fail."""

    @abstractmethod
    def standing(self, certificate: TrustedCertificate) -> CertificateStanding:
        """What the CA that issued `certificate` says of it now."""

    @abstractmethod
    def roles_of(self, certificate: TrustedCertificate) -> tuple[Role, ...]:
        """Every role that `certificate` is a member of."""

    @abstractmethod
    def end_entity(self, username: str) -> EndEntity | None:
        """The stored end entity."""

    @abstractmethod
    def save_end_entity(self, end_entity: EndEntity) -> Rejected | None:
        """Add or replace the end entity, if its profile allows what it says; a stored password stays.

        Rejections: `unknown_ca`, `unknown_profile`, `profile_violation`.
        """

    @abstractmethod
    def set_password(self, username: str, password: str) -> None:
        """Give the end entity, which must be stored, a new password and all attempts; only a hash is kept."""

    @abstractmethod
    def check_password(self, username: str, password: str | None) -> Rejected | None:
        """None if `password` is the end entity's; otherwise `wrong_credentials`, the same for every cause.

        Compared in constant time; a failure uses up one of the end entity's attempts, and none are left in the end.
        """

    @abstractmethod
    def issue(self, order: IssuanceOrder) -> IssuedCertificate | Rejected:
        """Save the order's end entity (add or edit), certify the key as its profiles say, make it GENERATED.

        All of it or nothing: a rejection leaves the end entity as it was, or absent. A stored password stays.
        Rejections: `unknown_ca`, `unknown_profile`, `profile_violation`, `weak_key`, `ca_not_active`.
        """

    @abstractmethod
    def certificate(self, issuer: DistinguishedName, serial_number: int) -> CertificateFacts | None:
        """The certificate with that serial number of the CA whose subject is `issuer`."""

    @abstractmethod
    def certificates_of(self, username: str) -> Sequence[CertificateFacts]:
        """Every certificate of the end entity, in the order of issuance."""

    @abstractmethod
    def revoke(self, certificate: CertificateFacts, reason: RevocationReason, requester: str) -> None:
        """Change the certificate's standing to what `lockgate.revocation.next_standing` allowed for its facts.

        A compromised key is never certified again.

        Raises:
            Conflict: the certificate's standing has changed since its facts were read.
        """

    @abstractmethod
    def audit(self, event: AuditEvent) -> None:
        """Add to the CA's audit log."""


class CertificationAuthority(Protocol):
    """The CA and everything that commits together with its effects."""

    @abstractmethod
    def transaction(
        self, fence: Fence, *, keys: Iterable[JournalKey] = (), usernames: Iterable[str] = ()
    ) -> AbstractContextManager[CaTransaction]:
        """A unit of work: all of it commits, or nothing.

        Args:
            keys, usernames: what the work will ask the journal and the end entities for; a hint that lets an adapter
                read a whole batch in one statement each. The answers are the same without it.

        Raises:
            FenceLost: on entry or exit, if `fence` is no longer the newest; nothing was committed.
        """


class ForeignCertificationAuthority(CertificationAuthority, Protocol):
    """A CA whose effects do not commit together with the journal; idempotent by the operation key instead.

    Issuing again under the same key never makes a second certificate, whatever became of the transaction around it.
    """

    @abstractmethod
    def lookup(self, operation: str) -> IssuedCertificate | None:
        """What the operation led to, None if it never reached the CA."""


class Outbox(Protocol):
    """Where a client keeps the exact bytes of what it puts, so that putting again and reading the answer later work."""

    @abstractmethod
    def keep(self, key: str, record: bytes) -> None:
        """Store `record` durably (on the disk, not in a cache) under `key` before returning. Never overwrites.

        Raises:
            DuplicateMessage: another record is kept under `key`.
        """

    @abstractmethod
    def recall(self, key: str) -> bytes | None:
        """What is kept under `key`."""

    @abstractmethod
    def forget(self, key: str) -> None:
        """Remove what is kept under `key`, if anything."""


class Clock(Protocol):
    """This host's clock; for RA clients. The CA goes by its database's clock."""

    @abstractmethod
    def now(self) -> datetime:
        """Now, UTC."""

    @abstractmethod
    def sleep(self, seconds: float) -> None:
        """Wait."""


class Random(Protocol):
    """Unpredictable octets."""

    @abstractmethod
    def octets(self, count: int) -> bytes:
        """`count` octets from a cryptographic generator."""
