"""The table `enrolment_transaction` in place of `scep_transaction`: the transactions of every enrolment protocol.

Each row is copied as it is, so that a device whose request is open polls for it as before. What is sealed in it was
sealed for SCEP, and is opened as that.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004"
down_revision = "0003"

SCEP, SCEP_MESSAGES = "scep", 2
"""The protocol of every row that there is, and the type of its messages."""
MESSAGE_ID = (
    sa.String(255)
    .with_variant(sa.String(255, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
    .with_variant(sa.String(1021), "db2")
)
PROTOCOL = sa.String(16).with_variant(mysql.VARCHAR(16, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
CLIENT = sa.String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
SEALED = (
    sa.LargeBinary()
    .with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
    .with_variant(sa.LargeBinary(16 * 1024 * 1024), "db2")
)
COPIED = ("transactionid", "client", "expires", "settled", "version", "sealed", "messageid", "opened", "side")


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("transactionid", MESSAGE_ID, primary_key=True),
        sa.Column("client", CLIENT, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("settled", sa.SmallInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sealed", SEALED, nullable=False),
        sa.Column("messageid", MESSAGE_ID, nullable=True),
        sa.Column("opened", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("side", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    ]


def _create(name: str, *columns: sa.Column[object]) -> sa.Table:
    table = op.create_table(
        name,
        *columns,
        *_columns(),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
        mysql_row_format="DYNAMIC",
        mariadb_row_format="DYNAMIC",
    )
    op.create_index(f"{name}_open", name, ["settled", "side", "client", "expires"])
    op.create_index(f"{name}_opened", name, ["side", "opened", "client"])
    op.create_index(f"{name}_expires", name, ["expires"])
    return table


def upgrade() -> None:
    """Create it, copy every row, and drop the former table; where that is gone, they are copied."""
    former = sa.table("scep_transaction", *map(sa.column, COPIED))
    created = _create(
        "enrolment_transaction",
        sa.Column("protocol", PROTOCOL, primary_key=True),
        sa.Column("messagetype", sa.SmallInteger, nullable=False),
    )
    rows = sa.select(sa.text(f"'{SCEP}', {SCEP_MESSAGES}"), *(former.c[name] for name in COPIED))
    if sa.inspect(op.get_bind()).has_table("scep_transaction"):
        op.execute(created.delete())
        op.execute(created.insert().from_select(["protocol", "messagetype", *COPIED], rows, include_defaults=False))
        op.drop_table("scep_transaction")


def downgrade() -> None:
    """The former table again, with SCEP's rows alone: the version before knows no other protocol."""
    table = sa.table("enrolment_transaction", *map(sa.column, ("protocol", *COPIED)))
    created = _create("scep_transaction")
    rows = sa.select(*(table.c[name] for name in COPIED)).where(table.c.protocol == sa.literal_column(f"'{SCEP}'"))
    op.execute(created.insert().from_select(list(COPIED), rows, include_defaults=False))
    op.drop_table("enrolment_transaction")
