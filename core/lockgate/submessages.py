"""Requests and responses of the External RA API: frozen dataclasses, and the rules of their fields as data.

The names are the historic ones, because deployers write them in whitelists. Binary fields are DER. The JSON encoding
and the published JSON Schema are generated from these classes (adapters/transport). A field's metadata says what
its type cannot: `max_length` (characters or octets), `pattern` (of a text), `secret` (never in clear, never logged).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

MAX_DN_LENGTH = 4096
MAX_DER_LENGTH = 256 * 1024
MAX_NAME_LENGTH = 255
STORABLE = "^[^\\u0000]*$"
"""A text without NUL: with it, not every database can even be asked for a name."""


def _text(max_length: int = MAX_NAME_LENGTH, *, secret: bool = False) -> Mapping[str, Any]:
    return {"max_length": max_length, "pattern": STORABLE, "secret": secret}


def _der(max_length: int = MAX_DER_LENGTH) -> Mapping[str, Any]:
    return {"max_length": max_length, "secret": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What every request carries.

    Attributes:
        request_id: chosen by the client, a signed 64-bit integer, echoed in the response.
    """

    VERSION: ClassVar[int] = 1
    request_id: int = field(metadata={"minimum": -(2**63), "maximum": 2**63 - 1})

    def carries_secret(self) -> bool:
        """Whether the request must not travel in clear."""
        return any(getattr(self, name) for name in secret_fields(type(self)))

    def answer_carries_secret(self) -> bool:
        """Whether the answer will hold a private key or password."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEntityRequest(Request):
    """What every request carries that describes an end entity.

    Attributes:
        subject_dn: RFC 4514 attribute names in the field's usual order, for example `CN=user,O=Example,C=SE`.
        subject_alt_name: for example `DNSNAME=host.example,RFC822NAME=user@example.org`; None for none.
    """

    username: str = field(metadata=_text())
    subject_dn: str = field(metadata=_text(MAX_DN_LENGTH))
    end_entity_profile: str = field(metadata=_text())
    certificate_profile: str = field(metadata=_text())
    ca_name: str = field(metadata=_text())
    subject_alt_name: str | None = field(default=None, metadata=_text(MAX_DN_LENGTH))
    email: str | None = field(default=None, metadata=_text())
    subject_directory_attributes: str | None = field(default=None, metadata=_text(MAX_DN_LENGTH))


@dataclass(frozen=True, slots=True, kw_only=True)
class PKCS10Request(EndEntityRequest):
    """Issue a certificate for the key of a PKCS#10 (RFC 2986).

    Attributes:
        pkcs10: the DER CertificationRequest.
        create_or_edit_user: add or edit the end entity, then issue. If false, the end entity must exist, be NEW and
            the PKCS#10's challengePassword (RFC 2985, 5.4.1) must match its password.
    """

    pkcs10: bytes = field(metadata=_der())
    create_or_edit_user: bool = True

    def carries_secret(self) -> bool:
        """A challenge password stands inside the PKCS#10 where the end entity must authenticate itself."""
        return not self.create_or_edit_user


@dataclass(frozen=True, slots=True, kw_only=True)
class EditUserRequest(EndEntityRequest):
    """Add or edit an end entity and set its status, without issuing anything.

    Attributes:
        password: the end entity's new password; None leaves a stored one as it is.
        status: the number of an `EndEntityStatus`.
        token_name: USERGENERATED, P12, JKS or PEM.
    """

    password: str | None = field(default=None, metadata=_text(secret=True))
    status: int = field(default=10, metadata={"minimum": 10, "maximum": 70})
    token_name: str = field(default="USERGENERATED", metadata=_text(40))


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationRequest(Request):
    """Revoke certificates, put them on hold, or take them from hold.

    Attributes:
        issuer_dn, certificate_sn: name one certificate, both or neither; the serial number in hexadecimal.
        username: whose certificates, or whose the one certificate must be.
        reason: RFC 5280, 5.3.1: 0 to 6 or 8 to 10; 6 puts on hold, 8 takes from hold.
        revoke_all: every certificate of `username` that is not revoked yet.
        revoke_user: besides all of them the end entity, which becomes REVOKED.
    """

    issuer_dn: str | None = field(default=None, metadata=_text(MAX_DN_LENGTH))
    certificate_sn: str | None = field(default=None, metadata=_text(40))
    username: str | None = field(default=None, metadata=_text())
    reason: int = field(default=0, metadata={"minimum": 0, "maximum": 10})
    revoke_all: bool = False
    revoke_user: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What every response carries.

    Attributes:
        fail_info: a plain sentence, None when successful.
        reason: the stable code (`lockgate.reasons.Reason`), None when successful.
    """

    request_id: int
    success: bool
    fail_info: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PKCS10Response(Response):
    """The answer to a `PKCS10Request`.

    Attributes:
        certificate: the issued DER certificate, None on failure.
        pkcs7: DER certs-only SignedData (RFC 5652, 5.1): the certificate and its CA chain; None on failure.
    """

    certificate: bytes | None = None
    pkcs7: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditUserResponse(Response):
    """The answer to an `EditUserRequest`: success, or why not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationResponse(Response):
    """The answer to a `RevocationRequest`: success, or why not."""


def secret_fields(kind: type[Request]) -> Iterator[str]:
    """The names of the fields of `kind` that hold secrets."""
    return (its.name for its in fields(kind) if its.metadata.get("secret"))
