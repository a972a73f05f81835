"""End entities remember the token they are given; those from before have keys of their own."""

from alembic import op
from sqlalchemy import Column, String
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"

WORD = String(255).with_variant(mysql.VARCHAR(255, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    """Add the column."""
    op.add_column("end_entity", Column("token", WORD, nullable=False, server_default="USERGENERATED"))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("end_entity", "token")
