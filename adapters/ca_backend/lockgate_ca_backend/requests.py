"""Certificate requests (PKCS#10, RFC 2986): read strictly, their proof of possession verified.

The subject and the requested extensions are ignored: the registration decides on names, the profile on extensions.
Whatever a request holds, the answer is a value.
"""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AttributeOID, SignatureAlgorithmOID

from lockgate.endentity import CertificationRequest
from lockgate.ports import CertificateRequests
from lockgate.reasons import Reason, Rejected

MAX_OCTETS = 64 * 1024
MAX_CHALLENGE_OCTETS = 1024
_STRONG_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class Pkcs10Reader(CertificateRequests):
    """Reads PKCS#10 with RSA (PKCS#1 v1.5 and PSS), ECDSA and Ed25519 keys; signatures need SHA-256 or better.

    Args:
        max_octets: longer requests are not parsed.
    """

    def __init__(self, max_octets: int = MAX_OCTETS) -> None:
        self._max_octets = max_octets

    def read_pkcs10(self, der: bytes) -> CertificationRequest | Rejected:
        """The request's key and challenge password.

        Rejections: `bad_certificate_request` (it cannot be read), `bad_proof_of_possession` (the signature is wrong,
        or made with a digest weaker than SHA-256).
        """
        if len(der) > self._max_octets:
            return Rejected(Reason.BAD_CERTIFICATE_REQUEST, f"It has more than {self._max_octets} octets.")
        try:
            request = x509.load_der_x509_csr(der)
            if not _is_strong(request):
                return Rejected(Reason.BAD_PROOF_OF_POSSESSION, "The signature needs SHA-256 or better.")
            key = request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            if not request.is_signature_valid:
                return Rejected(Reason.BAD_PROOF_OF_POSSESSION)
            return CertificationRequest(public_key=key, challenge_password=_challenge_password(request))
        except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
            return Rejected(Reason.BAD_CERTIFICATE_REQUEST, internal=str(error)[:200])


def _is_strong(request: x509.CertificateSigningRequest) -> bool:
    if request.signature_algorithm_oid == SignatureAlgorithmOID.ED25519:
        return True
    return isinstance(request.signature_hash_algorithm, _STRONG_DIGESTS)


def _challenge_password(request: x509.CertificateSigningRequest) -> str | None:
    if len({its.oid for its in request.attributes}) != len(request.attributes):
        raise ValueError("an attribute occurs twice")
    try:
        attribute = request.attributes.get_attribute_for_oid(AttributeOID.CHALLENGE_PASSWORD)
    except x509.AttributeNotFound:
        return None
    if len(attribute.value) > MAX_CHALLENGE_OCTETS:
        raise ValueError("the challenge password is too long")
    return attribute.value.decode()
