"""What can be wrong with a certificate whose key is to vouch for the next one."""

import hashlib
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import update

from lockgate.administration.keys import KeyName
from lockgate.certification.endentity import (
    CertificationRequest,
    EndEntity,
    EndEntityStatus,
    IssuedCertificate,
    Possession,
)
from lockgate.certification.revocation import RevocationReason
from lockgate.names.dn import parse_dn
from lockgate.ports import IssuanceRequest, KeyPair
from lockgate_ca_backend.store import tables
from tests.support.issuing import issue
from tests.support.pki.certificate_requests import spki
from tests.support.scenarios.world import World

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def let_expire(world: World, certificate: bytes) -> None:
    """The CA's record of the certificate ended 400 days ago."""
    table, day = tables.certificate, 86_400_000
    begin, end = (table.c.notbefore - 800 * day, table.c.notbefore - 400 * day)
    its_own = table.c.fingerprint == hashlib.sha256(certificate).hexdigest()
    with world.ca_side.engine.begin() as connection:
        assert connection.execute(update(table).where(its_own).values(notbefore=begin, notafter=end)).rowcount == 1


def condemn(world: World, certificate: bytes) -> None:
    """An administrator condemns the certificate's key."""
    world.ca_side.administration.condemn_key(KeyName(fingerprint=hashlib.sha256(certificate).hexdigest()))


def open_window_late(world: World, profile: str = "ENDUSER") -> None:
    """Certificates of the profile can be renewed in their last 30 days."""
    stored = world.ca_side.inspection.profiles().certificate[profile]
    world.ca_side.administration.put_profile(profile, replace(stored, renewal_days=30))


def keep(world: World, username: str, key: Key) -> None:
    """The CA keeps the key, with another certificate than those that there are."""
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    _certify(world, username, key, KeyPair(private, spki(key)))


def compromise_another(world: World, username: str, key: Key) -> None:
    """The end entity gets a certificate for the key, too, which is revoked as compromised."""
    issued = _certify(world, username, key, None)
    world.ca_side.administration.revoke(RevocationReason.KEY_COMPROMISE, fingerprint=issued.fingerprint)


def certify_unproven(world: World, username: str, key: Key) -> None:
    """The end entity, which is new, gets a certificate for the key without showing possession."""
    with world.ca.transaction(world.fence("observer")) as work:
        request = CertificationRequest(public_key=spki(key))
        issued = issue(work, IssuanceRequest(f"for {username}", _described(username), request, "a test", None))
        assert isinstance(issued, IssuedCertificate), issued


def _described(username: str, certificate_profile: str = "ENDUSER") -> EndEntity:
    return EndEntity(
        username=username,
        subject_dn=parse_dn(f"CN={username},O=Example,C=SE"),
        subject_alt_name=(),
        email=None,
        end_entity_profile="EMPTY",
        certificate_profile=certificate_profile,
        ca_name="ManagementCA",
        status=EndEntityStatus.NEW,
    )


def _certify(world: World, username: str, key: Key, kept: KeyPair | None) -> IssuedCertificate:
    stored = world.end_entity(username)
    described = _described(username, "ENDUSER" if kept is None else "KEEPING")
    request = CertificationRequest(public_key=spki(key), possession=Possession.PROVEN)
    with world.ca.transaction(world.fence("observer")) as work:
        issued = issue(
            work, IssuanceRequest(f"another for {username}", described, request, "a test", None, kept_key=kept)
        )
        assert isinstance(issued, IssuedCertificate), issued
        if stored is not None:
            work.end_entities.save(stored)
    return issued
