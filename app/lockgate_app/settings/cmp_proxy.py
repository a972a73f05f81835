"""The CMP proxy of an RA's host: how it waits, and what it checks before anything reaches the message database."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from lockgate_app.settings.cmp_http import CmpHttpTable
from lockgate_app.settings.values import FilePath, Name, Secrets
from lockgate_formats.cmp.limits import HIGHEST_ITERATION_COUNT
from lockgate_transport.cmp.vocabulary import BODIES

EVERYBODY = "*"
"""The reference that stands for every other one."""


class CmpProxyTable(CmpHttpTable):
    """The CMP proxy (docs/cmp.md), and what it checks before anything reaches the message database.

    The checks are off, and the CA makes its own ones in any case. With `secrets` or `trusted_issuers` every message
    must be protected in one of the ways that can be verified so.

    Attributes:
        timeout: seconds that a client waits for the CA; then it is told to send the same message again.
        lifetime: seconds for which the CA may answer a message, and a late answer is there for the client that sends it
            again.
        remembered: messages whose answer may still come; of more, the oldest are forgotten, and the same message is put
            anew.
        aliases: that messages may be for; empty for any. `init` names the one that the RA's role may deliver to.
        messages: the bodies that messages may have, for example `["ir", "certConf", "pollReq"]`; empty for any.
        secrets: shared secrets by reference (senderKID) that MACs must be made with: `{ router = { file =
            "router.secret" } }`; `"*"` stands for every other reference.
        iterations: the highest iteration count of such a MAC.
        hmac_sha1: whether such a MAC may use SHA-1.
        trusted_issuers: PEM files of CAs; signatures must be by certificates that these have issued themselves.
        crls: files with CRLs of these, PEM or DER, read again when they change; with any, a certificate passes only
            where a current one does not name it.
    """

    timeout: int = Field(default=30, ge=1, le=600)
    lifetime: int = Field(default=3600, ge=60, le=7 * 86_400)
    remembered: int = Field(default=10_000, ge=1, le=1_000_000)
    aliases: list[Name] = Field(default_factory=list)
    messages: list[str] = Field(default_factory=list)
    secrets: Secrets = Field(default_factory=dict)
    iterations: int = Field(default=10_000, ge=100, le=HIGHEST_ITERATION_COUNT)
    hmac_sha1: bool = False
    trusted_issuers: list[FilePath] = Field(default_factory=list)
    crls: list[FilePath] = Field(default_factory=list)

    @field_validator("messages")
    @classmethod
    def _known(cls, messages: list[str]) -> list[str]:
        for message in messages:
            if message not in BODIES:
                raise ValueError(f"{message!a} is none of {', '.join(BODIES)}")
        return messages

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.crls and not self.trusted_issuers:
            raise ValueError("crls: there are no trusted_issuers that sign them")
        if self.lifetime < self.timeout:
            raise ValueError("lifetime is shorter than timeout")
        return self
