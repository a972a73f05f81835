"""Private keys and certificates that are encrypted to their holders: opened by them, by nobody else, and by openssl."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier
from pyasn1.codec.der.decoder import decode
from pyasn1.codec.der.encoder import encode
from pyasn1_alt_modules import rfc5652, rfc5958

from lockgate.errors import KeystoreError
from lockgate_formats import der
from lockgate_formats.cmp import key_delivery, oids
from lockgate_formats.cmp.key_delivery import (
    envelop_certificate,
    envelop_private_key,
    open_certificate,
    open_private_key,
)
from lockgate_formats.cmp.limits import DEFAULT_PROTECTION, ProtectionLimits
from lockgate_formats.cmp.messages import MalformedMessage
from lockgate_formats.cmp.recipients import CertificateRecipient, Opener, PasswordRecipient, Recipient
from lockgate_formats.cms import oids as cms_oids
from lockgate_keys.pkcs12 import SoftKeystore
from tests.support.pki.identities import NOT_AFTER, NOT_BEFORE, Key, authority, ec_key, key_usage, name, ra, rsa_key
from tests.support.pki.key_forms import public_key

PASSWORD = b"a shared secret"


def keystore(*usages: str, key: Key | None = None) -> SoftKeystore:
    """A signer whose certificate has those extended key usages."""
    signer = key or ec_key(7)
    builder = authority().builder("keys", signer).add_extension(key_usage("digital_signature"), critical=True)
    if usages:
        usage = x509.ExtendedKeyUsage(map(ObjectIdentifier, usages))
        builder = builder.add_extension(usage, critical=False)
    certificate = builder.sign(authority().key, hashes.SHA256()).public_bytes(Encoding.DER)
    return SoftKeystore(signer, certificate, (authority().der,))


SIGNER = keystore(oids.KP_CM_KGA)


def private_octets(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def holder(key: Key, *, key_identifier: bool = True) -> bytes:
    """A certificate to encrypt to."""
    if key_identifier:
        return authority().issue("holder", key).der
    builder = x509.CertificateBuilder().subject_name(name("holder")).issuer_name(name("holder"))
    builder = builder.public_key(key.public_key()).serial_number(4711)
    builder = builder.not_valid_before(NOT_BEFORE).not_valid_after(NOT_AFTER)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


P384, P521 = ec_key(8, ec.SECP384R1), ec_key(8, ec.SECP521R1)
RECIPIENTS: dict[str, tuple[Recipient, Opener, int]] = {
    "RSA": (CertificateRecipient(holder(rsa_key(8))), rsa_key(8), 2),
    "RSA by issuer and serial number": (
        CertificateRecipient(holder(rsa_key(8), key_identifier=False)),
        rsa_key(8),
        0,
    ),
    "P-256": (CertificateRecipient(holder(ec_key(8))), ec_key(8), 2),
    "P-256 by issuer and serial number": (
        CertificateRecipient(holder(ec_key(8), key_identifier=False)),
        ec_key(8),
        2,
    ),
    "P-384": (CertificateRecipient(holder(P384)), P384, 2),
    "P-521": (CertificateRecipient(holder(P521)), P521, 2),
    "a password": (PasswordRecipient(PASSWORD), PASSWORD, 3),
}
MADE = (rsa_key(9), ec_key(9), ec_key(9, ec.SECP384R1), ed25519.Ed25519PrivateKey.generate())


@pytest.mark.parametrize(("recipient", "opener", "version"), RECIPIENTS.values(), ids=RECIPIENTS)
def test_a_private_key_comes_to_its_holder(recipient: Recipient, opener: Opener, version: int) -> None:
    key = ec_key(9)
    enveloped = envelop_private_key(private_octets(key), public_key(key), SIGNER, recipient)
    delivered = open_private_key(enveloped, opener)
    read = load_der_private_key(delivered.private_key, None)
    assert isinstance(read, ec.EllipticCurvePrivateKey)
    assert read.private_numbers() == key.private_numbers()
    assert delivered.signer == SIGNER.certificate
    assert delivered.certificates == (SIGNER.certificate, authority().der)
    data, rest = decode(enveloped, asn1Spec=rfc5652.EnvelopedData())
    assert (rest, int(data["version"])) == (b"", version)
    assert str(data["encryptedContentInfo"]["contentType"]) == cms_oids.SIGNED_DATA


@pytest.mark.parametrize("key", MADE, ids=["RSA", "P-256", "P-384", "Ed25519"])
def test_keys_of_every_kind(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> None:
    enveloped = envelop_private_key(private_octets(key), public_key(key), SIGNER, PasswordRecipient(PASSWORD))
    read = load_der_private_key(open_private_key(enveloped, PASSWORD).private_key, None)
    assert isinstance(read, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey)
    assert public_key(read) == public_key(key)
    assert private_octets(read) == private_octets(key)


@pytest.mark.parametrize(("recipient", "opener", "version"), RECIPIENTS.values(), ids=RECIPIENTS)
def test_a_certificate_comes_to_its_holder(recipient: Recipient, opener: Opener, version: int) -> None:
    enveloped = envelop_certificate(ra().der, recipient)
    assert open_certificate(enveloped, opener) == ra().der
    data, _ = decode(enveloped, asn1Spec=rfc5652.EnvelopedData())
    assert int(data["version"]) == version
    assert str(data["encryptedContentInfo"]["contentType"]) == cms_oids.DATA


OTHERS: tuple[Opener, ...] = (rsa_key(10), ec_key(10), ec_key(10, ec.SECP384R1), b"another secret")


@pytest.mark.parametrize(("recipient", "opener", "version"), RECIPIENTS.values(), ids=RECIPIENTS)
def test_nobody_else_opens_it(recipient: Recipient, opener: Opener, version: int) -> None:
    key = ec_key(9)
    enveloped = envelop_private_key(private_octets(key), public_key(key), SIGNER, recipient)
    for other in OTHERS:
        with pytest.raises(MalformedMessage, match=r"^The private key cannot be read: "):
            open_private_key(enveloped, other)
        with pytest.raises(MalformedMessage):
            open_certificate(envelop_certificate(ra().der, recipient), other)


def test_every_envelope_has_a_key_of_its_own() -> None:
    for recipient, _, _ in RECIPIENTS.values():
        one, other = (envelop_certificate(ra().der, recipient) for _ in range(2))
        assert one != other
        assert len(one) == len(other) or isinstance(recipient, CertificateRecipient)


def test_the_package_as_another_reader_sees_it() -> None:
    key = ec_key(9)
    enveloped = envelop_private_key(private_octets(key), public_key(key), SIGNER, PasswordRecipient(PASSWORD))
    signed, rest = decode(opened(enveloped), asn1Spec=rfc5652.SignedData())
    assert (rest, int(signed["version"])) == (b"", 3)
    content = signed["encapContentInfo"]
    assert content["eContentType"] == rfc5958.id_ct_KP_aKeyPackage
    (info,) = signed["signerInfos"]
    assert (int(info["version"]), info["sid"].getName()) == (3, "subjectKeyIdentifier")
    package, rest = decode(content["eContent"].asOctets(), asn1Spec=rfc5958.AsymmetricKeyPackage())
    assert not rest
    (one,) = package
    assert int(one["version"]) == 1
    assert one["publicKey"].asOctets() == public_key(key)[-65:]


def opened(enveloped: bytes) -> bytes:
    """The content of an EnvelopedData for the password."""
    return key_delivery._open(enveloped, PASSWORD, DEFAULT_PROTECTION)[1]


def test_only_an_authority_for_keys_is_believed() -> None:
    key = ec_key(9)
    for signer in (keystore(), keystore(ExtendedKeyUsageOID.SERVER_AUTH.dotted_string, oids.KP_CMC_RA)):
        enveloped = envelop_private_key(private_octets(key), public_key(key), signer, PasswordRecipient(PASSWORD))
        with pytest.raises(MalformedMessage, match="not for making keys"):
            open_private_key(enveloped, PASSWORD)


class Wrong(SoftKeystore):
    """Signs something else."""

    def sign(self, data: bytes) -> bytes:
        return super().sign(data + b"x")


def test_the_signature_is_verified() -> None:
    key, wrong = ec_key(9), Wrong(ec_key(7), SIGNER.certificate)
    enveloped = envelop_private_key(private_octets(key), public_key(key), wrong, PasswordRecipient(PASSWORD))
    with pytest.raises(MalformedMessage, match="its signature is wrong"):
        open_private_key(enveloped, PASSWORD)


def test_what_is_not_signed_is_no_private_key() -> None:
    enveloped = envelop_certificate(private_octets(ec_key(9)), PasswordRecipient(PASSWORD))
    with pytest.raises(MalformedMessage, match="it is not signed"):
        open_private_key(enveloped, PASSWORD)


def test_iterations_of_a_password_are_bounded_before_they_are_made() -> None:
    many = replace(PasswordRecipient(PASSWORD), iterations=10_001)
    enveloped = envelop_certificate(ra().der, many)
    with pytest.raises(MalformedMessage, match="iteration count"):
        open_certificate(enveloped, PASSWORD)
    assert open_certificate(enveloped, PASSWORD, ProtectionLimits(iterations=20_000)) == ra().der
    huge = enveloped.replace(der.integer(10_001), der.integer(2**15 - 1))
    with pytest.raises(MalformedMessage, match="iteration count"):
        open_certificate(huge, PASSWORD)


def many_recipients(number: int) -> bytes:
    data, _ = decode(envelop_certificate(ra().der, PasswordRecipient(PASSWORD)), asn1Spec=rfc5652.EnvelopedData())
    info = bytes(encode(data["recipientInfos"][0]))
    content = bytes(encode(data["encryptedContentInfo"]))
    return der.sequence(der.integer(3), der.element(der.SET, info * number), content)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 of the recipients"),
        (2, "2 of the recipients"),
        (11, "more than 10 members"),
        (1000, "a list of more than"),
    ],
)
def test_recipients_are_bounded(number: int, text: str) -> None:
    with pytest.raises(MalformedMessage, match=text):
        open_certificate(many_recipients(number), PASSWORD)
    assert open_certificate(many_recipients(1), PASSWORD) == ra().der


@pytest.mark.parametrize("octets", [b"", b"garbage", der.NULL, der.sequence(), der.sequence(der.integer(0))])
def test_what_is_no_envelope(octets: bytes) -> None:
    for opener in (rsa_key(8), ec_key(8), PASSWORD):
        with pytest.raises(MalformedMessage):
            open_private_key(octets, opener)


def unusable() -> bytes:
    key = ed25519.Ed25519PrivateKey.generate()
    builder = x509.CertificateBuilder().subject_name(name("holder")).issuer_name(name("holder"))
    builder = builder.public_key(key.public_key()).serial_number(4711)
    builder = builder.not_valid_before(NOT_BEFORE).not_valid_after(NOT_AFTER)
    return builder.sign(key, None).public_bytes(Encoding.DER)


@pytest.mark.parametrize("certificate", [unusable, lambda: b"no certificate"])
def test_keys_that_cannot_be_encrypted_to(certificate: Callable[[], bytes]) -> None:
    with pytest.raises(KeystoreError, match="cannot encrypt"):
        envelop_certificate(ra().der, CertificateRecipient(certificate()))


@pytest.mark.parametrize("key", [rsa_key(8), ec_key(8), P384, P521], ids=["RSA", "P-256", "P-384", "P-521"])
@pytest.mark.parametrize("key_identifier", [True, False])
def test_openssl_opens_it(key: Key, key_identifier: bool, tmp_path: Path) -> None:
    certificate = holder(key, key_identifier=key_identifier)
    enveloped = envelop_certificate(ra().der, CertificateRecipient(certificate))
    info = der.sequence(der.oid(cms_oids.ENVELOPED_DATA), der.explicit(0, enveloped))
    (tmp_path / "envelope.der").write_bytes(info)
    (tmp_path / "holder.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
    )
    command = ["openssl", "cms", "-decrypt", "-inform", "DER", "-in", "envelope.der", "-recip", "holder.pem", "-binary"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ra().der
