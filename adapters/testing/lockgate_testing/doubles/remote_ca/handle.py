"""A test's hand on the CA: starts and ends its process, sets its behaviour and reads what it has done."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Unavailable
from lockgate.ports import Traits
from lockgate_testing.doubles.remote_ca.authority import take_over
from lockgate_testing.doubles.remote_ca.behaviour import Behaviour
from lockgate_testing.doubles.remote_ca.certificates import CaPrivateKey
from lockgate_testing.doubles.remote_ca.issuer import PATIENCE, PAUSE, RemoteCaIssuer
from lockgate_testing.doubles.remote_ca.store import created, is_served, opened, transaction

PATIENCE_OF_TESTS = 30.0
"""Seconds until the CA counts as stuck."""


class RemoteCa:
    """The CA behind a file. What it tells counts everything that has left its caller, but calls that are held.

    Args:
        path: the CA's file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def issuer(self, *, patience: float = PATIENCE, **traits: Any) -> RemoteCaIssuer:
        """A client.

        Args:
            patience: seconds for which it waits for an answer.
            traits: as of `Traits`.
        """
        return RemoteCaIssuer(self.path, Traits(**traits), patience)

    def behave(self, **settings: Any) -> None:
        """From now on behave so; settings are those of `Behaviour`, and what is not named is as by default.

        What has left its caller by now, and is not held, is carried out first.
        """
        self._settle()
        with opened(self.path) as connection, transaction(connection):
            Behaviour(**settings).write(connection)

    @property
    def behaviour(self) -> Behaviour:
        """How it behaves now."""
        with opened(self.path) as connection:
            return Behaviour.read(connection)

    @property
    def certificate(self) -> bytes:
        """The CA's own, DER."""
        ((certificate,),) = self._rows("select certificate from authority")
        return bytes(certificate)

    def issued(self) -> Sequence[bytes]:
        """Every certificate that counts, DER, in the order in which they were issued."""
        return self._certificates("issued")

    def issued_for(self, operation: str) -> Sequence[bytes]:
        """Those of one operation."""
        statement = "select certificate from certificates where state = 'issued' and operation = ? order by number"
        return [bytes(certificate) for (certificate,) in self._rows(statement, operation)]

    def unconfirmed(self) -> Sequence[bytes]:
        """Every certificate that waits for its confirmation, and is void until then."""
        return self._certificates("unconfirmed")

    def revoked(self) -> Mapping[int, RevocationReason]:
        """The reason of each serial number that stands revoked or on hold."""
        rows = self._rows("select serial, reason from revocations")
        return {int(serial): RevocationReason(reason) for serial, reason in rows}

    def calls(self) -> Mapping[str, int]:
        """For each operation, how many calls have arrived."""
        return Counter(name for (name,) in self._rows("select operation from inbox where kind = 'call' and done = 1"))

    def lookups(self) -> int:
        """How many lookups have arrived."""
        ((count,),) = self._rows("select count(*) from inbox where kind = 'lookup'")
        return int(count)

    def held(self) -> Sequence[str]:
        """The operations whose calls have left their callers and are held, in order."""
        return [name for (name,) in self._rows("select operation from inbox where held = 1 order by number")]

    def deliver(self) -> None:
        """The calls that were held arrive now, and are carried out before this returns.

        After the client's `traits.timeout` no call may arrive: a test uses `lose` then.
        """
        self._rows("update inbox set held = 0 where held = 1")
        self._settle()

    def lose(self) -> None:
        """The calls that were held never arrive."""
        self._rows("delete from inbox where held = 1")

    def _certificates(self, state: str) -> Sequence[bytes]:
        rows = self._rows("select certificate from certificates where state = ? order by number", state)
        return [bytes(certificate) for (certificate,) in rows]

    def _rows(self, statement: str, *values: str) -> Sequence[tuple[Any, ...]]:
        self._settle()
        with opened(self.path) as connection:
            return connection.execute(statement, values).fetchall()

    def _settle(self) -> None:
        """Wait until the CA has carried out everything that is not held; it does nothing where it does not run."""
        end = time.monotonic() + PATIENCE_OF_TESTS
        with opened(self.path) as connection:
            while connection.execute("select 1 from inbox where done = 0 and held = 0").fetchone():
                if not is_served(self.path):
                    return
                if time.monotonic() > end:
                    raise Unavailable("the CA is stuck")
                time.sleep(PAUSE)


@contextmanager
def running(path: Path, *subject: str, authority: tuple[CaPrivateKey, bytes] | None = None) -> Iterator[RemoteCa]:
    """The CA behind a file, which is made if it does not exist; the CA's process ends with the context.

    Args:
        subject: of a new CA's certificate, in the form of RFC 4514.
        authority: the key of a new CA and its certificate, DER; by default it makes both.

    Raises:
        Unavailable: the process has not started; what it printed on the standard error says why.
    """
    if authority is not None:
        with created(path) as connection:
            take_over(connection, *authority)
    command = [sys.executable, "-m", "lockgate_testing.doubles.remote_ca", str(path), *subject]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        try:
            if process.stdout is None or process.stdout.readline() != b"ready\n":
                raise Unavailable("the CA's process has not started")
            yield RemoteCa(path)
        finally:
            process.terminate()
