"""Steps of several_cas.feature."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from cryptography import x509
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.revocation import RevocationReason
from lockgate.requests.submessages import CertificateRequestRequest, PKCS10Response, RevocationRequest
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_testing.doubles.remote_ca import running
from tests.features.steps.cards import *  # noqa: F403
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key
from tests.support.scenarios import cards
from tests.support.scenarios.cards import Card
from tests.support.scenarios.remote_issuer import RIGHTS, RemoteSite
from tests.support.scenarios.world import CA, World, only

scenarios("several_cas.feature")

Sites = Mapping[str, RemoteSite]
"""The remote issuers, by the name of the CA."""
NUMBER = 4711


@given('the CAs "RemoteCA" and "DeskCA", each of a remote issuer, beside ManagementCA', target_fixture="sites")
def both(world: World, tmp_path: Path) -> Iterator[Sites]:
    with ExitStack() as stack:
        remote = stack.enter_context(running(tmp_path / "remote.db"))
        desk = stack.enter_context(running(tmp_path / "desk.db", "CN=Desk CA,O=Example"))
        yield {"RemoteCA": RemoteSite(world, remote), "DeskCA": RemoteSite(world, desk, "desk", "DeskCA")}


@given(parsers.parse("the issuer of {name} is away"))
def away(sites: Sites, name: str) -> None:
    sites[name].ca.behave(away=True)


@given(parsers.parse("the issuer of {name} refuses everything"))
def refusing(sites: Sites, name: str) -> None:
    sites[name].ca.behave(refuses="not today")


@given("the RA may use RemoteCA and ManagementCA")
def may_use(world: World, sites: Sites) -> None:
    world.grant(RIGHTS.replace("/ca/*", "/ca/RemoteCA, /ca/ManagementCA"))


@given("the end entity profile EMPTY allows RemoteCA alone")
def allows(world: World, sites: Sites) -> None:
    stored = world.ca_side.inspection.profiles().end_entity["EMPTY"]
    world.ca_side.administration.put_profile(
        "EMPTY", replace(stored, certification_authorities=frozenset({"RemoteCA"}))
    )


@given('RemoteCA has issued a certificate to "alice", and DeskCA one with the same serial number to "bob"')
def same_number(world: World, sites: Sites) -> None:
    choosing = replace(CERTIFICATE_PROFILES["ENDUSER"], chosen_serial_number=True)
    world.ca_side.administration.put_profile("ENDUSER", choosing)
    for site, username, key in ((sites["RemoteCA"], "alice", 21), (sites["DeskCA"], "bob", 22)):
        site.ca.behave(keeps_serial_numbers=True)
        world.send(
            CertificateRequestRequest(
                request_id=7,
                username=username,
                subject_dn=f"CN={username}",
                end_entity_profile="EMPTY",
                certificate_profile="ENDUSER",
                ca_name=site.name,
                request_type="PKCS10",
                request_data=pkcs10(rsa_key(key)),
                certificate_serial_number=f"{NUMBER:x}",
                create_or_edit_user=True,
            )
        )
        world.run_worker()
        site.run()
        world.run_worker()
        assert only(world).content.response.success
        assert [one.serial_number for one in site.certificates()] == [NUMBER]


# ---- what happens


def ask(world: World, *names: str) -> None:
    """One message for a certificate of each of these CAs, to another end entity and key each."""
    every = enumerate(names)
    world.send(
        *(world.request(name.lower(), ca_name=name, pkcs10=pkcs10(rsa_key(21 + number))) for number, name in every)
    )


@when("the RA requests certificates of ManagementCA, RemoteCA and DeskCA in one message")
def ask_all(world: World) -> None:
    ask(world, CA, "RemoteCA", "DeskCA")


@when("the RA requests certificates of RemoteCA, DeskCA and ManagementCA in a message each")
def ask_each(world: World) -> None:
    for name in ("RemoteCA", "DeskCA", CA):
        ask(world, name)


@when("the RA requests a certificate of DeskCA")
def ask_desk(world: World) -> None:
    ask(world, "DeskCA")


@when("the RA renews the card, by RemoteCA and DeskCA")
def renew_card(world: World, card: Card) -> None:
    world.send(cards.renewal(card, auth_ca="RemoteCA", sign_ca="DeskCA"))


@when("the RA requests the revocation of the certificate of DeskCA with that serial number")
def revoke(world: World, sites: Sites) -> None:
    (certificate,) = sites["DeskCA"].certificates()
    issuer, reason = certificate.issuer.rfc4514_string(), RevocationReason.SUPERSEDED
    world.send(RevocationRequest(request_id=9, issuer_dn=issuer, certificate_sn=f"{NUMBER:x}", reason=reason))


@when(parsers.parse("the issuer of {name} works"))
def works(sites: Sites, name: str) -> None:
    sites[name].run()


# ---- what came of it


@then(parsers.parse("the issuer of {name} was not called"))
def not_called(sites: Sites, name: str) -> None:
    assert not sites[name].ca.calls()


@then("the issuer of RemoteCA has issued one certificate")
def issued_one(sites: Sites) -> None:
    assert len(sites["RemoteCA"].ca.issued()) == 1


@then("each certificate is one that the named CA has signed")
def signed_by_each(world: World, sites: Sites) -> None:
    authorities = [world.ca_side.authority.der, sites["RemoteCA"].ca.certificate, sites["DeskCA"].ca.certificate]
    for seen, authority in zip(world.seen(), authorities, strict=True):
        response = seen.content.response
        assert isinstance(response, PKCS10Response)
        certificate = x509.load_der_x509_certificate(response.certificate or b"")
        certificate.verify_directly_issued_by(x509.load_der_x509_certificate(authority))


@then("the messages for DeskCA and ManagementCA are answered, and that for RemoteCA waits")
def two_answered(world: World) -> None:
    first, *others = world.sent
    assert world.row(first).status == 1
    assert [world.seen(message)[0].outcome for message in others] == ["a certificate", "a certificate"]


@then("the messages for DeskCA and ManagementCA are refused as profile_violation")
def two_refused(world: World) -> None:
    assert [world.seen(message)[0].outcome for message in world.sent[1:]] == ["profile_violation"] * 2


@then("the worker finds nothing that is answered yet")
def nothing_answered(world: World) -> None:
    world.run_worker()
    assert world.row().status == 1


@then(parsers.parse("every certificate of {name} is revoked there"))
def revoked_there(sites: Sites, name: str) -> None:
    numbers = {certificate.serial_number for certificate in sites[name].certificates()}
    assert numbers
    assert set(sites[name].ca.revoked()) == numbers


@then("no certificate of RemoteCA is revoked, neither here nor there")
def good(world: World, sites: Sites) -> None:
    assert not sites["RemoteCA"].ca.revoked()
    assert world.ca_side.column("select status from certificate where caname = 'RemoteCA'") == [
        CertificateStanding.GOOD
    ]


@then("the CRL of ManagementCA lists neither")
def listed_nowhere(world: World) -> None:
    crl = x509.load_der_x509_crl(world.ca_side.administration.issue_crl(CA))
    assert crl.get_revoked_certificate_by_serial_number(NUMBER) is None
