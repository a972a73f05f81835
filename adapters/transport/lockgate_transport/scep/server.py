"""The RA's SCEP server for one alias: every pkiMessage gets a CertRep (RFC 8894, 2 and 3).

    read -> verify signature -> [transaction, or a holder's certificate] -> decrypt -> content -> transaction -> CertRep

The content of an envelope decides nothing before all of it fits: a PKCS#10 must be signed by its key, and a PKCSReq by
the same one, or by a holder for its own name; a poll must name the transaction's own subject. Until then there is one
failure (`failures.UNREADABLE`).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from lockgate.enrolment.enrolments import Enrolments
from lockgate.enrolment.outcome import Pending, Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.errors import CallerError, Defect, LockgateError
from lockgate.ports import Keystore, Random
from lockgate_formats.cms.certificates import read_certificate
from lockgate_formats.cms.certs_only import certs_only
from lockgate_transport.scep.algorithms import accepted
from lockgate_transport.scep.cases import Alias, Answered, Case
from lockgate_transport.scep.certificates import CertificateMessages
from lockgate_transport.scep.failures import failure
from lockgate_transport.scep.messages import PkiMessage, read_pki_message, verify
from lockgate_transport.scep.opening import Opener
from lockgate_transport.scep.questions import Questions
from lockgate_transport.scep.replies import Replies
from lockgate_transport.scep.rules import AliasRules, Composer
from lockgate_transport.scep.vocabulary import ScepMessageType, capabilities

_UNSUPPORTED = Refused(Refusal.UNKNOWN_MESSAGE_TYPE, "This server does not answer messages of that type.")
_log = structlog.get_logger("lockgate.scep")


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

    def __init__(self, rules: AliasRules, keystore: Keystore, enrolments: Enrolments, random: Random) -> None:
        self._rules = rules
        self._keystore = keystore
        self._algorithms = accepted(legacy=rules.legacy, oaep_sha1=rules.oaep_sha1)
        self._replies = Replies(keystore, self._algorithms, random)
        transport_name = read_certificate(keystore.certificate).subject
        alias = Alias(rules, enrolments, Opener(keystore, self._algorithms), Composer(rules, random), transport_name)
        certificates, self._questions = CertificateMessages(alias), Questions(alias)
        self._handlers: Mapping[ScepMessageType, Callable[[Case], Answered]] = {
            ScepMessageType.PKCS_REQ: certificates.enrol,
            ScepMessageType.RENEWAL_REQ: certificates.renew,
            ScepMessageType.CERT_POLL: certificates.poll,
            ScepMessageType.GET_CERT: self._questions.certificate,
            ScepMessageType.GET_CRL: self._questions.crl,
        }

    def capabilities(self) -> str:
        """The answer to GetCACaps (RFC 8894, 3.5.2)."""
        return "".join(f"{capability}\n" for capability in capabilities(legacy=self._rules.legacy))

    def ca_certificates(self) -> bytes:
        """The answer to GetCACert: DER certs-only, the RA's certificate first (RFC 8894, 4.2.1.2)."""
        return certs_only((self._keystore.certificate, *self._rules.chain))

    def next_ca_certificates(self, address: str) -> bytes | Refused | Pending:
        """The answer to GetNextCACert (RFC 8894, 4.7): what the CA's current key has signed.

        Args:
            address: that the question came from.

        Raises:
            Unavailable, PeerError: as `answer`.
        """
        with self._explained(client=address, operation="GetNextCACert") as explain:
            found = self._questions.next_ca_certificates()
            if isinstance(found, Refused):
                explain(found)
            return found

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
        kind, transaction = message.message_type, message.transaction_id
        with self._explained(client=address, transaction=transaction, message_type=kind) as explain:
            answered = self._answered(message, octets, address, with_chain=with_chain)
            if isinstance(answered.outcome, Refused):
                explain(answered.outcome)
        written = self._replies.write(message, answered.outcome, answered.reader)
        return Answer(written, answered.awaited_by if isinstance(answered.outcome, Pending) else None)

    def _answered(self, message: PkiMessage, octets: bytes, address: str, *, with_chain: bool) -> Answered:
        verified = verify(message, self._algorithms)
        if isinstance(verified, Refused):
            return Answered(verified)
        handler = self._handlers.get(verified.message_type)
        return handler(Case(verified, octets, address, with_chain)) if handler else Answered(_UNSUPPORTED)

    @contextmanager
    def _explained(self, **known: str | int | None) -> Iterator[Callable[[Refused], None]]:
        """Write one line into the operator's log on each refusal (threat model, rule 26): on one that is given to
        the function, and on an error that leaves no answer.

        Args:
            known: of the request.
        """

        def explain(refused: Refused) -> None:
            detail = refused.internal or refused.reason.sentence
            fail_info = failure(refused).fail_info.name.lower()
            _log.warning("refused", reason=refused.reason.value, detail=detail, fail_info=fail_info, **about)

        about = {"alias": self._rules.alias, **known}
        try:
            yield explain
        except Defect:
            raise
        except LockgateError as error:
            log = _log.error if isinstance(error, CallerError) else _log.warning
            log(
                "cannot answer",
                reason=Refusal.UNAVAILABLE.value,
                error=type(error).__name__,
                detail=str(error),
                **about,
            )
            raise
