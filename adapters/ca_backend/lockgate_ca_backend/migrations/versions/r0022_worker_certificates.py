"""The certificates of workers, which authenticate nobody."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0022"
down_revision = "0021"

DIGEST = sa.String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
NAME = (
    sa.String(255)
    .with_variant(sa.String(255, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
)


def upgrade() -> None:
    """Each worker records its own before its first round."""
    op.create_table(
        "worker_certificate",
        sa.Column("fingerprint", DIGEST, primary_key=True),
        sa.Column("worker", NAME, nullable=False),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )


def downgrade() -> None:
    """Drop it: earlier versions open the keystores of all workers."""
    op.drop_table("worker_certificate")
