"""CMPRequest: a message of the Certificate Management Protocol (RFC 9810), delivered to the CA's service for it."""

from dataclasses import dataclass, field

from lockgate.requests.submessages.base import Request, Response, der, text

MAX_ALIAS_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class CMPRequest(Request):
    """A message for the CA's CMP service. The RA delivers it; who asks for what, the message's own protection says.

    Attributes:
        cmp_alias: the name of the service's settings that answer it.
        pki_message: DER PKIMessage (RFC 9810, 5.1), as the client sent it; octets that are none are answered, too.
    """

    cmp_alias: str = field(metadata=text(MAX_ALIAS_LENGTH))
    pki_message: bytes = field(metadata=der())

    def concerns(self) -> str:
        """The alias."""
        return self.cmp_alias


@dataclass(frozen=True, slots=True, kw_only=True)
class CMPResponse(Response):
    """The answer to a `CMPRequest`.

    Attributes:
        pki_message: DER PKIMessage; None where the message was not delivered.
    """

    pki_message: bytes | None = None
