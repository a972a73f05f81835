"""The matters that operators are told of, as the CA's database has them now."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from lockgate.administration.approvals import ApprovalView
from lockgate.administration.listings import CertificateListing, CertificateQuery
from lockgate.administration.pages import Page, every
from lockgate.errors import CallerError
from lockgate.rights.approval import ApprovalStatus
from lockgate.rights.signer import CertificateStanding
from lockgate_app.approval_facts import approval_outline
from lockgate_app.container.ca_host import CaHost
from lockgate_app.facts import certificate_outline
from lockgate_app.settings.notices import NoticesTable
from lockgate_app.words import Facts

_INSTANT = timedelta(milliseconds=1)


class MatterKind(StrEnum):
    """What has happened."""

    APPROVAL_WAITS = "approval_waits"
    CERTIFICATE_EXPIRES = "certificate_expires"


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that operators are told of, once.

    Attributes:
        subject: tells it from others of its kind.
        facts: makes those for the message.
        over: whether nobody needs to be told any more.
    """

    kind: MatterKind
    subject: str
    facts: Callable[[], Facts]
    over: Callable[[], bool] = lambda: False

    @property
    def id(self) -> str:
        """SHA-256 of kind and subject, in hexadecimal."""
        return hashlib.sha256(f"{self.kind}\0{self.subject}".encode()).hexdigest()


def matters(host: CaHost, table: NoticesTable, *, certificates: bool = True) -> Iterator[Matter]:
    """All that the table asks for.

    Args:
        certificates: those that end soon, too.

    Raises:
        Unavailable: the CA's database cannot be reached.
    """
    if table.approvals:
        yield from _waiting_approvals(host)
    if table.expiring and certificates:
        yield from _expiring_certificates(host, sorted(table.expiring))


def _waiting_approvals(host: CaHost) -> Iterator[Matter]:
    for view in every(partial(host.approvals.approvals, ApprovalStatus.PENDING)):
        yield Matter(MatterKind.APPROVAL_WAITS, view.approval.id, partial(_approval, view))


def _expiring_certificates(host: CaHost, days: Sequence[int]) -> Iterator[Matter]:
    now = host.inspection.now()
    until = now + timedelta(days=days[-1])
    query = CertificateQuery(standing=CertificateStanding.GOOD, ends_since=now, ends_before=until)
    for listing in every(partial(host.inspection.certificates, query)):
        if step := _step(listing, now, days):
            yield _expiring(host, listing, step)


def _step(listing: CertificateListing, now: datetime, days: Sequence[int]) -> int:
    """The fewest of `days` that the certificate does not outlive; 0 where none is shorter than its whole life."""
    life = listing.not_after - listing.not_before
    fit = (number for number in days if timedelta(days=number) < life)
    return next((number for number in fit if listing.not_after <= now + timedelta(days=number)), 0)


def _expiring(host: CaHost, listing: CertificateListing, days: int) -> Matter:
    facts, over = partial(_certificate, host, listing, days), partial(_renewed, host, listing)
    return Matter(MatterKind.CERTIFICATE_EXPIRES, f"{listing.fingerprint} {days}", facts, over)


def _certificate(host: CaHost, listing: CertificateListing, days: int) -> Facts:
    """With the end entity's e-mail address, where there is one."""
    email = None
    with suppress(CallerError):  # it belongs to nobody
        email = host.inspection.end_entity(listing.username).end_entity.email
    return {"days": days, "certificate": {**certificate_outline(listing), "email": email}}


def _approval(view: ApprovalView) -> Facts:
    return {"approval": approval_outline(view)}


def _renewed(host: CaHost, listing: CertificateListing) -> bool:
    """Whether its end entity has another one by the same profile that ends later."""
    later = CertificateQuery(
        exact_username=listing.username,
        ca_name=listing.ca_name,
        standing=CertificateStanding.GOOD,
        certificate_profile=listing.certificate_profile,
        ends_since=listing.not_after + _INSTANT,
    )
    return bool(listing.username) and bool(host.inspection.certificates(later, Page(1)).items)
