"""Which OCSP answers were published where, and when the last round of each data source ended."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0021"
down_revision = "0020"

NAME = (
    sa.String(255)
    .with_variant(sa.String(255, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
)


def upgrade() -> None:
    """Nothing was published yet."""
    op.create_table(
        "published_answer",
        sa.Column("datasource", NAME, primary_key=True),
        sa.Column("certificate", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("revoked", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.SmallInteger(), nullable=False),
        sa.Column("thisupdate", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("nextupdate", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )
    op.create_index("published_answer_nextupdate", "published_answer", ["datasource", "nextupdate"])
    op.create_table(
        "answer_round",
        sa.Column("datasource", NAME, primary_key=True),
        sa.Column("finished", sa.BigInteger(), nullable=False),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )


def downgrade() -> None:
    """Drop both: all answers are published anew."""
    op.drop_table("answer_round")
    op.drop_table("published_answer")
