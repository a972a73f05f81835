"""SCEP servers, and what devices ask them for."""

from collections.abc import Callable
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_bdd import given, parsers, when

from lockgate.enrolment.outcome import Pending
from tests.support.pki.certificate_requests import with_another_exponent
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.scenarios.scep_site import KEYS, Site
from tests.support.scenarios.world import RA_RIGHTS
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_values import GET_CERT, GET_CRL, RENEWAL_REQ, Key


@given(parsers.parse('a SCEP server that asks for the challenge password "{challenge}"'))
def shared_challenge(site: Site, challenge: str) -> None:
    site.configure(createOrEditUser=True, authPwd=challenge)


@given("a SCEP server where each device has a challenge password of its own")
def own_challenges(site: Site) -> None:
    site.configure(createOrEditUser=False, authPwd="none")


@given(parsers.re("a SCEP server that (?P<switch>accepts|does not accept) old devices"))
def old_devices(site: Site, switch: str) -> None:
    site.configure(legacy=switch == "accepts")


@when(parsers.re('the device "(?P<name>[^"]+)" asks (for a certificate|again, with the same request)'))
def asks(site: Site, name: str) -> None:
    device = site.device(name)
    site.send(device, device.pkcs_req())


@when(parsers.parse('the device "{name}" asks for a certificate with the challenge password "{challenge}"'))
def asks_with(site: Site, name: str, challenge: str) -> None:
    device = site.device(name, challenge=challenge)
    site.send(device, device.pkcs_req())


@when(
    parsers.re(
        'the device "(?P<name>[^"]+)" with (?P<key>an \\w+) key asks for a certificate with the challenge password '
        '"(?P<challenge>[^"]+)"'
    )
)
def asks_with_key(site: Site, name: str, key: str, challenge: str) -> None:
    digest = "sha512" if key == "an Ed25519" else "sha256"
    device = site.device(name, key=KEYS[key](), challenge=challenge, digest=digest)
    site.send(device, device.pkcs_req())


UNACCEPTED_KEYS: dict[str, Callable[[], Key]] = {
    "an RSA key of 1024 bits": lambda: rsa_key(87, 1024),
    "an RSA key with an exponent of 257 bits": lambda: with_another_exponent(rsa_key(81), 2**256 + 1),
    "a key on P-521": lambda: ec_key(88, ec.SECP521R1),
}


@when(parsers.re('the device "router" asks (?P<what>for a certificate|for its renewal) for (?P<key>an? .*key.*)'))
def asks_for_key(site: Site, what: str, key: str) -> None:
    unaccepted = UNACCEPTED_KEYS[key]()
    if what == "for its renewal":
        device = renewing(site, "router")
        request = device.with_(key=unaccepted).request
        site.send(device, device.message(RENEWAL_REQ, request, certificate=site.certificates["router"]))
    else:
        device = site.device("router", key=unaccepted)
        site.send(device, device.pkcs_req())


@when(parsers.re('the device "(?P<name>[^"]+)" polls'))
def polls(site: Site, name: str) -> None:
    device = site.device(name)
    site.send(device, device.cert_poll())


@given('the device "router" has a certificate')
def has_certificate(site: Site) -> None:
    certified(site, "router")


def certified(site: Site, name: str) -> None:
    site.world.grant(f"{RA_RIGHTS}, /action/view")
    asks(site, name)
    site.world.run_worker()
    polls(site, name)
    site.certificates[name] = x509.load_der_x509_certificate(site.received[-1][0])


@given('the devices "gateway" and "router" have certificates')
def have_certificates(site: Site) -> None:
    for name in ("gateway", "router"):
        certified(site, name)


def renewing(site: Site, name: str) -> Device:
    """Under a transaction of its own."""
    renewal = f"{site.device(name).transaction_id}-renewal"
    return site.device(name).with_(transaction_id=renewal)


@when(parsers.re('the device "router" asks for (?P<which>its renewal with a new key|another renewal)'))
def renews(site: Site, which: str) -> None:
    device = renewing(site, "router")
    if which == "another renewal":
        device = device.with_(transaction_id=f"{device.transaction_id}-2")
    request = device.with_(key=KEYS["a new key"]()).request
    site.send(device, device.message(RENEWAL_REQ, request, certificate=site.certificates["router"]))


@when('the device "router" polls with its current certificate')
def polls_for_renewal(site: Site) -> None:
    device = renewing(site, "router")
    site.send(device, device.cert_poll(certificate=site.certificates["router"]))


@when(
    parsers.re(
        'the device "(?P<name>[^"]+)" asks (once more )?for '
        "(?P<what>the certificate with its own serial|the CRL that covers it|a certificate that never was)"
        "(?P<again>, under the id of its first request)?"
    )
)
def queries(site: Site, name: str, what: str, again: str | None) -> None:
    device = site.device(name)
    if not again:
        device = device.with_(transaction_id=what)
    serial = site.certificates[name].serial_number if name in site.certificates and "never" not in what else 1
    kind = GET_CRL if "CRL" in what else GET_CERT
    site.send(device, device.identify(kind, site.issuer, serial, certificate=site.certificates.get(name)))


@when("somebody asks for the CA's next certificate")
def asks_for_next(site: Site) -> None:
    site.world.grant(f"{RA_RIGHTS}, /action/view")
    assert site.server().next_ca_certificates("192.0.2.1") == Pending()


@when(parsers.re(r"(?P<count>\d+) (?P<unit>minutes|days) pass"))
def time_passes(site: Site, count: str, unit: str) -> None:
    passed = timedelta(**{unit: int(count)})
    site.world.ca_side.hours.pass_by(passed)
    site.world.patience.sleep(passed.total_seconds())


@given("it makes usernames of the common name or the unstructuredName")
def usernames_of(site: Site) -> None:
    site.configure(nameGenerationScheme="DN", nameGenerationParameters="CN;UNSTRUCTUREDNAME")
