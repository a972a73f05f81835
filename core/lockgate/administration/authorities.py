"""CAs, the generations of their keys, and their CRLs, as operators see them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lockgate.errors import CallerError
from lockgate.reasons import Rejected

CA_KEY_SPECIFICATIONS = ("RSA-2048", "RSA-3072", "RSA-4096", "P-256", "P-384")
"""The key types of CAs that can be asked for."""
DEFAULT_CA_KEY = "RSA-3072"
PROGRAM = "(program)"
"""In the place of a remote issuer's name, which has no parentheses: an `Issuer` of the program that runs the worker has
the key, and signs inside the registry's transaction."""
CRL_LIFETIME = timedelta(days=7)
CRL_OVERLAP = timedelta(days=2)
"""How long before the end of a full CRL the next one is due."""
DELTA_CRL_LIFETIME = timedelta(days=1)
DELTA_CRL_OVERLAP = timedelta(hours=8)


class CaStatus(StrEnum):
    """Whether a CA signs."""

    ACTIVE = "active"
    OFFLINE = "offline"


class GenerationState(StrEnum):
    """The state of a CA's generation: it signs CRLs only, everything, or nothing yet."""

    PREVIOUS = "previous"
    CURRENT = "current"
    NEXT = "next"


class RefusedByCa(CallerError):
    """The CA's own rules refuse what the administrator asked for.

    Attributes:
        rejected: the reason.
    """

    def __init__(self, rejected: Rejected) -> None:
        super().__init__(rejected.fail_info)
        self.rejected = rejected


class NoBaseCrl(CallerError):
    """There is no full CRL that a delta CRL could add to."""


@dataclass(frozen=True, slots=True)
class CaListing:
    """A CA, without its key.

    Attributes:
        generation: the number of the current one; the attributes below describe that one.
        certificate: DER; `chain`: DER, from its issuer up to the root, empty for a root.
        crl_number, crl_issued, crl_ends: of its last full CRL; 0 and None before the first.
        issuer: the name of the remote issuer that signs, or `PROGRAM`; empty where the CA's own key does.
    """

    name: str
    status: CaStatus
    generation: int
    fingerprint: str
    created: datetime
    certificate: bytes
    chain: tuple[bytes, ...]
    crl_number: int
    crl_issued: datetime | None
    crl_ends: datetime | None
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class GenerationListing:
    """A generation of a CA, without its key.

    Attributes:
        certificate: DER; `chain`: DER, from its issuer up to the root, empty for a root.
        old_with_new: DER, the root's certificate before this one, signed by this one's key (RFC 9810, 4.4).
        new_with_old: DER, this certificate signed by the key before it.
    """

    ca_name: str
    number: int
    state: GenerationState
    fingerprint: str
    created: datetime
    certificate: bytes
    chain: tuple[bytes, ...]
    old_with_new: bytes | None
    new_with_old: bytes | None


def generation_suffix(generation: int) -> str:
    """The suffix in the file names of a CA's generation: empty for the first one, `-2` for the second."""
    return "" if generation == 1 else f"-{generation}"
