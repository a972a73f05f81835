"""Common parts of all requests and responses, and the description of their fields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from lockgate.requests.textual import der_of

MAX_DN_LENGTH = 4096
MAX_DER_LENGTH = 256 * 1024
MAX_NAME_LENGTH = 255
CHALLENGE_PASSWORD = bytes.fromhex("06092a864886f70d010907")
"""The DER object identifier of the attribute, 1.2.840.113549.1.9.7."""
STORABLE = "^[^\\u0000]*$"
"""A text without NUL: not every database accepts NUL, even in a search."""


def text(max_length: int = MAX_NAME_LENGTH, *, secret: bool = False) -> Mapping[str, Any]:
    """The metadata of a text field.

    Args:
        max_length: in characters.
        secret: never in clear, never logged.
    """
    return {"max_length": max_length, "pattern": STORABLE, "secret": secret}


def der(max_length: int = MAX_DER_LENGTH) -> Mapping[str, Any]:
    """The metadata of a binary field.

    Args:
        max_length: in octets.
    """
    return {"max_length": max_length, "secret": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The fields of every request.

    Attributes:
        request_id: chosen by the client, a signed 64-bit integer, echoed in the response.
    """

    VERSION: ClassVar[int] = 1
    request_id: int = field(metadata={"minimum": -(2**63), "maximum": 2**63 - 1})

    def carries_secret(self) -> bool:
        """Whether the request must not travel in clear."""
        return any(getattr(self, name) for name in secret_fields(type(self)))

    def concerns(self) -> str:
        """The object that it is about, for the audit log: an end entity's username, or else a certificate; empty if
        unknown."""
        return ""

    def answer_carries_secret(self) -> bool:
        """Whether the answer will hold a private key or password."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEntityRequest(Request):
    """The fields of every request that describes an end entity.

    Attributes:
        subject_dn: RFC 4514 attribute names in the field's usual order, for example `CN=user,O=Example,C=SE`.
        subject_alt_name: for example `DNSNAME=host.example,RFC822NAME=user@example.org`; empty for none. None: those
            that the request's PKCS#10 or CRMF message asks for, none where it brings neither.
    """

    username: str = field(metadata=text())
    subject_dn: str = field(metadata=text(MAX_DN_LENGTH))
    end_entity_profile: str = field(metadata=text())
    certificate_profile: str = field(metadata=text())
    ca_name: str = field(metadata=text())
    subject_alt_name: str | None = field(default=None, metadata=text(MAX_DN_LENGTH))
    email: str | None = field(default=None, metadata=text())
    subject_directory_attributes: str | None = field(default=None, metadata=text(MAX_DN_LENGTH))

    def concerns(self) -> str:
        """The end entity."""
        return self.username


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The fields of every response.

    Attributes:
        fail_info: a plain sentence, None when successful.
        reason: the stable code (`lockgate.reasons.Reason`), None when successful.
    """

    request_id: int
    success: bool
    fail_info: str | None = None
    reason: str | None = None


def holds_challenge_password(request: bytes) -> bool:
    """Whether the certification request `request`, DER or its text, has a challengePassword among its attributes
    (RFC 2985, 5.4.1).

    It is found by its object identifier, so that a request that cannot be read counts as well. Text that cannot be
    decoded may hold one.
    """
    try:
        return CHALLENGE_PASSWORD in der_of(request)
    except ValueError:
        return True


def secret_fields(kind: type[Request]) -> Iterator[str]:
    """The names of the fields of `kind` that hold secrets."""
    return (member.name for member in fields(kind) if member.metadata.get("secret"))
