"""The tables of transactions of protocols (`lockgate.ports.protocol_transactions`)."""

from sqlalchemy import Column, Identity, Index, Integer, SmallInteger, Table, UniqueConstraint

from lockgate_ca_backend.store.columns import BLOB, DIGEST, ROW_KEY, TIME, WORD, metadata

protocol_transaction = Table(
    "protocol_transaction",
    metadata,
    Column("sequence", ROW_KEY, Identity(), primary_key=True),
    Column("protocol", WORD, nullable=False),
    Column("transactionid", WORD, nullable=False),
    Column("authenticator", DIGEST, nullable=False),
    Column("state", WORD, nullable=False),
    Column("content", BLOB, nullable=False),
    Column("sealedsecret", BLOB, nullable=True),
    Column("due", TIME, nullable=True),
    Column("expires", TIME, nullable=False),
    Column("open", SmallInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    UniqueConstraint("protocol", "transactionid", name="protocol_transaction_key"),
    Index("protocol_transaction_due", "protocol", "due"),
    Index("protocol_transaction_expires", "expires"),
    Index("protocol_transaction_open", "protocol", "open", "authenticator", "expires"),
)
"""`transactionid` is what the client chose; `revision` counts changes: an update names the one it has read."""

protocol_answer = Table(
    "protocol_answer",
    metadata,
    Column("transactionsequence", ROW_KEY, primary_key=True, autoincrement=False),
    Column("digest", DIGEST, primary_key=True),
    Column("answer", BLOB, nullable=False),
)
"""What was answered to the message of that digest; deleted with its transaction."""
