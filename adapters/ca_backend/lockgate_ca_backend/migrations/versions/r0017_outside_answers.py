"""What CAs outside have said of their certificates by OCSP, and what they are to be asked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0017"
down_revision = "0016"

NAME = (
    sa.String(255)
    .with_variant(sa.String(255, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
)
LONG_TEXT = sa.Text().with_variant(
    mysql.MEDIUMTEXT(charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb"
)
DIGEST = sa.String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    """Nothing was asked yet."""
    op.create_table(
        "outside_answer",
        sa.Column("caname", NAME, primary_key=True),
        sa.Column("keydigest", DIGEST, primary_key=True),
        sa.Column("serialnumber", DIGEST, primary_key=True),
        sa.Column("wished", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("trouble", LONG_TEXT, nullable=False),
        sa.Column("thisupdate", sa.BigInteger(), nullable=True),
        sa.Column("nextupdate", sa.BigInteger(), nullable=True),
        sa.Column("revokedat", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Integer(), nullable=True),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )


def downgrade() -> None:
    """Drop it: what it holds is asked anew."""
    op.drop_table("outside_answer")
