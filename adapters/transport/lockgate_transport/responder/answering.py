"""How the responder of an RA's zone answers: with what the CA's side has published. It holds no key and signs nothing.

Whatever cannot be answered so is told by an OCSPResponse without an answer (RFC 6960, 2.3), which nobody signs.
"""

from dataclasses import dataclass

import structlog

from lockgate.enrolment.refusals import Refusal
from lockgate.errors import Defect, LockgateError, PeerError
from lockgate.ports import Clock, OcspAnswers
from lockgate.publishing.certificate_ids import CertificateId
from lockgate_formats.ocsp_requests import (
    MALFORMED,
    TRY_LATER,
    UNAUTHORIZED,
    AnswerFacts,
    MalformedOcspRequest,
    UnansweredOcspRequest,
    read_answer,
    read_ocsp_request,
)

_log = structlog.get_logger("lockgate.ocsp")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client gets.

    Attributes:
        octets: DER OCSPResponse.
        facts: of the answer in it; None where it has none.
    """

    octets: bytes
    facts: AnswerFacts | None = None


class PublishedResponder:
    """Answers with published answers; for any number of threads."""

    def __init__(self, answers: OcspAnswers, clock: Clock) -> None:
        self._answers, self._clock = answers, clock

    def answer(self, request: bytes, address: str) -> Reply:
        """The answer to a DER OCSPRequest, whatever it is.

        Args:
            address: the client's, for the log.
        """
        try:
            certificate = read_ocsp_request(request)
        except MalformedOcspRequest as error:
            return _refused(MALFORMED, Refusal.NO_OCSP_REQUEST, str(error), address)
        except UnansweredOcspRequest as error:
            return _refused(UNAUTHORIZED, Refusal.UNANSWERED_OCSP_REQUEST, str(error), address)
        try:
            return self._published(certificate, address)
        except Defect:
            raise
        except LockgateError as error:
            reason = Refusal.NO_CURRENT_ANSWER if isinstance(error, PeerError) else Refusal.UNAVAILABLE
            return _refused(TRY_LATER, reason, str(error), address)

    def busy(self, address: str, detail: str) -> Reply:
        """The answer to a request over a bound, which `detail` tells to the operator."""
        return _refused(TRY_LATER, Refusal.TOO_MANY_IN_HOUR, detail, address)

    def _published(self, certificate: CertificateId, address: str) -> Reply:
        name = f"serial number {certificate.serial_number:x}"
        octets = self._answers.find(certificate.digest)
        if octets is None:
            return _refused(UNAUTHORIZED, Refusal.UNKNOWN_CERTIFICATE, name, address)
        facts = read_answer(octets)
        if facts.certificate != certificate:
            raise PeerError(f"{name}: the answer in the message database is about another certificate")
        if facts.next_update <= self._clock.now():
            return _refused(TRY_LATER, Refusal.NO_CURRENT_ANSWER, f"{name}: the last answer has ended", address)
        return Reply(octets, facts)


def _refused(octets: bytes, reason: Refusal, detail: str, address: str) -> Reply:
    _log.warning("refused", reason=reason.value, detail=detail, client=address)
    return Reply(octets)
