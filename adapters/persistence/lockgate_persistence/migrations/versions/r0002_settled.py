"""The index by which settled messages are found for purging and listing."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create it; where the database can, without the rows that wait or are in process."""
    op.create_index(
        "message_settled",
        "message",
        ["status", "modifytime", "uniqueid"],
        postgresql_where=sa.text("duetime IS NULL"),
        sqlite_where=sa.text("duetime IS NULL"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("message_settled", "message")
