"""What the requests of the rights' table act on, and one request of each type and kind.

Nobody is called "nina"; "olga" has a certificate whose key is kept; "paul" waits for his, with a password; "vera" has a
card; "maxi" belongs to another CA and another end entity profile.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from cryptography import x509

from lockgate.endentity import EndEntityStatus, TokenType
from lockgate.submessages import (
    CardRenewalRequest,
    CertificateRequestRequest,
    EditUserRequest,
    KeyRecoveryRequest,
    KeyStoreRetrievalRequest,
    PKCS10Request,
    PKCS12Request,
    Request,
    RevocationRequest,
)
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from tests.certificate_requests import pkcs10
from tests.features.world import CA, World
from tests.identities import ec_key

PASSWORD = "a password of the table's"
OLD, NEW = ec_key(71), ec_key(72)


@dataclass(frozen=True)
class Holdings:
    """The certificates that there are, DER."""

    olga: bytes
    card: tuple[bytes, bytes]

    @property
    def named(self) -> dict[str, Any]:
        """The fields that name olga's certificate."""
        its = x509.load_der_x509_certificate(self.olga)
        return {"issuer_dn": its.issuer.rfc4514_string(), "certificate_sn": f"{its.serial_number:x}"}

    @property
    def targets(self) -> Mapping[str, str]:
        """How the audit log names what is no end entity."""
        return {
            "olga's certificate": "{certificate_sn} of {issuer_dn}".format(**self.named),
            "vera's card": " ".join(hashlib.sha256(its).hexdigest() for its in self.card),
        }


def furnish(world: World) -> Holdings:
    """Make everything, through the worker where a request makes it."""
    profile = msgspec.structs.replace(
        CERTIFICATE_PROFILES["ENDUSER"], key_recovery=True, key_types=frozenset({"P-256"}), unproven_keys=True
    )
    world.office.administration.put_profile("KEEPING", profile)
    unproven = msgspec.structs.replace(CERTIFICATE_PROFILES["ENDUSER"], unproven_keys=True)
    world.office.administration.put_profile("ENDUSER", unproven)
    world.grant("/")
    olga = _certificate(world, _keystore("olga"))
    card = _certificate(world, _pkcs10("vera")), _certificate(world, _pkcs10("vera"))
    let_wait(world)
    world.office.store_end_entity("maxi", ca_name="OtherCA", profile="GUARDED")
    return Holdings(olga, card)


def let_wait(world: World) -> None:
    """Let paul and vera be NEW, whatever they got."""
    for name in ("paul", "vera"):
        world.office.store_end_entity(name, password=PASSWORD, certificate_profile="KEEPING", token=TokenType.P12)


def _certificate(world: World, request: Request) -> bytes:
    world.send(request)
    world.run_worker()
    certificate = world.seen()[0].content.response.certificate  # type: ignore[attr-defined]
    assert isinstance(certificate, bytes)
    return certificate


def described(name: str, **more: Any) -> dict[str, Any]:
    """The fields that describe an end entity, and more."""
    fields = {
        "request_id": 1,
        "username": name,
        "subject_dn": f"CN={name},O=Example,C=SE",
        "end_entity_profile": "EMPTY",
        "certificate_profile": "KEEPING",
        "ca_name": CA,
    }
    return fields | more


def _pkcs10(name: str, password: str | None = None) -> PKCS10Request:
    request = pkcs10(OLD, challenge=password)
    return PKCS10Request(**described(name, pkcs10=request), create_or_edit_user=password is None)


def _keystore(name: str) -> PKCS12Request:
    fields = described(name, password=PASSWORD, store_keys=True)
    return PKCS12Request(**fields, key_alg="ECDSA", key_spec="P-256")


def _certification(name: str, **more: Any) -> CertificateRequestRequest:
    fields = described(name, request_type="PKCS10", request_data=pkcs10(OLD), password=PASSWORD)
    return CertificateRequestRequest(**fields, **more)


def _renewal(its: Holdings, **more: Any) -> CardRenewalRequest:
    auth, sign = its.card
    proof = pkcs10(NEW, signed_by=OLD)
    return CardRenewalRequest(
        request_id=1, auth_cert=auth, sign_cert=sign, auth_pkcs10=proof, sign_pkcs10=proof, **more
    )


def _recovery(its: Holdings, **more: Any) -> KeyRecoveryRequest:
    return KeyRecoveryRequest(**described("olga", password=PASSWORD), **its.named, **more)


def _edit(name: str, **more: Any) -> EditUserRequest:
    return EditUserRequest(**described(name, **more))


def _revocation(**more: Any) -> RevocationRequest:
    return RevocationRequest(request_id=1, **more)


REQUESTS: Mapping[str, Callable[[Holdings], Request]] = {
    "PKCS10Request for somebody new": lambda _: _pkcs10("nina"),
    "PKCS10Request for somebody stored": lambda _: _pkcs10("olga"),
    "PKCS10Request with the password of somebody stored": lambda _: _pkcs10("paul", PASSWORD),
    "PKCS12Request for somebody new": lambda _: _keystore("nina"),
    "PKCS12Request for somebody stored": lambda _: _keystore("olga"),
    "CertificateRequestRequest for somebody new": lambda _: _certification("nina", create_or_edit_user=True),
    "CertificateRequestRequest for somebody stored": lambda _: _certification("olga", create_or_edit_user=True),
    "CertificateRequestRequest with the password of somebody stored": lambda _: _certification("paul"),
    "CardRenewalRequest": _renewal,
    "CardRenewalRequest that names a profile": lambda its: _renewal(its, auth_profile="ENDUSER"),
    "CardRenewalRequest that names another CA": lambda its: _renewal(its, sign_ca="OtherCA"),
    "KeyRecoveryRequest with the same certificate": _recovery,
    "KeyRecoveryRequest with a new certificate": lambda its: _recovery(its, reuse_certificate=False),
    "KeyStoreRetrievalRequest": lambda _: KeyStoreRetrievalRequest(request_id=1, username="paul", password=PASSWORD),
    "EditUserRequest for somebody new": lambda _: _edit("nina"),
    "EditUserRequest for somebody stored": lambda _: _edit("olga"),
    "EditUserRequest that moves somebody to another CA and profile": lambda _: _edit("maxi"),
    "EditUserRequest to the status KEYRECOVERY": lambda _: _edit("olga", status=EndEntityStatus.KEY_RECOVERY),
    "EditUserRequest to the status REVOKED": lambda _: _edit("olga", status=EndEntityStatus.REVOKED),
    "EditUserRequest for somebody new, with the status REVOKED": lambda _: _edit(
        "nina", status=EndEntityStatus.REVOKED
    ),
    "RevocationRequest for one certificate": lambda its: _revocation(**its.named),
    "RevocationRequest for all certificates of somebody": lambda _: _revocation(username="olga", revoke_all=True),
    "RevocationRequest for somebody and all certificates": lambda _: _revocation(username="olga", revoke_user=True),
}
