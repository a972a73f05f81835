"""OCSP answers of CAs outside this installation: who is asked, and where the answers are kept."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from lockgate.outside.answers import CertificateStatus, OcspAnswer, OcspQuestion


class OcspResponder(Protocol):
    """Whoever answers for a CA outside by OCSP (RFC 6960)."""

    @abstractmethod
    def status(self, question: OcspQuestion) -> OcspAnswer:
        """How the certificate stands; verified to be about that certificate, and by the CA or a responder of the CA's.

        The call is bounded in time and octets. Several may run at once, each in a thread of its own.

        Raises:
            Unavailable: there is no answer now.
            PeerError: the answer is none, or does not say how the certificate stands; the text says why.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What is known of one certificate of a CA outside.

    Attributes:
        status: as the last answer that was kept says; None where there is none.
        due: when the next question is asked; UTC, as all times.
        trouble: why the last question was not answered; empty where it was.
    """

    ca_name: str
    key: str
    serial_number: int
    status: CertificateStatus | None
    due: datetime
    trouble: str


class OutsideAnswers(Protocol):
    """What CAs outside have said of their certificates, inside one unit of work. A question stands for a certificate
    whose path to the CA was verified."""

    @abstractmethod
    def wish(self, question: OcspQuestion) -> None:
        """Somebody waits for an answer: the question is due now where it is new, and soon where it was asked before."""

    @abstractmethod
    def begin(self, ca_name: str, limit: int, again: timedelta) -> Sequence[OcspQuestion]:
        """Up to `limit` questions that are due, the longest first. Each is due again after `again`: only one caller
        gets it, and one that dies is followed by another."""

    @abstractmethod
    def questions(self, ca_name: str) -> Sequence[OcspQuestion]:
        """Every question to the CA, whether or not it is due."""

    @abstractmethod
    def last(self, question: OcspQuestion) -> KeptAnswer | None:
        """What is known; nobody changes it until this transaction ends. None where nobody asks about it."""

    @abstractmethod
    def keep(self, question: OcspQuestion, status: CertificateStatus, again: timedelta) -> None:
        """Keep what an answer says in place of what was kept before; the question is due again after `again`. Nothing
        is kept where nobody asks about the certificate any more."""

    @abstractmethod
    def fail(self, question: OcspQuestion, trouble: str, again: timedelta) -> None:
        """Note why a question was not answered; what was kept stays, and it is due again after `again`."""

    @abstractmethod
    def forget(self, after: timedelta) -> None:
        """Forget the certificates of which nobody has wished to know for `after`."""
