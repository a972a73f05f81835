"""What Oracle refuses and H2 lets pass: rules over every statement and all of the schema, as compiled for Oracle."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.dialects.oracle.base import RESERVED_WORDS
from sqlalchemy.engine import make_url
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql import ClauseElement

from lockgate.queue.message import MessageType
from lockgate_persistence.dialects import named
from lockgate_persistence.enrolment_statements import COUNT_HOUR, COUNT_OPEN, EnrolmentStatements
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.schema import due, enrolment_transaction, message, ocsp_answer, ocsp_answer_nextupdate
from lockgate_persistence.statements import SETTLEMENTS, Statements
from tests.contract.message_stores import current_engine

IDENTIFIER_OCTETS = 30
"""Before 12.2; since then 128."""
FORBIDDEN = {
    r"\bLIMIT\b": "Oracle pages with FETCH FIRST",
    r"\bTEXT\b|\bBOOLEAN\b|\bBIGINT\b": "no such type before 23ai, or never",
    r"FETCH FIRST.*FOR UPDATE": "ORA-02014",
    r"''": "an empty text is NULL",
    r"RETURNING\b(?!.* INTO )": "values are returned into variables",
    r"\bAS [\w.]+\s*\(SELECT": "a subquery's alias takes no AS",
}


def compiler() -> DefaultDialect:
    dialect: Any = make_url("oracle+oracledb://").get_dialect()()
    dialect.server_version_info = (19,)
    return dialect  # type: ignore[no-any-return]


def every() -> dict[str, ClauseElement]:
    statements = Statements(named("oracle"))
    plain = "find", "put", "replace", "due", "claim", "begin", "expedite", "renew", "standing", "settled"
    found: dict[str, ClauseElement] = {name: getattr(statements, name)() for name in plain}
    found |= {event.name: statements.settle(event) for event in SETTLEMENTS.values()}
    found |= {"claimed": statements.claimed(1024), "fetch": statements.fetch(1024)}
    found |= {"count_open": COUNT_OPEN, "count_hour": COUNT_HOUR, "scep_table": CreateTable(enrolment_transaction)}
    of_scep = EnrolmentStatements(named("oracle"))
    found |= {
        f"scep_{name}": getattr(of_scep, name)() for name in vars(EnrolmentStatements) if not name.startswith("_")
    }
    found |= {"ocsp_table": CreateTable(ocsp_answer), "ocsp_index": CreateIndex(ocsp_answer_nextupdate)}
    return found | {"table": CreateTable(message), "index": CreateIndex(due)}


COMPILED = {
    name: " ".join(str(statement.compile(dialect=compiler(), compile_kwargs={})).split())
    for name, statement in every().items()
}


def test_every_statement_of_the_store_is_here() -> None:
    public = {name for name in vars(Statements) if not name.startswith("_")}
    assert public - {"settle"} <= COMPILED.keys()


@pytest.mark.parametrize("name", COMPILED)
def test_nothing_that_oracle_refuses(name: str) -> None:
    assert [why for pattern, why in FORBIDDEN.items() if re.search(pattern, COMPILED[name])] == []


@pytest.mark.parametrize("name", COMPILED)
def test_every_select_has_a_from(name: str) -> None:
    assert COMPILED[name].count("SELECT ") == len(re.findall(r"SELECT .*? FROM ", COMPILED[name]))


def test_no_list_is_longer_than_a_thousand(tmp_path: Path) -> None:
    """ORA-01795; SQLite takes longer ones and shows what it got."""
    executed: list[int] = []
    with current_engine(f"sqlite:///{tmp_path}/messages") as engine:
        event.listen(engine, "before_cursor_execute", lambda *arguments: executed.append(len(arguments[3])))
        SqlMessageStore(engine).expedite(f"message {number}" for number in range(1200))
        SqlMessageStore(engine).settled(MessageType.API, (f"message {number}" for number in range(1200)))
    assert sum(executed) >= 2400
    assert max(executed) <= 1000


def test_names_are_short_and_free() -> None:
    names = {
        name
        for table in (message, enrolment_transaction)
        for name in (
            table.name,
            *table.c.keys(),
            *(str(getattr(item, "name", None)) for item in (*table.constraints, *table.indexes)),
        )
    }
    names -= {"None"}
    assert [identifier for identifier in names if len(identifier.encode()) > IDENTIFIER_OCTETS] == []
    assert {identifier.upper() for identifier in names} & RESERVED_WORDS == set()


def test_no_name_of_the_schema_is_quoted() -> None:
    quoted = {word for text in COMPILED.values() for word in re.findall(r'"(\w+)"', text)}
    assert quoted == {"size"}  # a label of this product's own, which Oracle reserves


def test_what_must_not_be_null_is_never_empty_in_this_product() -> None:
    columns = [*message.c, *enrolment_transaction.c]
    required = {column.name for column in columns if not column.nullable and column.type.python_type in (str, bytes)}
    assert required == {"messageid", "requestdigest", "message", "transactionid", "client", "sealed", "protocol"}


def test_types_hold_what_they_must() -> None:
    table = COMPILED["table"]
    for column in (
        "uniqueid NUMBER(19) GENERATED BY DEFAULT AS IDENTITY",
        "messageid VARCHAR2(255 CHAR) NOT NULL",
        "requestdigest RAW(32) NOT NULL",
        "reason VARCHAR2(1024 CHAR)",
        "message BLOB NOT NULL",
    ):
        assert column in table
