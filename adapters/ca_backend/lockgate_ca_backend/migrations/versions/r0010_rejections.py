"""Rejections of approvals that were accepted, and an index by which a requester's open approvals are counted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0010"
down_revision = "0009"

TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")


def upgrade() -> None:
    """Add the columns. Decisions that were stored before still count by their signatures."""
    op.add_column("approval", sa.Column("rejected", sa.BigInteger(), nullable=True))
    op.add_column("approval", sa.Column("rejection", TEXT, nullable=True))
    op.create_index("approval_open", "approval", ["requester", "expires"])


def downgrade() -> None:
    """Drop them; rejections count by their signatures alone again."""
    op.drop_index("approval_open", "approval")
    op.drop_column("approval", "rejection")
    op.drop_column("approval", "rejected")
