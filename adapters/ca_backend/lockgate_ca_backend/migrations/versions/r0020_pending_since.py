"""When it was last noted that a request waits, so that it is forgotten once it can no longer be played again."""

import sqlalchemy as sa
from alembic import op

from lockgate_persistence.dialects import named

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the column. Of requests that wait already, the upgrade counts as that time."""
    op.add_column("pending_request", sa.Column("changed", sa.BigInteger(), nullable=False, server_default="0"))
    connection = op.get_bind()
    op.execute(
        sa.table("pending_request", sa.column("changed")).update().values(changed=named(connection.dialect.name).now)
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_column("pending_request", "changed")
