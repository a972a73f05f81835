"""Generations of CAs: keys and certificates before the current ones, and next ones; delta CRLs."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    insert,
    inspect,
    literal,
    select,
)
from sqlalchemy.dialects import mysql

revision = "0004"
down_revision = "0003"

MAX_NAME_LENGTH = 255
NAME = (
    String(MAX_NAME_LENGTH)
    .with_variant(String(MAX_NAME_LENGTH, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(MAX_NAME_LENGTH, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
)
DIGEST = String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
BLOB = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
TIME = BigInteger()
MOVED = ("fingerprint", "keydigest", "certificate", "chain", "sealedkey")

metadata = MetaData()

generation = Table(
    "ca_generation",
    metadata,
    Column("caname", NAME, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", DIGEST, nullable=False),
    Column("keydigest", DIGEST, nullable=False),
    Column("certificate", BLOB, nullable=False),
    Column("chain", BLOB, nullable=False),
    Column("sealedkey", BLOB, nullable=False),
    Column("created", TIME, nullable=False),
    Column("oldwithnew", BLOB, nullable=True),
    Column("newwithold", BLOB, nullable=True),
)
authority = Table(
    "certification_authority",
    MetaData(),
    Column("name", NAME, primary_key=True),
    Column("generation", Integer),
    Column("fingerprint", DIGEST),
    Column("keydigest", DIGEST),
    Column("certificate", BLOB),
    Column("chain", BLOB),
    Column("sealedkey", BLOB),
    Column("created", TIME),
)


def upgrade() -> None:
    """What each CA has becomes its first generation; once the first column of it is gone, it is that."""
    metadata.create_all(op.get_bind(), checkfirst=False)
    columns = {column["name"] for column in inspect(op.get_bind()).get_columns("certification_authority")}
    if MOVED[0] in columns:
        moved = select(authority.c.name, literal(1), authority.c.created, *(authority.c[column] for column in MOVED))
        op.execute(generation.delete())
        op.execute(insert(generation).from_select(["caname", "number", "created", *MOVED], moved))
    for name in MOVED:
        op.drop_column("certification_authority", name)
    op.add_column("certification_authority", Column("generation", Integer, nullable=False, server_default="1"))
    op.add_column("crl", Column("generation", Integer, nullable=False, server_default="1"))
    op.add_column("crl", Column("base", BigInteger, nullable=True))


def downgrade() -> None:
    """Keep the current generation of each CA; every other one is dropped, with its key."""
    for name in MOVED:
        kind = DIGEST if name in ("fingerprint", "keydigest") else BLOB
        op.add_column("certification_authority", Column(name, kind, nullable=True))
        current = select(generation.c[name]).where(
            generation.c.caname == authority.c.name, generation.c.number == authority.c.generation
        )
        op.execute(authority.update().values({name: current.scalar_subquery()}))
    op.drop_column("certification_authority", "generation")
    op.drop_column("crl", "generation")
    op.drop_column("crl", "base")
    metadata.drop_all(op.get_bind(), checkfirst=False)
