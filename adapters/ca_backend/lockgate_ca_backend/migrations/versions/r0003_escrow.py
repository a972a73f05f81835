"""Keys kept for recovery."""

from alembic import op
from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, String, Table
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"

MAX_NAME_LENGTH = 255
NAME = (
    String(MAX_NAME_LENGTH)
    .with_variant(String(MAX_NAME_LENGTH, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(MAX_NAME_LENGTH, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
)
DIGEST = String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
BLOB = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")

metadata = MetaData()

Table(
    "escrowed_key",
    metadata,
    Column("fingerprint", DIGEST, primary_key=True),
    Column("caname", NAME, nullable=False),
    Column("username", NAME, nullable=False),
    Column("secret", DIGEST, nullable=False),
    Column("sealed", BLOB, nullable=False),
    Column("created", BigInteger(), nullable=False),
    Index("escrowed_key_username", "username"),
)


def upgrade() -> None:
    """Create the table."""
    metadata.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    """Drop it, with every kept key."""
    metadata.drop_all(op.get_bind(), checkfirst=False)
