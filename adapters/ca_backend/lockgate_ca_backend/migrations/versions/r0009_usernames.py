"""Usernames have keys that no two share; members of roles are fingerprints alone.

No end entity is renamed. Of several whose usernames share a key the first one by code points holds it; a newcomer with
that key is refused. A member that was named by issuer and serial number becomes the stored certificate's fingerprint,
and is no member any more where none is stored. What could not be settled stands in the table `unsettled`.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from alembic import op
from cryptography import x509
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    insert,
    inspect,
    select,
)
from sqlalchemy.dialects import mysql

from lockgate.names.usernames import username_keys
from lockgate_formats.names import read_name

revision = "0009"
down_revision = "0008"

MAX_NAME_LENGTH = 255
ROW_KEY = BigInteger().with_variant(Integer, "sqlite")
NAME = (
    String(MAX_NAME_LENGTH)
    .with_variant(String(MAX_NAME_LENGTH, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(MAX_NAME_LENGTH, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
)
LONG_TEXT = Text().with_variant(mysql.MEDIUMTEXT(charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
DIGEST = String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
WORD = String(255).with_variant(mysql.VARCHAR(255, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
BLOB = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
ROWS = 1000
"""Written at once."""

metadata = MetaData()
username_key = Table(
    "username_key", metadata, Column("digest", DIGEST, primary_key=True), Column("username", NAME, nullable=False)
)
unsettled = Table(
    "unsettled",
    metadata,
    Column("sequence", ROW_KEY, Identity(), primary_key=True),
    Column("kind", WORD, nullable=False),
    Column("name", NAME, nullable=False),
    Column("text", LONG_TEXT, nullable=False),
)

before = MetaData()
end_entity = Table("end_entity", before, Column("username", NAME, primary_key=True))
generation = Table("ca_generation", before, Column("caname", NAME), Column("certificate", BLOB))
certificate = Table(
    "certificate", before, Column("fingerprint", DIGEST), Column("caname", NAME), Column("serial", DIGEST)
)
member = Table(
    "role_member",
    before,
    Column("sequence", ROW_KEY, primary_key=True),
    Column("role", NAME),
    Column("fingerprint", DIGEST),
    Column("issuerdn", LONG_TEXT),
    Column("serial", DIGEST),
    Index("role_member_serial", "serial"),
)


def upgrade() -> None:
    """Add the keys of the usernames that are stored; resolve the members, while they are named in the old way."""
    metadata.create_all(op.get_bind(), checkfirst=False)
    if op.get_bind().execute(select(username_key.c.digest)).first() is None:
        _add_keys(op.get_bind())
    if {"issuerdn", "serial"} <= {column["name"] for column in inspect(op.get_bind()).get_columns("role_member")}:
        _resolve_members(op.get_bind())
    op.drop_index("role_member_serial", "role_member")
    for name in ("issuerdn", "serial"):
        op.drop_column("role_member", name)


def downgrade() -> None:
    """Drop the keys; members stay fingerprints."""
    for column in (Column("issuerdn", LONG_TEXT, nullable=True), Column("serial", DIGEST, nullable=True)):
        op.add_column("role_member", column)
    op.create_index("role_member_serial", "role_member", ["serial"])
    metadata.drop_all(op.get_bind(), checkfirst=False)


def _add_keys(connection: Connection) -> None:
    holders: dict[str, str] = {}
    collisions: list[Mapping[str, str]] = []
    for username in sorted(connection.execute(select(end_entity.c.username)).scalars()):
        for key in username_keys(username):
            holder = holders.setdefault(hashlib.sha256(key.encode()).hexdigest(), username)
            if holder != username:
                collisions.append({"kind": "username", "name": username, "text": holder})
    _write(connection, username_key, [{"digest": digest, "username": name} for digest, name in holders.items()])
    _write(connection, unsettled, collisions)


def _resolve_members(connection: Connection) -> None:
    authorities = list(_authorities(connection))
    for row in connection.execute(select(member).where(member.c.fingerprint.is_(None))).all():
        names = [caname for caname, subject in authorities if subject == row.issuerdn]
        found = select(certificate.c.fingerprint).where(certificate.c.serial == row.serial)
        fingerprints = set(connection.execute(found.where(certificate.c.caname.in_(names))).scalars())
        this = member.c.sequence == row.sequence
        if len(fingerprints) == 1:
            connection.execute(member.update().where(this).values(fingerprint=fingerprints.pop()))
            continue
        connection.execute(member.delete().where(this))
        text = f"serial number {int(row.serial, 16):x} of {row.issuerdn}"
        _write(connection, unsettled, [{"kind": "role", "name": row.role, "text": text}])


def _authorities(connection: Connection) -> Iterator[tuple[str, str]]:
    """Each CA's name with the subject of each of its certificates, as text."""
    for row in connection.execute(select(generation.c.caname, generation.c.certificate)).all():
        yield row.caname, str(read_name(x509.load_der_x509_certificate(bytes(row.certificate)).subject))


def _write(connection: Connection, table: Table, rows: Sequence[Mapping[str, str]]) -> None:
    for start in range(0, len(rows), ROWS):
        connection.execute(insert(table), rows[start : start + ROWS])
