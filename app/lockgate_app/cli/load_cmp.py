"""The options of `lockgate load` that are for CMP."""

from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lockgate.errors import ConfigurationError
from lockgate.ports import Keystore
from lockgate_app.container.cmp_load import CmpTarget
from lockgate_app.container.keystores import open_keystore
from lockgate_app.keys import read_certificates, read_password


class LoadProtocol(StrEnum):
    """What the clients speak."""

    SUBMESSAGES = "submessages"
    """RA clients put submessages into the message database."""
    CMP = "cmp"
    """CMP clients talk HTTP to a CMP service or proxy."""


Protocol = Annotated[
    LoadProtocol,
    typer.Option(
        case_sensitive=False,
        help="submessages: RA clients of this host. cmp: CMP clients of --url; options about CAs, profiles, --kind and "
        "--security do not count then.",
    ),
]
Url = Annotated[str | None, typer.Option(help="With --protocol cmp: the service, http://HOST:PORT/cmpProxy/ALIAS.")]
Reference = Annotated[str | None, typer.Option(help="With --protocol cmp: names the shared secret (senderKID).")]
SecretFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="With --protocol cmp: holds that secret; its last line end does not count."),
]
SigningKeystore = Annotated[
    Path | None,
    typer.Option("--keystore", metavar="FILE", help="With --protocol cmp, instead of a secret: a PKCS#12 that signs."),
]
Signers = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="With --protocol cmp and --keystore: PEM certificates that sign the answers."),
]
ImplicitConfirm = Annotated[
    bool, typer.Option("--implicit-confirm", help="With --protocol cmp: ask not to have to confirm certificates.")
]


@dataclass(frozen=True, slots=True)
class CmpOptions:
    """What was given of these options."""

    url: str | None
    reference: str | None
    secret_file: Path | None
    keystore: Path | None
    password_file: Path | None
    signers: Path | None
    implicit_confirm: bool

    def target(self, wait: float) -> CmpTarget:
        """The service that the load is for.

        Args:
            wait: seconds for an enrolment.

        Raises:
            ConfigurationError: something that is needed is missing, or a file cannot be read.
            KeystoreError: the keystore cannot be opened.
        """
        if self.url is None:
            raise ConfigurationError("--protocol cmp needs --url")
        if (self.keystore is None) != (self.password_file is None):
            raise ConfigurationError("--keystore and --password-file need each other")
        return CmpTarget(
            url=self.url,
            reference=self.reference,
            secret=None if self.secret_file is None else read_password(self.secret_file),
            keystore=self._opened(),
            signers=() if self.signers is None else tuple(read_certificates(self.signers)),
            implicit_confirm=self.implicit_confirm,
            wait=wait,
        )

    def _opened(self) -> Keystore | None:
        if self.keystore is None or self.password_file is None:
            return None
        return open_keystore(self.keystore, read_password(self.password_file))

    def require_none(self) -> None:
        """Refuse them for another protocol.

        Raises:
            ConfigurationError: one was given.
        """
        for field in fields(self):
            if getattr(self, field.name) not in (None, False):
                raise ConfigurationError(f"--{field.name.replace('_', '-')} needs --protocol cmp")
