"""The client of the CA, which a worker has."""

import sqlite3
import time
from pathlib import Path

from lockgate.errors import Defect, NotSent, Unavailable
from lockgate.ports import IssuerAnswer, Order, ReachableIssuer, RemoteIssuer, RevocationOrder, Traits
from lockgate_testing.doubles.remote_ca.behaviour import Behaviour
from lockgate_testing.doubles.remote_ca.exchange import Kind, Question, decode_answer, draft_of, order_of
from lockgate_testing.doubles.remote_ca.store import is_served, opened, transaction

PATIENCE = 2.0
PAUSE = 0.002
"""Seconds between two looks for the answer."""


class RemoteCaIssuer(RemoteIssuer, ReachableIssuer):
    """Has the CA behind a file carry out orders.

    Args:
        path: the CA's file.
        traits: what the CA promises to this client; `timeout` and `calls` bind the CA to nothing.
        patience: seconds for which an answer is waited for.
    """

    def __init__(self, path: Path, traits: Traits | None = None, patience: float = PATIENCE) -> None:
        self.traits = traits or Traits()
        self._path, self._patience = path, patience

    def draft(self, order: Order | RevocationOrder) -> bytes:
        return draft_of(order)

    def call(self, draft: bytes) -> IssuerAnswer:
        answer = self._ask(self._question(Kind.CALL, draft))
        if answer is None:
            raise Defect("the CA has no answer to a call")
        return answer

    def lookup(self, draft: bytes) -> IssuerAnswer | None:
        if not (self.traits.looks_up or self.traits.polls):
            raise Defect("this CA cannot be asked what became of a draft")
        return self._ask(self._question(Kind.LOOKUP, draft))

    def confirm(self, draft: bytes, certificate: bytes, *, accepted: bool) -> None:
        if not self.traits.confirms:
            raise Defect("this CA's certificates need no confirmation")
        self._ask(self._question(Kind.CONFIRM, draft, certificate, accepted=accepted))

    def reach(self) -> str:
        self._ask(self._question(Kind.REACH, b""))
        return f"the CA behind {self._path.name}"

    def _question(self, kind: Kind, draft: bytes, certificate: bytes = b"", *, accepted: bool = False) -> Question:
        return Question(
            kind=kind,
            draft=draft,
            idempotent=self.traits.idempotent,
            confirms=self.traits.confirms,
            certificate=certificate,
            accepted=accepted,
        )

    def _ask(self, question: Question) -> IssuerAnswer | None:
        if not is_served(self._path):
            raise NotSent("the CA does not run")
        try:
            with opened(self._path) as connection:
                return decode_answer(self._awaited(connection, _send(connection, question)))
        except sqlite3.Error as error:
            raise Unavailable(f"the CA's file cannot be used: {error}") from None

    def _awaited(self, connection: sqlite3.Connection, number: int) -> str:
        end = time.monotonic() + self._patience
        while time.monotonic() < end:
            row = connection.execute("select answer from inbox where number = ?", (number,)).fetchone()
            if row is not None and row[0] is not None:
                return str(row[0])
            time.sleep(PAUSE)
        raise Unavailable("the CA has not answered in time")


def _send(connection: sqlite3.Connection, question: Question) -> int:
    """The number of the question in the inbox; once it is committed there, it has left its caller."""
    with transaction(connection):
        behaviour = Behaviour.read(connection)
        if behaviour.away:
            raise NotSent("the CA cannot be reached")
        held = behaviour.holds and question.kind is Kind.CALL
        statement = "insert into inbox (kind, operation, question, held) values (?, ?, ?, ?) returning number"
        operation = order_of(question.draft).operation if question.draft else ""
        values = (question.kind, operation, question.encode(), held)
        (number,) = connection.execute(statement, values).fetchone()
    return int(number)
