"""Steps of CMP: what a client has already, and what it is answered."""

from cryptography import x509
from pytest_bdd import given, parsers, then

from lockgate.rights.signer import CertificateStanding
from lockgate_formats.cmp.vocabulary import PkiStatus
from tests.support.scenarios.cmp_site import CmpSite
from tests.support.scenarios.world import CA
from tests.support.wire.cmp_messages import IMPLICIT_CONFIRM

GRANTED = (PkiStatus.ACCEPTED, PkiStatus.GRANTED_WITH_MODS)


@given(parsers.parse('the client "{name}" has a certificate'))
def has_certificate(site: CmpSite, name: str) -> None:
    site.send(site.client(name).request(infos=[IMPLICIT_CONFIRM]))
    site.keep(name)


@then(parsers.re("the answer is an? (?P<kind>\\w+), (?P<how>signed|under its secret)"))
def answered(site: CmpSite, kind: str, how: str) -> None:
    answer = site.answer
    assert (answer.kind, answer.signed) == (kind, how == "signed"), answer.statuses


@then(parsers.parse('it is refused as {failure}: "{sentence}"'))
def refused(site: CmpSite, failure: str, sentence: str) -> None:
    (status,) = site.answer.statuses
    assert status.status is PkiStatus.REJECTION
    assert ({bit.rfc_name for bit in status.fail_info}, status.texts) == ({failure}, (sentence,))


@then(parsers.parse("it gets a certificate of the CA"))
def gets_certificate(site: CmpSite) -> None:
    (response,) = site.answer.responses
    assert response.status.status in GRANTED, response.status
    certificate = x509.load_der_x509_certificate(response.certificate or b"")
    certificate.verify_directly_issued_by(x509.load_der_x509_certificate(site.world.ca_side.certificate(CA)))


@then(parsers.re("(?P<number>[0-9]) certificates? (was|were) issued"))
def number_issued(site: CmpSite, number: str) -> None:
    assert len(site.world.issued()) == int(number)


@then(parsers.re("(?P<number>[0-9]) certificates? (is|are) revoked"))
def number_revoked(site: CmpSite, number: str) -> None:
    query = f"select serial from certificate where status = '{CertificateStanding.REVOKED}'"
    assert len(site.world.ca_side.column(query)) == int(number)
