"""CRMF requests: written as an independent encoder writes them, and read back from there."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from pyasn1_alt_modules import rfc4211, rfc5280

from lockgate_formats import der
from lockgate_formats.cmp.contents import (
    CertificateId,
    CertificateRequestMessage,
    CertificateTemplate,
    Controls,
    ProofOfPossession,
    Publication,
    Validity,
)
from lockgate_formats.cmp.controls import (
    alternative_template_control,
    old_certificate_control,
    protocol_key_control,
    publication_control,
    text_control,
    utf8_pairs_info,
)
from lockgate_formats.cmp.crmf import (
    RA_VERIFIED,
    encrypted_certificate_possession,
    read_certificate_requests,
    write_certificate_request,
    write_certificate_request_message,
    write_certificate_requests,
)
from lockgate_formats.cmp.messages import InfoValue, MalformedMessage
from lockgate_formats.cmp.vocabulary import ControlType, PossessionKind, RegInfoType
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import algorithm
from tests.support.pki.asn1_oracle import Der, encoded
from tests.support.pki.identities import ec_key, name
from tests.support.pki.key_forms import public_key

SUBJECT, ISSUER = name("alice").public_bytes(), name("CA").public_bytes()
KEY = public_key(ec_key(1))
ALGORITHM = algorithm(oids.ECDSA_WITH_SHA256)
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2051, 1, 1, tzinfo=UTC)
NAMES = x509.SubjectAlternativeName([x509.DNSName("a.example")]).public_bytes()
EXTENSIONS = der.sequence(der.sequence(der.oid("2.5.29.17"), der.octet_string(NAMES)))
ORACLE_EXTENSIONS = [{"extnID": "2.5.29.17", "extnValue": NAMES}]

TEMPLATES: dict[str, tuple[CertificateTemplate, dict[str, Any]]] = {
    "nothing": (CertificateTemplate(), {}),
    "the usual": (
        CertificateTemplate(subject=SUBJECT, public_key=KEY),
        {"subject": Der(SUBJECT), "publicKey": Der(KEY)},
    ),
    "everything": (
        CertificateTemplate(
            version=2,
            serial_number=2**159 - 1,
            signing_algorithm=ALGORITHM,
            issuer=ISSUER,
            validity=Validity(START, END),
            subject=SUBJECT,
            public_key=KEY,
            extensions=EXTENSIONS,
        ),
        {
            "version": 2,
            "serialNumber": 2**159 - 1,
            "signingAlg": Der(ALGORITHM),
            "issuer": Der(ISSUER),
            "validity": {"notBefore": {"utcTime": "260101000000Z"}, "notAfter": {"generalTime": "20510101000000Z"}},
            "subject": Der(SUBJECT),
            "publicKey": Der(KEY),
            "extensions": ORACLE_EXTENSIONS,
        },
    ),
    "an end of validity": (
        CertificateTemplate(validity=Validity(not_after=END)),
        {"validity": {"notAfter": {"generalTime": "20510101000000Z"}}},
    ),
}


def request(template: CertificateTemplate, *controls: InfoValue, number: int = 0) -> bytes:
    return write_certificate_request(number, template, controls)


def read(request: bytes, possession: bytes = b"", *reg_info: InfoValue) -> CertificateRequestMessage:
    (found,) = read_certificate_requests(
        write_certificate_requests([write_certificate_request_message(request, possession, reg_info)])
    )
    return found


@pytest.mark.parametrize(("template", "value"), TEMPLATES.values(), ids=TEMPLATES)
def test_templates_are_as_by_another_encoder(template: CertificateTemplate, value: dict[str, Any]) -> None:
    octets = encoded(rfc4211.CertRequest(), {"certReqId": -1, "certTemplate": value})
    if not value:  # the oracle leaves out what has no value at all
        octets = der.sequence(b"\x02\x01\xff", der.sequence())
    assert request(template, number=-1) == octets
    assert read(octets) == CertificateRequestMessage(cert_req_id=-1, request=octets, template=template)


USER_ID = b"\x03\x03\x00\xab\xcd"


def test_unique_identifiers_are_noticed() -> None:
    for tag in (7, 8):
        template = der.sequence(der.implicit(tag, USER_ID[2:]))
        octets = der.sequence(der.integer(0), template)
        assert read(octets).template == CertificateTemplate(unique_ids=True)


ALTERNATIVE = InfoValue("2.999.7", der.sequence(der.integer(1)))
OLD = CertificateId(ISSUER, 4711)
CONTROLS: dict[str, tuple[InfoValue, Any, Any, str, Any]] = {
    "regToken": (
        text_control(ControlType.REG_TOKEN, "a tökén"),
        rfc4211.RegToken(),
        "a tökén",
        "reg_token",
        "a tökén",
    ),
    "authenticator": (
        text_control(ControlType.AUTHENTICATOR, "maiden name"),
        rfc4211.Authenticator(),
        "maiden name",
        "authenticator",
        "maiden name",
    ),
    "pkiPublicationInfo": (
        publication_control(Publication(1, (2, 3))),
        rfc4211.PKIPublicationInfo(),
        {"action": 1, "pubInfos": [{"pubMethod": 2}, {"pubMethod": 3}]},
        "publication",
        Publication(1, (2, 3)),
    ),
    "a wish not to publish": (
        publication_control(Publication(0)),
        rfc4211.PKIPublicationInfo(),
        {"action": 0},
        "publication",
        Publication(0),
    ),
    "oldCertID": (
        old_certificate_control(OLD),
        rfc4211.OldCertId(),
        {"issuer": {"directoryName": Der(ISSUER)}, "serialNumber": 4711},
        "old_certificate",
        OLD,
    ),
    "protocolEncrKey": (
        protocol_key_control(KEY),
        rfc5280.SubjectPublicKeyInfo(),
        {
            "algorithm": {"algorithm": "1.2.840.10045.2.1", "parameters": der.oid("1.2.840.10045.3.1.7")},
            "subjectPublicKey": KEY[-65:],
        },
        "protocol_key",
        KEY,
    ),
    "altCertTemplate": (
        alternative_template_control(ALTERNATIVE),
        rfc4211.AttributeTypeAndValue(),
        {"type": "2.999.7", "value": der.sequence(der.integer(1))},
        "alternative_template",
        ALTERNATIVE,
    ),
}


@pytest.mark.parametrize(("control", "spec", "value", "attribute", "meaning"), CONTROLS.values(), ids=CONTROLS)
def test_controls_are_as_by_another_encoder(
    control: InfoValue, spec: Any, value: Any, attribute: str, meaning: Any
) -> None:
    assert control.value == encoded(spec, value)
    found = read(request(CertificateTemplate(), control)).controls
    assert found == Controls(values=(control,), **{attribute: meaning})
    assert found.others == ()


def test_a_publication_with_a_place() -> None:
    place = der.implicit(6, b"ldap://a.example")
    control = InfoValue(
        ControlType.PKI_PUBLICATION_INFO,
        der.sequence(der.integer(1), der.sequence(der.sequence(der.integer(3), place))),
    )
    assert read(request(CertificateTemplate(), control)).controls.publication == Publication(1, (3,))


def test_controls_without_an_attribute_are_named() -> None:
    archive = InfoValue(ControlType.PKI_ARCHIVE_OPTIONS, der.implicit(2, b"\xff"))
    unknown = InfoValue("2.999.1", der.NULL)
    found = read(request(CertificateTemplate(), archive, unknown, text_control(ControlType.REG_TOKEN, "x"))).controls
    assert found.others == (ControlType.PKI_ARCHIVE_OPTIONS, "2.999.1")
    assert "reg_token" not in repr(found)


HOST = der.sequence(der.implicit(2, b"a.example"), der.integer(1))
WRONG_CONTROLS: dict[str, tuple[InfoValue, ...]] = {
    "one twice": (text_control(ControlType.REG_TOKEN, "x"), text_control(ControlType.REG_TOKEN, "y")),
    "one without a value": (InfoValue(ControlType.REG_TOKEN),),
    "an unknown one without a value": (InfoValue("2.999.1"),),
    "a token that is no text": (InfoValue(ControlType.REG_TOKEN, b"\x0c\x01\xff"),),
    "a token of another type": (InfoValue(ControlType.REG_TOKEN, b"\x13\x01x"),),
    "an old certificate of an issuer that is no directory name": (InfoValue(ControlType.OLD_CERT_ID, HOST),),
    "too many": tuple(InfoValue(f"2.999.{number}", der.NULL) for number in range(17)),
    "too many publications": (publication_control(Publication(1, (0,) * 17)),),
    "a key that is none": (InfoValue(ControlType.PROTOCOL_ENCR_KEY, der.NULL),),
}


@pytest.mark.parametrize("controls", WRONG_CONTROLS.values(), ids=WRONG_CONTROLS)
def test_controls_that_are_refused(controls: tuple[InfoValue, ...]) -> None:
    with pytest.raises(MalformedMessage, match=r"^The certificate request cannot be read: .+\.$"):
        read(request(CertificateTemplate(), *controls))


PAIRS: dict[str, tuple[tuple[tuple[str, str], ...], str]] = {
    "two": ((("version", "1"), ("user", "alice")), "version?1%user?alice%"),
    "escapes": ((("a?b", "100%"), ("c", "%3f")), "a%3fb?100%25%c?%253f%"),
    "an empty value": ((("a", ""),), "a?%"),
    "a question mark in a value": ((("a", "b?c"),), "a?b%3fc%"),
    "none": ((), ""),
}


@pytest.mark.parametrize(("pairs", "text"), PAIRS.values(), ids=PAIRS)
def test_pairs_of_registration_information(pairs: tuple[tuple[str, str], ...], text: str) -> None:
    info = utf8_pairs_info(pairs)
    assert info == InfoValue(RegInfoType.UTF8_PAIRS, der.utf8_string(text))
    found = read(request(CertificateTemplate()), RA_VERIFIED, info)
    assert (found.reg_info, found.utf8_pairs) == ((info,), pairs)


def test_pairs_as_other_clients_write_them() -> None:
    def pairs(text: str) -> tuple[tuple[str, str], ...]:
        info = InfoValue(RegInfoType.UTF8_PAIRS, der.utf8_string(text))
        return read(request(CertificateTemplate()), RA_VERIFIED, info).utf8_pairs

    assert pairs("a?b") == (("a", "b"),)
    assert pairs("a?b%c?d?e%") == (("a", "b"), ("c", "d?e"))
    assert pairs("a?b%3Fc%") == (("a", "b?c"),)
    with pytest.raises(MalformedMessage, match="a pair without a question mark"):
        pairs("a%b?c%")


MAC = der.sequence(ALGORITHM, der.bit_string(b"a MAC"))
POSSESSIONS: dict[str, tuple[bytes, PossessionKind, bool]] = {
    "raVerified": (RA_VERIFIED, PossessionKind.RA_VERIFIED, False),
    "a signature": (der.explicit(1, MAC), PossessionKind.SIGNATURE, False),
    "encrCert": (encrypted_certificate_possession(), PossessionKind.ENCRYPTED_CERTIFICATE, False),
    "encrCert of an agreement key": (
        encrypted_certificate_possession(for_agreement=True),
        PossessionKind.ENCRYPTED_CERTIFICATE,
        True,
    ),
    "challengeResp": (der.explicit(2, der.implicit(1, b"\x01")), PossessionKind.CHALLENGE_RESPONSE, False),
    "thisMessage": (der.explicit(2, der.implicit(0, b"\x00key")), PossessionKind.THIS_MESSAGE, False),
    "dhMAC": (der.explicit(3, der.implicit(2, b"\x00mac")), PossessionKind.DH_MAC, True),
    "agreeMAC": (der.explicit(3, der.explicit(3, MAC[2:])), PossessionKind.AGREE_MAC, True),
    "encryptedKey": (der.explicit(2, der.explicit(4, der.integer(0))), PossessionKind.ENCRYPTED_KEY, False),
}


@pytest.mark.parametrize(("value", "kind", "agreement"), POSSESSIONS.values(), ids=POSSESSIONS)
def test_kinds_of_possession(value: bytes, kind: PossessionKind, agreement: bool) -> None:
    expected = ProofOfPossession(kind, value, for_agreement=agreement)
    assert read(request(CertificateTemplate()), value).possession == expected


ORACLE_POSSESSIONS: dict[str, Any] = {
    "raVerified": {"raVerified": b""},
    "encrCert": {"keyEncipherment": {"subsequentMessage": 0}},
    "encrCert of an agreement key": {"keyAgreement": {"subsequentMessage": 0}},
    "challengeResp": {"keyEncipherment": {"subsequentMessage": 1}},
}


@pytest.mark.parametrize("case", ORACLE_POSSESSIONS)
def test_possessions_are_as_by_another_encoder(case: str) -> None:
    assert POSSESSIONS[case][0] == encoded(rfc4211.ProofOfPossession(), ORACLE_POSSESSIONS[case])


def test_no_proof_of_possession() -> None:
    assert read(request(CertificateTemplate())).possession == ProofOfPossession()
    info = utf8_pairs_info([("a", "b")])
    assert read(request(CertificateTemplate()), b"", info).utf8_pairs == (("a", "b"),)


WRONG_POSSESSIONS = {
    "raVerified with a value": der.implicit(0, b"x"),
    "of no number": der.explicit(4, der.NULL),
    "a subsequentMessage of no number": der.explicit(2, der.implicit(1, b"\x02")),
    "a POPOPrivKey of no number": der.explicit(2, der.implicit(5, b"")),
    "two in one": der.explicit(2, der.implicit(1, b"\x00") * 2),
    "nothing": der.explicit(2, b""),
}


@pytest.mark.parametrize("value", WRONG_POSSESSIONS.values(), ids=WRONG_POSSESSIONS)
def test_possessions_that_are_none(value: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read(request(CertificateTemplate()), value)


def test_several_requests_keep_their_order_and_are_bounded() -> None:
    def of(count: int) -> bytes:
        numbers = (request(CertificateTemplate(), number=number) for number in range(count))
        return write_certificate_requests([write_certificate_request_message(one) for one in numbers])

    assert [one.cert_req_id for one in read_certificate_requests(of(16))] == list(range(16))
    for count, text in ((17, "more than 16 certificate requests"), (0, "no request is in the message")):
        with pytest.raises(MalformedMessage, match=text):
            read_certificate_requests(of(count))


SPKI_WITHOUT_KEY = der.sequence(der.sequence(der.oid("1.2.840.10045.2.1")), der.bit_string(b""))


@pytest.mark.parametrize(
    ("public", "asks", "key_algorithm"),
    [
        (None, True, None),
        (SPKI_WITHOUT_KEY, True, der.sequence(der.oid("1.2.840.10045.2.1"))),
        (KEY, False, KEY[2 : 2 + 21]),
    ],
    ids=["none", "an algorithm", "a key"],
)
def test_a_request_for_a_key_that_the_ca_makes(public: bytes | None, asks: bool, key_algorithm: bytes | None) -> None:
    template = read(request(CertificateTemplate(public_key=public))).template
    assert (template.asks_for_key, template.key_algorithm) == (asks, key_algorithm)


def template_of(*fields: bytes) -> Callable[[], bytes]:
    return lambda: der.sequence(der.integer(0), der.sequence(*fields))


WRONG_TEMPLATES = {
    "a field twice": template_of(der.implicit(1, b"\x01"), der.implicit(1, b"\x01")),
    "another order": template_of(der.implicit(1, b"\x01"), der.implicit(0, b"\x02")),
    "a field of no number": template_of(der.explicit(10, der.NULL)),
    "a number that is not minimal": template_of(der.implicit(1, b"\x00\x01")),
    "a number of 65 octets": template_of(der.implicit(1, b"\x01" * 65)),
    "a subject that is no name": template_of(der.explicit(5, der.NULL)),
    "two subjects in one field": template_of(der.explicit(5, SUBJECT * 2)),
    "a key without its algorithm": template_of(der.explicit(6, der.bit_string(b"x"))),
    "a time in another zone": template_of(der.explicit(4, der.explicit(0, b"\x17\x11260101000000+0100"))),
    "a time of another type": template_of(der.explicit(4, der.explicit(0, b"\x0c\x0d260101000000Z"))),
}


@pytest.mark.parametrize("made", WRONG_TEMPLATES.values(), ids=WRONG_TEMPLATES)
def test_templates_that_are_none(made: Callable[[], bytes]) -> None:
    with pytest.raises(MalformedMessage):
        read(made())
