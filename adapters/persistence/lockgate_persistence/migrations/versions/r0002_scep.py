"""The table `scep_transaction`: what SCEP servers know of the requests that they have put."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"

TRANSACTION_ID = (
    sa.String(255)
    .with_variant(sa.String(255, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
    .with_variant(sa.String(1021), "db2")
)
CLIENT = sa.String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
SEALED = (
    sa.LargeBinary()
    .with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
    .with_variant(sa.LargeBinary(16 * 1024 * 1024), "db2")
)


def upgrade() -> None:
    """Create it."""
    op.create_table(
        "scep_transaction",
        sa.Column("transactionid", TRANSACTION_ID, primary_key=True),
        sa.Column("client", CLIENT, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("settled", sa.SmallInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sealed", SEALED, nullable=False),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
        mysql_row_format="DYNAMIC",
        mariadb_row_format="DYNAMIC",
    )
    op.create_index("scep_transaction_open", "scep_transaction", ["settled", "client", "expires"])
    op.create_index("scep_transaction_expires", "scep_transaction", ["expires"])


def downgrade() -> None:
    """Drop it; requests that wait are forgotten."""
    op.drop_table("scep_transaction")
