"""The values of general messages: as an independent encoder writes them, and read back."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pyasn1_alt_modules import rfc9810

from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateTemplate
from lockgate_formats.cmp.general_values import (
    IMPLICIT_CONFIRM,
    CrlStatus,
    RequestTemplate,
    RootUpdate,
    confirm_wait_info,
    crl_status_info,
    key_algorithm_control,
    read_crl_status,
    read_request_template,
    read_root_update,
    read_rsa_length,
    read_structure,
    read_structures,
    read_texts,
    read_unsupported,
    request_template_info,
    root_update_info,
    rsa_length_control,
    sequence_info,
    texts_info,
    unsupported_info,
)
from lockgate_formats.cmp.messages import InfoValue, MalformedMessage
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.vocabulary import InfoType
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import algorithm
from tests.support.pki.asn1_oracle import Der, encoded
from tests.support.pki.identities import authority, name, ra

CA, OTHER = authority().der, ra().der
CRL = authority().crl(1).public_bytes(Encoding.DER)
SUBJECT = name("alice").public_bytes()
RSA, EC = algorithm(oids.RSA_ENCRYPTION, der.NULL), algorithm("1.2.840.10045.2.1", der.oid("1.2.840.10045.3.1.7"))
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
POINT = der.explicit(0, der.implicit(6, b"http://a.example/crl"))
TEMPLATE = RequestTemplate(CertificateTemplate(subject=SUBJECT), (key_algorithm_control(EC), rsa_length_control(2048)))
LINKED = RootUpdate(CA, OTHER, OTHER)
WANTED = (CrlStatus(POINT, this_update=NOW), CrlStatus(issuers=(directory_name(SUBJECT),)))

CASES: dict[str, tuple[InfoValue, Any, Any, Callable[[InfoValue], Any], Any]] = {
    "caCerts": (
        sequence_info(InfoType.CA_CERTS, (CA, OTHER)),
        rfc9810.CaCertsValue(),
        [Der(CA), Der(OTHER)],
        read_structures,
        (CA, OTHER),
    ),
    "rootCaCert": (InfoValue(InfoType.ROOT_CA_CERT, CA), rfc9810.RootCaCertValue(), None, read_structure, CA),
    "caProtEncCert": (InfoValue(InfoType.CA_PROT_ENC_CERT, CA), rfc9810.CAProtEncCertValue(), None, read_structure, CA),
    "rootCaKeyUpdate": (
        root_update_info(LINKED),
        rfc9810.RootCaKeyUpdateValue(),
        {"newWithNew": Der(CA), "newWithOld": Der(OTHER), "oldWithNew": Der(OTHER)},
        read_root_update,
        LINKED,
    ),
    "rootCaKeyUpdate without links": (
        root_update_info(RootUpdate(CA)),
        rfc9810.RootCaKeyUpdateValue(),
        {"newWithNew": Der(CA)},
        read_root_update,
        RootUpdate(CA),
    ),
    "certReqTemplate": (
        request_template_info(TEMPLATE),
        rfc9810.CertReqTemplateValue(),
        {
            "certTemplate": {"subject": Der(SUBJECT)},
            "keySpec": [
                {"type": "1.3.6.1.5.5.7.5.1.11", "value": EC},
                {"type": "1.3.6.1.5.5.7.5.1.12", "value": der.integer(2048)},
            ],
        },
        read_request_template,
        TEMPLATE,
    ),
    "crlStatusList": (
        crl_status_info(WANTED),
        rfc9810.CRLStatusListValue(),
        [
            {
                "source": {"dpn": {"fullName": [{"uniformResourceIdentifier": "http://a.example/crl"}]}},
                "thisUpdate": {"utcTime": "260304050607Z"},
            },
            {"source": {"issuer": [{"directoryName": Der(SUBJECT)}]}},
        ],
        read_crl_status,
        WANTED,
    ),
    "crls": (sequence_info(InfoType.CRLS, (CRL,)), rfc9810.CRLsValue(), [Der(CRL)], read_structures, (CRL,)),
    "currentCRL": (InfoValue(InfoType.CURRENT_CRL, CRL), rfc9810.CurrentCRLValue(), None, read_structure, CRL),
    "signKeyPairTypes": (
        sequence_info(InfoType.SIGN_KEY_PAIR_TYPES, (RSA, EC)),
        rfc9810.SignKeyPairTypesValue(),
        [Der(RSA), Der(EC)],
        read_structures,
        (RSA, EC),
    ),
    "preferredSymmAlg": (
        InfoValue(InfoType.PREFERRED_SYMM_ALG, RSA),
        rfc9810.PreferredSymmAlgValue(),
        None,
        read_structure,
        RSA,
    ),
    "suppLangTags": (
        texts_info(InfoType.SUPP_LANG_TAGS, ("en", "de")),
        rfc9810.SuppLangTagsValue(),
        ["en", "de"],
        read_texts,
        ("en", "de"),
    ),
    "certProfile": (
        texts_info(InfoType.CERT_PROFILE, ("ENDUSER",)),
        rfc9810.CertProfileValue(),
        ["ENDUSER"],
        read_texts,
        ("ENDUSER",),
    ),
    "unsupportedOIDs": (
        unsupported_info(("2.999.1", "1.2.3")),
        rfc9810.UnsupportedOIDsValue(),
        ["2.999.1", "1.2.3"],
        read_unsupported,
        ("2.999.1", "1.2.3"),
    ),
}


@pytest.mark.parametrize(("info", "spec", "value", "read", "meaning"), CASES.values(), ids=CASES)
def test_values_are_as_by_another_encoder(
    info: InfoValue, spec: Any, value: Any, read: Callable[[InfoValue], Any], meaning: Any
) -> None:
    assert info.value == encoded(spec, Der(info.value or b"") if value is None else value)
    assert read(info) == meaning


@pytest.mark.parametrize(("info", "spec", "value", "read", "meaning"), CASES.values(), ids=CASES)
def test_values_that_are_none(
    info: InfoValue, spec: Any, value: Any, read: Callable[[InfoValue], Any], meaning: Any
) -> None:
    for wrong in (None, b"", b"\x04\x00", (info.value or b"") + b"\x00", (info.value or b"")[:-1]):
        with pytest.raises(MalformedMessage, match=rf"^The value of {info.oid} cannot be read: "):
            read(InfoValue(info.oid, wrong))


def test_lists_of_values_are_bounded() -> None:
    for read, one in ((read_structures, der.sequence()), (read_texts, der.utf8_string("x"))):
        assert len(read(InfoValue("2.999", der.sequence(*[one] * 32)))) == 32
        with pytest.raises(MalformedMessage, match="more than 32"):
            read(InfoValue("2.999", der.sequence(*[one] * 33)))


def test_key_specifications() -> None:
    assert read_rsa_length(rsa_length_control(3072)) == 3072
    assert read_structure(key_algorithm_control(EC)) == EC
    with pytest.raises(MalformedMessage):
        read_rsa_length(InfoValue("2.999", None))


def test_values_of_the_header() -> None:
    assert IMPLICIT_CONFIRM.value == der.NULL
    assert confirm_wait_info(NOW).value == encoded(rfc9810.ConfirmWaitTimeValue(), "20260304050607Z")
