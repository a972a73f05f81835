"""Every body is written as an independent encoder writes it, and read back from there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pyasn1_alt_modules import rfc4210, rfc9810

from lockgate_formats import der
from lockgate_formats.cmp.confirmations import read_certificate_confirmations, write_certificate_confirmations
from lockgate_formats.cmp.contents import (
    CertificateConfirmation,
    CertificateId,
    CertificateReply,
    CertificateResponse,
    CertificateTemplate,
    ErrorContent,
    PollResponse,
    RevocationReply,
    RevocationRequest,
    Validity,
)
from lockgate_formats.cmp.embedded import (
    CONFIRMED,
    read_confirmed,
    read_nested,
    read_pkcs10,
    write_nested,
)
from lockgate_formats.cmp.errors import read_error, write_error
from lockgate_formats.cmp.general import read_general, write_general
from lockgate_formats.cmp.messages import InfoValue, MalformedMessage, StatusInfo
from lockgate_formats.cmp.polls import (
    read_poll_requests,
    read_poll_responses,
    write_poll_requests,
    write_poll_responses,
)
from lockgate_formats.cmp.responses import read_certificate_reply, write_certificate_reply
from lockgate_formats.cmp.revocations import (
    read_revocation_reply,
    read_revocations,
    write_revocation_reply,
    write_revocations,
)
from lockgate_formats.cmp.vocabulary import FailInfo, PkiStatus
from lockgate_formats.cmp.writing import signed_integer
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import algorithm
from lockgate_formats.cms.enveloping import envelop
from lockgate_formats.fields import read_whole
from tests.support.pki.asn1_oracle import Der, decoded_again, encoded
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import authority, name, ra, rsa_key, worker

CERTIFICATE, CA = ra().der, authority().der
CRL = authority().crl(1).public_bytes(Encoding.DER)
ISSUER = name("Management CA").public_bytes()
SHA256 = algorithm(oids.SHA256)


def enveloped() -> bytes:
    """Some DER EnvelopedData."""
    fields = read_whole(envelop(b"content", worker().der))
    fields.element(der.OBJECT_IDENTIFIER)
    return fields.explicit(der.CONTEXT_0, der.SEQUENCE)


ENVELOPED = enveloped()
ALL_FAILURES = frozenset(FailInfo)
BAD_POP = StatusInfo(PkiStatus.REJECTION, frozenset({FailInfo.BAD_POP}), ("no proof", "keiner"))


@dataclass(frozen=True)
class Case:
    """A body.

    Attributes:
        content: as this product has it.
        value: as the oracle has it, of the type `spec`.
    """

    spec: Any
    content: Any
    write: Callable[[Any], bytes]
    read: Callable[[bytes], Any]
    value: Any


def bits(failures: frozenset[FailInfo]) -> str:
    return ",".join(failure.rfc_name for failure in sorted(failures))


def status(info: StatusInfo) -> dict[str, Any]:
    found: dict[str, Any] = {"status": int(info.status)}
    if info.texts:
        found["statusString"] = list(info.texts)
    if info.fail_info:
        found["failInfo"] = bits(info.fail_info)
    return found


def confirmation(content: CertificateConfirmation) -> dict[str, Any]:
    found: dict[str, Any] = {"certHash": content.certificate_hash, "certReqId": content.cert_req_id}
    if content.status:
        found["statusInfo"] = status(content.status)
    if content.hash_algorithm:
        found["hashAlg"] = Der(content.hash_algorithm)
    return found


def response(content: CertificateResponse) -> dict[str, Any]:
    found: dict[str, Any] = {"certReqId": content.cert_req_id, "status": status(content.status)}
    pair: dict[str, Any] = {}
    if content.certificate:
        pair["certOrEncCert"] = {"certificate": Der(content.certificate)}
    if content.encrypted_certificate:
        pair["certOrEncCert"] = {"encryptedCert": {"envelopedData": Der(content.encrypted_certificate)}}
    if content.private_key:
        pair["privateKey"] = {"envelopedData": Der(content.private_key)}
    if pair:
        found["certifiedKeyPair"] = pair
    if content.response_info:
        found["rspInfo"] = content.response_info
    return found


def reply(content: CertificateReply) -> dict[str, Any]:
    found: dict[str, Any] = {"response": [response(one) for one in content.responses]}
    if content.ca_certificates:
        found["caPubs"] = [Der(one) for one in content.ca_certificates]
    return found


CONFIRMATIONS = (
    CertificateConfirmation(b"\x01" * 32, 0),
    CertificateConfirmation(b"\x02" * 64, -1, BAD_POP, SHA256),
    CertificateConfirmation(b"\x03" * 32, 300, StatusInfo(PkiStatus.ACCEPTED)),
)
REPLIES = CertificateReply(
    (
        CertificateResponse(cert_req_id=0, status=StatusInfo(PkiStatus.ACCEPTED), certificate=CERTIFICATE),
        CertificateResponse(
            cert_req_id=1,
            status=StatusInfo(PkiStatus.GRANTED_WITH_MODS, texts=("another name",)),
            certificate=CERTIFICATE,
            private_key=ENVELOPED,
            response_info=b"information",
        ),
        CertificateResponse(cert_req_id=-1, status=StatusInfo(PkiStatus.ACCEPTED), encrypted_certificate=ENVELOPED),
        CertificateResponse(cert_req_id=2, status=StatusInfo(PkiStatus.WAITING)),
        CertificateResponse(cert_req_id=2**31 - 1, status=BAD_POP),
    ),
    (CA, CERTIFICATE),
)
REVOCATIONS = (
    RevocationRequest(template=CertificateTemplate(serial_number=4711, issuer=ISSUER)),
    RevocationRequest(
        template=CertificateTemplate(serial_number=2**159, issuer=ISSUER, subject=name("x").public_bytes()),
        reason=4,
        entry_extensions=(InfoValue("2.5.29.24", b"\x18\x0f20260101000000Z"),),
    ),
)
CASES = {
    "ip": Case(rfc9810.CertRepMessage(), REPLIES, write_certificate_reply, read_certificate_reply, reply(REPLIES)),
    "ip without certificates": Case(
        rfc9810.CertRepMessage(),
        CertificateReply((CertificateResponse(cert_req_id=0, status=BAD_POP),)),
        write_certificate_reply,
        read_certificate_reply,
        {"response": [{"certReqId": 0, "status": status(BAD_POP)}]},
    ),
    "certConf": Case(
        rfc9810.CertConfirmContent(),
        CONFIRMATIONS,
        write_certificate_confirmations,
        read_certificate_confirmations,
        list(map(confirmation, CONFIRMATIONS)),
    ),
    "rr": Case(
        rfc4210.RevReqContent(),
        REVOCATIONS,
        write_revocations,
        read_revocations,
        [
            {"certDetails": {"serialNumber": 4711, "issuer": Der(ISSUER)}},
            {
                "certDetails": {
                    "serialNumber": 2**159,
                    "issuer": Der(ISSUER),
                    "subject": Der(name("x").public_bytes()),
                },
                "crlEntryDetails": [
                    {"extnID": "2.5.29.21", "extnValue": b"\x0a\x01\x04"},
                    {"extnID": "2.5.29.24", "extnValue": b"\x18\x0f20260101000000Z"},
                ],
            },
        ],
    ),
    "rp": Case(
        rfc4210.RevRepContent(),
        RevocationReply((StatusInfo(PkiStatus.ACCEPTED), BAD_POP), (CertificateId(ISSUER, 4711),), (CRL,)),
        write_revocation_reply,
        read_revocation_reply,
        {
            "status": [{"status": 0}, status(BAD_POP)],
            "revCerts": [{"issuer": {"directoryName": Der(ISSUER)}, "serialNumber": 4711}],
            "crls": [Der(CRL)],
        },
    ),
    "pollReq": Case(
        rfc9810.PollReqContent(),
        (0, -1, 70000),
        write_poll_requests,
        read_poll_requests,
        [{"certReqId": 0}, {"certReqId": -1}, {"certReqId": 70000}],
    ),
    "pollRep": Case(
        rfc9810.PollRepContent(),
        (PollResponse(0, 60), PollResponse(-1, 86400, ("an administrator decides",))),
        write_poll_responses,
        read_poll_responses,
        [
            {"certReqId": 0, "checkAfter": 60},
            {"certReqId": -1, "checkAfter": 86400, "reason": ["an administrator decides"]},
        ],
    ),
    "error": Case(
        rfc9810.ErrorMsgContent(),
        ErrorContent(StatusInfo(PkiStatus.REJECTION, ALL_FAILURES, ("no",)), 4711, ("for", "people")),
        write_error,
        read_error,
        {
            "pKIStatusInfo": status(StatusInfo(PkiStatus.REJECTION, ALL_FAILURES, ("no",))),
            "errorCode": 4711,
            "errorDetails": ["for", "people"],
        },
    ),
    "waiting": Case(
        rfc9810.ErrorMsgContent(),
        ErrorContent(StatusInfo(PkiStatus.WAITING)),
        write_error,
        read_error,
        {"pKIStatusInfo": {"status": 3}},
    ),
    "genm": Case(
        rfc9810.GenMsgContent(),
        (InfoValue("1.3.6.1.5.5.7.4.17"), InfoValue("2.999.1", b"\x0c\x01x")),
        write_general,
        read_general,
        [{"infoType": "1.3.6.1.5.5.7.4.17"}, {"infoType": "2.999.1", "infoValue": b"\x0c\x01x"}],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_body_is_written_and_read_as_by_another_encoder(case: Case) -> None:
    octets = encoded(case.spec, case.value)
    assert case.write(case.content) == octets
    assert case.read(octets) == case.content
    assert decoded_again(case.spec, octets) == octets


@pytest.mark.parametrize("failure", FailInfo)
def test_each_failure_is_its_own_bit(failure: FailInfo) -> None:
    content = ErrorContent(StatusInfo(PkiStatus.REJECTION, frozenset({failure})))
    octets = encoded(rfc9810.ErrorMsgContent(), {"pKIStatusInfo": {"status": 2, "failInfo": failure.rfc_name}})
    assert write_error(content) == octets
    assert read_error(octets) == content


@pytest.mark.parametrize("number", [0, 1, -1, 127, 128, -127, -129, 2**31 - 1, 2**159, -(2**31) + 1])
def test_integers_of_either_sign(number: int) -> None:
    assert signed_integer(number) == encoded(rfc9810.Rand().getComponentByName("int"), number)


def test_the_smallest_number_of_an_octet_is_minimal() -> None:
    assert signed_integer(-128) == b"\x02\x01\x80"


def test_validity_in_both_forms_of_time() -> None:
    validity = Validity(datetime(2049, 12, 31, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC))
    octets = write_revocations([RevocationRequest(template=CertificateTemplate(validity=validity))])
    ends = {"notBefore": {"utcTime": "491231000000Z"}, "notAfter": {"generalTime": "20500101000000Z"}}
    assert octets == encoded(rfc4210.RevReqContent(), [{"certDetails": {"validity": ends}}])
    assert read_revocations(octets)[0].template.validity == validity


def test_bodies_that_are_structures_of_others() -> None:
    request = pkcs10(rsa_key(1))
    assert read_pkcs10(request) == request
    messages = (der.sequence(b"\x05\x00"), der.sequence())
    assert read_nested(write_nested(messages)) == messages
    read_confirmed(CONFIRMED)
    for octets in (b"\x05\x01\x00", b"\x30\x00"):
        with pytest.raises(MalformedMessage, match=r"^The confirmation cannot be read: its content is not NULL\.$"):
            read_confirmed(octets)


@pytest.mark.parametrize(
    ("read", "empty"),
    [
        (read_revocations, False),
        (read_poll_requests, False),
        (read_poll_responses, False),
        (read_nested, False),
        (read_certificate_confirmations, True),
        (read_general, True),
    ],
)
def test_an_empty_list(read: Callable[[bytes], Any], empty: bool) -> None:
    if empty:
        assert read(der.sequence()) == ()
    else:
        with pytest.raises(MalformedMessage):
            read(der.sequence())


RESPONSE = der.sequence(der.integer(0), der.sequence(der.integer(0)))
ONE: dict[Callable[[bytes], Any], Callable[[int], bytes]] = {
    read_certificate_reply: lambda n: der.sequence(der.sequence(*[RESPONSE] * n)),
    read_certificate_confirmations: lambda n: write_certificate_confirmations(CONFIRMATIONS[:1] * n),
    read_revocations: lambda n: write_revocations(REVOCATIONS[:1] * n),
    read_poll_requests: lambda n: write_poll_requests((0,) * n),
    read_poll_responses: lambda n: write_poll_responses((PollResponse(0, 1),) * n),
    read_nested: lambda n: write_nested((der.sequence(),) * n),
}


@pytest.mark.parametrize("read", ONE)
def test_lists_are_bounded(read: Callable[[bytes], Any]) -> None:
    read(ONE[read](16))
    with pytest.raises(MalformedMessage, match=r"cannot be read: more than 16 [a-z ]+\.$"):
        read(ONE[read](17))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_follows_a_body_is_refused(case: Case) -> None:
    octets = case.write(case.content)
    for wrong in (octets + b"\x00", octets[:-1], b"", b"\x30\x80" + octets[2:] + b"\x00\x00", b"\x05\x00"):
        with pytest.raises(MalformedMessage) as raised:
            case.read(wrong)
        assert raised.value.fail_info is FailInfo.BAD_DATA_FORMAT
        assert raised.value.text.endswith(".")


def test_an_encrypted_value_is_refused_by_name() -> None:
    pair = der.sequence(der.explicit(1, der.sequence(der.element(der.BIT_STRING, b"\x00"))))
    body = der.sequence(der.sequence(der.sequence(der.integer(0), der.sequence(der.integer(0)), pair)))
    with pytest.raises(MalformedMessage, match="EncryptedValue"):
        read_certificate_reply(body)
