"""The contract suites of the ports CertificateRequests and Renewals."""

import base64
from dataclasses import dataclass

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AttributeOID

from lockgate.certification.endentity import CertificationRequest, Possession
from lockgate.ports import CertificateRequests, RenewalProof, Renewals
from lockgate.reasons import Reason, Rejected
from lockgate.requests.submessages import RequestKind
from lockgate_testing.doubles.remote_ca.certificates import new_key, own_certificate

CHALLENGE = "a one-time password"
REFUSALS = {Reason.BAD_CERTIFICATE_REQUEST, Reason.BAD_PROOF_OF_POSSESSION, Reason.UNACCEPTED_ALGORITHM}


class CertificateRequestsContract:
    """Rules of the port CertificateRequests. A subclass supplies the fixture `requests`.

    The suite makes PKCS#10 and bare keys; an adapter brings tests of its own for what it reads of CRMF and SPKAC.
    """

    @pytest.fixture
    def requests(self) -> CertificateRequests:
        """The adapter under test."""
        raise NotImplementedError("supply the fixture `requests`: the adapter under test")

    @pytest.mark.parametrize("text", [False, True], ids=["DER", "text"])
    def test_a_pkcs10_proves_possession_of_its_key(self, requests: CertificateRequests, text: bool) -> None:
        key = new_key()
        octets = pkcs10(key)
        found = requests.read(RequestKind.PKCS10, base64.encodebytes(octets) if text else octets)
        assert isinstance(found, CertificationRequest)
        assert (found.public_key, found.possession) == (spki(key), Possession.PROVEN)
        assert found.challenge_password is None

    def test_a_bare_key_proves_nothing(self, requests: CertificateRequests) -> None:
        key = new_key()
        found = requests.read(RequestKind.PUBLIC_KEY, spki(key))
        assert isinstance(found, CertificationRequest)
        assert (found.public_key, found.possession) == (spki(key), Possession.NONE)

    def test_a_challenge_password_is_told_apart_and_not_printed(self, requests: CertificateRequests) -> None:
        found = requests.read(RequestKind.PKCS10, pkcs10(new_key(), CHALLENGE))
        assert isinstance(found, CertificationRequest)
        assert found.challenge_password == CHALLENGE
        assert found.pkcs10 is None
        assert CHALLENGE not in repr(found)

    def test_a_changed_signature_proves_nothing(self, requests: CertificateRequests) -> None:
        octets = bytearray(pkcs10(new_key()))
        octets[-1] ^= 1
        assert _reason(requests.read(RequestKind.PKCS10, bytes(octets))) in REFUSALS

    @pytest.mark.parametrize("kind", list(RequestKind))
    @pytest.mark.parametrize("octets", [b"", b"garbage", b"\x30\x00", bytes(1000)], ids=len)
    def test_what_is_no_request_is_refused(
        self, requests: CertificateRequests, kind: RequestKind, octets: bytes
    ) -> None:
        assert _reason(requests.read(kind, octets)) in REFUSALS

    def test_a_renewal_is_signed_by_the_certificates_key(self, requests: CertificateRequests) -> None:
        holder, stranger = new_key(), new_key()
        certificate = own_certificate(holder, "CN=holder")
        found = requests.read_renewal(pkcs10(holder), certificate)
        assert isinstance(found, CertificationRequest)
        assert found.public_key == spki(holder)
        assert _reason(requests.read_renewal(pkcs10(stranger), certificate)) in REFUSALS


@dataclass(frozen=True, slots=True)
class RenewalsSubject:
    """The adapter under test, and a renewal in the form that it reads. All are DER.

    Attributes:
        certificate: to be renewed.
        message: what the key of `certificate` has signed.
        content_key: opens what is encrypted in `message`; None where nothing is.
        pkcs10: of the key to be certified, as `message` holds it.
        other: another certificate, of another key.
    """

    renewals: Renewals
    certificate: bytes
    message: bytes
    content_key: bytes | None
    pkcs10: bytes
    other: bytes


class RenewalsContract:
    """Every rule of the port Renewals. A subclass supplies the fixture `subject`, with a parameter for each form."""

    @pytest.fixture
    def subject(self) -> RenewalsSubject:
        """The adapter under test."""
        raise NotImplementedError("supply the fixture `subject`: the adapter under test, a RenewalsSubject")

    def test_the_holders_signature_counts(self, subject: RenewalsSubject) -> None:
        found = subject.renewals.read(subject.certificate, subject.message, subject.content_key)
        assert isinstance(found, RenewalProof)
        assert found.pkcs10 == subject.pkcs10

    def test_it_counts_for_that_certificate_only(self, subject: RenewalsSubject) -> None:
        assert _reason(subject.renewals.read(subject.other, subject.message, subject.content_key)) in REFUSALS

    def test_a_changed_octet_is_noticed(self, subject: RenewalsSubject) -> None:
        octets = bytearray(subject.message)
        octets[-1] ^= 1
        assert _reason(subject.renewals.read(subject.certificate, bytes(octets), subject.content_key)) in REFUSALS

    @pytest.mark.parametrize("octets", [b"", b"garbage", b"\x30\x00", bytes(1000)], ids=len)
    def test_what_is_no_renewal_is_refused(self, subject: RenewalsSubject, octets: bytes) -> None:
        assert _reason(subject.renewals.read(subject.certificate, octets, subject.content_key)) in REFUSALS


def pkcs10(key: ec.EllipticCurvePrivateKey, challenge: str | None = None) -> bytes:
    """A PKCS#10 for the key, DER, with a challenge password if one is given."""
    builder = x509.CertificateSigningRequestBuilder(x509.Name.from_rfc4514_string("CN=alice"))
    if challenge is not None:
        builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, challenge.encode())
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The key's SubjectPublicKeyInfo, DER."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _reason(found: object) -> Reason:
    assert isinstance(found, Rejected)
    return found.reason
