"""A SCEP client that can also be hostile, against real processes."""

import base64
import time
import urllib.parse

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.protocol.devices import CAPABILITIES, PROFILES, one_time_password, polled, received, subject
from tests.protocol.processes import PATIENCE
from tests.protocol.site import Site, get, post, status_of
from tests.support.pki.bundles import bundled
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_values import GET_CERT, GET_CRL, PENDING, RENEWAL_REQ, SUCCESS, TRIPLE_DES, Key

pytestmark = pytest.mark.postgresql


def test_one_server_is_asked_and_the_other_polled(site: Site, device: Device) -> None:
    assert device.read(post(site.url(0), device.pkcs_req())).status == PENDING
    answer = polled(device, site.url(1))
    assert answer.status == SUCCESS
    (leaf, authority), _ = device.opened(answer)
    assert (subject(leaf), subject(authority)) == (f"CN={device.name}", "CN=ManagementCA,O=Lockgate")
    again = device.read(post(site.url(0), device.pkcs_req()))
    assert device.opened(again)[0] == [leaf, authority]
    (only_leaf,), _ = device.opened(device.read(post(site.url(1, "noca"), device.cert_poll())))
    assert only_leaf == leaf


def test_holders_ask_what_the_ca_publishes(site: Site, device: Device, authority: x509.Certificate) -> None:
    """Devices cannot poll for these: the server waits for the CA."""
    device.read(post(site.url(), device.pkcs_req()))
    (leaf, _), _ = device.opened(polled(device, site.url()))
    own = x509.load_der_x509_certificate(leaf)
    assert site.ca("ca", "crl", "ManagementCA", "--directory", site.deployment.directory).code == 0

    def ask(kind: str) -> tuple[list[bytes], list[bytes]]:
        asking = device.with_(transaction_id=f"{device.transaction_id}-{kind}")
        message = asking.identify(kind, device.issuer, own.serial_number, certificate=own)
        return asking.opened(asking.read(post(site.url(), message)))

    assert ask(GET_CERT) == ([leaf], [])
    _, (crl,) = ask(GET_CRL)
    key = authority.public_key()
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    assert x509.load_der_x509_crl(crl).is_signature_valid(key)
    assert status_of(f"{site.url()}?operation=GetNextCACert") == 404


def test_the_cas_next_certificate_is_handed_on(site: Site, authority: x509.Certificate) -> None:
    prepared = site.ca("ca", "rollover", "prepare", "ManagementCA")
    assert prepared.code == 0, prepared.err
    body, content_type = get(f"{site.url(alias='own')}?operation=GetNextCACert")
    assert content_type == "application/x-x509-next-ca-cert"
    signed = cms.ContentInfo.load(body)["content"]
    (following,) = bundled(signed["encap_content_info"]["content"].native)
    assert following.subject == authority.subject
    assert following.public_key() != authority.public_key()


@pytest.mark.parametrize("key", [ec_key(91), rsa_key(81)])
def test_one_time_challenges_are_made_and_spent_by_the_ca(site: Site, device: Device, key: Key) -> None:
    """An EC key cannot be encrypted to: its answer comes under the challenge password."""
    name = f"own-{'ec' if isinstance(key, ec.EllipticCurvePrivateKey) else 'rsa'}"
    challenge, url = one_time_password(site, "add", name, *PROFILES), site.url(alias="own")
    own = device.with_(key=key, name=name, challenge=challenge)
    assert own.read(post(url, own.pkcs_req())).status == PENDING
    answer = polled(own, url)
    assert subject(received(own, answer)) == f"CN={name}"
    again = own.with_(transaction_id=f"{own.transaction_id}-again")
    assert again.read(post(url, again.pkcs_req())).status == PENDING
    assert polled(again, url).fail_info == "2"
    assert challenge not in site.log("server0")


def renewed(device: Device, new: Key, url: str) -> x509.Certificate:
    """Enrolled, and renewed with a new key."""
    device.read(post(url, device.pkcs_req()))
    first = x509.load_der_x509_certificate(received(device, polled(device, url)))
    renewal = device.with_(transaction_id=f"{device.transaction_id}-renewal", challenge="GEZDGNBVGY3TQOJQGEZDGNBVGY")
    wish = renewal.message(RENEWAL_REQ, renewal.with_(key=new).request, certificate=first)
    assert renewal.read(post(url, wish)).status == PENDING
    deadline = time.monotonic() + PATIENCE
    while (answer := renewal.read(post(url, renewal.cert_poll(certificate=first)))).status == PENDING:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    second = x509.load_der_x509_certificate(received(renewal, answer))
    assert (second.subject, second.public_key()) == (first.subject, new.public_key())
    return second


def test_a_key_that_only_signs_is_renewed(site: Site, device: Device) -> None:
    challenge = one_time_password(site, "add", device.name, *PROFILES)
    renewed(device.with_(key=ec_key(93), challenge=challenge), ec_key(94), site.url(alias="own"))


def test_an_old_device_enrols_and_renews(site: Site, device: Device) -> None:
    old = device.with_(digest="sha1", request_digest="sha1", cipher=TRIPLE_DES)
    second = renewed(old, rsa_key(95), site.url(alias="old"))
    assert second.signature_algorithm_oid == x509.SignatureAlgorithmOID.RSA_WITH_SHA256
    elsewhere = old.with_(transaction_id=f"{old.transaction_id}-elsewhere")
    assert elsewhere.read(post(site.url(), elsewhere.pkcs_req())).fail_info == "0"


def test_a_restart_forgets_nothing(site: Site, device: Device) -> None:
    assert device.read(post(site.url(1), device.pkcs_req())).status == PENDING
    site.stop("server1")
    site.start_server(1)
    assert polled(device, site.url(1)).status == SUCCESS


def test_old_devices_write_get_requests_badly(site: Site, device: Device) -> None:
    """`+` left as it is, lines broken, the operation in lower case."""
    message = base64.encodebytes(device.pkcs_req()).decode()
    for written in (message.replace("\n", "%0A"), urllib.parse.quote(message), message.replace("\n", "%0D%0A")):
        body, content_type = get(f"{site.url()}?operation=pkioperation&message={written}")
        assert content_type == "application/x-pki-message"
        assert device.read(body).status in (PENDING, SUCCESS)


def test_capabilities_are_what_is_on(site: Site) -> None:
    assert get(f"{site.url()}?operation=GetCACaps") == (CAPABILITIES, "text/plain; charset=utf-8")
    old, _ = get(f"{site.url(alias='old')}?operation=getcacaps&message=")
    assert set(old.split()) - set(CAPABILITIES.split()) == {b"DES3", b"SHA-1"}


def test_what_is_no_scep_message_gets_an_http_status(site: Site, device: Device) -> None:
    operation = f"{site.url()}?operation=PKIOperation"
    assert status_of(operation, b"") == 400
    assert status_of(operation, b"\x30\x80" * 1000) == 400
    assert status_of(f"{operation}&message=*") == 400
    assert status_of(operation) == 400
    assert status_of(f"{site.url()}?operation=Other") == 400
    assert status_of(site.url()) == 400
    assert status_of(f"{site.url(alias='none')}?operation=GetCACaps") == 404
    assert status_of(operation, method="DELETE") == 405
    assert status_of(operation, bytes(64 * 1024 + 1)) == 413
    assert device.read(post(site.url(), device.pkcs_req(tampered=True))).fail_info == "1"
