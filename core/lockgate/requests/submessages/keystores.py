"""Keystores: keys that the CA makes, keeps and gives back."""

from dataclasses import dataclass, field

from lockgate.requests.submessages.base import MAX_DN_LENGTH, EndEntityRequest, Request, Response, text


@dataclass(frozen=True, slots=True, kw_only=True)
class PKCS12Request(EndEntityRequest):
    """Make a key pair, certify it, and return both as a PKCS#12 (RFC 7292).

    Attributes:
        password: protects the PKCS#12.
        key_alg: RSA, ECDSA or Ed25519.
        key_spec: for RSA the modulus in bits, for ECDSA the curve (P-256, P-384, P-521), for Ed25519 empty.
        store_keys: keep the private key for recovery, where the CA does so at all.
    """

    password: str = field(repr=False, metadata=text(secret=True))
    key_alg: str = field(default="RSA", metadata=text(40))
    key_spec: str = field(default="3072", metadata=text(40))
    store_keys: bool = False

    def answer_carries_secret(self) -> bool:
        """The answer holds a private key."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecoveryRequest(EndEntityRequest):
    """Return a key that was kept, as a PKCS#12.

    Attributes:
        issuer_dn, certificate_sn: name the certificate whose key it is; the serial number in hexadecimal.
        password: protects the PKCS#12.
        reuse_certificate: return that same certificate. If false, a new one is issued on the key, with the profile, CA
            and names of this request.
    """

    issuer_dn: str = field(metadata=text(MAX_DN_LENGTH))
    certificate_sn: str = field(metadata=text(40))
    password: str = field(repr=False, metadata=text(secret=True))
    reuse_certificate: bool = True

    def answer_carries_secret(self) -> bool:
        """The answer holds a private key."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class PKCS12Response(Response):
    """The answer to a `PKCS12Request` or a `KeyRecoveryRequest`.

    Attributes:
        pkcs12: DER PFX: key, certificate and CA chain under the request's password; None on failure.
        certificate: the DER certificate in it; None on failure.
    """

    pkcs12: bytes | None = field(default=None, repr=False)
    certificate: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStoreRetrievalRequest(Request):
    """Fetch the keystore of an existing end entity, which authenticates itself with its password.

    The end entity's token says which format. A key is made, or recovered where its status is KEYRECOVERY.

    Attributes:
        password: the end entity's own.
        keystore_password: protects the keystore; None for the end entity's own.
        key_alg, key_spec: of a key that is made, as in a `PKCS12Request`; None where the certificate profile decides.
    """

    username: str = field(metadata=text())
    password: str = field(repr=False, metadata=text(secret=True))
    keystore_password: str | None = field(default=None, repr=False, metadata=text(secret=True))
    key_alg: str | None = field(default=None, metadata=text(40))
    key_spec: str | None = field(default=None, metadata=text(40))

    def concerns(self) -> str:
        """The end entity."""
        return self.username

    def answer_carries_secret(self) -> bool:
        """The answer holds a private key."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStoreRetrievalResponse(Response):
    """The answer to a `KeyStoreRetrievalRequest`.

    Attributes:
        keystore_type: P12 or PEM; None on failure. A JKS token brings a P12, which every Java opens.
        keystore_data: the keystore under the password that the request says; None on failure.
    """

    keystore_type: str | None = None
    keystore_data: bytes | None = field(default=None, repr=False)
