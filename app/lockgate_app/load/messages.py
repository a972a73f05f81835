"""The sample messages: the requests of a load, and their protection."""

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.errors import ConfigurationError
from lockgate.requests.submessages import EndEntityRequest, PKCS10Request, PKCS12Request
from lockgate_app.keys import new_password

USERNAME = "{username}"
"""The placeholder for the username in a sample's subject."""


class LoadKind(StrEnum):
    """The kind of requests in each message."""

    CERT = "CERT"
    """A PKCS#10."""
    KEYSTORE = "KEYSTORE"
    """A PKCS#10, and a request for a PKCS#12, both for one end entity."""


class Security(StrEnum):
    """How messages are protected; answers must be no less."""

    UNSECURED = "UNSECURED"
    SIGNED = "SIGNED"
    ENCRYPTED = "ENCRYPTED"
    SIGNED_ENCRYPTED = "SIGNEDENCRYPTED"

    @property
    def signed(self) -> bool:
        """Whether requests are signed."""
        return self in (Security.SIGNED, Security.SIGNED_ENCRYPTED)

    @property
    def encrypted(self) -> bool:
        """Whether requests are encrypted."""
        return self in (Security.ENCRYPTED, Security.SIGNED_ENCRYPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The properties that all messages of a load share.

    Attributes:
        prefix: the usernames', unlike any earlier load's.
        subject_dn: may hold `{username}`.
        key_alg, key_spec: of keys that the CA makes.

    Raises:
        ConfigurationError: a keystore would have to travel in clear.
    """

    kind: LoadKind
    security: Security
    prefix: str
    subject_dn: str
    ca_name: str
    end_entity_profile: str
    certificate_profile: str
    key_alg: str
    key_spec: str

    def __post_init__(self) -> None:
        if self.kind is LoadKind.KEYSTORE and not self.security.encrypted:
            raise ConfigurationError("a keystore and its password must be encrypted: use ENCRYPTED or SIGNEDENCRYPTED")

    def username(self, number: int) -> str:
        """Whom the request with that number is for."""
        return f"{self.prefix}-{number}"

    def requests(self, number: int) -> list[EndEntityRequest]:
        """The requests of one message, for new keys."""
        username = self.username(number)
        common: dict[str, Any] = {
            "username": username,
            "subject_dn": self.subject_dn.replace(USERNAME, username),
            "ca_name": self.ca_name,
            "end_entity_profile": self.end_entity_profile,
            "certificate_profile": self.certificate_profile,
        }
        certificate = PKCS10Request(request_id=secrets.randbits(63), pkcs10=_pkcs10(username), **common)
        if self.kind is LoadKind.CERT:
            return [certificate]
        keys: dict[str, Any] = {"key_alg": self.key_alg, "key_spec": self.key_spec, "password": new_password()}
        return [certificate, PKCS12Request(request_id=secrets.randbits(63), **keys, **common)]


def _pkcs10(username: str) -> bytes:
    """A DER PKCS#10 (RFC 2986) for a new P-256 key; its private key is not kept."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, username)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.DER)
