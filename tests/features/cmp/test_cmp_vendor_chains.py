"""Steps of cmp_vendor_chains.feature."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.endentity import EndEntityStatus
from tests.features.steps.cmp_requests import confirmation
from tests.support.pki.identities import Identity, name
from tests.support.pki.vendors import DEVICE, Vendor
from tests.support.scenarios.cmp_site import CmpSite
from tests.support.wire.cmp_messages import Signature

scenarios("cmp_vendor_chains.feature")


@pytest.fixture
def issuer() -> dict[str, str]:
    """Who has issued the device's certificate, as the feature calls it."""
    return {"name": "the product CA"}


@given("a vendor with a root CA, a CA for products and a CA for sensors", target_fixture="vendor")
def vendor() -> Vendor:
    return Vendor()


@given(parsers.parse('the alias "{alias}" trusts the vendor\'s root CA'))
def trusts(site: CmpSite, vendor: Vendor, alias: str) -> None:
    path = site.world.ca_side.configuration.path.with_name("vendor.pem")
    path.write_bytes(vendor.root.certificate.public_bytes(Encoding.PEM))
    site.configure(alias, vendor_cas=["vendor.pem"])


@given('the end entity "sensor" is registered')
def registered(site: CmpSite) -> None:
    site.world.ca_side.store_end_entity("sensor")


@given(parsers.parse('the device "sensor" with a certificate of {which}'))
def device(site: CmpSite, vendor: Vendor, issuer: dict[str, str], which: str) -> None:
    issuer["name"] = which
    equip(site, vendor.named[which].issue("sensor", DEVICE))


def equip(site: CmpSite, identity: Identity) -> None:
    site.client("sensor", alias="client", protection=Signature(identity.certificate, identity.key))


@given('it sends its messages to the alias "ra"')
def to_ra(site: CmpSite) -> None:
    site.client("sensor", alias="ra")


CASES: Mapping[str, dict[str, Any] | None] = {
    "for which nobody is registered": None,
    "whose end entity is of another CA": {"ca_name": "OtherCA"},
    "which has got its certificate before": {"status": EndEntityStatus.GENERATED},
    "which is not on the alias's list": {},
    "which sends no senderKID": {},
}


@given(parsers.parse('the device "sensor" of the product CA, {case}'))
def device_in_case(site: CmpSite, vendor: Vendor, issuer: dict[str, str], case: str) -> None:
    device(site, vendor, issuer, "the product CA")
    stored = CASES[case]
    if stored is not None:
        site.world.ca_side.store_end_entity("sensor", **stored)
    if case == "which is not on the alias's list":
        site.configure("client", vendor_names=["gateway", "0"])
    issuer["kid"] = "" if case == "which sends no senderKID" else "sent"


@given(parsers.parse('the alias "client" lists only {listed}'))
def lists(site: CmpSite, listed: str) -> None:
    certificate = site.client("sensor").protection.certificate  # type: ignore[union-attr]
    named = "sensor" if listed == "its common name" else f"{certificate.serial_number:x}"
    site.configure("client", vendor_names=[named])


# ---- what is sent


@when(parsers.parse('it asks for the certificate of "{other}", with {brought} in extraCerts'))
def asks(site: CmpSite, vendor: Vendor, issuer: dict[str, str], other: str, brought: str) -> None:
    client = site.client("sensor")
    own = client.protection.extra_certs
    template = replace(client.template, subject=name(other).public_bytes())
    message = client.request(client.cert_req_msg(template=template), time=site.now)
    changes: dict[str, Any] = {} if issuer.get("kid", "sent") else {"sender_kid": None}
    site.send("sensor", message.with_(extra_certs=(*own, *vendor.brought(brought, issuer["name"])), **changes))
    chain = vendor.brought(brought, issuer["name"])
    protection = site.client("sensor").protection
    assert isinstance(protection, Signature)
    site.client("sensor", protection=replace(protection, chain=chain))


@when("it confirms its certificate without extraCerts")
def confirms(site: CmpSite) -> None:
    site.send("sensor", confirmation(site, "sensor").with_(extra_certs=()))


# ---- what came of it


@then(parsers.parse('the certificate is for "{subject}"'))
def is_for(site: CmpSite, subject: str) -> None:
    assert site.certificates["sensor"].subject.rfc4514_string() == subject
