"""CMP clients that may not go on with what a remote issuer carries out for them."""

import hashlib
from datetime import timedelta

import pytest
from cryptography import x509
from pytest_bdd import given, parsers, then, when

from lockgate.certification.revocation import RevocationReason
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.cmp_site import CmpSite, key_of, shared
from tests.support.scenarios.outside_ca import OutsideSite, serial
from tests.support.scenarios.remote_issuer import RemoteSite
from tests.support.wire.cmp_messages import IMPLICIT_CONFIRM, CmpClient, Protection, Signature

PARTNER_RA_KEY = 94
ASKING = (
    r'(?P<who>the RA "desk"|the RA of PartnerCA|a shared secret) asks the alias "remote" for'
    r' (?P<what>a certificate of "router"|two certificates) that counts? without a confirmation'
)


@pytest.fixture
def partner_ra() -> Identity | None:
    """The RA with a certificate of a CA outside; None where there is none."""
    return None


def known(site: CmpSite, ra: Identity) -> None:
    site.configure("remote", ra_certificates=[hashlib.sha256(ra.der).hexdigest()])


@given('the alias "remote" knows the RA "desk"')
def knows_desk(site: CmpSite) -> None:
    known(site, site.desk())


@given("a CA outside, PartnerCA", target_fixture="outside")
def outside(site: CmpSite) -> OutsideSite:
    outside = OutsideSite(site.world)
    outside.publish()
    outside.run_fetches()
    return outside


@given('the alias "remote" knows an RA that has its certificate of PartnerCA', target_fixture="partner_ra")
def knows_partner(site: CmpSite, outside: OutsideSite) -> Identity:
    ra = outside.authority.issue("desk.partner.example", rsa_key(PARTNER_RA_KEY))
    known(site, ra)
    return ra


@given("the issuer is called for one certificate after the other")
def one_by_one(remote: RemoteSite) -> None:
    remote.promise(calls=1)


@when(parsers.re(ASKING))
def asks(site: CmpSite, who: str, what: str, partner_ra: Identity | None) -> None:
    """In a transaction of its own. All ask for the same end entity, each with a key of its own."""
    ra = partner_ra or site.desk()
    protection: Protection = shared() if who == "a shared secret" else Signature(ra.certificate, ra.key)
    client = site.client("router", alias="remote").with_(key=key_of(who), protection=protection)
    site.clients["router"] = client.in_another_transaction()
    site.send("router", site.clients["router"].request(*wanted(client, what), infos=[IMPLICIT_CONFIRM], time=site.now))


def wanted(client: CmpClient, what: str) -> tuple[bytes, ...]:
    second = client.with_(name="router2", key=key_of("router2"))
    return (client.cert_req_msg(0), second.cert_req_msg(1))[: 2 if what.startswith("two") else 1]


@when("a call to the issuer has left")
def call_leaves(remote: RemoteSite) -> None:
    """The runner ends before its answer has come, and the next one looks it up."""
    remote.promise(looks_up=True)
    remote.die()


# ---- why they may not go on


@when('the certificate of "desk" is revoked')
def desk_is_revoked(site: CmpSite) -> None:
    site.world.ca_side.revoke(site.desk(), RevocationReason.KEY_COMPROMISE)


@when('the alias "remote" has its secret no more')
def secret_is_gone(site: CmpSite) -> None:
    site.configure("remote", secrets={"another": "another secret of the factory"})


@when("the configuration has PartnerCA no more")
def partner_is_gone(site: CmpSite) -> None:
    site.world.ca_side.configuration.drop("ca.outside.PartnerCA")


@when("7 hours pass, in which PartnerCA publishes nothing")
def crl_ends(site: CmpSite, outside: OutsideSite) -> None:
    outside.passed += timedelta(hours=7)
    site.pass_by(timedelta(hours=7))


@when("PartnerCA publishes that its RA is revoked")
def partner_revokes(outside: OutsideSite, partner_ra: Identity) -> None:
    outside.publish({serial(partner_ra): x509.ReasonFlags.key_compromise})
    outside.run_fetches()


# ---- what came of it


def last_state(site: CmpSite) -> str:
    return site.world.ca_side.column("select state from protocol_transaction order by sequence")[-1]


@then("the issuer has issued no certificate")
def nothing_issued(remote: RemoteSite) -> None:
    assert not remote.ca.issued()
    assert not remote.ca.calls()


@then("the last transaction has ended")
def transaction_ended(site: CmpSite) -> None:
    assert last_state(site) == "ended"


@then("the last transaction waits, and the certificate is good at the issuer")
def transaction_waits(site: CmpSite, remote: RemoteSite) -> None:
    assert last_state(site) == "waiting"
    assert len(remote.ca.issued()) == 1
    assert not remote.ca.revoked()
