"""Revoked certificates that an imported CA issued before its import, as its last CRL listed them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0013"
down_revision = "0012"

NAME = (
    sa.String(255)
    .with_variant(sa.String(255, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
)
DIGEST = sa.String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    """Add the table. CAs that were imported before have no rows in it."""
    op.create_table(
        "imported_revocation",
        sa.Column("caname", NAME, primary_key=True),
        sa.Column("serial", DIGEST, primary_key=True),
        sa.Column("revoked", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.SmallInteger(), nullable=False),
    )


def downgrade() -> None:
    """Drop it; the next CRLs list these certificates no more."""
    op.drop_table("imported_revocation")
