"""The RA's SCEP server for one alias: every pkiMessage gets a CertRep (RFC 8894, 2 and 3).

    read -> verify signature -> [transaction, or a holder's certificate] -> decrypt -> content -> desk -> CertRep

The content of an envelope decides nothing before all of it fits: a PKCS#10 must be signed by its key, and a PKCSReq by
the same one, or by a holder for its own name; a poll must name the transaction's own subject. Until then there is one
failure (`UNREADABLE`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lockgate.enrolment.scep import FailInfo, Failure, MessageType, Pending, capabilities
from lockgate.ports import Keystore, Random
from lockgate_transport.cms.certificates import read_certificate
from lockgate_transport.cms.signing import degenerate
from lockgate_transport.scep.algorithms import CURRENT, LEGACY
from lockgate_transport.scep.cases import Alias, Answered, Case
from lockgate_transport.scep.desk import Desk
from lockgate_transport.scep.enrolments import Enrolments
from lockgate_transport.scep.messages import read_pki_message, verify
from lockgate_transport.scep.opening import Opener
from lockgate_transport.scep.questions import Questions
from lockgate_transport.scep.replies import Replies
from lockgate_transport.scep.rules import AliasRules, Composer

WITHOUT_CHAIN = "noca"
"""The alias that stands for the server's own address, answers without the CA's chain."""
_UNSUPPORTED = Failure(FailInfo.BAD_REQUEST, "This server does not answer messages of that type.")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a pkiMessage.

    Attributes:
        octets: the DER CertRep.
        awaited_by: the client that is told PENDING but cannot poll: the same message will be answered soon; None where
            it need not wait.
    """

    octets: bytes
    awaited_by: str | None = None


class ScepServer:
    """Answers SCEP's operations for one alias; for any number of threads.

    Args:
        keystore: the transport key, issued by the CA that enrols; never the one for submessages.
    """

    def __init__(self, rules: AliasRules, keystore: Keystore, desk: Desk, random: Random) -> None:
        self._rules = rules
        self._keystore = keystore
        self._algorithms = LEGACY if rules.legacy else CURRENT
        self._replies = Replies(keystore, self._algorithms, random)
        transport_name = read_certificate(keystore.certificate).subject
        alias = Alias(rules, desk, Opener(keystore, self._algorithms), Composer(rules, random), transport_name)
        enrolments, self._questions = Enrolments(alias), Questions(alias)
        self._handlers: Mapping[MessageType, Callable[[Case], Answered]] = {
            MessageType.PKCS_REQ: enrolments.enrol,
            MessageType.RENEWAL_REQ: enrolments.renew,
            MessageType.CERT_POLL: enrolments.poll,
            MessageType.GET_CERT: self._questions.certificate,
            MessageType.GET_CRL: self._questions.crl,
        }

    def capabilities(self) -> str:
        """The answer to GetCACaps (RFC 8894, 3.5.2)."""
        return "".join(f"{its}\n" for its in capabilities(legacy=self._rules.legacy))

    def ca_certificates(self) -> bytes:
        """The answer to GetCACert: DER certs-only, the RA's certificate first (RFC 8894, 4.2.1.2)."""
        return degenerate((self._keystore.certificate, *self._rules.chain))

    def next_ca_certificates(self) -> bytes | Failure | Pending:
        """The answer to GetNextCACert (RFC 8894, 4.7): what the CA's current key has signed.

        Raises:
            Unavailable, PeerError: as `answer`.
        """
        return self._questions.next_ca_certificates()

    def answer(self, octets: bytes, address: str, *, with_chain: bool = True) -> Answer:
        """The answer to a pkiMessage.

        Args:
            address: that it came from; a stranger's counts for a transaction that this opens.
            with_chain: whether the CA's chain goes along with an issued certificate.

        Raises:
            NoPkiMessage: nothing in `octets` could be answered.
            Unavailable: the message database cannot be reached.
            PeerError: what stands there was not written by this RA or its CA.
        """
        message = read_pki_message(octets)
        verified = verify(message, self._algorithms)
        if isinstance(verified, Failure):
            answered = Answered(verified)
        else:
            handler = self._handlers.get(verified.message_type)
            case = Case(verified, octets, address, with_chain)
            answered = handler(case) if handler else Answered(_UNSUPPORTED)
        written = self._replies.write(message, answered.outcome, answered.reader)
        return Answer(written, answered.awaited_by if isinstance(answered.outcome, Pending) else None)
