"""Steps of scep_devices.feature."""

from pytest_bdd import given, parsers, scenarios, then, when

from tests.support.scenarios.scep_site import Site
from tests.support.wire.scep_deviations import DEVIATIONS

scenarios("scep_devices.feature")

NONCE = bytes(range(16))


@given("a SCEP server that accepts RSA-OAEP with SHA-1")
def accepts_oaep_with_sha1(site: Site) -> None:
    site.configure(oaep_sha1=True)


@given(parsers.parse('the device "{name}" writes {deviation}'))
def writes_otherwise(site: Site, name: str, deviation: str) -> None:
    assert deviation in DEVIATIONS
    site.device(name, deviations=frozenset({deviation}))


@when(parsers.parse('the device "{name}" asks for a certificate, and writes {deviation}'))
def asks_otherwise(site: Site, name: str, deviation: str) -> None:
    assert deviation in DEVIATIONS
    changes = {"transaction_id": "router_1"} if "transaction id with an underscore" in deviation else {}
    device = site.device(name, deviations=frozenset({deviation}), **changes)
    site.send(device, device.pkcs_req(nonce=NONCE[: device.nonce_octets]))


@then(parsers.re("the answer repeats (?P<what>its|no) senderNonce"))
def nonce_repeated(site: Site, what: str) -> None:
    sent = NONCE[: site.asked[-1].nonce_octets] if what == "its" else None
    assert site.answer.attributes.get("recipient_nonce") == sent
