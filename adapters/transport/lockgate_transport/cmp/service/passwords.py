"""Passwords that a request itself shows: in its control regToken, or in an attribute of the subject that it asks for.

They stand there in clear: everybody who sees the message, such as the owner of the RA's host, learns them, and can ask
for the certificate in the end entity's place. Only an alias that says so takes them, in client mode. Each is judged as
the end entity's own password, inside the unit of work: a wrong one uses up an attempt.
"""

from dataclasses import dataclass, field

from lockgate.ports import Random
from lockgate_formats.cmp.contents import CertificateRequestMessage
from lockgate_formats.cmp.messages import PkiMessage
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo
from lockgate_transport.cmp.service.aliases import CmpAlias
from lockgate_transport.cmp.service.asking import requests_in
from lockgate_transport.cmp.service.failures import Refused
from lockgate_transport.cmp.service.names import distinguished

ENROLLING = frozenset({BodyType.IR, BodyType.CR, BodyType.P10CR})
"""The bodies whose requests may show a password."""
MAX_PASSWORD = 255
"""Characters."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Whom a message says that it is from, and how it shows that; not judged yet."""

    username: str
    password: str = field(repr=False)


def claimed_in(message: PkiMessage, alias: CmpAlias, random: Random) -> Claimed | None:
    """The end entity that a message names in the subject which it asks for, with the password that it shows; None where
    it shows none, or the alias takes none.

    Raises:
        Refused: it shows one and holds several requests, or no name of an end entity.
        MalformedMessage: its requests cannot be read.
    """
    if message.body_type not in ENROLLING or not alias.takes_claims:
        return None
    requests = requests_in(message, alias.limits)
    shown = [password for request in requests if (password := password_in(request, alias))]
    if not shown:
        return None
    if len(requests) > 1:
        raise Refused(FailInfo.BAD_REQUEST, "A message whose request shows a password holds one request.")
    subject = distinguished(requests[0].template.subject or b"")
    username = None if subject is None else alias.names.username(subject, random)
    if username is None or "\0" in username:
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, f"The subject holds no usable {alias.names.wanted}.")
    return Claimed(username, shown[0])


def password_in(request: CertificateRequestMessage, alias: CmpAlias) -> str | None:
    """The password that a request shows where the alias looks for one; None where it shows none.

    Raises:
        Refused: it holds what cannot be one.
    """
    token = request.controls.reg_token if alias.token_password else None
    password = token if token is not None else _in_subject(request, alias)
    if password is not None and ("\0" in password or not 0 < len(password) <= MAX_PASSWORD):
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, f"A password has 1 to {MAX_PASSWORD} characters.")
    return password


def _in_subject(request: CertificateRequestMessage, alias: CmpAlias) -> str | None:
    if alias.subject_password is None or request.template.subject is None:
        return None
    subject = distinguished(request.template.subject)
    found = () if subject is None else subject.values(alias.subject_password)
    if len(found) > 1:
        text = f"The subject holds the attribute {alias.subject_password} several times."
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, text)
    return found[0] if found else None
