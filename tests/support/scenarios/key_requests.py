"""What the steps of keys.feature share: the keys, the requests that bring them, and what the CA makes of both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from lockgate.certification.endentity import CertificateFacts
from lockgate.certification.key_fate import KeyFate
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError
from lockgate.requests.submessages import CertificateRequestRequest, CertificateRequestResponse
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.store.certificates import CertificateTable
from lockgate_formats.public_keys import encoded
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.pki.key_forms import Key, crmf, public_key, spkac
from tests.support.scenarios.ca_side import BLOCKED_KEY
from tests.support.scenarios.world import World, only

REASONS: Mapping[str, RevocationReason] = {
    "keyCompromise": RevocationReason.KEY_COMPROMISE,
    "affiliationChanged": RevocationReason.AFFILIATION_CHANGED,
    "superseded": RevocationReason.SUPERSEDED,
}
KEYS: Mapping[str, Key] = {"RSA": rsa_key(21), "P-256": ec_key(21), "blocked": rsa_key(BLOCKED_KEY)}
FORMS: Mapping[str, Callable[[Key, bytes], bytes]] = {
    "PKCS10": lambda key, encoding: pkcs10(key, encoding=encoding),  # type: ignore[arg-type]
    "CRMF": lambda key, encoding: crmf(key, encoding=encoding),
    "SPKAC": lambda key, encoding: spkac(key, encoding=encoding),
    "PUBLICKEY": lambda _, encoding: encoding,
}


@dataclass
class Known:
    """What a scenario has seen.

    Attributes:
        certificates: the last one of each end entity.
        refused: what the administration said.
        revoked: when that certificate was revoked, milliseconds since 1970-01-01 UTC.
    """

    certificates: dict[str, x509.Certificate] = field(default_factory=dict)
    key: Key | None = None
    refused: CallerError | None = None
    revoked: int = 0


def request_for(name: str, form: str, octets: bytes) -> CertificateRequestRequest:
    values: dict[str, Any] = {
        "request_id": 7,
        "username": name,
        "subject_dn": f"CN={name},O=Example,C=SE",
        "end_entity_profile": "EMPTY",
        "certificate_profile": "ENDUSER",
        "ca_name": "ManagementCA",
        "request_type": form,
        "request_data": octets,
        "create_or_edit_user": True,
    }
    return CertificateRequestRequest(**values)


def certified(world: World) -> x509.Certificate:
    """The certificate in the only answer."""
    answer = only(world).content.response
    assert isinstance(answer, CertificateRequestResponse), answer
    assert answer.data is not None, answer.fail_info
    return x509.load_der_x509_certificate(answer.data)


def fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


def facts_of(world: World, certificate: x509.Certificate) -> CertificateFacts:
    with world.ca.transaction(world.fence("observer")) as work:
        key = work.keys.identity(encoded(certificate.public_key()))
        (facts,) = (found for found in work.certificates.on_key(key) if found.fingerprint == fingerprint(certificate))
    return facts


def fate_of(world: World, key: str) -> KeyFate:
    with world.ca.transaction(world.fence("observer")) as work:
        return work.keys.fate(work.keys.identity(public_key(KEYS[key])))


def standing_of_signer(world: World, certificate: x509.Certificate) -> CertificateStanding:
    with world.ca_side.engine.connect() as connection:
        return CertificateTable(connection).standing(fingerprint(certificate))
