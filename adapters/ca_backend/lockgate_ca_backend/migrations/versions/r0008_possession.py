"""How possession of each certificate's key was shown, and what becomes of keys that are reported as compromised.

Keys that were certified in another encoding than the usual one get the identity of the same key in that.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from cryptography import x509
from sqlalchemy.dialects import mysql

from lockgate_formats.public_keys import SubjectKey, encoded, read_key

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

PAGE = 1000
"""So many certificates are read at once."""

certificate = sa.table(
    "certificate",
    sa.column("fingerprint", DIGEST),
    sa.column("keydigest", DIGEST),
    sa.column("possession", WORD),
    sa.column("certificate", sa.LargeBinary),
)
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
    for fingerprint, old, new in list(_renamed()):
        op.execute(certificate.update().where(certificate.c.fingerprint == fingerprint).values(keydigest=new))
        _rename(reserved_key, reserved_key.c.digest, old, new)
        _rename(key_fate, key_fate.c.keydigest, old, new)


def _renamed() -> Iterator[tuple[str, str, str]]:
    """Each certificate whose key has another identity than is stored: its fingerprint, old and new identity."""
    columns = certificate.c.fingerprint, certificate.c.keydigest, certificate.c.certificate
    found = op.get_bind().execute(sa.select(*columns).execution_options(yield_per=PAGE))
    for fingerprint, stored, der in found:
        key = read_key(encoded(x509.load_der_x509_certificate(bytes(der)).public_key()))
        if isinstance(key, SubjectKey) and key.identity != stored:
            yield fingerprint, stored, key.identity


def _rename(table: sa.TableClause, column: sa.ColumnClause[str], old: str, new: str) -> None:
    """A row for the new identity stays as it is."""
    known = op.get_bind().execute(sa.select(column).where(column == new)).first() is not None
    renamed = table.delete() if known else table.update().values({column.name: new})
    op.execute(renamed.where(column == old))


def downgrade() -> None:
    """Condemned keys become reserved ones without an owner again; doubts are dropped."""
    with op.batch_alter_table("reserved_key") as batch:
        batch.alter_column("owner", existing_type=NAME, nullable=True)
    condemned = sa.select(key_fate.c.keydigest).where(key_fate.c.reporter == "")
    op.execute(reserved_key.delete().where(reserved_key.c.digest.in_(condemned)))
    op.execute(reserved_key.insert().from_select(["digest"], condemned))
    op.drop_table("key_fate")
    op.drop_column("certificate", "possession")
