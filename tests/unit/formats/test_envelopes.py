"""The rules of envelopes (docs/threat-model.md, rules 2 to 5), each with an object that breaks just that rule."""

from typing import Any

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.ciphers import algorithms as ciphers
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from lockgate.errors import KeystoreError
from lockgate.ports import KeyTransport, Opened, Signed
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import ContentKind
from lockgate_formats import der
from lockgate_formats.cms import CmsEnvelopes, EnvelopeForm, EnvelopeLimits, oids
from lockgate_formats.cms.algorithms import KEY_TRANSPORTS, OAEP_SHA1
from lockgate_keys.pkcs12 import SoftKeystore
from tests.support.pki import identities
from tests.support.wire import cms_objects
from tests.support.wire.cms_objects import auth_enveloped, cbc_enveloped, plain
from tests.support.wire.submessages import (
    AUTH,
    CONTENT,
    DATA,
    ENVELOPES,
    RA,
    SIGNED,
    WORKER,
    accepted,
    altered,
    good_signed,
    named_otherwise,
    resigned,
    unreadable,
)

# ---- what is read


@pytest.mark.parametrize("form", list(EnvelopeForm))
def test_round_trip(form: EnvelopeForm) -> None:
    sender = CmsEnvelopes(identities.ra().keystore, form=form)
    sealed = sender.seal(CONTENT, ContentKind.ANSWER, sign=True, encrypt_to=WORKER.der)
    opened = ENVELOPES.open(sealed)
    assert isinstance(opened, Opened)
    assert (opened.signed, opened.encrypted) == (True, True)
    assert opened.authenticated is (form is EnvelopeForm.AUTHENTICATED)
    assert ENVELOPES.verify(opened) == Signed(CONTENT, ContentKind.ANSWER, identities.ra().der)


def test_the_forged_basis_is_accepted() -> None:
    """Every refusal below changes one thing in these."""
    expected = Signed(CONTENT, ContentKind.REQUEST, RA.der)
    assert accepted(good_signed()) == expected
    assert accepted(auth_enveloped(good_signed(), DATA, WORKER.certificate)) == expected
    assert accepted(auth_enveloped(cms_objects.inner(good_signed()), SIGNED, WORKER.certificate)) == expected
    assert accepted(cbc_enveloped(good_signed(), WORKER.certificate)) == expected
    assert accepted(altered(lambda _: None)) == expected
    assert accepted(resigned(lambda _: None)) == expected


def test_plain_content_is_what_it_is() -> None:
    assert ENVELOPES.open(plain(CONTENT)) == Opened(CONTENT, signed=False, encrypted=False, authenticated=False)


@pytest.mark.parametrize("curve", [ec.SECP256R1, ec.SECP384R1])
def test_ec_keys_sign(curve: type[ec.EllipticCurve]) -> None:
    signer = identities.ec_signer(curve)
    sealed = CmsEnvelopes(signer.keystore).seal(CONTENT, ContentKind.REQUEST, sign=True, encrypt_to=WORKER.der)
    assert accepted(sealed) == Signed(CONTENT, ContentKind.REQUEST, signer.der)


def test_signed_attributes_in_another_order_are_verified_over_their_der() -> None:
    """RFC 5652, 5.4: the signature is over the DER encoding, whatever was sent."""
    attributes = cms.ContentInfo.load(good_signed())["content"]["signer_infos"][0]["signed_attrs"]
    first, second = (attribute.dump() for attribute in attributes)
    assert first + second in good_signed()
    assert accepted(good_signed().replace(first + second, second + first)).content == CONTENT


def test_authenticated_attributes_are_read_and_protected() -> None:
    """RFC 5083, 2.1: around SignedData they must be there, and the tag covers them."""
    attribute = der.sequence(der.oid(oids.CONTENT_TYPE), der.element(der.SET, der.oid(oids.SIGNED_DATA)))
    assert accepted(_with_attributes(attribute, attribute)).content == CONTENT
    other = der.sequence(der.oid(oids.CONTENT_TYPE), der.element(der.SET, der.oid(oids.DATA)))
    assert "attribute" in unreadable(_with_attributes(other, other))
    assert "InvalidTag" in unreadable(_with_attributes(attribute, other))


@pytest.mark.parametrize(
    ("algorithm", "nonce", "tag_length"),
    [
        ("2.16.840.1.101.3.4.1.26", 12, 16),
        (oids.AES256_GCM, 16, 16),
        (oids.AES256_GCM, 8, 16),
        (oids.AES256_GCM, 12, 12),
    ],
    ids=["another algorithm", "a longer nonce", "a shorter nonce", "a shorter tag"],
)
def test_refuses_other_parameters_of_authenticated_encryption(algorithm: str, nonce: int, tag_length: int) -> None:
    """Each would decrypt, and say it is something else than AES-256-GCM as RFC 5084 recommends it."""
    key, octets = AESGCM.generate_key(256), bytes(nonce)
    sealed = AESGCM(key).encrypt(octets, good_signed(), None)
    encoded = cms_objects.GcmAlgorithm(
        {"algorithm": algorithm, "parameters": {"nonce": octets, "icv_length": tag_length}}
    )
    encrypted = der.sequence(der.oid(DATA), encoded.dump(), der.element(0x80, sealed[:-16]))
    recipients = der.element(der.SET, cms_objects.recipient_info(key, WORKER.certificate).dump())
    content = der.sequence(der.integer(0), recipients, encrypted, der.octet_string(sealed[-16:]))
    why = "12 and 16" if algorithm == oids.AES256_GCM else "AES-256-GCM"
    assert why in unreadable(cms_objects.content_info(AUTH, content))


def _with_attributes(written: bytes, protected: bytes) -> bytes:
    key, nonce = AESGCM.generate_key(256), bytes(12)
    sealed = AESGCM(key).encrypt(nonce, cms_objects.inner(good_signed()), der.element(der.SET, protected))
    algorithm = cms_objects.GcmAlgorithm(
        {"algorithm": oids.AES256_GCM, "parameters": {"nonce": nonce, "icv_length": 16}}
    ).dump()
    encrypted = der.sequence(der.oid(SIGNED), algorithm, der.element(0x80, sealed[:-16]))
    recipients = der.element(der.SET, cms_objects.recipient_info(key, WORKER.certificate).dump())
    content = der.sequence(
        der.integer(0), recipients, encrypted, der.element(der.CONTEXT_1, written), der.octet_string(sealed[-16:])
    )
    return cms_objects.content_info(AUTH, content)


# ---- who can open


@pytest.mark.parametrize("make", [auth_enveloped, None], ids=["authenticated", "cbc"])
def test_refuses_what_is_for_someone_else(make: Any) -> None:
    certificate = identities.ra().certificate
    submessage = make(good_signed(), DATA, certificate) if make else cbc_enveloped(good_signed(), certificate)
    assert "0 of the recipients" in unreadable(submessage)


def test_finds_itself_among_the_recipients_not_first() -> None:
    envelope = (
        pkcs7.PKCS7EnvelopeBuilder()
        .set_data(good_signed())
        .add_recipient(identities.ra().certificate)
        .add_recipient(WORKER.certificate)
        .set_content_encryption_algorithm(ciphers.AES256)
        .encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
    )
    assert accepted(envelope).content == CONTENT
    assert accepted(envelope, CmsEnvelopes(identities.ra().keystore)).content == CONTENT


@pytest.mark.parametrize(("suffix", "is_worker"), [("", True), (" 2", False)])
def test_a_recipient_may_be_named_as_another_library_writes_names(suffix: str, is_worker: bool) -> None:
    info = cms.ContentInfo.load(cbc_enveloped(good_signed(), WORKER.certificate))
    named_otherwise(info["content"]["recipient_infos"][0].chosen, "rid", suffix)
    submessage = info.dump(force=True)
    if is_worker:
        assert accepted(submessage).content == CONTENT
    else:
        assert "0 of the recipients" in unreadable(submessage)


def test_refuses_to_choose_between_two_recipients_that_are_both_itself() -> None:
    def change(data: Any) -> None:
        data["recipient_infos"].append(data["recipient_infos"][0].copy())

    info = cms.ContentInfo.load(cbc_enveloped(good_signed(), WORKER.certificate))
    change(info["content"])
    assert "2 of the recipients" in unreadable(info.dump(force=True))


def test_without_a_keystore_nothing_encrypted_is_read() -> None:
    assert "no keystore" in unreadable(auth_enveloped(CONTENT, DATA, WORKER.certificate), CmsEnvelopes(None))


def test_refuses_originator_info() -> None:
    """Nothing protects it, so an object that holds one is not the object that was made."""
    info = cms.ContentInfo.load(cbc_enveloped(good_signed(), WORKER.certificate))
    info["content"]["originator_info"] = cms.OriginatorInfo({"certs": []})
    unreadable(info.dump(force=True))


@pytest.mark.parametrize("algorithm", ["aes128_cbc", "tripledes_3key"])
def test_refuses_weaker_ciphers(algorithm: str) -> None:
    info = cms.ContentInfo.load(cbc_enveloped(good_signed(), WORKER.certificate))
    info["content"]["encrypted_content_info"]["content_encryption_algorithm"]["algorithm"] = algorithm
    assert "AES-256-CBC" in unreadable(info.dump(force=True))


@pytest.mark.parametrize("content_type", ["compressed_data", "digested_data", "encrypted_data", "authenticated_data"])
def test_refuses_other_content_types(content_type: str) -> None:
    oid = cms.ContentType(content_type).dotted
    assert "unknown content type" in unreadable(cms_objects.content_info(oid, b"\x30\x00"))
    inside = auth_enveloped(cms_objects.content_info(oid, b"\x30\x00"), DATA, WORKER.certificate)
    assert "something else" in unreadable(inside)
    assert "unknown content type" in unreadable(auth_enveloped(b"\x30\x00", oid, WORKER.certificate))


def test_refuses_an_envelope_in_an_envelope() -> None:
    twice = auth_enveloped(auth_enveloped(CONTENT, DATA, WORKER.certificate), DATA, WORKER.certificate)
    assert "something else" in unreadable(twice)


# ---- rules 3 and 5: nothing is learnt from an envelope that is not one's own


def test_unsigned_content_in_an_unauthenticated_envelope_is_unreadable() -> None:
    assert "unauthenticated" in unreadable(cbc_enveloped(CONTENT, WORKER.certificate))


def test_tampered_authenticated_envelopes_are_unreadable() -> None:
    assert unreadable(auth_enveloped(good_signed(), DATA, WORKER.certificate, spoil_ciphertext=True)) == "InvalidTag: "
    assert unreadable(auth_enveloped(good_signed(), DATA, WORKER.certificate, spoil_key=True)) == "InvalidTag: "


class Unwrapping(SoftKeystore):
    """The worker's keystore, but unwrapping gives what the test says."""

    def __init__(self, result: bytes | None) -> None:
        super().__init__(WORKER.key, WORKER.der)
        self._result = result

    def unwrap(self, wrapped: bytes, transport: KeyTransport) -> bytes | None:
        return self._result


@pytest.mark.parametrize("result", [None, b"", bytes(16), bytes(32), bytes(245)], ids=lambda key: key and len(key))
def test_a_wrong_key_goes_on_like_any_other(result: bytes | None) -> None:
    """Whether unwrapping failed, gave too short a key or a wrong one: the decryption goes on and fails alike."""
    envelopes = CmsEnvelopes(Unwrapping(result))
    sealed = auth_enveloped(good_signed(), DATA, WORKER.certificate)
    assert unreadable(sealed, envelopes) == "InvalidTag: "
    unreadable(cbc_enveloped(good_signed(), WORKER.certificate), envelopes)


def test_wrong_padding_ends_where_unsigned_content_ends() -> None:
    """CBC: a padding oracle would tell wrong padding from wrong content."""
    outcomes = set()
    for content in (CONTENT, b"{" * 40):
        info = cms.ContentInfo.load(cbc_enveloped(content, WORKER.certificate))
        encrypted = info["content"]["encrypted_content_info"]
        octets = bytearray(encrypted["encrypted_content"].native)
        octets[-1] ^= 1  # the padding, among others
        encrypted["encrypted_content"] = bytes(octets)
        outcomes.add(unreadable(info.dump(force=True)))
    outcomes.add(unreadable(cbc_enveloped(CONTENT, WORKER.certificate)))
    assert len(outcomes) == 1


@pytest.mark.parametrize("transport", list(KeyTransport))
def test_every_accepted_key_transport_is_unwrapped(transport: KeyTransport) -> None:
    """In each of the encodings that its parameters may have."""
    public = identities.rsa_key(1).public_key()
    digests = {
        KeyTransport.RSA_OAEP_SHA1: hashes.SHA1(),
        KeyTransport.RSA_OAEP_SHA256: hashes.SHA256(),
        KeyTransport.RSA_OAEP_SHA384: hashes.SHA384(),
        KeyTransport.RSA_OAEP_SHA512: hashes.SHA512(),
    }
    digest = digests.get(transport)
    scheme = padding.OAEP(padding.MGF1(digest), digest, None) if digest else padding.PKCS1v15()
    assert WORKER.keystore.unwrap(public.encrypt(bytes(range(32)), scheme), transport) == bytes(range(32))
    encodings = [encoding for encoding, other in {**KEY_TRANSPORTS, **OAEP_SHA1}.items() if other is transport]
    assert len(encodings) == {KeyTransport.RSA_PKCS1: 2, KeyTransport.RSA_OAEP_SHA1: 18}.get(transport, 8)


def test_oaep_with_sha1_is_accepted_for_no_submessage() -> None:
    assert KeyTransport.RSA_OAEP_SHA1 not in KEY_TRANSPORTS.values()


# ---- sealing


def test_signing_needs_a_keystore() -> None:
    with pytest.raises(KeystoreError):
        CmsEnvelopes(None).seal(CONTENT, ContentKind.REQUEST, sign=True, encrypt_to=None)


@pytest.mark.parametrize("certificate", [b"no certificate", identities.ec_signer().der])
def test_encrypting_needs_an_rsa_certificate(certificate: bytes) -> None:
    with pytest.raises(KeystoreError, match="cannot encrypt"):
        ENVELOPES.seal(CONTENT, ContentKind.REQUEST, sign=True, encrypt_to=certificate)


def test_unsigned_content_is_never_put_into_an_unauthenticated_envelope() -> None:
    envelopes = CmsEnvelopes(WORKER.keystore, form=EnvelopeForm.CBC)
    with pytest.raises(KeystoreError, match="authentication"):
        envelopes.seal(CONTENT, ContentKind.REQUEST, sign=False, encrypt_to=WORKER.der)


def test_each_envelope_has_its_own_key_and_nonce() -> None:
    sealed = [ENVELOPES.seal(CONTENT, ContentKind.REQUEST, sign=False, encrypt_to=WORKER.der) for _ in range(2)]
    assert sealed[0] != sealed[1]


# ---- messages


def test_messages_split_into_what_was_joined() -> None:
    parts = (b"", b"one", bytes(70_000))
    assert ENVELOPES.split(ENVELOPES.join(parts)) == parts
    assert ENVELOPES.split(cms_objects.container(*parts)) == parts


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"garbage",
        cms_objects.container(),
        cms_objects.container(b"one") + b"x",
        cms_objects.container(b"one") + cms_objects.element(4, b"two"),
        cms_objects.container(b"one")[:-1],
        cms_objects.element(0x31, cms_objects.element(4, b"one")),
        cms_objects.element(0x30, cms_objects.element(5, b"")),
        cms_objects.element(0x30, cms_objects.element(4, b"one") + b"x"),
        b"\x30\x80\x04\x01a\x00\x00",
        cms_objects.container(*[b"x"] * 101),
        cms_objects.container(bytes(1024 * 1024 + 8)),
    ],
)
def test_malformed_messages_are_refused(message: bytes) -> None:
    result = ENVELOPES.split(message)
    assert isinstance(result, Rejected)
    assert result.reason is Reason.MALFORMED_MESSAGE


def test_too_large_messages_are_refused_unread() -> None:
    envelopes = CmsEnvelopes(None, EnvelopeLimits(message=100))
    assert envelopes.split(cms_objects.container(bytes(200))) == Rejected(Reason.TOO_LARGE)


def test_too_large_submessages_are_unreadable() -> None:
    assert "too large" in unreadable(good_signed(), CmsEnvelopes(None, EnvelopeLimits(submessage=100)))


def test_certificates_of_the_tests_are_what_they_seem() -> None:
    usage = identities.ra().certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
