"""What tests of the registry store and order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

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
from lockgate.ports import IssuanceRequest
from lockgate.rights.approval import ApprovalRequest
from lockgate.rights.signer import TrustedCertificate
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key

NUMBERS = count(1)
NOBODY = "0" * 64


def described(username: str, **changes: str) -> EndEntity:
    end_entity = EndEntity(
        username=username,
        subject_dn=parse_dn(f"CN={username},O=Example,C=SE"),
        subject_alt_name=parse_alt_name("DNSNAME=host.example.org"),
        email="user@example.org",
        end_entity_profile="EMPTY",
        certificate_profile="ENDUSER",
        ca_name="ManagementCA",
        status=EndEntityStatus.NEW,
    )
    return replace(end_entity, **changes)  # type: ignore[arg-type]


def order(end_entity: EndEntity, operation: str = "") -> IssuanceRequest:
    request = CertificationRequest(public_key=spki(ec_key(1)), possession=Possession.PROVEN)
    return IssuanceRequest(operation or f"operation {next(NUMBERS)}", end_entity, request, "CN=ra", NOBODY)


def entry(digest: str = "d" * 64, key: JournalKey | None = None) -> JournalEntry:
    return JournalEntry(
        key=key or JournalKey("a" * 64, f"{next(NUMBERS):032x}"),
        digest=digest,
        message_id="message é",
        part=3,
        verdict="success",
        answer=bytes(range(256)),
        keep_until=datetime(2027, 3, 4, 5, 6, 7, 89000, tzinfo=UTC),
    )


def trusted(
    issued_certificate: IssuedCertificate, issuer_dn: str = "CN=ManagementCA,O=Example,C=SE"
) -> TrustedCertificate:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return TrustedCertificate(
        issued_certificate.certificate,
        issued_certificate.fingerprint,
        issuer_dn,
        "CN=x",
        issued_certificate.serial_number,
        moment,
        moment,
        digital_signature=True,
        key_encipherment=True,
        request_purpose=True,
    )


OPENED = datetime(2026, 6, 1, 12, tzinfo=UTC)


def asked() -> ApprovalRequest:
    requester = f"{next(NUMBERS):064x}"
    action = f'{{"requester":"{requester}"}}'.encode()
    return ApprovalRequest(
        requester=requester, action=action, quorum=2, opened=OPENED, expires=OPENED + timedelta(hours=1)
    )


def pending(approval: ApprovalRequest, decisions: int = 0, key: JournalKey | None = None) -> PendingRequest:
    key = key or JournalKey("a" * 64, f"{next(NUMBERS):032x}")
    return PendingRequest(key, "d" * 64, "source", f"message {key.nonce}", approval.id, decisions)


def another_key() -> CertificationRequest:
    return CertificationRequest(public_key=spki(ec_key(2)), possession=Possession.PROVEN)
