"""What is signed (docs/threat-model.md, rule 1), each with an object that breaks just that rule."""

from typing import Any

import pytest
from asn1crypto import cms, core
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from lockgate.requests.content import ContentKind
from lockgate_formats import der
from lockgate_formats.cms import oids
from tests.support.pki import identities
from tests.support.wire.cms_objects import Identity, signed_data, signer_info
from tests.support.wire.submessages import (
    CONTENT,
    DATA,
    RA,
    REQUEST,
    accepted,
    altered,
    forged,
    good_signed,
    named_otherwise,
    resigned,
    unreadable,
)


def _twice(data: Any) -> None:
    data["signer_infos"].append(data["signer_infos"][0].copy())


def _drop(field: str) -> Any:
    def change(data: Any) -> None:
        del data["signer_infos"][0][field]

    return change


def _set(field: str, value: Any) -> Any:
    def change(data: Any) -> None:
        data[field] = value

    return change


def _set_info(field: str, value: Any) -> Any:
    def change(data: Any) -> None:
        data["signer_infos"][0][field] = value

    return change


def _flip_signature(data: Any) -> None:
    signature = bytearray(data["signer_infos"][0]["signature"].native)
    signature[-1] ^= 1
    data["signer_infos"][0]["signature"] = bytes(signature)


def _other_content(data: Any) -> None:
    data["encap_content_info"]["content"] = core.ParsableOctetString(b'{"other": "content"}')


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_twice, "more than 1"),
        (_set("signer_infos", []), "not exactly one signer"),
        (_drop("signed_attrs"), ""),
        (_set("certificates", []), "0 of the included"),
        (_set("version", "v1"), "another version"),
        (_set("digest_algorithms", [{"algorithm": "sha384"}]), "different digests"),
        (_set_info("digest_algorithm", {"algorithm": "sha512"}), "different digests"),
        (_set_info("signature_algorithm", {"algorithm": "sha384_rsa"}), "do not fit"),
        (_set_info("signature_algorithm", {"algorithm": "sha256_ecdsa"}), "do not fit"),
        (_set_info("version", "v3"), "version of SignerInfo"),
        (_flip_signature, "InvalidSignature"),
        (_other_content, "attribute"),
    ],
    ids=[
        "two signers",
        "no signer",
        "no signed attributes",
        "no certificate",
        "version",
        "digests differ",
        "digest differs",
        "signature algorithm with another digest",
        "signature algorithm for another key",
        "signer info version",
        "signature",
        "content",
    ],
)
def test_refuses_altered_signed_data(change: Any, why: str) -> None:
    assert why in unreadable(altered(change))


def _attribute(name: str, *values: Any) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": name, "values": values})


@pytest.mark.parametrize(
    "change",
    [
        lambda attributes: attributes.append(_attribute("content_type", REQUEST)),
        lambda attributes: attributes.append(_attribute("message_digest", bytes(32))),
        lambda attributes: attributes.__delitem__(0),
        lambda attributes: attributes.__delitem__(1),
        lambda attributes: attributes.__setitem__(
            0, _attribute("content_type", oids.CONTENT_TYPES[ContentKind.ANSWER])
        ),
        lambda attributes: attributes.__setitem__(0, _attribute("content_type", REQUEST, REQUEST)),
        lambda attributes: attributes.__setitem__(1, _attribute("message_digest", bytes(32))),
    ],
    ids=[
        "two content types",
        "two digests",
        "no content type",
        "no digest",
        "another content type",
        "two values",
        "another digest",
    ],
)
def test_refuses_wrong_signed_attributes_although_they_are_signed(change: Any) -> None:
    assert "attribute" in unreadable(resigned(change))


def test_refuses_too_many_signed_attributes() -> None:
    def change(attributes: Any) -> None:
        for number in range(20):
            attributes.append(_attribute(f"1.2.3.{number}", core.Null()))

    assert "more than 16" in unreadable(resigned(change))


def test_refuses_sha1() -> None:
    info = signer_info(CONTENT, REQUEST, RA, "sha1")
    assert "algorithm" in unreadable(signed_data(CONTENT, REQUEST, [info], [RA], "sha1"))


@pytest.mark.parametrize("content_type", [DATA, "2.25.1"])
def test_refuses_signed_content_of_another_type(content_type: str) -> None:
    submessage = signed_data(CONTENT, content_type, [signer_info(CONTENT, content_type, RA)], [RA])
    assert "unknown type" in unreadable(submessage)


def test_the_signer_is_the_certificate_that_is_named() -> None:
    other = forged(identities.worker())
    info = signer_info(CONTENT, REQUEST, RA)
    assert accepted(signed_data(CONTENT, REQUEST, [info], [other, RA])).certificate == RA.der
    assert "0 of the included" in unreadable(signed_data(CONTENT, REQUEST, [info], [other]))


def test_a_signer_may_be_named_as_another_library_writes_names() -> None:
    certificates = [forged(identities.worker()), RA]
    named = signed_data(CONTENT, REQUEST, [named_otherwise(signer_info(CONTENT, REQUEST, RA), "sid")], certificates)
    assert accepted(named).certificate == RA.der
    misnamed = named_otherwise(signer_info(CONTENT, REQUEST, RA), "sid", suffix=" 2")
    assert "0 of the included" in unreadable(signed_data(CONTENT, REQUEST, [misnamed], certificates))


def test_refuses_two_certificates_under_one_name() -> None:
    """Same issuer and serial number, other key: which of the two signed would be a guess."""
    authority, serial = identities.authority(), RA.certificate.serial_number
    builder = authority.builder("twin", identities.rsa_key(1))
    builder._serial_number = serial  # the builder lets no one set it twice
    twin = Identity(builder.sign(authority.key, hashes.SHA256()), identities.rsa_key(1))
    info = signer_info(CONTENT, REQUEST, RA)
    assert "2 of the included" in unreadable(signed_data(CONTENT, REQUEST, [info], [RA, twin]))


def test_refuses_other_and_larger_certificates() -> None:
    attribute_certificate = good_signed().replace(RA.der, bytes((der.CONTEXT_1,)) + RA.der[1:])
    assert "another kind" in unreadable(attribute_certificate)
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), bytes(20_000))
    authority = identities.authority()
    builder = authority.builder("large", identities.rsa_key(2)).add_extension(extension, critical=False)
    large = Identity(builder.sign(authority.key, hashes.SHA256()), identities.rsa_key(2))
    info = signer_info(CONTENT, REQUEST, large)
    assert "too large" in unreadable(signed_data(CONTENT, REQUEST, [info], [large]))


def test_refuses_signed_attributes_under_another_tag() -> None:
    """The signature holds, because it is over the same SET OF; but these are no signed attributes."""
    attributes = cms.ContentInfo.load(good_signed())["content"]["signer_infos"][0]["signed_attrs"].dump()
    assert attributes[0] == der.CONTEXT_0
    assert good_signed().count(attributes) == 1
    assert "no attributes" in unreadable(good_signed().replace(attributes, bytes((der.SET,)) + attributes[1:]))


def test_refuses_too_many_certificates() -> None:
    info = signer_info(CONTENT, REQUEST, RA)
    assert "more than 10" in unreadable(signed_data(CONTENT, REQUEST, [info], [RA] * 11))


def test_refuses_a_weak_signer() -> None:
    weak = identities.authority().issue("weak", identities.rsa_key(9, 1024))
    info = signer_info(CONTENT, REQUEST, forged(weak))
    assert "kind or size that is not used here" in unreadable(signed_data(CONTENT, REQUEST, [info], [forged(weak)]))
