"""The people of the rights' table, what the CA has of them, and one request of each type and kind.

Two places there are: HERE is ManagementCA with the profiles EMPTY and KEEPING, THERE is OtherCA with the profiles
GUARDED and ELSEWHERE. Requests that describe an end entity describe it as it should be HERE.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.certification.endentity import EndEntityStatus, TokenType
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.requests.submessages import (
    CardRenewalRequest,
    CertificateRequestRequest,
    EditUserRequest,
    GetCertRequest,
    GetCRLRequest,
    GetNextCACertRequest,
    KeyRecoveryRequest,
    KeyStoreRetrievalRequest,
    PKCS10Request,
    PKCS12Request,
    RenewalRequest,
    Request,
    RevocationRequest,
)
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from tests.support.pki.certificate_requests import pkcs10, spki
from tests.support.pki.identities import ec_key
from tests.support.scenarios.world import CA, World
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_values import RENEWAL_REQ

PASSWORD = "a password of the table's"
OLD, NEW, RENEWED = ec_key(71), ec_key(72), ec_key(74)
CONTENT_KEY = bytes(range(32))
Place = Mapping[str, Any]
HERE: Place = {"ca_name": CA, "end_entity_profile": "EMPTY", "certificate_profile": "KEEPING"}
THERE: Place = {"ca_name": "OtherCA", "end_entity_profile": "GUARDED", "certificate_profile": "ELSEWHERE"}
NOBODY = "nina"
REVOKED = "rita"


@dataclass(frozen=True)
class Person:
    """One end entity.

    Attributes:
        issued: where its certificates were issued.
        stored: where it is stored now.
        shared: whether somebody THERE has a certificate for its kept key, too.
        status: as which it is stored.
    """

    issued: Place
    stored: Place
    shared: bool = False
    status: EndEntityStatus = EndEntityStatus.NEW


RECOVERING = EndEntityStatus.KEY_RECOVERY
PEOPLE: Mapping[str, Person] = {
    "olga": Person(HERE, HERE),
    "oscar": Person(HERE, THERE),
    "otto": Person(THERE, HERE),
    "oda": Person(HERE, HERE, shared=True),
    "kim": Person(HERE, HERE, status=RECOVERING),
    "karl": Person(HERE, THERE, status=RECOVERING),
    "kurt": Person(THERE, HERE, status=RECOVERING),
    "kora": Person(HERE, HERE, shared=True, status=RECOVERING),
    REVOKED: Person(HERE, HERE, status=EndEntityStatus.REVOKED),
}


@dataclass(frozen=True)
class Certificates:
    """One person's, DER.

    Attributes:
        kept: whose key the CA keeps.
        card: for a key of the person's own.
    """

    kept: bytes
    card: tuple[bytes, bytes]

    @property
    def named(self) -> dict[str, Any]:
        """The fields that name the certificate whose key is kept."""
        certificate = x509.load_der_x509_certificate(self.kept)
        return {"issuer_dn": certificate.issuer.rfc4514_string(), "certificate_sn": f"{certificate.serial_number:x}"}


@dataclass(frozen=True)
class Holdings:
    """What the CA has.

    Attributes:
        certificates: by username.
        ra: the RA's certificate, to which devices encrypt.
    """

    certificates: Mapping[str, Certificates]
    ra: x509.Certificate


def furnish_copy(template: Path, directory: Path) -> Holdings:
    """Make everything in a copy of `template`, in which no message was sent afterwards."""
    shutil.copytree(template, directory)
    world = World(directory)
    holdings = furnish(world)
    if CA in world.ca_side.signing_here():
        world.ca_side.administration.prepare_rollover(CA)
    world.close()
    for name in ("ra", "messages"):
        shutil.rmtree(directory / name)
        shutil.copytree(template / name, directory / name)
    return holdings


def furnish(world: World) -> Holdings:
    """Make everything, through the worker where a request makes it."""
    administration = world.ca_side.administration
    _put_profiles(world)
    world.grant("/")
    made = {name: _certificates(world, name, person) for name, person in PEOPLE.items()}
    for name, person in PEOPLE.items():
        if person.shared:
            _certificate(world, _bare_key(f"{name}s double", made[name].kept))
    let_wait(world)
    for name in world.ca_side.signing_here():
        administration.issue_crl(name)
    return Holdings(made, world.ra.certificate)


def _put_profiles(world: World) -> None:
    administration = world.ca_side.administration
    keeping = replace(
        CERTIFICATE_PROFILES["ENDUSER"], key_recovery=True, key_types=frozenset({"P-256"}), unproven_keys=True
    )
    for name in ("KEEPING", "ELSEWHERE"):
        administration.put_profile(name, keeping)
    unproven = replace(CERTIFICATE_PROFILES["ENDUSER"], unproven_keys=True)
    administration.put_profile("ENDUSER", unproven)
    administration.put_profile("GUARDED", EndEntityProfile(certificate_profiles=frozenset({"ENDUSER", "ELSEWHERE"})))


def let_wait(world: World) -> None:
    """Let everybody be as they are in the table, whatever they got."""
    for name, person in PEOPLE.items():
        stored = world.end_entity(name)
        assert stored is not None
        moved = replace(stored, **person.stored, status=person.status, token=TokenType.P12, recovery=None)
        world.ca_side.administration.put_end_entity(moved, PASSWORD)


def _certificates(world: World, name: str, person: Person) -> Certificates:
    first, second, kept = (
        _certificate(world, request)
        for request in (
            _pkcs10(name, place=person.issued),
            _pkcs10(name, place=person.issued),
            _keystore(name, place=person.issued),
        )
    )
    return Certificates(kept, (first, second))


def _certificate(world: World, request: Request) -> bytes:
    world.send(request)
    world.run_worker()
    response = world.seen()[0].content.response
    found = getattr(response, "certificate", None) or getattr(response, "data", None)
    assert isinstance(found, bytes), response
    return found


def described(name: str, place: Place = HERE, **more: Any) -> dict[str, Any]:
    """The fields that describe an end entity, and more."""
    return {"request_id": 1, "username": name, "subject_dn": f"CN={name},O=Example,C=SE"} | dict(place) | more


def _pkcs10(name: str, password: str | None = None, place: Place = HERE) -> PKCS10Request:
    request = pkcs10(OLD, challenge=password)
    return PKCS10Request(**described(name, place, pkcs10=request), create_or_edit_user=password is None)


def _keystore(name: str, place: Place = HERE) -> PKCS12Request:
    fields = described(name, place, password=PASSWORD, store_keys=True)
    return PKCS12Request(**fields, key_alg="ECDSA", key_spec="P-256")


def _certification(name: str, place: Place = HERE, **more: Any) -> CertificateRequestRequest:
    fields = {"request_type": "PKCS10", "request_data": pkcs10(OLD), "create_or_edit_user": True}
    return CertificateRequestRequest(**described(name, place, **(fields | more)))


def _bare_key(name: str, certificate: bytes | None = None) -> CertificateRequestRequest:
    """For the key of a certificate that the CA has issued THERE; by default for a new key HERE."""
    known = x509.load_der_x509_certificate(certificate).public_key() if certificate else None
    key = spki(NEW) if known is None else known.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return _certification(name, HERE if known is None else THERE, request_type="PUBLICKEY", request_data=key)


def _renewal(holdings: Holdings, name: str) -> RenewalRequest:
    old = holdings.certificates[name].card[0]
    device = Device(key=OLD, server=holdings.ra)
    envelope = device.enveloped(pkcs10(RENEWED), key=CONTENT_KEY)
    signed = device.signed(RENEWAL_REQ, envelope, certificate=x509.load_der_x509_certificate(old))
    return RenewalRequest(request_id=1, certificate=old, signed_message=signed, content_key=CONTENT_KEY)


def _card(holdings: Holdings, name: str, **more: Any) -> CardRenewalRequest:
    auth, sign = holdings.certificates[name].card
    proof = pkcs10(NEW, signed_by=OLD)
    return CardRenewalRequest(
        request_id=1, auth_cert=auth, sign_cert=sign, auth_pkcs10=proof, sign_pkcs10=proof, **more
    )


def _recovery(holdings: Holdings, name: str, **more: Any) -> KeyRecoveryRequest:
    return KeyRecoveryRequest(**described(name, password=PASSWORD), **holdings.certificates[name].named, **more)


def _edit(name: str, status: EndEntityStatus = EndEntityStatus.NEW) -> EditUserRequest:
    return EditUserRequest(**described(name, status=status))


def _revocation(**more: Any) -> RevocationRequest:
    return RevocationRequest(request_id=1, **more)


REQUESTS: Mapping[str, Callable[[Holdings, str], Request]] = {
    "PKCS10Request": lambda _, name: _pkcs10(name),
    "PKCS10Request with the password": lambda _, name: _pkcs10(name, PASSWORD),
    "PKCS12Request": lambda _, name: _keystore(name),
    "CertificateRequestRequest": lambda _, name: _certification(name),
    "CertificateRequestRequest for a bare key": lambda _, name: _bare_key(name),
    "CertificateRequestRequest with the password": lambda _, name: _certification(
        name, create_or_edit_user=False, password=PASSWORD
    ),
    "CardRenewalRequest": _card,
    "CardRenewalRequest that names ENDUSER": lambda holdings, name: _card(holdings, name, auth_profile="ENDUSER"),
    "CardRenewalRequest that names OtherCA": lambda holdings, name: _card(holdings, name, sign_ca="OtherCA"),
    "RenewalRequest": _renewal,
    "KeyRecoveryRequest with the same certificate": _recovery,
    "KeyRecoveryRequest with a new certificate": lambda holdings, name: _recovery(
        holdings, name, reuse_certificate=False
    ),
    "KeyStoreRetrievalRequest": lambda _, name: KeyStoreRetrievalRequest(
        request_id=1, username=name, password=PASSWORD
    ),
    "EditUserRequest": lambda _, name: _edit(name),
    "EditUserRequest to KEYRECOVERY": lambda _, name: _edit(name, RECOVERING),
    "EditUserRequest to REVOKED": lambda _, name: _edit(name, EndEntityStatus.REVOKED),
    "RevocationRequest for one certificate": lambda holdings, name: _revocation(**holdings.certificates[name].named),
    "RevocationRequest for all certificates": lambda _, name: _revocation(username=name, revoke_all=True),
    "RevocationRequest for the end entity": lambda _, name: _revocation(username=name, revoke_user=True),
    "GetCertRequest": lambda holdings, name: GetCertRequest(request_id=1, **holdings.certificates[name].named),
    "GetCRLRequest": lambda holdings, name: GetCRLRequest(request_id=1, **holdings.certificates[name].named),
    "GetNextCACertRequest": lambda *_: GetNextCACertRequest(request_id=1, ca_name=CA),
}
