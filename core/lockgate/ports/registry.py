"""The registry: everything that is stored on the CA's side, in one unit of work, independent of the CA that signs."""

from abc import abstractmethod
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from lockgate.audit import AuditEvent
from lockgate.line.journal import JournalKey
from lockgate.ports.approvals import Approvals
from lockgate.ports.certificates import Certificates
from lockgate.ports.coordination import Fence
from lockgate.ports.end_entities import EndEntities
from lockgate.ports.issuance import Issuance
from lockgate.ports.journal import Journal
from lockgate.ports.kept_keys import KeptKeys
from lockgate.ports.known_keys import KnownKeys
from lockgate.ports.operations import Operations
from lockgate.ports.outside_answers import OutsideAnswers
from lockgate.ports.outside_crls import OutsideCrls
from lockgate.ports.profiles import Profiles
from lockgate.ports.protocol_transactions import MessageKey, ProtocolTransactions
from lockgate.ports.publications import Publications
from lockgate.ports.roles import Roles


class RegistryTransaction(Protocol):
    """One unit of work in the registry's database, by its parts.

    A method that returns a rejection has written nothing, except for counters of failed attempts: they commit with the
    refusal.

    Attributes:
        journal: final decisions, and requests that wait.
        approvals: actions that administrators are asked to approve.
        end_entities: with their passwords.
        certificates: issued certificates, and their standing now.
        keys: public keys, whichever certificates they stand in.
        kept_keys: private keys that are kept for recovery.
        roles: who is a member of which.
        profiles: their rules.
        publications: CRLs and announcements of CAs.
        issuance: certificates ordered and recorded.
        operations: what remote issuers are asked for.
        protocol_transactions: those of protocols whose messages the CA itself answers.
        outside_crls: the CRLs of CAs outside.
        outside_answers: what CAs outside have said of their certificates by OCSP.
    """

    journal: Journal
    approvals: Approvals
    end_entities: EndEntities
    certificates: Certificates
    keys: KnownKeys
    kept_keys: KeptKeys
    roles: Roles
    profiles: Profiles
    publications: Publications
    issuance: Issuance
    operations: Operations
    protocol_transactions: ProtocolTransactions
    outside_crls: OutsideCrls
    outside_answers: OutsideAnswers

    @abstractmethod
    def now(self) -> datetime:
        """The CA database's clock, UTC, read once per transaction."""

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
    def secret_mark(self, signer: str, username: str, field: str, value: bytes) -> str:
        """64 hexadecimal digits in place of the secret `value`, where that must not be revealed.

        Equal arguments give equal marks, other arguments give other marks. Marks depend on a secret of the
        installation, so that nobody without it can compare guesses with a mark.

        Args:
            signer: SHA-256 fingerprint of the requester's certificate.
            username: the end entity whose secret it is; empty where there is none.
            field: the request's field that holds it.
        """


class Registry(Protocol):
    """End entities, certificates, roles, approvals, the journal and the audit log, which commit together."""

    @abstractmethod
    def transaction(
        self,
        fence: Fence,
        *,
        keys: Iterable[JournalKey] = (),
        usernames: Iterable[str] = (),
        messages: Iterable[MessageKey] = (),
    ) -> AbstractContextManager[RegistryTransaction]:
        """A unit of work: all of it commits, or nothing.

        Args:
            keys, usernames, messages: what the work will ask the journal, the end entities and the transactions of
                protocols for; a hint that lets an adapter read a whole batch in one statement each. The answers are the
                same without it.

        Raises:
            FenceLost: on entry or exit, if `fence` is no longer the newest; nothing was committed.
        """


class DirectWork(Protocol):
    """Units of work of services that answer their clients themselves, on any node, several at a time.

    No lease keeps them apart. A service that must not do the same twice locks a row that stands for it (as
    `ProtocolTransactions.find` does) before it looks at what was done; what two change at once, one of them loses.
    """

    @abstractmethod
    def direct(self, writer: str, *, usernames: Iterable[str] = ()) -> AbstractContextManager[RegistryTransaction]:
        """A unit of work: all of it commits, or nothing.

        Args:
            writer: whose entries those in the audit log are, at most 255 characters; the name of no worker.
            usernames: what the work will ask the end entities for; a hint, as in `Registry.transaction`.

        Raises:
            Conflict: on exit, if another unit of work was faster; the same work can be done again.
        """

    @abstractmethod
    def reading(self, reader: str) -> AbstractContextManager[RegistryTransaction]:
        """A unit of work that changes nothing. Where a database has one writer at a time, it does not wait for that.

        Args:
            reader: the service that reads.

        Raises:
            Conflict: what is read was not ready; the same work can be done again.
        """
