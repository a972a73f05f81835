"""The tables of the OCSP answers that were published (`lockgate.ports.ocsp_answers`)."""

from sqlalchemy import BigInteger, Column, Index, SmallInteger, Table

from lockgate_ca_backend.store.columns import NAME, TIME, metadata

published_answer = Table(
    "published_answer",
    metadata,
    Column("datasource", NAME, primary_key=True),
    Column("certificate", BigInteger, primary_key=True, autoincrement=False),
    Column("revoked", TIME, nullable=False),
    Column("reason", SmallInteger, nullable=False),
    Column("thisupdate", TIME, nullable=False),
    Column("due", TIME, nullable=False),
    Column("nextupdate", TIME, nullable=False),
    Column("ends", TIME, nullable=False),
    Index("published_answer_nextupdate", "datasource", "nextupdate"),
)
"""The last answer about a certificate, by its `sequence`. `revoked` and `reason` are what the answer says, -1 where it
says good; `due` is when it is renewed, `ends` when the certificate does. `nextupdate` is 0 where nothing was published,
because none of the CA's keys has signed the certificate."""

answer_round = Table(
    "answer_round",
    metadata,
    Column("datasource", NAME, primary_key=True),
    Column("finished", TIME, nullable=False),
)
"""When the last round of a data source ended that has left nothing due."""
