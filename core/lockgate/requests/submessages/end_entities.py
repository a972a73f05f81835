"""End entities edited, certificates revoked."""

from dataclasses import dataclass, field

from lockgate.requests.submessages.base import MAX_DN_LENGTH, EndEntityRequest, Request, Response, text


@dataclass(frozen=True, slots=True, kw_only=True)
class EditUserRequest(EndEntityRequest):
    """Add or edit an end entity and set its status, without issuing anything.

    Attributes:
        password: the end entity's new password; None leaves a stored one as it is.
        status: the number of an `EndEntityStatus`.
        token_name: USERGENERATED, P12, JKS or PEM.
    """

    password: str | None = field(default=None, repr=False, metadata=text(secret=True))
    status: int = field(default=10, metadata={"minimum": 10, "maximum": 70})
    token_name: str = field(default="USERGENERATED", metadata=text(40))


@dataclass(frozen=True, slots=True, kw_only=True)
class EditUserResponse(Response):
    """The answer to an `EditUserRequest`: success, or why not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationRequest(Request):
    """Revoke certificates, put them on hold, or take them from hold.

    Attributes:
        issuer_dn, certificate_sn: name one certificate, both or neither; the serial number in hexadecimal. With
            `revoke_all` or `revoke_user` they name its end entity.
        username: the end entity whose certificates are meant, or to which the one certificate must belong.
        reason: RFC 5280, 5.3.1: 0 to 6 or 8 to 10; 6 puts on hold, 8 takes from hold.
        revoke_all: every certificate of the end entity that is not revoked yet; success also where all are.
        revoke_user: besides all of them the end entity, which becomes REVOKED.
    """

    issuer_dn: str | None = field(default=None, metadata=text(MAX_DN_LENGTH))
    certificate_sn: str | None = field(default=None, metadata=text(40))
    username: str | None = field(default=None, metadata=text())
    reason: int = field(default=0, metadata={"minimum": 0, "maximum": 10})
    revoke_all: bool = False
    revoke_user: bool = False

    def concerns(self) -> str:
        """The end entity, or the certificate's serial number and issuer."""
        return self.username or f"{self.certificate_sn} of {self.issuer_dn}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationResponse(Response):
    """The answer to a `RevocationRequest`: success, or why not."""
