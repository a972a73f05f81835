"""How possession of each certificate's key was shown, and what becomes of keys that are reported as compromised."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0008"
down_revision = "0007"

MAX_NAME_LENGTH = 255
NAME = (
    sa.String(MAX_NAME_LENGTH)
    .with_variant(sa.String(MAX_NAME_LENGTH, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(MAX_NAME_LENGTH, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
)
DIGEST = sa.String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
WORD = sa.String(255).with_variant(mysql.VARCHAR(255, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")

certificate = sa.table("certificate", sa.column("fingerprint", DIGEST), sa.column("possession", WORD))
escrowed_key = sa.table("escrowed_key", sa.column("fingerprint", DIGEST))
reserved_key = sa.table("reserved_key", sa.column("digest", DIGEST), sa.column("owner", NAME))
key_fate = sa.table("key_fate", sa.column("keydigest", DIGEST), sa.column("reporter", NAME))


def upgrade() -> None:
    """Of certificates that are stored, those with a kept key are known to be for keys that the CA made.

    Reserved keys without an owner are condemned ones.
    """
    op.add_column("certificate", sa.Column("possession", WORD, nullable=False, server_default="none"))
    kept = certificate.c.fingerprint.in_(sa.select(escrowed_key.c.fingerprint))
    op.execute(certificate.update().where(kept).values(possession="made"))
    op.create_table(
        "key_fate",
        sa.Column("keydigest", DIGEST, primary_key=True),
        sa.Column("reporter", NAME, primary_key=True),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )
    condemned = sa.select(reserved_key.c.digest, sa.literal("")).where(reserved_key.c.owner.is_(None))
    op.execute(key_fate.insert().from_select(["keydigest", "reporter"], condemned))
    op.execute(reserved_key.delete().where(reserved_key.c.owner.is_(None)))
    with op.batch_alter_table("reserved_key") as batch:
        batch.alter_column("owner", existing_type=NAME, nullable=False)


def downgrade() -> None:
    """Condemned keys become reserved ones without an owner again; doubts are dropped."""
    with op.batch_alter_table("reserved_key") as batch:
        batch.alter_column("owner", existing_type=NAME, nullable=True)
    condemned = sa.select(key_fate.c.keydigest).where(key_fate.c.reporter == "")
    op.execute(reserved_key.delete().where(reserved_key.c.digest.in_(condemned)))
    op.execute(reserved_key.insert().from_select(["digest"], condemned))
    op.drop_table("key_fate")
    op.drop_column("certificate", "possession")
