"""What bounds SCEP's transactions: the message that stands for each, when it was opened, and for whom."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"

MESSAGE_ID = (
    sa.String(255)
    .with_variant(sa.String(255, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
    .with_variant(sa.String(1021), "db2")
)
TABLE = "scep_transaction"


def upgrade() -> None:
    """Add them; what is open already counts as strangers', and in no hour."""
    op.add_column(TABLE, sa.Column("messageid", MESSAGE_ID, nullable=True))
    op.add_column(TABLE, sa.Column("opened", sa.BigInteger, nullable=False, server_default=sa.text("0")))
    op.add_column(TABLE, sa.Column("side", sa.SmallInteger, nullable=False, server_default=sa.text("0")))
    op.drop_index("scep_transaction_open", TABLE)
    op.create_index("scep_transaction_open", TABLE, ["settled", "side", "client", "expires"])
    op.create_index("scep_transaction_opened", TABLE, ["side", "opened", "client"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("scep_transaction_opened", TABLE)
    op.drop_index("scep_transaction_open", TABLE)
    op.create_index("scep_transaction_open", TABLE, ["settled", "client", "expires"])
    for name in ("side", "opened", "messageid"):
        op.drop_column(TABLE, name)
