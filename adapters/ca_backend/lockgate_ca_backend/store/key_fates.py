"""Keys that are condemned, and keys in doubt with the reporters (`lockgate.certification.key_fate`). All others are
good."""

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from lockgate.certification.key_fate import CONDEMNED_KEY, GOOD_KEY, Fate, KeyFate
from lockgate_ca_backend.store import tables

_table = tables.key_fate
_ANY = select(_table.c.keydigest).limit(1)
NOBODY = ""
"""The value of the reporter of a condemned key, for which the reporter does not matter."""


class KeyFateTable:
    """The fates of keys in one transaction. Keys are named by their identities."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._changed: set[str] = set()
        self._all_good: bool | None = None

    def of(self, key: str) -> KeyFate:
        """The state of the key. Most installations have no key that is not good, so it is read once whether there are
        any."""
        if self._are_all_good():
            return GOOD_KEY
        found = list(self._connection.execute(select(_table.c.reporter).where(_table.c.keydigest == key)).scalars())
        return _fate(found)

    def _are_all_good(self) -> bool:
        if self._all_good is None:
            self._all_good = self._connection.execute(_ANY).first() is None
        return self._all_good

    def is_changed(self, key: str) -> bool:
        """Whether the key's fate was changed in this transaction."""
        return key in self._changed

    def condemn(self, key: str) -> bool:
        """Condemn the key; returns whether it was not condemned before."""
        return self._add(key, NOBODY)

    def doubt(self, key: str, reporter: str) -> bool:
        """Put a key that is not condemned in doubt by the report of the end entity `reporter`; returns whether it is a
        new report."""
        return self.of(key).fate is not Fate.CONDEMNED and self._add(key, reporter)

    def clear(self, key: str) -> None:
        """Make the key good again."""
        self._connection.execute(delete(_table).where(_table.c.keydigest == key))
        self._changed.add(key)

    def all(self) -> Mapping[str, KeyFate]:
        """Every key that is not good, by identity."""
        found: dict[str, list[str]] = {}
        for row in self._connection.execute(select(_table).order_by(_table.c.keydigest, _table.c.reporter)):
            found.setdefault(row.keydigest, []).append(row.reporter)
        return {key: _fate(reporters) for key, reporters in found.items()}

    def _add(self, key: str, reporter: str) -> bool:
        known = select(_table.c.keydigest).where(_table.c.keydigest == key, _table.c.reporter == reporter)
        self._changed.add(key)
        if self._connection.execute(known).first() is not None:
            return False
        self._connection.execute(insert(_table).values(keydigest=key, reporter=reporter))
        self._all_good = False
        return True


def _fate(reporters: list[str]) -> KeyFate:
    if NOBODY in reporters:
        return CONDEMNED_KEY
    return KeyFate(Fate.IN_DOUBT, frozenset(reporters)) if reporters else GOOD_KEY
