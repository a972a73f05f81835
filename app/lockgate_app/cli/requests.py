"""The options that the `request` commands share, and the one way in which each asks."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from lockgate.certification.endentity import EndEntityStatus
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import ConfigurationError
from lockgate.ra.client import MESSAGE_ID_OCTETS
from lockgate.requests.submessages import Request
from lockgate_app.cli.choices import choice, member_of
from lockgate_app.cli.pickup import Targets, pick_up
from lockgate_app.cli.terminal import complain, configuration
from lockgate_app.container.ra import connect

Status = Annotated[
    EndEntityStatus,
    choice(EndEntityStatus, metavar="STATUS", help="For example new or key-recovery."),
]


def _reason(text: str) -> RevocationReason:
    """A reason by its name, or by its number in RFC 5280, 5.3.1."""
    if text.isdecimal() and int(text) in set(RevocationReason):
        return RevocationReason(int(text))
    return member_of(RevocationReason)(text)


Reason = Annotated[
    RevocationReason,
    choice(RevocationReason, parser=_reason, metavar="REASON", help="One of: {}; or its number."),
]
NewPasswordFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Holds the new password; without it a stored one stays.")
]
Username = Annotated[str, typer.Option(help="The end entity's name at the CA.")]
SubjectDn = Annotated[str, typer.Option(help="For example: CN=alice,O=Example,C=SE")]
Ca = Annotated[str, typer.Option(help="The CA that shall issue.")]
EndEntityProfile = Annotated[str, typer.Option(help="For example EMPTY.")]
CertificateProfile = Annotated[str, typer.Option(help="For example ENDUSER.")]
SubjectAltName = Annotated[str | None, typer.Option(help="For example: DNSNAME=host.example")]
Email = Annotated[str | None, typer.Option(help="The end entity's e-mail address.")]
MessageId = Annotated[str | None, typer.Option(help="Unique in the message database; random by default.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Take the place of the message of that id, if that still waits.")
]
NoSign = Annotated[bool, typer.Option("--no-sign", help="Do not sign the request.")]
NoEncrypt = Annotated[bool, typer.Option("--no-encrypt", help="Do not encrypt the request.")]
Output = Annotated[Path, typer.Option(metavar="FILE", help="Where to write the certificate (PEM).")]
Chain = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Where to write certificate and CA chain (PKCS#7, PEM).")
]
AnswerJson = Annotated[
    bool, typer.Option("--json", help="Write the whole answer as JSON to --output, or show it; for programs.")
]
FullChain = Annotated[
    Path | None,
    typer.Option(
        "--fullchain", metavar="FILE", help="Where to write certificate and CA chain as TLS servers read them (PEM)."
    ),
]
WithRoot = Annotated[bool, typer.Option("--with-root", help="Write the root to --fullchain, too.")]
SignOutput = Annotated[Path, typer.Option(metavar="FILE", help="Where to write a card's new signature certificate.")]
Wait = Annotated[int, typer.Option(metavar="SECONDS", min=0, help="How long to wait for the answer.")]
Keystore = Annotated[Path, typer.Option("--output", metavar="FILE", help="Where to write the keystore, for you alone.")]

KeyAlgorithm = Annotated[str, typer.Option(help="RSA, ECDSA or Ed25519.")]
KeySpec = Annotated[str, typer.Option(help="For RSA the bits, for ECDSA the curve (P-256); empty for Ed25519.")]


@dataclass(frozen=True, slots=True)
class Sending:
    """How a request is sent, and how long its answer is waited for.

    Attributes:
        wait: seconds.
    """

    message_id: str | None
    wait: int
    no_sign: bool = False
    no_encrypt: bool = False
    replace: bool = False

    def ask(self, context: typer.Context, request: Request, targets: Targets | None = None) -> None:
        """Send `request` as a message of its own, and store what the answer brings.

        Raises:
            ConfigurationError: nothing was sent: the answer could not be stored, or nothing says what to replace.
            typer.Exit: the CA refused, or no answer came in time.
        """
        targets = targets or Targets()
        targets.require_writable()
        if self.replace and not self.message_id:
            raise ConfigurationError("--replace needs --message-id: the message to replace")
        message_id = self.message_id or secrets.token_hex(MESSAGE_ID_OCTETS)
        with connect(configuration(context)) as ra:
            # Shown before anything can fail: after an interruption from now on, `request resume` goes on.
            complain(f"message {message_id}")
            sign, encrypt = not self.no_sign, not self.no_encrypt
            pending = ra.send([request], message_id=message_id, sign=sign, encrypt=encrypt, replace=self.replace)
            pick_up(ra, pending, self.wait, targets)
