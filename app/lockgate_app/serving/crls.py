"""CRLs of this node's CAs, issued where they are due and written to a directory, from time to time.

Each node of a CA does it: each has a directory of its own to publish, and what another node has issued is not due.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lockgate.errors import ConfigurationError, LockgateError
from lockgate_app.container.ca_host import CaHost, opened_zone
from lockgate_app.crls import CurrentCrl, WantedCrls, current_crls
from lockgate_app.settings import CaZone
from lockgate_app.settings.crls import CrlsTable
from lockgate_app.workers.lines import Lines
from lockgate_app.workers.stops import EventRest
from lockgate_app.workers.trouble import TroubleReport

_log = Lines("lockgate.crls")
OPERATOR = "lockgate serve"
"""In the audit log."""


@contextmanager
def crl_renewal(zone: CaZone, rest: EventRest) -> Iterator["CrlRenewal"]:
    """What issues the CRLs by the table `[crls]`; the database is let go at the end.

    Raises:
        ConfigurationError: there is no such table, or its directory cannot be written to.
    """
    if zone.crls is None:
        raise ConfigurationError("there is no table [crls]: this node issues no CRLs")
    require_directory(zone.crls)
    with opened_zone(zone, OPERATOR) as host:
        yield CrlRenewal(host, zone.crls, rest)


def require_directory(table: CrlsTable) -> None:
    """CRLs can be written there.

    Raises:
        ConfigurationError: they cannot.
    """
    if not table.directory.is_dir():
        raise ConfigurationError(f"crls.directory: {table.directory}: there is no such directory")
    if not os.access(table.directory, os.W_OK | os.X_OK):
        raise ConfigurationError(f"crls.directory: {table.directory}: this user may not write there")


class CrlRenewal:
    """Looks for CRLs that are due, and has them issued."""

    def __init__(self, host: CaHost, table: CrlsTable, rest: EventRest) -> None:
        self._host, self._table, self._rest = host, table, rest
        self._wanted = _wanted(table)
        self._trouble = TroubleReport(_log, rest.monotonic)
        self._refused: set[str] = set()

    def run(self) -> None:
        """Until a stop is asked for; no error ends it."""
        while not self._rest.stopping():
            try:
                self.look()
            except (LockgateError, OSError) as error:
                self._trouble.met(error)
            else:
                self._trouble.over()
            self._rest.rest(self._table.every)

    def look(self) -> None:
        """Issue and write once.

        Raises:
            LockgateError: the CA's database cannot be reached or used.
            OSError: the directory cannot be written to.
        """
        refused = set()
        for found in self._found():
            if found.refusal:
                refused.add(found.refusal)
            elif found.issued:
                _log.info(
                    "CRL issued", ca=found.file.ca_name, generation=found.file.generation, file=found.file.file_name
                )
        for refusal in sorted(refused - self._refused):
            _log.error("no CRL issued", reason=refusal)
        self._refused = refused

    def _found(self) -> Iterator[CurrentCrl]:
        for wanted in self._wanted:
            yield from current_crls(self._host, None, wanted, self._table.directory, pem=self._table.pem)


def _wanted(table: CrlsTable) -> Sequence[WantedCrls]:
    """The full ones first: a delta CRL adds to the last one."""
    delta = table.delta
    full = WantedCrls(False, table.lifetime, table.due_before, table.freshest, delta is not None)
    return [full] if delta is None else [full, WantedCrls(True, delta.lifetime, delta.due_before)]
