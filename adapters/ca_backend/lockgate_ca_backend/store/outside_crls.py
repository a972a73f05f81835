"""The CRLs of CAs outside in one transaction, and the schedule of their fetches."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from lockgate.errors import Conflict
from lockgate.outside.crls import CrlFacts
from lockgate.ports import FetchState, KeptCrl
from lockgate_ca_backend.store import outside_tables as tables
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds

_fetch, _crl, _hold = tables.outside_fetch, tables.outside_crl, tables.outside_hold
_FACTS = select(*(column for column in _crl.c if column.name != "crl"))
"""Without the CRL itself, which may have many octets."""


class OutsideCrlTable:
    """Three tables in one transaction.

    Args:
        now: milliseconds, by the database's clock.
    """

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now

    def begin(self, ca_name: str, again: timedelta) -> bool:
        """Whether a fetch is due; it is not due again before `again` has passed."""
        query = select(_fetch.c.due).where(_fetch.c.caname == ca_name).with_for_update()
        due = self._connection.execute(query).scalar_one_or_none()
        if due is not None and due > self._now:
            return False
        self._schedule(ca_name, again, new=due is None)
        return True

    def end(self, ca_name: str, again: timedelta, trouble: str) -> None:
        """Note how a fetch has ended."""
        new = self.state(ca_name) is None
        ended = {"trouble": trouble} if trouble else {"trouble": "", "fetched": self._now}
        self._schedule(ca_name, again, new=new, **ended)

    def state(self, ca_name: str) -> FetchState | None:
        """How fetching goes."""
        row = self._connection.execute(select(_fetch).where(_fetch.c.caname == ca_name)).one_or_none()
        if row is None:
            return None
        fetched = None if row.fetched is None else from_milliseconds(row.fetched)
        return FetchState(ca_name=ca_name, due=from_milliseconds(row.due), fetched=fetched, trouble=row.trouble)

    def last(self, ca_name: str, key: str, *, shared: bool = False) -> KeptCrl | None:
        """The CRL by that key, locked.

        Args:
            shared: others may read it meanwhile, too.
        """
        query = _FACTS.where(*_by(ca_name, key)).with_for_update(read=shared)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _kept(row)

    def all(self, ca_name: str) -> Sequence[KeptCrl]:
        """The last CRL by each key of the CA."""
        return list(map(_kept, self._connection.execute(_FACTS.where(_crl.c.caname == ca_name))))

    def keep(self, ca_name: str, facts: CrlFacts, crl: bytes, uncarried: int) -> None:
        """Keep a CRL in place of the last one by its key."""
        self._connection.execute(delete(_crl).where(*_by(ca_name, facts.key)))
        self._connection.execute(
            insert(_crl).values(
                caname=ca_name,
                keydigest=facts.key,
                number=None if facts.number is None else str(facts.number),
                thisupdate=to_milliseconds(facts.this_update),
                nextupdate=to_milliseconds(facts.next_update),
                digest=facts.digest,
                entries=facts.entries,
                uncarried=uncarried,
                crl=crl,
            )
        )

    def uncarried(self) -> Sequence[KeptCrl]:
        """Those that were not yet carried over as a whole, by name and key."""
        query = _FACTS.where(_crl.c.uncarried > 0).order_by(_crl.c.caname, _crl.c.keydigest)
        return list(map(_kept, self._connection.execute(query)))

    def carried(self, kept: KeptCrl, uncarried: int) -> None:
        """Note what is left.

        Raises:
            Conflict: another one was kept meanwhile, or another transaction has carried a part of it.
        """
        same = (*_by(kept.ca_name, kept.facts.key), _crl.c.digest == kept.facts.digest)
        noted = update(_crl).where(*same, _crl.c.uncarried == kept.uncarried).values(uncarried=uncarried)
        if self._connection.execute(noted).rowcount != 1:
            raise Conflict("another CRL was kept meanwhile")

    def content(self, ca_name: str, key: str) -> bytes:
        """The DER CRL, which must be kept."""
        return bytes(self._connection.execute(select(_crl.c.crl).where(*_by(ca_name, key))).scalar_one())

    def held(self, ca_name: str) -> Sequence[str]:
        """The fingerprints of the certificates that the CA has put on hold on its own."""
        query = select(_hold.c.fingerprint).where(_hold.c.caname == ca_name).order_by(_hold.c.fingerprint)
        return list(self._connection.execute(query).scalars())

    def note_hold(self, ca_name: str, fingerprint: str, *, on_hold: bool) -> None:
        """Note that the CA has put the certificate on hold, or that this is over."""
        self._connection.execute(delete(_hold).where(_hold.c.fingerprint == fingerprint))
        if on_hold:
            self._connection.execute(insert(_hold).values(caname=ca_name, fingerprint=fingerprint))

    def _schedule(self, ca_name: str, again: timedelta, *, new: bool, **values: object) -> None:
        due = self._now + again // timedelta(milliseconds=1)
        if new:
            self._connection.execute(insert(_fetch).values(caname=ca_name, due=due, **({"trouble": ""} | values)))
        else:
            self._connection.execute(update(_fetch).where(_fetch.c.caname == ca_name).values(due=due, **values))


def _by(ca_name: str, key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _crl.c.caname == ca_name, _crl.c.keydigest == key


def _kept(row: Row[Any]) -> KeptCrl:
    facts = CrlFacts(
        key=row.keydigest,
        number=None if row.number is None else int(row.number),
        this_update=from_milliseconds(row.thisupdate),
        next_update=from_milliseconds(row.nextupdate),
        digest=row.digest,
        entries=row.entries,
    )
    return KeptCrl(ca_name=row.caname, facts=facts, uncarried=row.uncarried)
