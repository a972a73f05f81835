"""Messages that are set aside get the due time by which they are found: one that never comes."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Give it to those that there are; 4 is their status, and the time is 2**62."""
    op.execute("UPDATE message SET duetime = 4611686018427387904 WHERE status = 4")


def downgrade() -> None:
    """Take it away."""
    op.execute("UPDATE message SET duetime = NULL WHERE status = 4")
