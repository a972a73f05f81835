"""Steps of authorization.feature."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.authorization import ADMINISTRATOR, EVERYTHING, Action, Role, action_right
from lockgate.dn import parse_dn
from lockgate.reasons import Reason
from lockgate.submessages import CertificateRequestRequest, CertificateRequestResponse
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from tests.certificate_requests import pkcs10
from tests.features.conftest import attempted, only
from tests.features.holdings import REQUESTS, Holdings, furnish
from tests.features.world import CA, World
from tests.identities import Identity, rsa_key

scenarios("authorization.feature")

RIGHTS = {
    ADMINISTRATOR,
    *("/ca/ManagementCA", "/ca/OtherCA"),
    *("/endentityprofile/EMPTY", "/endentityprofile/GUARDED", "/endentityprofile/SERVICE"),
    *map(action_right, Action),
}
"""Every right that there is in the world of the scenarios."""
ISSUERS = {
    "the CA's name": "CN=Management CA,O=Lockgate tests,C=SE",
    "the name of the OtherCA": "CN=Other CA",
    "the name of no CA": "CN=No CA",
}


@pytest.fixture(scope="module")
def furnished(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Holdings]:
    """The CA's database as the rights' table finds it, no message yet, and what the CA has."""
    directory = tmp_path_factory.mktemp("furnished") / "world"
    shutil.copytree(template, directory)
    world = World(directory)
    holdings = furnish(world)
    world.close()
    for what in ("ra", "messages"):
        shutil.rmtree(directory / what)
        shutil.copytree(template / what, directory / what)
    return directory, holdings


@pytest.fixture
def start(furnished: tuple[Path, Holdings]) -> Path:
    """Every scenario of this feature begins with that."""
    return furnished[0]


@pytest.fixture
def before() -> list[str]:
    """What the CA held when the last request was sent."""
    return []


@given(parsers.parse('an RA with two roles: "{first}" and "{second}"'))
def ra_with_two_roles(world: World, first: str, second: str) -> None:
    world.grant(first, second)


@given(parsers.parse('the end entity "{name}" is stored with the CA "{ca}" and the end entity profile "{profile}"'))
def stored_end_entity(world: World, name: str, ca: str, profile: str) -> None:
    world.office.store_end_entity(name, ca_name=ca, profile=profile)


@given("certificates of ENDUSER may have chosen serial numbers")
def chosen_numbers(world: World) -> None:
    profile = msgspec.structs.replace(CERTIFICATE_PROFILES["ENDUSER"], chosen_serial_number=True)
    world.office.administration.put_profile("ENDUSER", profile)


@given("another certificate with the RA's subject, issued by the CA to somebody else")
def namesake(world: World) -> None:
    world.ra = world.office.certify("CN=ra", rsa_key(16))


@given(parsers.parse("an RA with one role that has every right but {right}"))
def ra_without(world: World, right: str) -> None:
    assert right in RIGHTS
    world.grant(", ".join(RIGHTS - {right}))


@when(parsers.re("the RA sends, (?P<signed>signed|unsigned), an? (?P<request>.*)"))
def send_kind(world: World, furnished: tuple[Path, Holdings], before: list[str], signed: str, request: str) -> None:
    before[:] = held(world)
    protection = "signed and encrypted" if signed == "signed" else "encrypted"
    world.send(REQUESTS[request](furnished[1]), protection=protection)


@when(parsers.parse('the RA has a certificate with the serial number 7 issued to "{name}"'))
def has_number_issued(world: World, name: str) -> None:
    key = rsa_key(17)
    world.send(
        CertificateRequestRequest(
            request_id=1,
            username=name,
            subject_dn=f"CN={name}",
            end_entity_profile="EMPTY",
            certificate_profile="ENDUSER",
            ca_name=CA,
            create_or_edit_user=True,
            request_type="PKCS10",
            request_data=pkcs10(key),
            response_type="CERTIFICATE",
            certificate_serial_number="7",
        )
    )
    world.run_worker()
    response = only(world).content.response
    assert isinstance(response, CertificateRequestResponse)
    certificate = x509.load_der_x509_certificate(response.data or b"")
    assert certificate.serial_number == 7
    world.ra = Identity(certificate, key)


@when(parsers.parse('mallory sends a signed and encrypted PKCS10Request for "{name}"'))
@when(parsers.parse('that somebody sends a signed and encrypted PKCS10Request for "{name}"'))
def namesake_sends(world: World, name: str) -> None:
    world.send(world.request(name))


@when(
    parsers.re(
        "an administrator adds a role with every right for the certificate with (?P<issuer>.*)"
        " and (?P<number>the RA's serial number|a serial number of nobody's|the serial number 7)"
    )
)
def add_by_serial_number(world: World, refusals: list[str], issuer: str, number: str) -> None:
    own = world.ra.certificate.serial_number
    serial_number = {"the RA's serial number": own, "the serial number 7": 7}.get(number, own + 1)

    def add() -> None:
        member = world.office.administration.member(parse_dn(ISSUERS[issuer]), serial_number)
        world.office.add_role(Role("role", frozenset({EVERYTHING}), frozenset({member})))

    attempted(add, refusals)


@then(parsers.parse('the audit log says that the signer was "{name}"'))
def audit_names_signer(world: World, name: str) -> None:
    details = json.loads(world.office.refusals()[-1])
    assert details["signer"].split(" (")[0] == name
    assert len(details["signer_fingerprint"]) == 64


@then("the request succeeds")
def succeeds(world: World) -> None:
    response = only(world).content.response
    assert response.success, response


@then(parsers.parse("the request is refused as {reason}, and nothing has changed"))
def refused(world: World, before: list[str], reason: str) -> None:
    assert only(world).content.response.reason == reason
    assert held(world) == before


@then(parsers.parse("the lack of {right} is told only where it says nothing of what is stored"))
def told(world: World, furnished: tuple[Path, Holdings], right: str) -> None:
    response, (request,) = only(world).content.response, world.asked[world.sent[-1]]
    named = {getattr(request, name, None) for name in ("ca_name", "end_entity_profile", "auth_ca", "sign_ca")}
    tellable = right == ADMINISTRATOR or right.startswith("/action/") or right.rpartition("/")[2] in named
    sentence = Reason(response.reason or "").sentence
    assert response.fail_info == (f"{sentence} Missing: {right}" if tellable else sentence)


@then(parsers.parse('the audit log says that the RA was denied the {kind} on "{whom}" for lack of {right}'))
def denial_audited(world: World, furnished: tuple[Path, Holdings], kind: str, whom: str, right: str) -> None:
    with world.office.engine.connect() as connection:
        query = "select who, target, details from audit where event = 'access.denied'"
        ((who, target, details),) = connection.execute(text(query)).all()
    told = json.loads(details)
    role = "" if right == ADMINISTRATOR else "role 0"
    assert who.split(" (")[0] == "CN=ra"
    assert target == furnished[1].targets.get(whom, whom)
    assert (told["request_type"], told["missing"], told["role"]) == (kind, right, role)
    assert told["message"] == f"{world.sent[-1]} 1/1"


def held(world: World) -> Sequence[str]:
    """Every end entity and certificate as it is stored, and whose key is kept."""
    queries = (
        "select username || status || revision from end_entity",
        "select hex(fingerprint) || status from certificate",
        "select hex(fingerprint) from escrowed_key",
    )
    with world.office.engine.connect() as connection:
        return [str(its) for query in queries for its in connection.execute(text(query)).scalars()]
