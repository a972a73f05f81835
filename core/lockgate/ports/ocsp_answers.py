"""OCSP answers that the CA's side has signed beforehand, published in the message database.

The CA's side writes them there and reads none: nothing that stands there decides what it signs. The responder in the
RA's zone reads them, and has no key. An owner of that database can delete answers, or show an older one until it ends.
"""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from lockgate.ports.coordination import Fence
from lockgate.publishing.answers import AnswerTerms, DueAnswer, PublishedAnswer


class OcspAnswers(Protocol):
    """The answers in one message database."""

    @abstractmethod
    def publish(self, answers: Sequence[PublishedAnswer], *, anew: bool = False) -> None:
        """Put each in the place of the answer with its id, all or none; one without octets removes that, unless a later
        one stands there. A later one with exactly the This Update that `later` names counts as an earlier one.

        Args:
            answers: some hundreds at most.
            anew: in the place of a later one, too.

        Raises:
            Conflict: a later answer than one of these that has octets stands there.
        """

    @abstractmethod
    def find(self, certificate: bytes) -> bytes | None:
        """The DER answer about a certificate; None if there is none.

        Args:
            certificate: `CertificateId.digest`.

        Raises:
            PeerError: the row holds what this product never writes.
        """

    @abstractmethod
    def purge(self, now: datetime) -> None:
        """Remove the answers that have ended at `now`, UTC."""

    @abstractmethod
    def remove_others(self, first: datetime, last: datetime) -> None:
        """Remove the answers whose This Update is before `first` or after `last`, UTC."""


class AnswerSigning(Protocol):
    """Signs answers with the CAs' keys, and remembers in the CA's database what was published in which data source.

    One process at a time publishes in a data source. Every method with a `fence` raises FenceLost where another process
    has taken over.
    """

    @abstractmethod
    def cas(self, fence: Fence) -> Sequence[str]:
        """The CAs whose keys can sign here now, by name."""

    @abstractmethod
    def due(self, fence: Fence, source: str, ca_name: str, limit: int, terms: AnswerTerms) -> Sequence[DueAnswer]:
        """Up to `limit` certificates of the CA that have not ended and about which an answer is due: those first whose
        standing has changed since the last one, then those without an answer, then those with one that is to be
        renewed. Half of `limit` is kept for the latter two. A next CA certificate that has not taken over has none."""

    @abstractmethod
    def sign(self, due: DueAnswer, terms: AnswerTerms) -> Sequence[PublishedAnswer]:
        """What takes the place of all answers about a certificate: one for each hash that the product knows, without
        octets for those that the terms do not name. Nothing where none of the CA's keys has signed it.

        Raises:
            KeyAway, TokenAway: the CA's key is in a token that cannot be used now.
            KeystoreError: the CA's key cannot be opened.
        """

    @abstractmethod
    def record(self, fence: Fence, source: str, published: Sequence[DueAnswer], terms: AnswerTerms) -> None:
        """Answers about these were published, those excepted that none of the CA's keys has signed."""

    @abstractmethod
    def finish(self, fence: Fence, source: str) -> datetime:
        """A round has left nothing due; what time it is, UTC."""

    @abstractmethod
    def forget(self, fence: Fence, source: str) -> datetime:
        """Let an answer about every certificate be due; what time it is, UTC."""
