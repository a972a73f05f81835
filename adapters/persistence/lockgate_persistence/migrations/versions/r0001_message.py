"""The table `message` with the index that claims read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, oracle

revision = "0001"
down_revision = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MESSAGE_ID = (
    sa.String(255)
    .with_variant(sa.String(255, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
    .with_variant(sa.String(1021), "db2")
)
CONTENT = (
    sa.LargeBinary()
    .with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
    .with_variant(sa.LargeBinary(16 * 1024 * 1024), "db2")
)
DIGEST = (
    sa.LargeBinary(32)
    .with_variant(mysql.BINARY(32), "mysql", "mariadb")
    .with_variant(sa.VARBINARY(32), "db2")
    .with_variant(oracle.RAW(32), "oracle")
)
REASON = (
    sa.String(1024)
    .with_variant(mysql.VARCHAR(1024, charset="utf8mb4"), "mysql", "mariadb")
    .with_variant(sa.String(4096), "db2")
)
CLAIM_ID = sa.String(32).with_variant(mysql.CHAR(32, charset="ascii"), "mysql", "mariadb")


def upgrade() -> None:
    """Create it."""
    op.create_table(
        "message",
        sa.Column("uniqueid", KEY, sa.Identity(), primary_key=True),
        sa.Column("messageid", MESSAGE_ID, nullable=False),
        sa.Column("type", sa.SmallInteger, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("createtime", sa.BigInteger, nullable=False),
        sa.Column("modifytime", sa.BigInteger, nullable=False),
        sa.Column("duetime", sa.BigInteger, nullable=True),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claimid", CLAIM_ID, nullable=True),
        sa.Column("requestdigest", DIGEST, nullable=False),
        sa.Column("reason", REASON, nullable=True),
        sa.Column("message", CONTENT, nullable=False),
        sa.UniqueConstraint("type", "messageid", name="message_unique"),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
        mysql_row_format="DYNAMIC",
        mariadb_row_format="DYNAMIC",
    )
    op.create_index(
        "message_due",
        "message",
        ["duetime", "uniqueid"],
        postgresql_where=sa.text("duetime IS NOT NULL"),
        sqlite_where=sa.text("duetime IS NOT NULL"),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Encrypted content does not compress. Rows that were worked off leave dead index entries at the front of
        # message_due: vacuum after a fixed number of them, not after a share of a table that only grows.
        op.execute("ALTER TABLE message ALTER COLUMN message SET STORAGE EXTERNAL")
        op.execute(
            "ALTER TABLE message SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,"
            " autovacuum_analyze_scale_factor = 0.02)"
        )


def downgrade() -> None:
    """Drop it, with every message."""
    op.drop_table("message")
