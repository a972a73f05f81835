"""An index by which operators find the verdicts on a message."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the index."""
    op.create_index("journal_messageid", "journal", ["messageid"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("journal_messageid", "journal")
