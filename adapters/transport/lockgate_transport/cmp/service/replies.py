"""The bodies of answers, made of how the requests of a transaction stand."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from lockgate_formats.cmp.contents import (
    CertificateReply,
    CertificateResponse,
    ErrorContent,
    PollResponse,
    RevocationReply,
)
from lockgate_formats.cmp.embedded import CONFIRMED
from lockgate_formats.cmp.errors import write_error
from lockgate_formats.cmp.messages import StatusInfo
from lockgate_formats.cmp.polls import write_poll_responses
from lockgate_formats.cmp.responses import write_certificate_reply
from lockgate_formats.cmp.revocations import write_revocation_reply
from lockgate_formats.cmp.vocabulary import BodyType, PkiStatus
from lockgate_transport.cmp.service.failures import Failure
from lockgate_transport.cmp.service.records import Record, Result

ANSWERS: Mapping[BodyType, BodyType] = MappingProxyType(
    {
        BodyType.IR: BodyType.IP,
        BodyType.CR: BodyType.CP,
        BodyType.P10CR: BodyType.CP,
        BodyType.KUR: BodyType.KUP,
        BodyType.RR: BodyType.RP,
    }
)
WHOLE_MESSAGE = -1
"""The certReqId under which a message is polled for that is no request for certificates (RFC 9810, 5.3.22)."""
Body = tuple[BodyType, bytes]


def of_results(record: Record, ca_certificates: tuple[bytes, ...] = ()) -> Body:
    """What the client is told of its requests: all of them at once, or to wait."""
    opened = BodyType(record.body_type)
    if opened is not BodyType.RR:
        responses = tuple(_response(result, waits=record.waits) for result in record.results)
        return ANSWERS[opened], write_certificate_reply(CertificateReply(responses, ca_certificates))
    if record.waits:
        return BodyType.ERROR, write_error(ErrorContent(StatusInfo(PkiStatus.WAITING, texts=_texts(record))))
    statuses = tuple(StatusInfo(PkiStatus(one.status), one.failures, _text(one)) for one in record.results)
    return BodyType.RP, write_revocation_reply(RevocationReply(statuses))


def of_failure(failure: Failure) -> Body:
    """That a message is refused."""
    return BodyType.ERROR, write_error(ErrorContent(failure.status))


def to_wait(record: Record, check_after: timedelta) -> Body:
    """That a client polls in vain (RFC 9810, 5.3.22)."""
    waiting = [result for result in record.results if result.waits]
    whole = record.body_type == BodyType.RR
    seconds = int(check_after.total_seconds())
    numbers = [WHOLE_MESSAGE] if whole else [result.cert_req_id for result in waiting]
    return BodyType.POLLREP, write_poll_responses(tuple(PollResponse(number, seconds) for number in numbers))


def confirmed() -> Body:
    """pkiConf (RFC 9810, 5.3.17)."""
    return BodyType.PKICONF, CONFIRMED


def _response(result: Result, *, waits: bool) -> CertificateResponse:
    """While one of several waits, those that are issued are told later, with it."""
    told = PkiStatus(result.status)
    if waits and told is not PkiStatus.REJECTION:
        return CertificateResponse(
            cert_req_id=result.cert_req_id, status=StatusInfo(PkiStatus.WAITING, texts=_text(result))
        )
    status = StatusInfo(told, result.failures, _text(result))
    return CertificateResponse(
        cert_req_id=result.cert_req_id,
        status=status,
        certificate=None if result.encrypted else result.certificate,
        encrypted_certificate=result.encrypted,
        private_key=result.private_key,
    )


def _text(result: Result) -> tuple[str, ...]:
    return (result.text,) if result.text else ()


def _texts(record: Record) -> tuple[str, ...]:
    return tuple(dict.fromkeys(result.text for result in record.results if result.waits))
