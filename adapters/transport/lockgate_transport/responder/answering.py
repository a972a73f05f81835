"""How the responder of an RA's zone answers: with what the CA's side has published. It holds no key and signs nothing.

Whatever cannot be answered so is told by an OCSPResponse without an answer (RFC 6960, 2.3), which nobody signs.
"""

from dataclasses import dataclass

import structlog

from lockgate.enrolment.refusals import Refusal
from lockgate.errors import Defect, LockgateError, PeerError
from lockgate.ports import Clock, OcspAnswers
from lockgate_formats.ocsp_requests import (
    MALFORMED,
    TRY_LATER,
    UNAUTHORIZED,
    AnswerTimes,
    MalformedOcspRequest,
    UnansweredOcspRequest,
    read_answer_times,
    read_ocsp_request,
)

_log = structlog.get_logger("lockgate.ocsp")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client gets.

    Attributes:
        octets: DER OCSPResponse.
        times: of the answer in it; None where it has none.
    """

    octets: bytes
    times: AnswerTimes | None = None


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
            return self._published(certificate.digest, f"serial number {certificate.serial_number:x}", address)
        except Defect:
            raise
        except LockgateError as error:
            reason = Refusal.NO_CURRENT_ANSWER if isinstance(error, PeerError) else Refusal.UNAVAILABLE
            return _refused(TRY_LATER, reason, str(error), address)

    def _published(self, certificate: bytes, name: str, address: str) -> Reply:
        octets = self._answers.find(certificate)
        if octets is None:
            return _refused(UNAUTHORIZED, Refusal.UNKNOWN_CERTIFICATE, name, address)
        times = read_answer_times(octets)
        if times.next_update <= self._clock.now():
            return _refused(TRY_LATER, Refusal.NO_CURRENT_ANSWER, f"{name}: the last answer has ended", address)
        return Reply(octets, times)


def _refused(octets: bytes, reason: Refusal, detail: str, address: str) -> Reply:
    _log.warning("refused", reason=reason.value, detail=detail, client=address)
    return Reply(octets)
