"""CAs outside this installation whose CRLs are fetched, or which are asked by OCSP."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from lockgate.ports import OcspResponder, PublishedCrls

FETCH_EVERY = timedelta(hours=1)
"""The default pause between two fetches."""


@dataclass(frozen=True, slots=True)
class CrlSource:
    """One place of CRLs.

    Attributes:
        place: its name for people.
    """

    place: str
    published: PublishedCrls


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideCa:
    """A CA outside.

    Certificates that it has issued to RAs, administrators and workers are believed if `certificates` are known. Without
    them it is a CA for which a remote issuer signs: the registry has its certificate.

    Attributes:
        name: in `raissuer`, or in the registry.
        certificates: DER, the ones under which it has issued; they have one subject.
        sources: where its CRLs are; one for each of its keys, or one for all.
        responder: answers for it by OCSP, in place of its CRLs; None where CRLs count.
        every: the pause between two fetches, or two questions about one certificate.
        max_age: how long after its thisUpdate a CRL or an answer counts at most; None until its nextUpdate.
    """

    name: str
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    sources: Sequence[CrlSource] = ()
    responder: OcspResponder | None = None
    every: timedelta = FETCH_EVERY
    max_age: timedelta | None = None
