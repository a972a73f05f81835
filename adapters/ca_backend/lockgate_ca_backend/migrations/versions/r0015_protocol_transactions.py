"""Transactions of protocols whose messages the CA itself answers, the answers to their messages, and one-time passwords
that the CA can say again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0015"
down_revision = "0014"

DIGEST = sa.String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
WORD = sa.String(255).with_variant(mysql.VARCHAR(255, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
BLOB = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
ROW_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """No transaction is open. One-time passwords that were made before stay hashes only."""
    op.add_column("end_entity", sa.Column("sealedpassword", BLOB, nullable=True))
    op.create_index("end_entity_passwordexpires", "end_entity", ["passwordexpires"])
    op.create_table(
        "protocol_transaction",
        sa.Column("sequence", ROW_KEY, sa.Identity(), primary_key=True),
        sa.Column("protocol", WORD, nullable=False),
        sa.Column("transactionid", WORD, nullable=False),
        sa.Column("authenticator", DIGEST, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("content", BLOB, nullable=False),
        sa.Column("sealedsecret", BLOB, nullable=True),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.UniqueConstraint("protocol", "transactionid", name="protocol_transaction_key"),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )
    op.create_index("protocol_transaction_due", "protocol_transaction", ["protocol", "due"])
    op.create_index("protocol_transaction_expires", "protocol_transaction", ["expires"])
    op.create_index(
        "protocol_transaction_open", "protocol_transaction", ["protocol", "open", "authenticator", "expires"]
    )
    op.create_table(
        "protocol_answer",
        sa.Column("transactionsequence", ROW_KEY, primary_key=True, autoincrement=False),
        sa.Column("digest", DIGEST, primary_key=True),
        sa.Column("answer", BLOB, nullable=False),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )


def downgrade() -> None:
    """Drop them: open transactions are lost, and one-time passwords become hashes only."""
    op.drop_table("protocol_answer")
    op.drop_table("protocol_transaction")
    op.drop_index("end_entity_passwordexpires", "end_entity")
    op.drop_column("end_entity", "sealedpassword")
