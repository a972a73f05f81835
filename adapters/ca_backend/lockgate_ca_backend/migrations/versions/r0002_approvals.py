"""Approvals, what administrators decide about them, and the requests that wait."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"

MAX_NAME_LENGTH = 255
NAME = (
    String(MAX_NAME_LENGTH)
    .with_variant(String(MAX_NAME_LENGTH, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(MAX_NAME_LENGTH, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
)
LONG_TEXT = Text().with_variant(mysql.MEDIUMTEXT(charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
DIGEST = String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
WORD = String(255).with_variant(mysql.VARCHAR(255, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
BLOB = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
TIME = BigInteger()

metadata = MetaData()

Table(
    "pending_request",
    metadata,
    Column("nonce", DIGEST, primary_key=True),
    Column("signer", DIGEST, primary_key=True),
    Column("digest", DIGEST, nullable=False),
    Column("datasource", NAME, nullable=False),
    Column("messageid", NAME, nullable=False),
    Column("approval", DIGEST, nullable=False),
    Column("decisions", Integer, nullable=False),
    Index("pending_request_approval", "approval"),
)

Table(
    "approval",
    metadata,
    Column("id", DIGEST, primary_key=True),
    Column("requester", DIGEST, nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("number", Integer, nullable=False),
    Column("action", LONG_TEXT, nullable=False),
    Column("quorum", SmallInteger, nullable=False),
    Column("opened", TIME, nullable=False),
    Column("expires", TIME, nullable=False),
    Column("settled", TIME, nullable=True),
    Column("succeeded", SmallInteger, nullable=False),
    Column("outcome", BLOB, nullable=True),
    Column("operation", WORD, nullable=True),
    UniqueConstraint("requester", "digest", "number", name="approval_unique"),
    Index("approval_opened", "opened"),
    Index("approval_operation", "operation"),
)

Table(
    "approval_decision",
    metadata,
    Column("approval", DIGEST, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("created", TIME, nullable=False),
    Column("decision", BLOB, nullable=False),
)

Table(
    "approval_rule",
    metadata,
    Column("caname", NAME, primary_key=True),
    Column("kind", WORD, primary_key=True),
    Column("quorum", SmallInteger, nullable=False),
)


def upgrade() -> None:
    """Create them."""
    metadata.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    """Drop them, with every approval."""
    metadata.drop_all(op.get_bind(), checkfirst=False)
