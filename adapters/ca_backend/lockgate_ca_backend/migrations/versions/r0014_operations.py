"""CAs whose certificates a remote issuer signs, and the operations there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0014"
down_revision = "0013"

NAME = (
    sa.String(255)
    .with_variant(sa.String(255, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
)
LONG_TEXT = sa.Text().with_variant(
    mysql.MEDIUMTEXT(charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb"
)
DIGEST = sa.String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
WORD = sa.String(255).with_variant(mysql.VARCHAR(255, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
BLOB = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
ROW_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Every CA that is there signs with its own key; no request waits for operations."""
    op.add_column("certification_authority", sa.Column("issuer", NAME, nullable=False, server_default=""))
    op.add_column("pending_request", sa.Column("operation", WORD, nullable=False, server_default=""))
    op.add_column("pending_request", sa.Column("effects", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "operation",
        sa.Column("sequence", ROW_KEY, sa.Identity(), primary_key=True),
        sa.Column("id", WORD, nullable=False),
        sa.Column("request", WORD, nullable=False),
        sa.Column("issuer", NAME, nullable=False),
        sa.Column("caname", NAME, nullable=False),
        sa.Column("serial", DIGEST, nullable=True),
        sa.Column("keydigest", DIGEST, nullable=True),
        sa.Column("username", NAME, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("defects", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("effect", sa.Integer(), nullable=False),
        sa.Column("requester", LONG_TEXT, nullable=False),
        sa.Column("renews", DIGEST, nullable=True),
        sa.Column("recovers", DIGEST, nullable=True),
        sa.Column("ordered", BLOB, nullable=False),
        sa.Column("wanted", BLOB, nullable=True),
        sa.Column("sealed", BLOB, nullable=True),
        sa.Column("before", BLOB, nullable=True),
        sa.Column("draft", BLOB, nullable=True),
        sa.Column("certificate", BLOB, nullable=True),
        sa.Column("reason", WORD, nullable=True),
        sa.Column("detail", LONG_TEXT, nullable=True),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("id", name="operation_id"),
        sa.UniqueConstraint("caname", "serial", name="operation_serial"),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )
    op.create_index("operation_request", "operation", ["request"])
    op.create_index("operation_username", "operation", ["username"])
    op.create_index("operation_key", "operation", ["keydigest"])
    op.create_index("operation_due", "operation", ["issuer", "status", "due"])


def downgrade() -> None:
    """Drop them: operations that have not ended are lost."""
    op.drop_table("operation")
    op.drop_column("pending_request", "effects")
    op.drop_column("pending_request", "operation")
    op.drop_column("certification_authority", "issuer")
