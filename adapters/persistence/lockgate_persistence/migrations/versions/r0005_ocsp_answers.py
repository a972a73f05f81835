"""The table `ocsp_answer`: OCSP answers that the CA's side has signed, for a responder in the RA's zone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, oracle

revision = "0005"
down_revision = "0004"

DIGEST = (
    sa.LargeBinary(32)
    .with_variant(mysql.BINARY(32), "mysql", "mariadb")
    .with_variant(sa.VARBINARY(32), "db2")
    .with_variant(oracle.RAW(32), "oracle")
)
ANSWER = (
    sa.LargeBinary()
    .with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
    .with_variant(sa.LargeBinary(16 * 1024 * 1024), "db2")
)


def upgrade() -> None:
    """No answer was published yet."""
    op.create_table(
        "ocsp_answer",
        sa.Column("certificate", DIGEST, primary_key=True),
        sa.Column("thisupdate", sa.BigInteger, nullable=False),
        sa.Column("nextupdate", sa.BigInteger, nullable=False),
        sa.Column("answer", ANSWER, nullable=False),
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )
    op.create_index("ocsp_answer_nextupdate", "ocsp_answer", ["nextupdate"])


def downgrade() -> None:
    """Drop it; the answers in it are published anew."""
    op.drop_table("ocsp_answer")
