"""CRLs of CAs outside, when they are fetched, and the certificates that such a CA has put on hold on its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0016"
down_revision = "0015"

NAME = (
    sa.String(255)
    .with_variant(sa.String(255, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
)
LONG_TEXT = sa.Text().with_variant(
    mysql.MEDIUMTEXT(charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb"
)
DIGEST = sa.String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
WORD = sa.String(255).with_variant(mysql.VARCHAR(255, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
BLOB = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")


def upgrade() -> None:
    """Nothing was fetched yet."""
    op.create_table(
        "outside_fetch",
        sa.Column("caname", NAME, primary_key=True),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("fetched", sa.BigInteger(), nullable=True),
        sa.Column("trouble", LONG_TEXT, nullable=False),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )
    op.create_table(
        "outside_crl",
        sa.Column("caname", NAME, primary_key=True),
        sa.Column("keydigest", DIGEST, primary_key=True),
        sa.Column("number", WORD, nullable=True),
        sa.Column("thisupdate", sa.BigInteger(), nullable=False),
        sa.Column("nextupdate", sa.BigInteger(), nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("uncarried", sa.Integer(), nullable=False),
        sa.Column("crl", BLOB, nullable=False),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )
    op.create_table(
        "outside_hold",
        sa.Column("fingerprint", DIGEST, primary_key=True),
        sa.Column("caname", NAME, nullable=False),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )


def downgrade() -> None:
    """Drop them: CRLs are fetched anew, and a hold of a CA outside is lifted by an operator."""
    op.drop_table("outside_hold")
    op.drop_table("outside_crl")
    op.drop_table("outside_fetch")
