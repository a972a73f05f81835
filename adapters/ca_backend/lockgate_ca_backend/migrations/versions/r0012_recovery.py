"""Which kept key an end entity in the status KEYRECOVERY may fetch, and how many administrators have approved it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0012"
down_revision = "0010"

DIGEST = sa.String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    """Add both columns; an end entity that waits for its key has to be given the status anew."""
    op.add_column("end_entity", sa.Column("recoverykey", DIGEST, nullable=True))
    op.add_column("end_entity", sa.Column("recoveryquorum", sa.SmallInteger(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("end_entity", "recoveryquorum")
    op.drop_column("end_entity", "recoverykey")
