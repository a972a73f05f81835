"""Since when an operation at a remote issuer is in its status."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the column. Of operations that are open, the last change counts as the begin of their status."""
    op.add_column("operation", sa.Column("since", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("operation", "since")
