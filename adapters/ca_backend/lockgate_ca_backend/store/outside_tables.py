"""The tables of CAs outside (`lockgate.ports.outside_crls`)."""

from sqlalchemy import Column, Integer, Table

from lockgate_ca_backend.store.columns import BLOB, DIGEST, LONG_TEXT, NAME, TIME, WORD, metadata

outside_fetch = Table(
    "outside_fetch",
    metadata,
    Column("caname", NAME, primary_key=True),
    Column("due", TIME, nullable=False),
    Column("fetched", TIME, nullable=True),
    Column("trouble", LONG_TEXT, nullable=False),
)
"""`due` is when the next fetch begins, `fetched` when the last one succeeded."""

outside_crl = Table(
    "outside_crl",
    metadata,
    Column("caname", NAME, primary_key=True),
    Column("keydigest", DIGEST, primary_key=True),
    Column("number", WORD, nullable=True),
    Column("thisupdate", TIME, nullable=False),
    Column("nextupdate", TIME, nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("uncarried", Integer, nullable=False),
    Column("crl", BLOB, nullable=False),
)
"""The last CRL by each key; `number` is in decimal digits, `uncarried` how many steps of carrying it over are left."""

outside_hold = Table(
    "outside_hold",
    metadata,
    Column("fingerprint", DIGEST, primary_key=True),
    Column("caname", NAME, nullable=False),
)
"""Certificates that their CA outside has put on hold on its own."""

outside_answer = Table(
    "outside_answer",
    metadata,
    Column("caname", NAME, primary_key=True),
    Column("keydigest", DIGEST, primary_key=True),
    Column("serialnumber", DIGEST, primary_key=True),
    Column("wished", TIME, nullable=False),
    Column("due", TIME, nullable=False),
    Column("trouble", LONG_TEXT, nullable=False),
    Column("thisupdate", TIME, nullable=True),
    Column("nextupdate", TIME, nullable=True),
    Column("revokedat", TIME, nullable=True),
    Column("reason", Integer, nullable=True),
)
"""Certificates about which CAs outside are asked by OCSP. `serialnumber` is in hexadecimal digits; `wished` is when
somebody last wished to know, `due` when the CA is asked next; without `thisupdate` it has not answered yet."""
