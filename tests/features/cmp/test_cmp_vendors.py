"""Steps of cmp_vendors.feature."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate_formats.cmp.contents import RevocationRequest
from lockgate_formats.cmp.vocabulary import BodyType
from tests.features.steps.cmp_requests import named
from tests.support.pki.identities import Authority, ec_key, make_authority
from tests.support.scenarios.cmp_site import CmpSite, key_of
from tests.support.wire.cmp_messages import CmpMessage, Signature

scenarios("cmp_vendors.feature")

NUMBERS = {"Vendor": 71, "Another": 72}
DAY = timedelta(days=1)


def vendor(name: str) -> Authority:
    return make_authority(f"{name} CA", ec_key(NUMBERS[name]))


@given(parsers.parse('the alias "{alias}" knows the vendor "{name}"'))
def knows(site: CmpSite, alias: str, name: str) -> None:
    path = site.world.ca_side.configuration.path.with_name("vendor.pem")
    path.write_bytes(vendor(name).certificate.public_bytes(Encoding.PEM))
    site.configure(alias, vendor_cas=["vendor.pem"])


@given(parsers.parse('the device "{device}" of the vendor "{name}"'))
def device_of(site: CmpSite, device: str, name: str) -> None:
    issued = vendor(name).issue(device, key_of("the vendor's key"))
    site.client(device, protection=Signature(issued.certificate, key_of("the vendor's key")))


@given("the vendor's certificate has expired")
def expired(site: CmpSite) -> None:
    authority, certificate, now = vendor("Vendor"), _certificate(site), datetime.now(UTC)
    ended = x509.CertificateBuilder(
        issuer_name=certificate.issuer,
        subject_name=certificate.subject,
        public_key=certificate.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - 2 * DAY,
        not_valid_after=now - DAY,
        extensions=list(certificate.extensions),
    ).sign(authority.key, hashes.SHA256())
    site.client("sensor", protection=Signature(ended, key_of("the vendor's key")))


@given(parsers.parse('the alias "ra" accepts the vendor\'s devices named: {name}'))
def named_devices(site: CmpSite, name: str) -> None:
    site.configure("ra", vendor_names=[name])


@given('the alias "ra" accepts the vendor\'s device with its number')
def numbered_device(site: CmpSite) -> None:
    site.configure("ra", vendor_names=[f"{_certificate(site).serial_number:x}"])


def _certificate(site: CmpSite) -> x509.Certificate:
    protection = site.client("sensor").protection
    assert isinstance(protection, Signature)
    return protection.certificate


# ---- what devices ask for


@when('the device "sensor" asks for a certificate')
def asks(site: CmpSite) -> None:
    site.send("sensor", site.client("sensor").request())


@when('the device "sensor" asks for a certificate in the name of "router"')
def asks_as_another(site: CmpSite) -> None:
    site.send("sensor", site.client("sensor").with_(name="router").request())


@when(
    parsers.re(
        'the device "sensor" asks for '
        '(?P<what>a certificate in client mode|the next certificate by a kur|the revocation of "router")$'
    )
)
def asks_for(site: CmpSite, what: str) -> None:
    site.send("sensor", _message(site, what), "client" if "client mode" in what else "ra")


def _message(site: CmpSite, what: str) -> CmpMessage:
    client = site.client("sensor")
    if "revocation" in what:
        return client.revocation(RevocationRequest(template=named(site, "router")))
    return client.request(body_type=BodyType.KUR if "kur" in what else BodyType.IR)


@then("the certificate is for the subject of the vendor's certificate")
def vendors_name(site: CmpSite) -> None:
    (certificate,) = site.answer.certificates
    issued = x509.load_der_x509_certificate(certificate).subject
    assert set(issued.rdns) == set(_certificate(site).subject.rdns)
