"""How many requests each signer has made in an hour."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0006"
down_revision = "0005"

DIGEST = sa.String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "request_count",
        sa.Column("signer", DIGEST, primary_key=True),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )


def downgrade() -> None:
    """Drop it; every signer's hour begins anew."""
    op.drop_table("request_count")
