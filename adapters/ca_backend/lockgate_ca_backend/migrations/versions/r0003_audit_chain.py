"""The audit log is sealed from here on; what was logged before has no seal and moves to a table of its own."""

from alembic import op
from sqlalchemy import BigInteger, Column, String
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"

NAME = (
    String(255)
    .with_variant(String(255, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
)
DIGEST = String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    """Keep the unsealed entries aside, begin the chains."""
    op.execute("create table audit_unsealed as select * from audit")
    op.execute("delete from audit")
    with op.batch_alter_table("audit") as audit:
        audit.add_column(Column("number", BigInteger, nullable=False))
        audit.add_column(Column("seal", DIGEST, nullable=False))
        audit.create_unique_constraint("audit_unique", ["writer", "number"])
    op.create_table(
        "audit_head",
        Column("writer", NAME, primary_key=True),
        Column("number", BigInteger, nullable=False),
        Column("seal", DIGEST, nullable=False),
    )


def downgrade() -> None:
    """Without the chains."""
    op.drop_table("audit_head")
    with op.batch_alter_table("audit") as audit:
        audit.drop_constraint("audit_unique", type_="unique")
        audit.drop_column("number")
        audit.drop_column("seal")
    op.drop_table("audit_unsealed")
