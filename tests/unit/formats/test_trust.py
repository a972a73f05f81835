"""Which certificates were issued by the CA that issues RA certificates."""

import hashlib
import warnings

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID

from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import TrustedCertificate
from lockgate_formats.public_keys import SubjectKey, certificate_key
from lockgate_formats.trust import CurrentIssuersTrust, IssuerTrust
from tests.support.pki import identities
from tests.support.wire import cms_objects

AUTHORITY = identities.authority()
_READ = certificate_key(AUTHORITY.der)
assert isinstance(_READ, SubjectKey)
AUTHORITY_KEY = _READ.identity
TRUST = IssuerTrust([AUTHORITY.der])


def der(builder: x509.CertificateBuilder, key: identities.Key | None = None) -> bytes:
    return builder.sign(key or AUTHORITY.key, hashes.SHA256()).public_bytes(Encoding.DER)


def builder() -> x509.CertificateBuilder:
    return AUTHORITY.builder("someone", identities.ec_key(3))


def untrusted(certificate: bytes, trust: IssuerTrust = TRUST) -> str:
    result = trust.path(certificate)
    assert isinstance(result, Rejected), result
    assert (result.reason, result.detail) == (Reason.SIGNER_UNTRUSTED, "")
    return result.internal


def trusted(certificate: bytes, trust: IssuerTrust = TRUST) -> TrustedCertificate:
    result = trust.path(certificate)
    assert isinstance(result, TrustedCertificate), result
    return result


def test_facts_of_a_certificate_issued_there() -> None:
    certificate = identities.ra()
    assert trusted(certificate.der) == TrustedCertificate(
        der=certificate.der,
        fingerprint=hashlib.sha256(certificate.der).hexdigest(),
        issuer_dn="CN=Management CA,O=Lockgate tests,C=SE",
        subject_dn="CN=ra.example,O=Lockgate tests,C=SE",
        serial_number=certificate.certificate.serial_number,
        not_before=identities.NOT_BEFORE,
        not_after=identities.NOT_AFTER,
        digital_signature=True,
        key_encipherment=True,
        request_purpose=True,
        issuer_key=AUTHORITY_KEY,
    )


def test_names_are_read_strictly_whatever_the_process_does_with_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wrong = builder()
        wrong._subject_name = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "Sweden", _validate=False)])
        assert "length" in untrusted(der(wrong))


def test_key_usage_is_told_as_it_is() -> None:
    signer = trusted(identities.ec_signer().der)
    assert (signer.digital_signature, signer.key_encipherment) == (True, False)
    without = trusted(der(builder()))
    assert (without.digital_signature, without.key_encipherment) == (False, False)


@pytest.mark.parametrize(
    ("purposes", "fit"),
    [
        (("SERVER_AUTH",), False),
        (("OCSP_SIGNING",), False),
        (("SERVER_AUTH", "CLIENT_AUTH"), True),
        (("EMAIL_PROTECTION",), True),
        (("ANY_EXTENDED_KEY_USAGE",), True),
    ],
    ids=str,
)
@pytest.mark.parametrize("critical", [True, False])
def test_the_purpose_of_a_signer_is_read_critical_or_not(purposes: tuple[str, ...], critical: bool, fit: bool) -> None:
    extension = x509.ExtendedKeyUsage([getattr(ExtendedKeyUsageOID, purpose) for purpose in purposes])
    assert trusted(der(builder().add_extension(extension, critical=critical))).request_purpose is fit


def test_another_ca_of_the_same_name_is_not_trusted() -> None:
    other = identities.make_authority("Management CA", identities.ec_key(8))
    assert "another issuer" in untrusted(other.issue("ra.example", identities.rsa_key(2)).der)


def test_another_ca_of_the_same_name_without_key_identifiers_is_not_trusted() -> None:
    other = identities.ec_key(8)
    unsigned = (
        x509.CertificateBuilder()
        .subject_name(identities.name("ra.example"))
        .issuer_name(AUTHORITY.certificate.subject)
        .public_key(identities.ec_key(3).public_key())
        .serial_number(5)
        .not_valid_before(identities.NOT_BEFORE)
        .not_valid_after(identities.NOT_AFTER)
    )
    assert "not signed by" in untrusted(der(unsigned, other))
    assert trusted(der(unsigned)).serial_number == 5


def test_the_key_identifier_must_be_the_cas() -> None:
    extension = x509.AuthorityKeyIdentifier(b"another key", None, None)
    unsigned = (
        x509.CertificateBuilder()
        .subject_name(identities.name("ra.example"))
        .issuer_name(AUTHORITY.certificate.subject)
        .public_key(identities.ec_key(3).public_key())
        .serial_number(5)
        .not_valid_before(identities.NOT_BEFORE)
        .not_valid_after(identities.NOT_AFTER)
        .add_extension(extension, critical=False)
    )
    assert "another issuer" in untrusted(der(unsigned))


def test_an_issuer_under_another_name_is_not_trusted() -> None:
    other = identities.make_authority("Other CA", AUTHORITY.key)
    assert "another issuer" in untrusted(other.issue("ra.example", identities.ec_key(3)).der)


def test_both_certificates_of_a_renewed_ca_are_trusted() -> None:
    renewed = identities.make_authority("Management CA", identities.ec_key(7))
    trust = IssuerTrust([AUTHORITY.der, renewed.der])
    assert trusted(identities.ra().der, trust)
    assert trusted(renewed.issue("ra.example", identities.ec_key(3)).der, trust)


def test_a_ca_that_takes_over_is_trusted_without_a_restart_and_the_one_before_still_is() -> None:
    following = identities.make_authority("Management CA", identities.ec_key(7))
    issued = following.issue("ra.example", identities.ec_key(3)).der
    current, asked = [AUTHORITY.der], []

    def look_up() -> list[bytes]:
        asked.append(1)
        return list(current)

    trust = CurrentIssuersTrust(look_up, look_up())
    assert isinstance(trust.path(identities.ra().der), TrustedCertificate)
    assert len(asked) == 1, "what the known ones have signed needs no look-up"
    assert isinstance(trust.path(issued), Rejected)
    current.append(following.der)
    for certificate in (issued, identities.ra().der, issued):
        assert isinstance(trust.path(certificate), TrustedCertificate)
    assert len(asked) == 3


def test_a_look_up_of_another_thread_is_no_refusal() -> None:
    """Another thread looks up, and is done, between a thread's first try and its own look-up."""
    another: list[object] = []

    def look_up() -> list[bytes]:
        if not another:
            another.append(None)
            another.append(trust.path(identities.ra().der))
        return [AUTHORITY.der]

    trust = CurrentIssuersTrust(look_up)
    assert isinstance(trust.path(identities.ra().der), TrustedCertificate)
    assert isinstance(another[1], TrustedCertificate)


def test_a_ca_is_no_end_entity() -> None:
    certificate = der(builder().add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True))
    assert "CA certificate" in untrusted(certificate)
    assert "CA certificate" in untrusted(AUTHORITY.der)
    assert trusted(der(builder().add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)))


def test_a_certificate_below_a_subordinate_ca_is_not_directly_issued() -> None:
    subordinate_key = identities.ec_key(6)
    subordinate = AUTHORITY.builder("Subordinate", subordinate_key).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    authority = identities.Authority(subordinate.sign(AUTHORITY.key, hashes.SHA256()), subordinate_key)
    assert "another issuer" in untrusted(authority.issue("ra.example", identities.ec_key(3)).der)


def test_unknown_critical_extensions_are_refused() -> None:
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert "unknown critical" in untrusted(der(builder().add_extension(extension, critical=True)))
    assert trusted(der(builder().add_extension(extension, critical=False)))
    constraints = x509.NameConstraints([x509.DNSName("example")], None)
    assert "unknown critical" in untrusted(der(builder().add_extension(constraints, critical=True)))


@pytest.mark.parametrize(
    "spoil", [lambda octets: octets[:-1], lambda octets: octets + b"\x00", lambda octets: b"", lambda octets: b"no"]
)
def test_what_is_no_certificate_is_refused(spoil: object) -> None:
    assert callable(spoil)
    assert untrusted(spoil(identities.ra().der))


def test_too_large_certificates_are_refused_unread() -> None:
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), bytes(20_000))
    assert "too large" in untrusted(der(builder().add_extension(extension, critical=False)))


def test_a_name_with_an_rdn_of_several_attributes_is_another_one() -> None:
    rdn = x509.RelativeDistinguishedName(
        [
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "ra"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "example"),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([rdn]))
        .issuer_name(AUTHORITY.certificate.subject)
        .public_key(identities.ec_key(3).public_key())
        .serial_number(5)
        .not_valid_before(identities.NOT_BEFORE)
        .not_valid_after(identities.NOT_AFTER)
    )
    assert trusted(der(certificate)).subject_dn == "CN=ra+O=example"


def test_a_name_that_is_no_text_is_refused() -> None:
    attribute = x509.NameAttribute(x509.NameOID.X500_UNIQUE_IDENTIFIER, b"\x01\x02", _ASN1Type.BitString)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([attribute]))
        .issuer_name(AUTHORITY.certificate.subject)
        .public_key(identities.ec_key(3).public_key())
        .serial_number(5)
        .not_valid_before(identities.NOT_BEFORE)
        .not_valid_after(identities.NOT_AFTER)
    )
    assert "no text" in untrusted(der(certificate))


def test_every_octet_counts() -> None:
    """Also those that no signature covers, such as the number of unused bits of the signature itself."""
    original = identities.ra().der
    for position in range(len(original)):
        for bit in (1, 2, 4):
            changed = bytearray(original)
            changed[position] ^= bit
            assert isinstance(TRUST.path(bytes(changed)), Rejected)


def test_the_signature_has_one_encoding() -> None:
    """The number of unused bits of its BIT STRING is covered by no signature, and ignored by most readers."""
    while True:
        certificate = der(builder())
        if not certificate[-1] & 1:
            break
    assert trusted(certificate)
    signature = x509.load_der_x509_certificate(certificate).signature
    changed = certificate.removesuffix(b"\x00" + signature) + b"\x01" + signature
    assert "another encoding" in untrusted(changed)


def test_a_weaker_digest_than_sha_256_is_refused() -> None:
    """ecdsa-with-SHA224 in both places, and a signature that holds."""
    sha256, sha224 = bytes.fromhex("2a8648ce3d040302"), bytes.fromhex("2a8648ce3d040301")
    certificate = x509.load_der_x509_certificate(der(builder()))
    assert certificate.tbs_certificate_bytes.count(sha256) == 1
    tbs = certificate.tbs_certificate_bytes.replace(sha256, sha224)
    assert isinstance(AUTHORITY.key, ec.EllipticCurvePrivateKey)
    signature = AUTHORITY.key.sign(tbs, ec.ECDSA(hashes.SHA224()))
    algorithm = cms_objects.element(0x30, cms_objects.element(0x06, sha224))
    weak = cms_objects.element(0x30, tbs + algorithm + cms_objects.element(0x03, b"\x00" + signature))
    x509.load_der_x509_certificate(weak).verify_directly_issued_by(AUTHORITY.certificate)
    assert "digest" in untrusted(weak)


def test_an_ecdsa_signature_turned_over_makes_another_certificate() -> None:
    """Whoever owns the row can do this to the certificate in a SignedData: so standing and roles go by fingerprint."""
    certificate = identities.ra().certificate
    r, s = utils.decode_dss_signature(certificate.signature)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    assert isinstance(AUTHORITY.key, ec.EllipticCurvePrivateKey)
    signature = utils.encode_dss_signature(r, order - s)
    head = certificate.tbs_certificate_bytes + bytes.fromhex("300a06082a8648ce3d040302")
    turned = cms_objects.element(0x30, head + cms_objects.element(0x03, b"\x00" + signature))
    assert trusted(turned).fingerprint != trusted(identities.ra().der).fingerprint


def test_verification_is_remembered_for_the_very_same_octets() -> None:
    trust = IssuerTrust([AUTHORITY.der])
    assert trust.path(identities.ra().der) is trust.path(bytes(bytearray(identities.ra().der)))
