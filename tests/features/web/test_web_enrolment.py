"""Steps of web_enrolment.feature."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12
from pytest_bdd import parsers, scenarios, then

from lockgate.enrolment.outcome import Granted
from lockgate_formats.cms.certs_only import certificates_in
from lockgate_transport.web.vocabulary import Wanted
from tests.features.steps.web_enrolment import KEY
from tests.support.pki.identities import ec_key
from tests.support.scenarios.web_site import HOST, KEYSTORE_PASSWORD, WebSite
from tests.support.scenarios.world import CA

scenarios("web_enrolment.feature")


def file(site: WebSite, name: str) -> bytes:
    reply = site.get(f"{site.places[-1]}/{name}")
    assert reply.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert reply.headers["cache-control"] == "no-store"
    return reply.body


@then("the files are his certificate and the CA's chain")
def files(site: WebSite) -> None:
    leaf = x509.load_der_x509_certificate(file(site, "certificate.cer"))
    whole = [leaf, x509.load_der_x509_certificate(site.world.ca_side.certificate(CA))]
    assert leaf.public_key() == ec_key(KEY).public_key()
    assert x509.load_pem_x509_certificates(file(site, "certificate.pem")) == [leaf]
    assert x509.load_pem_x509_certificates(file(site, "certificate-with-chain.pem")) == whole
    assert certificates_in(file(site, "certificate-with-chain.p7b")) == whole


@then(parsers.parse('the certificate is for "{subject}"'))
def certificate_for(site: WebSite, subject: str) -> None:
    found = x509.load_der_x509_certificate(file(site, "certificate.cer"))
    assert found.subject.rfc4514_string() == subject


@then(parsers.parse('exactly 1 certificate was issued, to "{name}"'))
def one_issued(site: WebSite, name: str) -> None:
    assert list(site.world.issued()) == [name]


@then("all forms have led to the same address")
def same_address(site: WebSite) -> None:
    assert len(site.places) == 4
    assert len(set(site.places)) == 1


@then("the forms have led to different addresses")
def different_addresses(site: WebSite) -> None:
    assert len(set(site.places)) == len(site.places) == len(site.sent)


@then(parsers.parse('she gets a keystore with a P-256 key and a certificate for "{subject}"'))
def gets_keystore(site: WebSite, subject: str) -> None:
    reply = site.replies[-1]
    assert (reply.status, reply.headers["content-type"]) == (200, "application/pkcs12")
    assert reply.headers["content-disposition"] == 'attachment; filename="keystore.p12"'
    assert reply.headers["cache-control"] == "no-store"
    store = pkcs12.load_pkcs12(reply.body, KEYSTORE_PASSWORD.encode())
    assert isinstance(store.key, ec.EllipticCurvePrivateKey)
    assert store.cert is not None
    assert store.cert.certificate.public_key() == store.key.public_key()
    assert store.cert.certificate.subject.rfc4514_string() == subject


@then("she gets a keystore in PEM")
def gets_pem(site: WebSite) -> None:
    reply = site.replies[-1]
    assert reply.headers["content-disposition"] == 'attachment; filename="keystore.pem"'
    key = load_pem_private_key(reply.body, KEYSTORE_PASSWORD.encode())
    assert x509.load_pem_x509_certificates(reply.body)[0].public_key() == key.public_key()


@then("the address alone brings no keystore")
def address_alone(site: WebSite) -> None:
    assert "attachment" not in str(site.look().headers)
    outcome = site.looked_up(Wanted.KEYSTORE)
    assert isinstance(outcome, Granted)
    assert outcome.keystore is None


@then("no password stands in an address, a page, a log line or a row of the message database")
def no_password(site: WebSite, caplog: pytest.LogCaptureFixture) -> None:
    fields = {"password", "keystore_password"}
    secrets = {value for form in site.sent for name, value in form.items() if name in fields}
    assert len(secrets) == 3
    pages = [reply.body for reply in site.replies if reply.headers.get("content-type") != "application/pkcs12"]
    written = f"{site.places} {pages} {site.logged} {caplog.text} {site.rows()}"
    assert not [secret for secret in secrets if secret in written]


@then("no address stands in a row of the message database")
def no_address(site: WebSite) -> None:
    assert site.rows()
    assert site.places[-1].rpartition("/")[2] not in str(site.rows())


@then("the message database holds nothing")
def holds_nothing(site: WebSite) -> None:
    assert site.rows() == []


@then("it is refused with 403, and the message database holds nothing")
def refused(site: WebSite) -> None:
    assert {reply.status for reply in site.replies} == {403}
    assert {line["reason"] for line in site.logged} <= {"plain_http", "foreign_form"}
    assert len(site.logged) == len(site.replies)
    assert site.rows() == []
    assert HOST not in site.told
