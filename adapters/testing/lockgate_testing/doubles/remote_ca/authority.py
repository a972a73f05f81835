"""The CA itself: it takes one question after the other out of its inbox and carries it out in one transaction."""

import sqlite3
from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from lockgate.ports import Issued, IssuerAnswer, Later, Order, RevocationOrder
from lockgate.reasons import Reason, Rejected
from lockgate_testing.doubles.remote_ca.behaviour import AFTER, Behaviour, Wrong
from lockgate_testing.doubles.remote_ca.certificates import TOO_LARGE, CaPrivateKey, Signer, new_key, own_certificate
from lockgate_testing.doubles.remote_ca.exchange import (
    Kind,
    Question,
    decode_answer,
    defect,
    encode_answer,
    order_of,
)
from lockgate_testing.doubles.remote_ca.standings import change_standing
from lockgate_testing.doubles.remote_ca.store import transaction


def found(connection: sqlite3.Connection, subject: str) -> None:
    """Give the CA a new key, its certificate and a behaviour, if it has none."""
    key = new_key()
    take_over(connection, key, own_certificate(key, subject))


def take_over(connection: sqlite3.Connection, key: CaPrivateKey, certificate: bytes) -> None:
    """Give the CA that key, its certificate (DER) and a behaviour, if it has none."""
    with transaction(connection):
        if connection.execute("select 1 from authority").fetchone() is None:
            octets = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            connection.execute("insert into authority values (?, ?)", (octets, certificate))
            Behaviour().write(connection)


class Authority:
    """A CA with its key.

    Args:
        connection: to its file.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        octets, certificate = connection.execute("select key, certificate from authority").fetchone()
        key = load_der_private_key(octets, None)
        if not isinstance(key, CaPrivateKey):
            raise TypeError("the CA's key is none for RSA or ECDSA")
        self._signer = Signer(key, x509.load_der_x509_certificate(certificate).subject.public_bytes())

    def carry_out_next(self) -> bool:
        """Carry out what arrived first and is not held; whether there was something."""
        query = "select number, question from inbox where done = 0 and held = 0 order by number limit 1"
        row = self._connection.execute(query).fetchone()
        if row is None:
            return False
        with transaction(self._connection):
            behaviour = Behaviour.read(self._connection)
            answer = self._answer(Question.decode(row[1]), behaviour)
            told = None if behaviour.silent else answer
            self._connection.execute("update inbox set done = 1, answer = ? where number = ?", (told, row[0]))
        return True

    def _answer(self, question: Question, behaviour: Behaviour) -> str:
        if question.kind is Kind.REACH:
            return encode_answer(None)
        order = order_of(question.draft)
        if question.kind is Kind.CONFIRM:
            return self._confirm(order.operation, question)
        if question.kind is Kind.CALL and not (question.idempotent and self._known(order.operation)):
            self._keep(order.operation, self._carry_out(order, question, behaviour))
        return encode_answer(self._tell(order.operation, behaviour))

    def _known(self, operation: str) -> bool:
        query = "select 1 from answers where operation = ?"
        return self._connection.execute(query, (operation,)).fetchone() is not None

    def _keep(self, operation: str, answer: IssuerAnswer) -> None:
        statement = (
            "insert into answers (operation, answer) values (?, ?)"
            " on conflict (operation) do update set answer = excluded.answer"
        )
        self._connection.execute(statement, (operation, encode_answer(answer)))

    def _tell(self, operation: str, behaviour: Behaviour) -> IssuerAnswer | None:
        """What became of an operation, or that it is told later."""
        query = "update answers set told = told + 1 where operation = ? returning answer, told"
        row = self._connection.execute(query, (operation,)).fetchone()
        if row is None:
            return None
        return Later(AFTER) if row[1] <= behaviour.later else decode_answer(row[0])

    def _carry_out(self, order: Order | RevocationOrder, question: Question, behaviour: Behaviour) -> IssuerAnswer:
        if behaviour.refuses:
            return Rejected(Reason.ISSUER_REFUSED, behaviour.refuses)
        if isinstance(order, RevocationOrder):
            return change_standing(self._connection, order)
        return Issued(self._issue(order, behaviour, "unconfirmed" if question.confirms else "issued"))

    def _issue(self, order: Order, behaviour: Behaviour, state: str) -> bytes:
        serial = order.serial_number if behaviour.keeps_serial_numbers else x509.random_serial_number()
        if behaviour.wrong is Wrong.SERIAL:
            serial |= TOO_LARGE
        certificate = self._signer.wrong(replace(order, serial_number=serial), behaviour.wrong)
        self._connection.execute(
            "insert into certificates (operation, certificate, serial, state) values (?, ?, ?, ?)",
            (order.operation, certificate, str(serial), state),
        )
        return certificate

    def _confirm(self, operation: str, question: Question) -> str:
        """The first word counts; the same again does no harm, and the contrary is a defect of the caller."""
        wanted = "issued" if question.accepted else "rejected"
        named = (operation, question.certificate)
        statement = (
            "update certificates set state = ? where operation = ? and certificate = ? and state = 'unconfirmed'"
        )
        self._connection.execute(statement, (wanted, *named))
        query = "select state from certificates where operation = ? and certificate = ?"
        row = self._connection.execute(query, named).fetchone()
        if row is None:
            return defect("a certificate was confirmed that was not issued for its draft")
        return encode_answer(None) if row[0] == wanted else defect(f"a certificate was {row[0]} before")
