"""The contract suite of the port CertificateTrust."""

from dataclasses import dataclass
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.ports import CertificateTrust
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import TrustedCertificate


@dataclass(frozen=True, slots=True)
class CertificateTrustSubject:
    """The adapter under test, and certificates. All are DER.

    Attributes:
        authority: of the CA whose certificates are trusted.
        trusted: one that this CA has issued to an end entity.
    """

    trust: CertificateTrust
    authority: bytes
    trusted: bytes


class CertificateTrustContract:
    """Every rule of the port CertificateTrust. A subclass supplies the fixture `subject`."""

    @pytest.fixture
    def subject(self) -> CertificateTrustSubject:
        """The adapter under test."""
        raise NotImplementedError("supply the fixture `subject`: the adapter under test, a CertificateTrustSubject")

    def test_what_the_ca_has_issued_is_read(self, subject: CertificateTrustSubject) -> None:
        found = subject.trust.path(subject.trusted)
        certificate = x509.load_der_x509_certificate(subject.trusted)
        assert isinstance(found, TrustedCertificate)
        assert found.der == subject.trusted
        assert found.fingerprint == sha256(subject.trusted).hexdigest()
        assert found.serial_number == certificate.serial_number
        assert (found.not_before, found.not_after) == (
            certificate.not_valid_before_utc,
            certificate.not_valid_after_utc,
        )
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        assert (found.digital_signature, found.key_encipherment) == (usage.digital_signature, usage.key_encipherment)

    def test_the_same_certificate_twice_is_the_same(self, subject: CertificateTrustSubject) -> None:
        assert subject.trust.path(subject.trusted) == subject.trust.path(subject.trusted)

    def test_the_cas_own_certificate_is_no_end_entitys(self, subject: CertificateTrustSubject) -> None:
        _require_refused(subject, subject.authority)

    def test_another_key_under_the_cas_name_is_not_the_ca(self, subject: CertificateTrustSubject) -> None:
        _require_refused(subject, _forged(subject))

    @pytest.mark.parametrize("changed", [-1, 100, 0], ids=["signature", "content", "form"])
    def test_a_changed_octet_is_noticed(self, subject: CertificateTrustSubject, changed: int) -> None:
        octets = bytearray(subject.trusted)
        octets[changed] ^= 1
        _require_refused(subject, bytes(octets))

    @pytest.mark.parametrize("octets", [b"", b"garbage", b"\x30\x00", bytes(100_000)], ids=len)
    def test_what_is_no_certificate_is_not_trusted(self, subject: CertificateTrustSubject, octets: bytes) -> None:
        _require_refused(subject, octets)

    def test_nothing_may_follow_the_certificate(self, subject: CertificateTrustSubject) -> None:
        _require_refused(subject, subject.trusted + b"\0")


def _require_refused(subject: CertificateTrustSubject, octets: bytes) -> None:
    found = subject.trust.path(octets)
    assert isinstance(found, Rejected)
    assert found.reason is Reason.SIGNER_UNTRUSTED


def _forged(subject: CertificateTrustSubject) -> bytes:
    """The trusted certificate, signed by another key under the CA's name."""
    certificate = x509.load_der_x509_certificate(subject.trusted)
    builder = x509.CertificateBuilder(
        certificate.issuer,
        certificate.subject,
        certificate.public_key(),
        certificate.serial_number,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        list(certificate.extensions),
    )
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.DER)
