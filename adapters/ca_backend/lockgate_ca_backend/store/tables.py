"""The tables of the CA's database, as the migrations leave them.

Times are milliseconds since 1970-01-01 UTC by this database's clock, digests lower-case hexadecimal, serial numbers 40
hexadecimal digits, documents JSON.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    UniqueConstraint,
)

from lockgate_ca_backend.store.columns import BLOB, DIGEST, LONG_TEXT, NAME, ROW_KEY, TIME, WORD, metadata

certification_authority = Table(
    "certification_authority",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("status", WORD, nullable=False),
    Column("generation", Integer, nullable=False, server_default="1"),
    Column("crlnumber", BigInteger, nullable=False),
    Column("created", TIME, nullable=False),
    Column("issuer", NAME, nullable=False, server_default=""),
)
"""`generation` is the number of the current one; `issuer` the name of the remote issuer that signs, empty where the
CA's own key does."""

ca_generation = Table(
    "ca_generation",
    metadata,
    Column("caname", NAME, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", DIGEST, nullable=False),
    Column("keydigest", DIGEST, nullable=False),
    Column("certificate", BLOB, nullable=False),
    Column("chain", BLOB, nullable=False),
    Column("sealedkey", BLOB, nullable=False),
    Column("created", TIME, nullable=False),
    Column("oldwithnew", BLOB, nullable=True),
    Column("newwithold", BLOB, nullable=True),
)
"""A CA's keys and certificates, numbered from 1: those before the current one, the current one, and a next one.
`sealedkey` is empty where a remote issuer holds the key.

`chain` is a JSON list of base64 DER certificates, from the CA's issuer up to the root; empty for a root. `oldwithnew`
is the root's certificate before this one signed by this key, `newwithold` the reverse (RFC 9810, 4.4).
"""

profile = Table(
    "profile",
    metadata,
    Column("kind", WORD, primary_key=True),
    Column("name", NAME, primary_key=True),
    Column("digest", DIGEST, nullable=False),
    Column("document", LONG_TEXT, nullable=False),
)

end_entity = Table(
    "end_entity",
    metadata,
    Column("username", NAME, primary_key=True),
    Column("subjectdn", LONG_TEXT, nullable=False),
    Column("subjectaltname", LONG_TEXT, nullable=False),
    Column("email", NAME, nullable=True),
    Column("endentityprofile", NAME, nullable=False),
    Column("certificateprofile", NAME, nullable=False),
    Column("caname", NAME, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("passwordhash", WORD, nullable=True),
    Column("attempts", SmallInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("modified", TIME, nullable=False),
    Column("token", WORD, nullable=False),
    Column("passwordexpires", TIME, nullable=True),
    Column("recoverykey", DIGEST, nullable=True),
    Column("recoveryquorum", SmallInteger, nullable=True),
    Column("sealedpassword", BLOB, nullable=True),
    Index("end_entity_passwordexpires", "passwordexpires"),
)
"""`revision` counts changes: an update names the one it has read, so that no change is lost. `passwordexpires` and
`sealedpassword`, the password itself, are null but for one-time passwords; `recoverykey` but for the status
KEYRECOVERY: the fingerprint of the certificate whose kept key may be fetched, and how many administrators have approved
it."""

username_key = Table(
    "username_key",
    metadata,
    Column("digest", DIGEST, primary_key=True),
    Column("username", NAME, nullable=False),
)
"""The digests of the keys of usernames (`lockgate.names.usernames`), which no two end entities share, and the end
entity of each."""

unsettled = Table(
    "unsettled",
    metadata,
    Column("sequence", ROW_KEY, Identity(), primary_key=True),
    Column("kind", WORD, nullable=False),
    Column("name", NAME, nullable=False),
    Column("text", LONG_TEXT, nullable=False),
)
"""Problems that a migration found and could not solve; `lockgate check` lists them.

`kind` is `username`: the end entity `name` has a username that could be mistaken for `text`; or `role`: the role `name`
had a member, `text`, whose certificate is not stored.
"""

certificate = Table(
    "certificate",
    metadata,
    Column("sequence", ROW_KEY, Identity(), primary_key=True),
    Column("fingerprint", DIGEST, nullable=False),
    Column("caname", NAME, nullable=False),
    Column("serial", DIGEST, nullable=False),
    Column("username", NAME, nullable=False),
    Column("endentityprofile", NAME, nullable=False),
    Column("certificateprofile", NAME, nullable=False),
    Column("subjectdn", LONG_TEXT, nullable=False),
    Column("keydigest", DIGEST, nullable=False),
    Column("possession", WORD, nullable=False, server_default="none"),
    Column("notbefore", TIME, nullable=False),
    Column("notafter", TIME, nullable=False),
    Column("status", WORD, nullable=False),
    Column("revoked", TIME, nullable=True),
    Column("reason", SmallInteger, nullable=True),
    Column("requester", LONG_TEXT, nullable=False),
    Column("requesterfingerprint", DIGEST, nullable=True),
    Column("operation", WORD, nullable=False),
    Column("certificate", BLOB, nullable=False),
    UniqueConstraint("fingerprint", name="certificate_fingerprint"),
    UniqueConstraint("caname", "serial", name="certificate_serial"),
    Index("certificate_username", "username"),
    Index("certificate_key", "keydigest"),
    Index("certificate_revoked", "caname", "revoked"),
    Index("certificate_notafter", "notafter"),
)

reserved_key = Table(
    "reserved_key",
    metadata,
    Column("digest", DIGEST, primary_key=True),
    Column("owner", NAME, nullable=False),
)
"""Keys of one owner alone (a CA's, a worker's, an RA's)."""

key_fate = Table(
    "key_fate",
    metadata,
    Column("keydigest", DIGEST, primary_key=True),
    Column("reporter", NAME, primary_key=True),
)
"""Keys that are not good: condemned, where `reporter` is empty; otherwise in doubt by the report of that end entity."""

crl = Table(
    "crl",
    metadata,
    Column("caname", NAME, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("generation", Integer, nullable=False, server_default="1"),
    Column("base", BigInteger, nullable=True),
    Column("thisupdate", TIME, nullable=False),
    Column("nextupdate", TIME, nullable=False),
    Column("crl", BLOB, nullable=False),
)
"""`generation` is whose key signed it; a delta CRL has the number of the full CRL it is based on as `base`."""

imported_revocation = Table(
    "imported_revocation",
    metadata,
    Column("caname", NAME, primary_key=True),
    Column("serial", DIGEST, primary_key=True),
    Column("revoked", TIME, nullable=False),
    Column("reason", SmallInteger, nullable=False),
)
"""The revocations of an imported CA from before its import. Those certificates are not stored here."""

role = Table(
    "role",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("rules", LONG_TEXT, nullable=False),
)

role_member = Table(
    "role_member",
    metadata,
    Column("sequence", ROW_KEY, Identity(), primary_key=True),
    Column("role", NAME, nullable=False),
    Column("fingerprint", DIGEST, nullable=True),
    Index("role_member_fingerprint", "fingerprint"),
    Index("role_member_role", "role"),
)

journal = Table(
    "journal",
    metadata,
    Column("sequence", ROW_KEY, Identity(), primary_key=True),
    Column("nonce", DIGEST, nullable=False),
    Column("signer", DIGEST, nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("messageid", NAME, nullable=False),
    Column("part", Integer, nullable=False),
    Column("verdict", WORD, nullable=False),
    Column("answer", BLOB, nullable=False),
    Column("keepuntil", TIME, nullable=False),
    UniqueConstraint("nonce", "signer", name="journal_unique"),
    Index("journal_keepuntil", "keepuntil"),
    Index("journal_messageid", "messageid"),
)

pending_request = Table(
    "pending_request",
    metadata,
    Column("nonce", DIGEST, primary_key=True),
    Column("signer", DIGEST, primary_key=True),
    Column("digest", DIGEST, nullable=False),
    Column("datasource", NAME, nullable=False),
    Column("messageid", NAME, nullable=False),
    Column("approval", DIGEST, nullable=False),
    Column("decisions", Integer, nullable=False),
    Column("operation", WORD, nullable=False, server_default=""),
    Column("effects", Integer, nullable=False, server_default="0"),
    Column("changed", TIME, nullable=False, server_default="0"),
    Index("pending_request_approval", "approval"),
)
"""Requests without a verdict yet; a row goes when the journal gets their entry."""

operation = Table(
    "operation",
    metadata,
    Column("sequence", ROW_KEY, Identity(), primary_key=True),
    Column("id", WORD, nullable=False),
    Column("request", WORD, nullable=False),
    Column("issuer", NAME, nullable=False),
    Column("caname", NAME, nullable=False),
    Column("serial", DIGEST, nullable=True),
    Column("keydigest", DIGEST, nullable=True),
    Column("username", NAME, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("status", WORD, nullable=False),
    Column("due", TIME, nullable=False),
    Column("defects", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("effect", Integer, nullable=False),
    Column("requester", LONG_TEXT, nullable=False),
    Column("renews", DIGEST, nullable=True),
    Column("recovers", DIGEST, nullable=True),
    Column("ordered", BLOB, nullable=False),
    Column("wanted", BLOB, nullable=True),
    Column("sealed", BLOB, nullable=True),
    Column("before", BLOB, nullable=True),
    Column("draft", BLOB, nullable=True),
    Column("certificate", BLOB, nullable=True),
    Column("reason", WORD, nullable=True),
    Column("detail", LONG_TEXT, nullable=True),
    Column("changed", TIME, nullable=False),
    Column("since", TIME, nullable=True),
    UniqueConstraint("id", name="operation_id"),
    UniqueConstraint("caname", "serial", name="operation_serial"),
    Index("operation_request", "request"),
    Index("operation_username", "username"),
    Index("operation_key", "keydigest"),
    Index("operation_due", "issuer", "status", "due"),
)
"""Operations at remote issuers (`lockgate.ports.operations`). `serial` is one that the requester chose; `wanted` is
recorded with the certificate, `before` restores the end entity, `sealed` holds the secrets of the keystore. `since`
is when its status began, None where that was before this column; a row goes when the request is answered."""

approval = Table(
    "approval",
    metadata,
    Column("id", DIGEST, primary_key=True),
    Column("requester", DIGEST, nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("number", Integer, nullable=False),
    Column("action", LONG_TEXT, nullable=False),
    Column("quorum", SmallInteger, nullable=False),
    Column("opened", TIME, nullable=False),
    Column("expires", TIME, nullable=False),
    Column("settled", TIME, nullable=True),
    Column("succeeded", SmallInteger, nullable=False),
    Column("outcome", BLOB, nullable=True),
    Column("operation", WORD, nullable=True),
    Column("rejected", TIME, nullable=True),
    Column("rejection", LONG_TEXT, nullable=True),
    UniqueConstraint("requester", "digest", "number", name="approval_unique"),
    Index("approval_opened", "opened"),
    Index("approval_open", "requester", "expires"),
    Index("approval_operation", "operation"),
)
"""`number` counts a requester's approvals for one action, so that two at the same time are one; `rejected` is when a
rejection was accepted, `rejection` its reason."""

approval_decision = Table(
    "approval_decision",
    metadata,
    Column("approval", DIGEST, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("created", TIME, nullable=False),
    Column("decision", BLOB, nullable=False),
)
"""CMS SignedData."""

approval_rule = Table(
    "approval_rule",
    metadata,
    Column("caname", NAME, primary_key=True),
    Column("kind", WORD, primary_key=True),
    Column("quorum", SmallInteger, nullable=False),
)
"""The approvals that each CA requires; profiles define theirs in their documents."""

escrowed_key = Table(
    "escrowed_key",
    metadata,
    Column("fingerprint", DIGEST, primary_key=True),
    Column("caname", NAME, nullable=False),
    Column("username", NAME, nullable=False),
    Column("secret", DIGEST, nullable=False),
    Column("sealed", BLOB, nullable=False),
    Column("created", TIME, nullable=False),
    Index("escrowed_key_username", "username"),
)
"""`secret` says which secret `sealed` is under; neither holds anything of it."""

request_count = Table(
    "request_count",
    metadata,
    Column("signer", DIGEST, primary_key=True),
    Column("hour", BigInteger, nullable=False),
    Column("requests", Integer, nullable=False),
)
"""`hour` counts from 1970-01-01 UTC; an earlier one counts nothing any more. Unsigned requests have an empty signer."""

worker_lease = Table(
    "worker_lease",
    metadata,
    Column("worker", NAME, primary_key=True),
    Column("holder", NAME, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("expires", TIME, nullable=False),
)
"""A row is never deleted, so that tokens never repeat."""

worker_certificate = Table(
    "worker_certificate",
    metadata,
    Column("fingerprint", DIGEST, primary_key=True),
    Column("worker", NAME, nullable=False),
)
"""The certificates of workers, which authenticate nobody; a row is never deleted."""

audit = Table(
    "audit",
    metadata,
    Column("sequence", ROW_KEY, Identity(), primary_key=True),
    Column("time", TIME, nullable=False),
    Column("writer", NAME, nullable=False),
    Column("event", WORD, nullable=False),
    Column("who", LONG_TEXT, nullable=False),
    Column("target", LONG_TEXT, nullable=False),
    Column("details", LONG_TEXT, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("seal", DIGEST, nullable=False),
    UniqueConstraint("writer", "number", name="audit_unique"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("writer", NAME, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("seal", DIGEST, nullable=False),
)
"""Where each writer's chain in the audit log ends (`lockgate_ca_backend.audit_chain`)."""

notice = Table(
    "notice",
    metadata,
    Column("id", DIGEST, primary_key=True),
    Column("due", TIME, nullable=False),
    Column("told", TIME, nullable=True),
    Index("notice_told", "told"),
)
"""What operators are told of; `due` is when another node may tell them, if nobody has by then."""
