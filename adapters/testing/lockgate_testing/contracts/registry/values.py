"""Keys, end entities, orders, entries and approvals that the tests store."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from secrets import randbits

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from lockgate.certification.endentity import (
    CertificationRequest,
    EndEntity,
    EndEntityStatus,
    IssuedCertificate,
    Possession,
)
from lockgate.line.journal import JournalEntry, JournalKey, PendingRequest
from lockgate.names.altname import parse_alt_name
from lockgate.names.dn import parse_dn
from lockgate.ports import IssuanceRequest, KeyPair
from lockgate.rights.approval import ApprovalRequest
from lockgate.rights.signer import TrustedCertificate
from lockgate_testing.contracts.registry.subjects import CA, CA_SUBJECT, END_ENTITY_PROFILE, PLAIN

NUMBERS = count(1)
"""Numbers of the tests' own: names and keys that no other test has."""
_FIRST_KEY = randbits(250)
NOBODY = "0" * 64
"""The fingerprint of no certificate."""
OPENED = datetime(2026, 6, 1, 12, tzinfo=UTC)


@cache
def key_pair(number: int) -> KeyPair:
    """The key pair with that number."""
    key = ec.derive_private_key(_FIRST_KEY + number, ec.SECP256R1())
    public_key = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), public_key)


def public_key(number: int) -> bytes:
    """The public key of the key pair with that number, DER."""
    return key_pair(number).public_key


def new_key_pair() -> KeyPair:
    """A key pair that no other test has."""
    return key_pair(1000 + next(NUMBERS))


def new_public_key() -> bytes:
    """A public key that no other test has, DER."""
    return new_key_pair().public_key


def described(username: str, **changes: str) -> EndEntity:
    """An end entity that its profile allows."""
    end_entity = EndEntity(
        username=username,
        subject_dn=parse_dn(f"CN={username},O=Example,C=SE"),
        subject_alt_name=parse_alt_name("DNSNAME=host.example.org"),
        email="user@example.org",
        end_entity_profile=END_ENTITY_PROFILE,
        certificate_profile=PLAIN,
        ca_name=CA,
        status=EndEntityStatus.NEW,
    )
    return replace(end_entity, **changes)  # type: ignore[arg-type]


def certifying(number: int) -> CertificationRequest:
    """A request that proves possession of the key with that number."""
    return CertificationRequest(public_key=public_key(number), possession=Possession.PROVEN)


def order(end_entity: EndEntity) -> IssuanceRequest:
    """A certificate for the end entity and the first key."""
    return IssuanceRequest(f"operation {next(NUMBERS)}", end_entity, certifying(1), "CN=ra", NOBODY)


def entry(key: JournalKey | None = None) -> JournalEntry:
    """A verdict on a request like no other."""
    return JournalEntry(
        key=key or JournalKey("a" * 64, f"{next(NUMBERS):032x}"),
        digest="d" * 64,
        message_id="message é",
        part=3,
        verdict="success",
        answer=bytes(range(256)),
        keep_until=datetime(2027, 3, 4, 5, 6, 7, 89000, tzinfo=UTC),
    )


def trusted(issued: IssuedCertificate) -> TrustedCertificate:
    """A certificate of `CA` as the one that has signed a request."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return TrustedCertificate(
        issued.certificate,
        issued.fingerprint,
        CA_SUBJECT,
        "CN=x",
        issued.serial_number,
        moment,
        moment,
        digital_signature=True,
        key_encipherment=True,
        request_purpose=True,
    )


def fingerprint(text: str) -> str:
    """A SHA-256 fingerprint like no other text's."""
    return hashlib.sha256(text.encode()).hexdigest()


def asked() -> ApprovalRequest:
    """An approval like no other."""
    requester = f"{next(NUMBERS):064x}"
    action = f'{{"requester":"{requester}"}}'.encode()
    return ApprovalRequest(
        requester=requester, action=action, quorum=2, opened=OPENED, expires=OPENED + timedelta(hours=1)
    )


def pending(approval: ApprovalRequest, decisions: int = 0, key: JournalKey | None = None) -> PendingRequest:
    """A request that waits for the approval, and has seen that many decisions."""
    key = key or JournalKey("a" * 64, f"{next(NUMBERS):032x}")
    return PendingRequest(key, "d" * 64, "source", f"message {key.nonce}", approval.id, decisions)
