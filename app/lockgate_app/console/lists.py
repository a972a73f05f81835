"""The lists of the console, each a function of the conditions that the page was asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from lockgate.administration.audit import AuditQuery
from lockgate.administration.console import ListView, Table
from lockgate.administration.listings import CertificateQuery
from lockgate.administration.pages import Found, Page
from lockgate.audit import Event
from lockgate.errors import CallerError, Unavailable
from lockgate.ports import MessageStore
from lockgate.rights.approval import ApprovalStatus
from lockgate.rights.signer import CertificateStanding
from lockgate_app.approval_facts import approval_outline
from lockgate_app.console import filters
from lockgate_app.container.ca_host import CaHost
from lockgate_app.facts import audit_entry, ca_outline, certificate_outline, kept_crl, message_outline
from lockgate_app.health.readings import HostReadings, read_now
from lockgate_app.health.sections import sections, span
from lockgate_app.words import Facts, fingerprint, serial_number

Asked = Mapping[str, str]
Item = TypeVar("Item")
PAGE = 50
APPROVAL, CERTIFICATE = {"id": "/approvals/"}, {"fingerprint": "/certificates/"}
MAX_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Lists:
    """Reads what the lists show.

    Attributes:
        stores: the message databases, by data source.
        readings: what is read to tell how the host does.
    """

    host: CaHost
    stores: Mapping[str, MessageStore]
    readings: HostReadings

    def views(self) -> Sequence[ListView]:
        """The pages, in the order in which they are offered."""
        return (
            ListView("/", "Overview", self.overview),
            ListView("/approvals", "Approvals", self.approvals, filters.APPROVALS),
            ListView("/messages", "Messages", self.messages, filters.of_messages(self.stores)),
            ListView("/workers", "Workers and leases", self.workers),
            ListView("/certificates", "Certificates", self.certificates, filters.CERTIFICATES),
            ListView("/audit", "Audit log", self.audit, filters.AUDIT),
            ListView("/crls", "CRLs", self.crls),
            ListView("/expiring", "Expiring", self.expiring, filters.EXPIRING),
        )

    def overview(self, _: Asked) -> Sequence[Table]:
        """How the host does."""
        facts = read_now(self.readings)
        troubles = [{"trouble": trouble} for trouble in [*facts.troubles(), *facts.idle()]]
        return [Table("troubles", troubles), *(Table(section.title, section.rows) for section in sections(facts))]

    def approvals(self, asked: Asked) -> Sequence[Table]:
        """Those of a status, the newest first."""
        page = self.host.approvals.approvals(_chosen(asked, "status", ApprovalStatus), _page(asked))
        rows = [*map(approval_outline, page.items)]
        return [Table("approvals", rows, _next(asked, page.next), page.more, links=APPROVAL)]

    def messages(self, asked: Asked) -> Sequence[Table]:
        """Those of a status in every message database, the oldest first; a page of one of them."""
        chosen = asked.get("data_source")
        if chosen and chosen not in self.stores:
            raise CallerError(f"there is no data source {chosen!a}")
        return [self._messages(name, asked) for name in ([chosen] if chosen else self.stores)]

    def _messages(self, name: str, asked: Asked) -> Table:
        title, status = f"data source {name}", filters.MESSAGE_STATUSES.get(asked.get("status", ""))
        if status is None:
            raise CallerError(f"a status is one of: {', '.join(filters.MESSAGE_STATUSES)}")
        try:
            found = self.stores[name].browse(status, PAGE, _number(asked, "after"))
        except Unavailable as error:
            return Table(title, trouble=str(error))
        now = self.host.inspection.now()
        rows = [{**message_outline(message), "age": _age(message.created, now)} for message in found.messages]
        last = None if found.last is None else str(found.last)
        return Table(title, rows, _next({**asked, "data_source": name}, last))

    def workers(self, _: Asked) -> Sequence[Table]:
        """What the configuration of this node has, and who holds a lease."""
        zone = self.host.container.zone()
        elsewhere = zone.elsewhere()
        configured = [
            {
                "worker": name,
                "data source": worker.data_source,
                "nodes": ", ".join(worker.nodes) or "any",
                "processes": worker.processes,
                f"runs on {zone.node}": name not in elsewhere,
            }
            for name, worker in zone.active_workers().items()
        ]
        leases = [
            {"worker": lease.worker, "held": lease.held, "changes": lease.changes}
            for lease in self.host.container.observation().leases()
        ]
        return [Table("workers", configured), Table("leases", leases)]

    def certificates(self, asked: Asked) -> Sequence[Table]:
        """A search."""
        serial, ra = asked.get("serial"), asked.get("ra")
        query = CertificateQuery(
            username=asked.get("username"),
            subject=asked.get("subject"),
            ca_name=asked.get("ca"),
            serial_number=None if serial is None else serial_number(serial),
            standing=_chosen(asked, "status", CertificateStanding),
            requester_fingerprint=None if ra is None else fingerprint(ra),
        )
        return [self._certificates(query, asked)]

    def _certificates(self, query: CertificateQuery, asked: Asked) -> Table:
        found = self.host.inspection.certificates(query, _page(asked))
        return _table("certificates", found, [*map(certificate_outline, found.items)], asked, CERTIFICATE)

    def audit(self, asked: Asked) -> Sequence[Table]:
        """A search in the audit log."""
        query = AuditQuery(
            event=_chosen(asked, "event", Event),
            writer=asked.get("writer"),
            who=asked.get("who"),
            target=asked.get("target"),
            since=_day(asked, "since"),
            until=_day(asked, "until"),
        )
        found = self.host.inspection.audit_entries(query, _page(asked))
        return [_table("entries", found, [*map(audit_entry, found.items)], asked)]

    def crls(self, _: Asked) -> Sequence[Table]:
        """The last full CRL of each CA, and those of CAs outside that were fetched."""
        authorities = self.host.inspection.authorities()
        outside = self.host.container.zone().ca.outside
        fetched = [kept_crl(kept) for name in outside for kept in self.host.inspection.outside_crls(name)]
        return [Table("CRLs", [*map(ca_outline, authorities)]), Table("CRLs of CAs outside", fetched)]

    def expiring(self, asked: Asked) -> Sequence[Table]:
        """Good certificates that end soon, and the keystores of this node."""
        days = _number(asked, "days")
        if days is None or not 0 <= days <= MAX_DAYS:
            raise CallerError(f"days: a number up to {MAX_DAYS}")
        now = self.host.inspection.now()
        query = CertificateQuery(
            standing=CertificateStanding.GOOD, ends_since=now, ends_before=now + timedelta(days=days)
        )
        return [self._certificates(query, asked), Table("keystores", [*self._keystores()])]

    def _keystores(self) -> Iterator[Facts]:
        for store in self.readings.keystores():
            yield {"keystore": store.name, "ends in": span(store.seconds_left)}


def _table(
    title: str, found: Found[Item], rows: Sequence[Facts], asked: Asked, links: Mapping[str, str] | None = None
) -> Table:
    return Table(title, rows, _next(asked, found.next), links=links or {})


def _page(asked: Asked) -> Page:
    return Page(PAGE, asked.get("after"))


def _next(asked: Asked, after: str | None) -> Asked:
    return {} if after is None else {**asked, "after": after}


def _number(asked: Asked, name: str) -> int | None:
    text = asked.get(name)
    if text is None:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 18):
        raise CallerError(f"{name}: {text!a} is no number")
    return int(text)


Choice = TypeVar("Choice", ApprovalStatus, CertificateStanding, Event)


def _chosen(asked: Asked, name: str, kind: type[Choice]) -> Choice | None:
    text = asked.get(name)
    if text is None:
        return None
    try:
        return kind(text)
    except ValueError:
        raise CallerError(f"{name}: {text!a} is none of {', '.join(kind)}") from None


def _day(asked: Asked, name: str) -> datetime | None:
    text = asked.get(name)
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise CallerError(f"{name}: {text!a} is no day, such as 2026-11-30") from None


def _age(created: int, now: datetime) -> str:
    """Of a message, by the time that its row says."""
    return span(now.timestamp() - created / 1000)
