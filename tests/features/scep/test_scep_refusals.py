"""Steps of scep_refusals.feature."""

from collections.abc import Callable, Mapping

import pytest
from cryptography import x509
from pytest_bdd import parsers, scenarios, then, when

from tests.features.steps.scep_outcomes import refusals
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.scep_site import KEYS, Site
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_values import RENEWAL_REQ, TRIPLE_DES

scenarios("scep_refusals.feature")

MESSAGES: Mapping[str, Callable[[Device], tuple[Device, bytes]]] = {
    "sends a message that was changed": lambda device: (device, device.pkcs_req(tampered=True)),
    "sends a message signed with SHA-1": lambda device: _asking(device.with_(digest="sha1")),
    "sends a message signed with a weak key": lambda device: _asking(device.with_(key=rsa_key(87, 1024))),
    "sends a message encrypted with 3DES": lambda device: _asking(device.with_(cipher=TRIPLE_DES)),
    "sends a message of the type 99": lambda device: (device, device.message("99", device.request)),
    "sends a CertRep": lambda device: (device, device.message("3", device.request)),
    "renews with a self-signed certificate": lambda device: (device, device.message(RENEWAL_REQ, device.request)),
    "asks with a key that only signs": lambda device: _asking(device.with_(key=KEYS["an EC"]())),
    "asks with another challenge password": lambda device: _asking(device.with_(challenge="open seame")),
    "asks for a name with a line break": lambda device: _asking(device.with_(name="router\nroot")),
    "asks for a name without a common name": lambda device: _asking(_unnamed(device)),
    "polls for a transaction that never was": lambda device: (device, device.cert_poll()),
}


def _asking(device: Device) -> tuple[Device, bytes]:
    return device, device.pkcs_req()


def _unnamed(device: Device) -> Device:
    organization = x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Example")
    return device.with_(rdns=(x509.RelativeDistinguishedName([organization]),))


@when(parsers.re(f'the device "router" (?P<does>{"|".join(MESSAGES)})'))
def refused_message(site: Site, does: str) -> None:
    site.send(*MESSAGES[does](site.device("router")))


@then(parsers.parse("the log has {count:d} lines on refusals, the last one: {reason}"))
def logged_last(site: Site, count: int, reason: str) -> None:
    lines = refusals(site)
    assert (len(lines), lines[-1]["reason"]) == (count, reason)


@then(parsers.parse('nothing that was logged holds the octets "{octets}"'))
def octets_not_logged(site: Site, octets: str, caplog: pytest.LogCaptureFixture) -> None:
    assert site.logged
    assert octets not in f"{site.logged} {caplog.text}"
