"""Steps of keys.feature."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import select, update

from lockgate.administration.keys import KeyName
from lockgate.audit import Event
from lockgate.certification.key_fate import Fate, KeyFate
from lockgate.errors import CallerError
from lockgate.requests.submessages import RevocationRequest
from lockgate.rights.approval import ApprovalKind
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.certificates import CertificateTable
from lockgate_ca_backend.store.key_fates import KeyFateTable
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.key_forms import ENCODINGS, public_key
from tests.support.scenarios.approvers import Approvers, newest
from tests.support.scenarios.key_requests import (
    FORMS,
    KEYS,
    REASONS,
    Known,
    certified,
    facts_of,
    fate_of,
    fingerprint,
    request_for,
    standing_of_signer,
)
from tests.support.scenarios.world import World, only

scenarios("keys.feature")


@pytest.fixture
def known() -> Known:
    return Known()


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


# ---- given


@given(parsers.parse('"{name}" has a certificate for the {key} key in {encoding}, as {form}'))
def certificate_for_key(world: World, known: Known, name: str, key: str, encoding: str, form: str) -> None:
    world.send(request_for(name, form, FORMS[form](KEYS[key], ENCODINGS[encoding](KEYS[key].public_key()))))
    world.run_worker()
    known.certificates[name] = known.certificates["that"] = certified(world)


@given(parsers.re(r"that certificate was revoked as (?P<reason>\w+)"))
def revoked(world: World, known: Known, reason: str) -> None:
    number = known.certificates["that"].serial_number
    world.ca_side.administration.revoke(REASONS[reason], ca_name="ManagementCA", serial_number=number)


@given("that certificate was revoked as superseded an hour ago")
def revoked_before(world: World, known: Known) -> None:
    revoked(world, known, "superseded")
    with world.ca_side.engine.begin() as connection:
        table = tables.certificate
        known.revoked = connection.execute(select(table.c.revoked).where(table.c.revoked.is_not(None))).scalar_one()
        known.revoked -= 3_600_000
        connection.execute(update(table).where(table.c.revoked.is_not(None)).values(revoked=known.revoked))


@given(parsers.parse('"{name}" has a certificate of OtherCA for the same key'))
def certificate_of_other_ca(world: World, known: Known, name: str) -> None:
    request = request_for(name, "PKCS10", pkcs10(KEYS["P-256"]))  # type: ignore[arg-type]
    world.send(replace(request, ca_name="OtherCA"))
    world.run_worker()
    known.certificates[name] = certified(world)


@given(parsers.parse('"{name}" has a certificate of OtherCA for the same key, without having shown possession'))
def unproven_certificate_of_other_ca(world: World, known: Known, name: str) -> None:
    request = request_for(name, "PUBLICKEY", public_key(KEYS["P-256"]))
    world.send(replace(request, ca_name="OtherCA"))
    world.run_worker()
    known.certificates[name] = certified(world)


@given("OtherCA asks for the approval of one administrator before it revokes")
def other_ca_asks(world: World) -> None:
    world.ca_side.administration.set_approval_rule("OtherCA", ApprovalKind.REVOCATION, 1)


@given(parsers.parse('"{name}" has put the {key} key in doubt'))
def doubted(world: World, known: Known, name: str, key: str) -> None:
    certificate_for_key(world, known, name, key, "its usual encoding", "PUBLICKEY")
    ask_to_revoke(world, known, name, "keyCompromise")
    world.run_worker()
    assert only(world).content.response.success


@given("somebody without possession has put the key of the RA in doubt")
def doubted_ra(world: World) -> None:
    """An RA's key is reserved: this is how it would stand with a profile that reserves none."""
    with world.ca_side.engine.begin() as connection:
        key = CertificateTable(connection).key_of(fingerprint(world.ra.certificate))
        assert key is not None
        KeyFateTable(connection).doubt(key, "mallory")


@given("an administrator has condemned the key of the RA")
def condemned_ra(world: World) -> None:
    world.ca_side.administration.condemn_key(KeyName(fingerprint=fingerprint(world.ra.certificate)))


@given(parsers.parse('certificates of "{name}" are for keys of one end entity alone'))
def distinct_keys(world: World, name: str) -> None:
    profile = world.ca_side.inspection.profiles().certificate[name]
    world.ca_side.administration.put_profile(name, replace(profile, distinct_keys=True))


@given(parsers.parse('the CA "{name}" with a key of the kind {kind}'))
def more_cas(world: World, name: str, kind: str) -> None:
    world.ca_side.administration.create_ca(name, f"CN={name}", key=kind)


# ---- when


@when(parsers.parse('the RA asks for a certificate for "{name}" with the {key} key in {encoding}, as {form}'))
def ask(world: World, known: Known, name: str, key: str, encoding: str, form: str) -> None:
    known.key = KEYS[key]
    world.send(request_for(name, form, FORMS[form](KEYS[key], ENCODINGS[encoding](KEYS[key].public_key()))))


@when(parsers.re(r'the RA asks for a certificate for "(?P<name>\w+)" with the key of (?P<ca>\w+) in (?P<said>[^,]*)'))
def ask_for_ca_key(world: World, name: str, ca: str, said: str) -> None:
    key: Any = x509.load_der_x509_certificate(world.ca_side.certificate(ca)).public_key()
    world.send(request_for(name, "PUBLICKEY", ENCODINGS[said](key)))


@when(parsers.re(r'the RA revokes the certificate of "(?P<name>\w+)" as (?P<reason>\w+)'))
def ask_to_revoke(world: World, known: Known, name: str, reason: str) -> None:
    certificate = known.certificates[name]
    issuer, number = certificate.issuer.rfc4514_string(), f"{certificate.serial_number:x}"
    world.send(RevocationRequest(request_id=9, reason=REASONS[reason], issuer_dn=issuer, certificate_sn=number))


@when(parsers.parse("an administrator condemns the {key} key in {encoding}"))
def condemn(world: World, key: str, encoding: str) -> None:
    world.ca_side.administration.condemn_key(KeyName(public_key=ENCODINGS[encoding](KEYS[key].public_key())))


@when(parsers.parse('an administrator condemns the key of "{name}"'))
def condemn_member(world: World, approvers: Approvers, name: str) -> None:
    member = fingerprint(approvers.members[name].certificate)
    world.ca_side.administration.condemn_key(KeyName(fingerprint=member))


@when(parsers.parse("an administrator makes the {key} key good"))
def clear(world: World, key: str) -> None:
    world.ca_side.administration.clear_key(KeyName(public_key=public_key(KEYS[key])))


@when("an administrator imports a CA whose certificate has explicit parameters")
def import_explicit(world: World, known: Known, tmp_path: Path) -> None:
    key, certificate = tmp_path / "ca.key", tmp_path / "ca.der"
    curve = ("-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit")
    made = ("-x509", "-new", "-key", str(key), "-subj", "/CN=Imported", "-days", "3650", "-outform", "DER")
    usage = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("ecparam", *curve, "-out", str(key))
    openssl("req", *made, *usage, "-out", str(certificate))
    try:
        private = load_pem_private_key(key.read_bytes(), None)
        world.ca_side.administration.import_ca("Imported", private, certificate.read_bytes())
    except CallerError as error:
        known.refused = error


# ---- then


@then(parsers.parse("the {key} key is condemned"))
def is_condemned(world: World, key: str) -> None:
    assert fate_of(world, key).fate is Fate.CONDEMNED


@then(parsers.parse('the {key} key is in doubt by the report of "{name}"'))
def is_in_doubt(world: World, key: str, name: str) -> None:
    assert fate_of(world, key) == KeyFate(Fate.IN_DOUBT, frozenset({name}))


@then(parsers.re(r'the certificate of "(?P<name>\w+)" is revoked as (?P<reason>\w+)'))
def is_revoked(world: World, known: Known, name: str, reason: str) -> None:
    facts = facts_of(world, known.certificates[name])
    assert (facts.standing, facts.reason) == (CertificateStanding.REVOKED, REASONS[reason])


@then(parsers.parse('the certificate of "{name}" is good'))
def is_good(world: World, known: Known, name: str) -> None:
    assert facts_of(world, known.certificates[name]).standing is CertificateStanding.GOOD
    assert standing_of_signer(world, known.certificates[name]) is CertificateStanding.GOOD


@then(parsers.parse('the certificate of "{name}" is not revoked, but blocked'))
def is_blocked(world: World, known: Known, name: str) -> None:
    assert facts_of(world, known.certificates[name]).standing is CertificateStanding.GOOD
    assert standing_of_signer(world, known.certificates[name]) is CertificateStanding.BLOCKED


@then(parsers.parse('the audit log says that the certificate of "{name}" was blocked'))
def block_audited(world: World, known: Known, name: str) -> None:
    with world.ca_side.engine.connect() as connection:
        query = select(tables.audit.c.details).where(tables.audit.c.event == Event.KEY_CONDEMNED)
        details = json.loads(connection.execute(query).scalar_one())
    assert details["blocked"] == fingerprint(known.certificates[name])


@then("it counts as revoked since an hour ago")
def time_stays(world: World, known: Known) -> None:
    with world.ca_side.engine.connect() as connection:
        table = tables.certificate
        found = connection.execute(select(table.c.revoked).where(table.c.revoked.is_not(None))).scalar_one()
    assert found == known.revoked


@then(parsers.parse("the approval names the {key} key as one in doubt"))
def names_doubt(world: World, key: str) -> None:
    """The one key that is in doubt in this scenario."""
    with world.ca_side.engine.connect() as connection:
        (doubtful,) = KeyFateTable(connection).all()
    assert json.loads(newest(world).action)["keys_in_doubt"] == [doubtful]


@then(parsers.parse('the certificate of "{name}" holds that key in its usual encoding'))
def usual_encoding(world: World, known: Known, name: str) -> None:
    certificate = certified(world)
    assert certificate.subject.rfc4514_string() == f"CN={name},O=Example,C=SE"
    assert known.key is not None
    assert public_key(known.key) in certificate.tbs_certificate_bytes


@then(parsers.parse('the import is refused, because "{words}"'))
def import_refused(known: Known, words: str) -> None:
    assert known.refused is not None
    assert words in str(known.refused)


@then(parsers.parse('there is no CA "{name}"'))
def no_ca(world: World, name: str) -> None:
    assert name not in {ca.name for ca in world.ca_side.administration.certification_authorities()}
