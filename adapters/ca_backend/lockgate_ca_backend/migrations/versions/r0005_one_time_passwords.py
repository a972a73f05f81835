"""When an end entity's one-time password expires."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; passwords that are stored stay what they are."""
    op.add_column("end_entity", sa.Column("passwordexpires", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop it; one-time passwords become ordinary ones."""
    op.drop_column("end_entity", "passwordexpires")
