"""What operators were told of, so that they are told once; and which certificates end soon."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0019"
down_revision = "0018"

DIGEST = sa.String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    """Nobody was told of anything yet."""
    op.create_table(
        "notice",
        sa.Column("id", DIGEST, primary_key=True),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=True),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )
    op.create_index("notice_told", "notice", ["told"])
    op.create_index("certificate_notafter", "certificate", ["notafter"])


def downgrade() -> None:
    """Drop it: operators are told again."""
    op.drop_index("certificate_notafter", "certificate")
    op.drop_table("notice")
