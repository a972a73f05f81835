"""Numbers and names of SCEP (RFC 8894), and of the algorithms that its messages use."""

from collections.abc import Callable, Mapping

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, algorithms

from tests.support.wire.cms_objects import element

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
OIDS = {
    "message_type": "2.16.840.1.113733.1.9.2",
    "pki_status": "2.16.840.1.113733.1.9.3",
    "fail_info": "2.16.840.1.113733.1.9.4",
    "sender_nonce": "2.16.840.1.113733.1.9.5",
    "recipient_nonce": "2.16.840.1.113733.1.9.6",
    "transaction_id": "2.16.840.1.113733.1.9.7",
    "fail_info_text": "1.3.6.1.5.5.7.24.1",
}
NAMES = {oid: name for name, oid in OIDS.items()}
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
DATA, SIGNED_DATA, ENVELOPED_DATA = (f"1.2.840.113549.1.7.{number}" for number in (1, 2, 3))
PKCS_REQ, RENEWAL_REQ, CERT_POLL, GET_CERT, GET_CRL = "19", "17", "20", "21", "22"
SUCCESS, FAILURE, PENDING = "0", "2", "3"
DIGESTS: Mapping[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),
    "sha1": hashes.SHA1(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
CIPHERS: Mapping[str, tuple[Callable[[bytes], BlockCipherAlgorithm], int, int]] = {
    "2.16.840.1.101.3.4.1.2": (algorithms.AES128, 16, 16),
    "2.16.840.1.101.3.4.1.42": (algorithms.AES256, 32, 16),
    "1.2.840.113549.3.7": (TripleDES, 24, 8),
}
AES128, AES256, TRIPLE_DES = CIPHERS
DES = "1.3.14.3.2.7"
AES256_GCM = "2.16.840.1.101.3.4.1.46"


def printable(text: str) -> bytes:
    return element(0x13, text.encode())


def octets(value: bytes) -> bytes:
    return element(0x04, value)
