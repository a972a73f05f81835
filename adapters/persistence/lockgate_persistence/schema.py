"""The tables `message`, `enrolment_transaction` and `ocsp_answer`, as the migrations leave them.

Names are lower case and unquoted, so that deployers' own statements (`create index message_idx1 on message (status)`)
run as written. `message_due` is what claims read: `duetime` says when a row is to be looked at next (a waiting row's
time, a claimed row's lease) and is null once nobody needs to, so that processed rows cost a claim nothing. What is set
aside is looked at `NEVER`: so the same index finds it for operators, and no claim meets it.
"""

from sqlalchemy import (
    VARBINARY,
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    text,
)

from lockgate.enrolment.protocol import MAX_PROTOCOL_NAME
from lockgate.queue.message import MAX_MESSAGE_ID_LENGTH, MAX_REASON_LENGTH
from lockgate_persistence.dialects.native import mysql, oracle
from lockgate_persistence.dialects.texts import CutText, EndedText

MAX_SIZE = 16 * 1024 * 1024
"""Octets in a request or an answer, whatever is configured; also what one claim loads at most."""
UTF_8_OCTETS = 4
"""Of one character at most; DB2 counts a column's length in octets."""
ORACLE_OCTETS = 4000
"""In a VARCHAR2 at most, whatever its length in characters."""

ROW_KEY = BigInteger().with_variant(Integer, "sqlite")
MESSAGE_ID = (
    String(MAX_MESSAGE_ID_LENGTH)
    .with_variant(String(MAX_MESSAGE_ID_LENGTH, collation="C"), "postgresql")
    .with_variant(
        mysql("VARCHAR", MAX_MESSAGE_ID_LENGTH, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb"
    )
    .with_variant(EndedText(MAX_MESSAGE_ID_LENGTH * UTF_8_OCTETS), "db2")
)
"""Compared by code points: case, accents and trailing spaces all count."""
CLAIM_ID = String(32).with_variant(mysql("CHAR", 32, charset="ascii"), "mysql", "mariadb")
DIGEST = (
    LargeBinary(32)
    .with_variant(mysql("BINARY", 32), "mysql", "mariadb")
    .with_variant(VARBINARY(32), "db2")
    .with_variant(oracle("RAW", 32), "oracle")
)
REASON = (
    String(MAX_REASON_LENGTH)
    .with_variant(mysql("VARCHAR", MAX_REASON_LENGTH, charset="utf8mb4"), "mysql", "mariadb")
    .with_variant(String(MAX_REASON_LENGTH * UTF_8_OCTETS), "db2")
    .with_variant(CutText(MAX_REASON_LENGTH, ORACLE_OCTETS), "oracle")
)
PROTOCOL = String(MAX_PROTOCOL_NAME).with_variant(
    mysql("VARCHAR", MAX_PROTOCOL_NAME, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
)
CLIENT = String(64).with_variant(mysql("VARCHAR", 64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
CONTENT = LargeBinary().with_variant(mysql("LONGBLOB"), "mysql", "mariadb").with_variant(LargeBinary(MAX_SIZE), "db2")

NEVER = 2**62
"""The due time of what is set aside: milliseconds beyond every date."""

metadata = MetaData()

message = Table(
    "message",
    metadata,
    Column("uniqueid", ROW_KEY, Identity(), primary_key=True),
    Column("messageid", MESSAGE_ID, nullable=False),
    Column("type", SmallInteger, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("createtime", BigInteger, nullable=False),
    Column("modifytime", BigInteger, nullable=False),
    Column("duetime", BigInteger, nullable=True),
    Column("generation", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claimid", CLAIM_ID, nullable=True),
    Column("requestdigest", DIGEST, nullable=False),
    Column("reason", REASON, nullable=True),
    Column("message", CONTENT, nullable=False),
    UniqueConstraint("type", "messageid", name="message_unique"),
)
"""Times are milliseconds since 1970-01-01 UTC by this database's clock."""

due = Index("message_due", message.c.duetime, message.c.uniqueid)
"""On PostgreSQL and SQLite without the rows that are not looked at. Said by the migration alone: SQLAlchemy would load
both dialects here to read it, 40 ms for every command, whatever its database."""

enrolment_transaction = Table(
    "enrolment_transaction",
    metadata,
    Column("protocol", PROTOCOL, primary_key=True),
    Column("transactionid", MESSAGE_ID, primary_key=True),
    Column("messagetype", SmallInteger, nullable=False),
    Column("client", CLIENT, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("settled", SmallInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sealed", CONTENT, nullable=False),
    Column("messageid", MESSAGE_ID, nullable=True),
    Column("opened", BigInteger, nullable=False, server_default=text("0")),
    Column("side", SmallInteger, nullable=False, server_default=text("0")),
)
"""`messagetype` and `messageid` name the row of `message` that stands for a transaction. `expires` and `opened` go by
the enrolment servers' clock. What counts is inside `sealed`; the rest bounds and cleans the table."""

enrolment_transaction_open = Index(
    "enrolment_transaction_open",
    enrolment_transaction.c.settled,
    enrolment_transaction.c.side,
    enrolment_transaction.c.client,
    enrolment_transaction.c.expires,
)
enrolment_transaction_opened = Index(
    "enrolment_transaction_opened",
    enrolment_transaction.c.side,
    enrolment_transaction.c.opened,
    enrolment_transaction.c.client,
)
enrolment_transaction_expires = Index("enrolment_transaction_expires", enrolment_transaction.c.expires)

ocsp_answer = Table(
    "ocsp_answer",
    metadata,
    Column("certificate", DIGEST, primary_key=True),
    Column("thisupdate", BigInteger, nullable=False),
    Column("nextupdate", BigInteger, nullable=False),
    Column("answer", CONTENT, nullable=False),
)
"""Signed by the CA's side, which alone writes here. `certificate` is `CertificateId.digest`; the times are those of the
answer, by the clock of the CA's database."""

ocsp_answer_nextupdate = Index("ocsp_answer_nextupdate", ocsp_answer.c.nextupdate)
