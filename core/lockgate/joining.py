"""What makes two requests the same one, beside their effects: their secrets, and who can read the answer.

A request that joins an approval gets what that approval led to. So the bytes that administrators sign tell apart whom
the answer is encrypted to and which secrets the request sets, without telling the secrets.
"""

from collections.abc import Mapping

from lockgate.ports import ApprovalBook
from lockgate.signer import TrustedCertificate
from lockgate.submessages import Request, secret_fields

ABSENT = "absent"
"""Stands for a secret that the request does not carry."""
IN_CLEAR = "in clear"
"""Stands for an answer that is not encrypted."""


def secret_marks(request: Request, requester: str, username: str, work: ApprovalBook) -> Mapping[str, str]:
    """A mark for each field of `request` that may hold a secret: equal for equal secrets of one requester and end
    entity, and useless to whoever reads the database.

    Args:
        requester: SHA-256 fingerprint of the signer's certificate, lower-case hexadecimal.
        username: the end entity whose secrets they are; empty where there is none.
    """
    values = {name: getattr(request, name) for name in secret_fields(type(request))}
    return {
        name: ABSENT if value is None else work.secret_mark(requester, username, name, _octets(value))
        for name, value in values.items()
    }


def answer_recipient(certificate: TrustedCertificate | None) -> str:
    """Who can read the answer: the SHA-256 fingerprint of the certificate that it is encrypted to, or `IN_CLEAR`."""
    return certificate.fingerprint if certificate else IN_CLEAR


def _octets(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value
