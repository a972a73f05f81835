"""Steps of scep_devices.feature."""

from pytest_bdd import parsers, scenarios, when

from tests.features.scep_site import Site
from tests.scep_client import DEVIATIONS

scenarios("scep_devices.feature")


@when(parsers.parse('the device "{name}" asks for a certificate, and writes {deviation}'))
def asks_otherwise(site: Site, name: str, deviation: str) -> None:
    assert deviation in DEVIATIONS
    changes = {"transaction_id": "router_1"} if "underscore" in deviation else {}
    device = site.device(name, deviations=frozenset({deviation}), **changes)
    site.send(device, device.pkcs_req())
