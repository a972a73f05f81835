"""How OCSP names a certificate (RFC 6960, 4.1.1), and the key under which its answer is published."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CertificateId:
    """A CertID.

    Attributes:
        algorithm: the hash algorithm in small letters, as `sha1`.
        issuer_name_hash: of the issuer's DER Name.
        issuer_key_hash: of the octets of the issuer's public key.
    """

    algorithm: str
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial_number: int

    @property
    def digest(self) -> bytes:
        """SHA-256 over all fields: however a request encodes them, the same certificate has the same digest."""
        hashed = f"{self.issuer_name_hash.hex()}:{self.issuer_key_hash.hex()}"
        return hashlib.sha256(f"{self.algorithm}:{hashed}:{self.serial_number:x}".encode()).digest()
