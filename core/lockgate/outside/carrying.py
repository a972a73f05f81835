"""What a CA outside has revoked on its own, carried over to the certificates that are stored here.

A remote issuer signs for such a CA, and its CRL may list certificates that nobody here has revoked. Each entry is
compared with the stored certificate. A CRL may have a million entries: it is read and searched in a thread of its own
while no transaction is open, and the part that one transaction compares is bounded. After a crash the same part is
compared again, which changes nothing twice.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar

from lockgate.certification.endentity import CertificateFacts
from lockgate.certification.revocation import RevocationReason, RevokedCertificate, next_standing
from lockgate.errors import PeerError
from lockgate.ports import CrlReader, KeptCrl, RegistryTransaction, RevocationList
from lockgate.reasons import Rejected

_log = logging.getLogger(__name__)
CARRIED_AT_ONCE = 2000
"""Entries that one transaction compares at most, and holds that it lifts."""
Result = TypeVar("Result")
Transactions = Callable[[], AbstractContextManager[RegistryTransaction]]
"""Begins a unit of work."""


class Threads(Protocol):
    """Begins what takes long (`concurrent.futures.Executor`)."""

    def submit(self, task: Callable[[], Result], /) -> "Future[Result]":
        """Begin one."""


class OwnThread(Threads):
    """Carries out each task at once, in the thread of its caller, who waits for it."""

    def submit(self, task: Callable[[], Result], /) -> "Future[Result]":
        """Carry it out; what it raises is raised."""
        done: Future[Result] = Future()
        done.set_result(task())
        return done


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A CRL that was read.

    Attributes:
        found: None where it cannot be read.
        ended: the holds of the CA's own that it lists no more; None where that was not looked up.
    """

    digest: str
    found: RevocationList | None
    ended: Sequence[CertificateFacts] | None = None


_Task = Callable[[], _Prepared]


class Carrying:
    """Compares CRLs that were kept, each once. The CRL that is under way stays read.

    Args:
        reader: reads what was kept.
        threads: CRLs are read and searched there.
    """

    def __init__(self, reader: CrlReader, threads: Threads) -> None:
        self._reader = reader
        self._threads = threads
        self._prepared: _Prepared | None = None
        self._task: Future[_Prepared] | None = None

    @property
    def idle(self) -> bool:
        """Whether no CRL is being read or searched."""
        return self._task is None

    def carry(self, transactions: Transactions, limit: int = CARRIED_AT_ONCE) -> bool:
        """Compare up to `limit` entries in one transaction; whether there is more at once. It waits for no thread.

        Raises:
            Conflict: a certificate has changed meanwhile; the same part is compared again.
        """
        if self._task is not None:
            if not self._task.done():
                return False
            task, self._task = self._task, None
            self._prepared = task.result()
        with transactions() as work:
            kept = next(iter(work.outside_crls.uncarried()), None)
            task_to_do = None if kept is None else self._step(kept, limit, work)
        if kept is None:
            self._prepared = None
            return False
        if task_to_do is None:
            return True
        self._task = self._threads.submit(task_to_do)
        return self._task.done()

    def _step(self, kept: KeptCrl, limit: int, work: RegistryTransaction) -> _Task | None:
        """Do one part; or tell what must be done outside of the transaction before."""
        prepared = self._prepared
        if prepared is None or prepared.digest != kept.facts.digest:
            chain = work.publications.chain(kept.ca_name)
            issuers = () if isinstance(chain, Rejected) else (chain[0].certificate,)
            return partial(self._read, kept, work.outside_crls.content(kept), issuers)
        found = prepared.found
        if found is None:
            work.outside_crls.carried(kept, 0)
            return None
        # One step more than there are entries: the last one looks for those that are no longer listed.
        first = found.facts.entries + 1 - kept.uncarried
        if first < found.facts.entries:
            _adopt(kept.ca_name, found.part(first, limit), work)
            work.outside_crls.carried(kept, max(kept.uncarried - limit, 1))
            return None
        if prepared.ended is None:
            return partial(_search, prepared, found, work.outside_crls.held(kept.ca_name))
        self._prepared = replace(prepared, ended=None)  # they are looked up anew for the next part, or after a conflict
        _lift(prepared.ended[:limit], found, work)
        if len(prepared.ended) <= limit:
            work.outside_crls.carried(kept, 0)
        return None

    def _read(self, kept: KeptCrl, content: bytes, issuers: Sequence[bytes]) -> _Prepared:
        try:
            return _Prepared(kept.facts.digest, self._reader.read(content, issuers))
        except PeerError:
            _log.exception("the CRL of CA %s that was kept cannot be read any more", kept.ca_name)
            return _Prepared(kept.facts.digest, None)


def _search(prepared: _Prepared, found: RevocationList, held: Iterable[CertificateFacts]) -> _Prepared:
    """A full CRL lists a certificate no more that its CA has taken from hold. Holds that were asked for here stay."""
    return replace(prepared, ended=[one for one in held if found.find(one.serial_number) is None])


def _adopt(ca_name: str, entries: Sequence[RevokedCertificate], work: RegistryTransaction) -> None:
    by_number = {entry.serial_number: entry for entry in entries}
    for certificate in work.outside_crls.issued_here(ca_name, list(by_number)):
        adopt(certificate, by_number[certificate.serial_number], work)


def adopt(certificate: CertificateFacts, entry: RevokedCertificate, work: RegistryTransaction) -> None:
    """Change the certificate's standing as the entry of its CA's CRL says, where it can still change so."""
    if not isinstance(next_standing(certificate.standing, entry.reason, certificate.reason), Rejected):
        work.outside_crls.adopt(certificate, entry)


def _lift(ended: Iterable[CertificateFacts], found: RevocationList, work: RegistryTransaction) -> None:
    for certificate in ended:
        released = RevokedCertificate(
            certificate.serial_number, found.facts.this_update, RevocationReason.REMOVE_FROM_CRL
        )
        work.outside_crls.adopt(certificate, released)
