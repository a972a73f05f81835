"""Fetching the CRLs of CAs outside: on a schedule, in a thread of its own, never while a message is handled.

The schedule stands in the registry, so that one of all workers fetches. A fetch is begun in one transaction and its
CRLs are kept in another one: a process that dies in between leaves the schedule as it would be after a failure.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from lockgate.audit import AuditEvent, Event
from lockgate.errors import LockgateError
from lockgate.outside.carrying import Carrying, OwnThread, Threads, Transactions
from lockgate.outside.cas import CrlSource, OutsideCa
from lockgate.outside.crls import judge_crl
from lockgate.ports import CrlReader, Fence, Registry, RegistryTransaction, RevocationList
from lockgate.queue.housekeeping import Purged
from lockgate.reasons import Rejected

RETRY = timedelta(minutes=5)
"""The pause after a fetch that has failed, at most."""
MAX_TROUBLE = 500
"""Characters of the text that says why a fetch has failed."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one place has brought.

    Attributes:
        crl: DER, verified; None where there is none.
        trouble: why; empty where there is one.
    """

    place: str
    found: RevocationList | None = None
    crl: bytes = b""
    trouble: str = ""


Cas = Callable[[RegistryTransaction], Sequence[OutsideCa]]


class CrlFetching:
    """The fetches of one worker, or of the runner of a remote issuer.

    Args:
        cas: the CAs whose CRLs it fetches.
        threads: each fetch runs there, and each CRL is read there.
    """

    def __init__(self, cas: Cas, registry: Registry, reader: CrlReader, threads: Threads) -> None:
        self._cas = cas
        self._registry = registry
        self._reader = reader
        self._threads = threads
        self._carrying = Carrying(reader, threads)
        self._flying: dict[str, tuple[OutsideCa, Future[Sequence[Fetched]]]] = {}

    @property
    def idle(self) -> bool:
        """Whether no fetch is under way, and no CRL is being read."""
        return not self._flying and self._carrying.idle

    def round(self, fence: Fence) -> Purged:
        """Keep what fetches have brought, compare a part of it with what is stored here, and begin what is due.

        It waits for nothing outside.

        Raises:
            FenceLost: another process holds this worker's lease now.
            Unavailable: the database cannot be reached.
        """
        for name, (ca, flight) in list(self._flying.items()):
            if flight.done():
                del self._flying[name]
                with self._registry.transaction(fence) as work:
                    _keep(ca, _brought(ca, flight), work)
        more = self._carrying.carry(partial(self._registry.transaction, fence))
        with self._registry.transaction(fence) as work:
            due = [_known(ca, work) for ca in self._due(work)]
        for ca in due:
            self._flying[ca.name] = ca, self._threads.submit(partial(_fetch, ca, self._reader))
        return Purged({}, more)

    def _due(self, work: RegistryTransaction) -> Sequence[OutsideCa]:
        idle = (ca for ca in self._cas(work) if ca.sources and ca.name not in self._flying)
        return [ca for ca in idle if work.outside_crls.begin(ca.name, min(RETRY, ca.every))]


def fetch_now(ca: OutsideCa, reader: CrlReader, transactions: Transactions) -> Sequence[Fetched]:
    """Fetch the CRLs of one CA at once, whether or not that is due, and compare all CRLs that were kept.

    Returns:
        what each place has brought; `trouble` of what was not kept says why.
    """
    with transactions() as work:
        known = _known(ca, work)
    brought = _fetch(known, reader)
    with transactions() as work:
        judged = _keep(known, brought, work)
    carrying = Carrying(reader, OwnThread())
    while carrying.carry(transactions):
        pass
    return judged


def _known(ca: OutsideCa, work: RegistryTransaction) -> OutsideCa:
    """With the certificate that the registry has, where the configuration names none."""
    if ca.certificates:
        return ca
    chain = work.publications.chain(ca.name)
    return ca if isinstance(chain, Rejected) else replace(ca, certificates=(chain[0].certificate,))


def _fetch(ca: OutsideCa, reader: CrlReader) -> Sequence[Fetched]:
    """What the places of a CA bring; nothing of it is kept yet."""
    return [_fetched(ca, source, reader) for source in ca.sources]


def _fetched(ca: OutsideCa, source: CrlSource, reader: CrlReader) -> Fetched:
    if not ca.certificates:
        return Fetched(source.place, trouble="there is no CA of that name here, and no certificate of it is configured")
    try:
        crl = source.published.crl(ca.certificates[0])
        return Fetched(source.place, reader.read(crl, ca.certificates), crl)
    except LockgateError as error:
        return Fetched(source.place, trouble=str(error)[:MAX_TROUBLE])
    except Exception as error:  # noqa: BLE001  (a defect of one adapter is a fetch that has failed)
        _log.exception("defect while fetching the CRL of CA %s from %s", ca.name, source.place)
        return Fetched(source.place, trouble=f"defect: {type(error).__name__}")


def _brought(ca: OutsideCa, flight: "Future[Sequence[Fetched]]") -> Sequence[Fetched]:
    error = flight.exception()
    return flight.result() if error is None else [Fetched(ca.name, trouble=f"defect: {type(error).__name__}")]


def _keep(ca: OutsideCa, brought: Sequence[Fetched], work: RegistryTransaction) -> Sequence[Fetched]:
    """Keep the CRLs that are newer than those before, and note when the next fetch is due.

    Returns:
        what was brought; `trouble` of what was not kept says why.
    """
    judged = [_kept(ca, one, work) for one in brought]
    troubles = "; ".join(f"{one.place}: {one.trouble}" for one in judged if one.trouble)
    if troubles:
        _log.warning("CA %s: a CRL was not fetched: %s", ca.name, troubles)
    again = min(RETRY, ca.every) if troubles else ca.every
    work.outside_crls.end(ca.name, again, troubles[:MAX_TROUBLE])
    return judged


def _kept(ca: OutsideCa, one: Fetched, work: RegistryTransaction) -> Fetched:
    if one.found is None:
        return one
    facts = one.found.facts
    last = work.outside_crls.last(ca.name, facts.key)
    if complaint := judge_crl(facts, last.facts if last else None, work.now()):
        return replace(one, trouble=complaint)
    if last is None or last.facts.digest != facts.digest:
        work.outside_crls.keep(ca.name, facts, one.crl)
        number = {} if facts.number is None else {"number": str(facts.number)}
        details = {"place": one.place, "digest": facts.digest, "entries": str(facts.entries), **number}
        work.audit(AuditEvent(Event.CRL_FETCHED, f"CA {ca.name}", ca.name, details))
    return one
