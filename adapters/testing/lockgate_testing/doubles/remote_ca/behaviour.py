"""How the CA behaves. A test sets it; it is stored in the CA's file."""

import json
import sqlite3
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum

AFTER = timedelta(seconds=10)
"""When the CA wants to be asked again."""


class Wrong(StrEnum):
    """What is wrong with a certificate that the CA issues."""

    KEY = "another public key"
    SUBJECT = "another subject"
    SIGNATURE = "signed by another key"
    END = "a later end"
    BEGIN = "an earlier begin"
    USAGES = "no extensions, and so any usage"
    TWICE = "an extension twice, first as a CA's"
    SERIAL = "a serial number of more than 20 octets"
    GARBAGE = "no certificate at all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """By default the CA does what it is asked for, at once.

    Attributes:
        away: nothing reaches the CA (`NotSent`).
        holds: a call leaves its caller, and waits at the CA until the test delivers it (`RemoteCa.deliver`).
        silent: the CA does everything and answers nothing.
        refuses: the CA's words, with which it refuses each order.
        wrong: what is wrong with each certificate.
        later: so many times the CA says of an order that the answer comes later; what was ordered is done at once.
        keeps_serial_numbers: a certificate has the serial number of its order; by default the CA chooses another.
    """

    away: bool = False
    holds: bool = False
    silent: bool = False
    refuses: str = ""
    wrong: Wrong | None = None
    later: int = 0
    keeps_serial_numbers: bool = False

    def write(self, connection: sqlite3.Connection) -> None:
        """From now on the CA behaves like this."""
        connection.execute("delete from behaviour")
        connection.execute("insert into behaviour values (?)", (json.dumps(asdict(self)),))

    @classmethod
    def read(cls, connection: sqlite3.Connection) -> "Behaviour":
        """How the CA behaves now."""
        (settings,) = connection.execute("select settings from behaviour").fetchone()
        values = json.loads(settings)
        return cls(**values | {"wrong": values["wrong"] and Wrong(values["wrong"])})
