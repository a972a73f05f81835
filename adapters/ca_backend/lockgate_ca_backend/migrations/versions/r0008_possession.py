"""How possession of each certificate's key was shown."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0008"
down_revision = "0007"

DIGEST = sa.String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
WORD = sa.String(255).with_variant(mysql.VARCHAR(255, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")

certificate = sa.table("certificate", sa.column("fingerprint", DIGEST), sa.column("possession", WORD))
escrowed_key = sa.table("escrowed_key", sa.column("fingerprint", DIGEST))


def upgrade() -> None:
    """Of certificates that are stored, those with a kept key are known to be for keys that the CA made."""
    op.add_column("certificate", sa.Column("possession", WORD, nullable=False, server_default="none"))
    kept = certificate.c.fingerprint.in_(sa.select(escrowed_key.c.fingerprint))
    op.execute(certificate.update().where(kept).values(possession="made"))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("certificate", "possession")
