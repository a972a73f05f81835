"""outside_cas.feature: the CRLs of a CA for which a remote issuer signs."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from pytest_bdd import given, parsers, then, when

from lockgate.administration.listings import CertificateListing, CertificateQuery
from lockgate.administration.pages import Page
from lockgate.certification.revocation import RevocationReason
from lockgate.ports import Order
from lockgate.requests.submessages import GetCRLRequest, GetCRLResponse
from lockgate.rights.signer import CertificateStanding
from tests.features.steps.outside_cas import LISTED
from tests.support.scenarios.outside_ca import OutsideSite
from tests.support.scenarios.remote_crls import CRL_FILE, RemoteCrls
from tests.support.scenarios.remote_issuer import REMOTE_CA, RemoteSite
from tests.support.scenarios.world import World, only

RECORDED: Mapping[str, RevocationReason] = {
    "revoked without reason": RevocationReason.UNSPECIFIED,
    "revoked as superseded": RevocationReason.SUPERSEDED,
    "revoked because its key was compromised": RevocationReason.KEY_COMPROMISE,
    "on hold": RevocationReason.CERTIFICATE_HOLD,
}
REVOKED_AT = datetime(2026, 1, 5, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1, seconds=1)


@pytest.fixture
def said() -> dict[str, str]:
    """How the CRL lists alice's certificate."""
    return {}


@given("the configuration says where RemoteCA publishes its CRLs", target_fixture="remote_crls")
def remote_crls(outside: OutsideSite, remote: RemoteSite) -> RemoteCrls:
    made = RemoteCrls(outside, remote)
    made.configure(crls=[CRL_FILE])
    return made


@given("RemoteCA lets the adapter of its issuer fetch CRLs")
def fetched_by_adapter(remote_crls: RemoteCrls) -> None:
    remote_crls.configure(crls=[])


@given("alice's certificate was put on hold here")
def held_here(world: World, remote: RemoteSite) -> None:
    reason = RevocationReason.CERTIFICATE_HOLD
    world.ca_side.administration.revoke(reason, fingerprint=_of_alice(world, remote).fingerprint)


@given(parsers.parse("RemoteCA has published a CRL on which alice's certificate is {listed}"))
def published_by_remote(remote: RemoteSite, remote_crls: RemoteCrls, said: dict[str, str], listed: str) -> None:
    said["listed"] = listed
    _publish(remote, remote_crls, listed)


@when("RemoteCA publishes the same list again")
def published_again(remote: RemoteSite, remote_crls: RemoteCrls, said: dict[str, str]) -> None:
    _publish(remote, remote_crls, said["listed"])


def _publish(remote: RemoteSite, remote_crls: RemoteCrls, listed: str) -> None:
    (certificate,) = remote.certificates()
    remote_crls.publish({certificate.serial_number: LISTED[listed]}, revoked_at=REVOKED_AT)


@when(parsers.parse("RemoteCA publishes a CRL on which the certificate that is ordered for bob is {listed}"))
def published_before(remote: RemoteSite, remote_crls: RemoteCrls, said: dict[str, str], listed: str) -> None:
    said["listed"] = listed
    remote.ca.behave(keeps_serial_numbers=True)
    (operation,) = remote.operations()
    assert isinstance(operation.order, Order)
    remote_crls.publish({operation.order.serial_number: LISTED[listed]}, revoked_at=REVOKED_AT)


@given("RemoteCA has published a CRL")
def published_empty(remote_crls: RemoteCrls) -> None:
    remote_crls.publish()


@given("RemoteCA has published a CRL on which every certificate of ManagementCA is revoked")
def published_others(world: World, remote_crls: RemoteCrls) -> None:
    numbers = world.ca_side.column("select serial from certificate where caname = 'ManagementCA'")
    assert numbers
    remote_crls.publish({int(number, 16): x509.ReasonFlags.superseded for number in numbers})


@given("RemoteCA has published a CRL with 5000 entries, alice's certificate the last of them")
def published_long(remote: RemoteSite, remote_crls: RemoteCrls) -> None:
    (certificate,) = remote.certificates()
    remote_crls.publish({**dict.fromkeys(range(1, 5000)), certificate.serial_number: None})


@given("the CRLs of RemoteCA were fetched")
@when("the CRLs of RemoteCA are fetched")
def fetch(outside: OutsideSite) -> None:
    outside.run_fetches()
    outside.pass_by(HOUR)


@when("a worker fetches it and dies after the first part")
def fetch_and_die(world: World, outside: OutsideSite) -> None:
    fetching, fence = outside.fetching(), world.fence()
    for _ in range(3):  # it is fetched, read, and compared
        fetching.round(fence)


@when("the runner of the issuer fetches CRLs")
def fetch_by_runner(remote_crls: RemoteCrls) -> None:
    remote_crls.fetch_by_runner()


@when("the issuer of RemoteCA works")
def work_off(remote: RemoteSite) -> None:
    remote.run()


@when("the RA asks for the CRL for alice's certificate of RemoteCA")
def ask_for_crl(world: World, remote: RemoteSite) -> None:
    (certificate,) = remote.certificates()
    issuer, number = certificate.issuer.rfc4514_string(), f"{certificate.serial_number:x}"
    world.send(GetCRLRequest(request_id=7, issuer_dn=issuer, certificate_sn=number))


# ---- what came of it


def _of_alice(world: World, remote: RemoteSite) -> CertificateListing:
    (certificate,) = remote.ca.issued()
    fingerprint = hashlib.sha256(certificate).hexdigest()
    return world.ca_side.inspection.certificate(CertificateQuery(fingerprint=fingerprint))


@then(parsers.re(r"alice's certificate is (?P<standing>good|revoked|on hold)$"))
def stands(world: World, remote: RemoteSite, standing: str) -> None:
    assert _of_alice(world, remote).standing == CertificateStanding(standing)


@then(parsers.re(r"(?P<name>alice|bob)'s certificate is (?P<standing>revoked|on hold), as the CRL says"))
def stands_as_listed(world: World, said: dict[str, str], name: str, standing: str) -> None:
    query = CertificateQuery(username=name, ca_name=REMOTE_CA)
    (found,) = world.ca_side.inspection.certificates(query, Page()).items
    assert (found.standing, found.reason) == (CertificateStanding(standing), RECORDED[said["listed"]])
    assert found.revoked_at == REVOKED_AT


@then("every certificate of ManagementCA is good")
def others_stand(world: World) -> None:
    found = world.ca_side.inspection.certificates(CertificateQuery(ca_name="ManagementCA"), Page()).items
    assert {certificate.standing for certificate in found} == {CertificateStanding.GOOD}


@then("the audit log has one revocation by RemoteCA")
def audited_once(world: World) -> None:
    revoked = world.ca_side.column("select who from audit where event = 'certificate.revoked'")
    assert list(revoked) == [f"CA {REMOTE_CA}"]


@then("the issuer was told of no revocation")
def not_told(remote: RemoteSite) -> None:
    remote.run()
    assert not remote.operations()
    assert not remote.ca.revoked()


@then("it gets the CRL that RemoteCA has published")
def gets_crl(world: World, remote_crls: RemoteCrls) -> None:
    response = only(world).content.response
    assert isinstance(response, GetCRLResponse)
    assert response.crl == remote_crls.last
