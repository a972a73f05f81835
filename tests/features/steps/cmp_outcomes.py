"""What CMP clients are answered, and what the CA holds."""

import hashlib
import json
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_bdd import parsers, then

from lockgate.administration.listings import CertificateQuery
from lockgate.rights.signer import CertificateStanding
from lockgate_formats.cmp.messages import StatusInfo
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PkiStatus
from tests.support.scenarios.cmp_site import CmpSite
from tests.support.scenarios.world import CA, World

NAMES = {bit.rfc_name: bit for bit in FailInfo}
TAKEN = (PkiStatus.ACCEPTED, PkiStatus.GRANTED_WITH_MODS)


# ---- what the client is told


@then("it gets a certificate for its key")
def gets_certificate(site: CmpSite) -> None:
    (response,) = site.answer.responses
    assert response.status.status in TAKEN, response.status
    certificate = x509.load_der_x509_certificate(response.certificate or b"")
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert key == site.client(site.speaker).spki
    certificate.verify_directly_issued_by(site.world.ca_side.authority.certificate)


@then("it is told that this has arrived")
def told_pkiconf(site: CmpSite) -> None:
    assert site.answer.kind == "pkiconf"


@then("it is told that the certificate is revoked")
def told_revoked(site: CmpSite) -> None:
    assert site.answer.message.body_type is BodyType.RP
    assert [status.status for status in site.answer.statuses] == [PkiStatus.ACCEPTED]


@then("it is told to wait")
def told_to_wait(site: CmpSite) -> None:
    assert {status.status for status in site.answer.statuses} == {PkiStatus.WAITING}, site.answer.statuses


@then(parsers.re(r'it is refused as (?P<failure>[a-zA-Z]+)(: "(?P<sentence>.*)")?$'))
def refused(site: CmpSite, failure: str, sentence: str | None) -> None:
    assert site.answer.message.body_type is BodyType.ERROR, site.answer.statuses
    check_refusal(site.answer.statuses, failure, sentence)


@then(parsers.re(r'its request is refused as (?P<failure>[a-zA-Z]+)(: "(?P<sentence>.*)")?$'))
def request_refused(site: CmpSite, failure: str, sentence: str | None) -> None:
    assert site.answer.message.body_type is not BodyType.ERROR, site.answer.statuses
    assert not site.answer.certificates
    check_refusal(site.answer.statuses, failure, sentence)


def check_refusal(statuses: Sequence[StatusInfo], failure: str, sentence: str | None) -> None:
    """That there is one refusal, with one bit and a sentence."""
    (status,) = statuses
    assert (status.status, status.fail_info) == (PkiStatus.REJECTION, frozenset({NAMES[failure]})), status
    (text,) = status.texts
    assert text
    assert sentence in (None, text)


@then("it gets the same answer again")
def same_answer(site: CmpSite) -> None:
    """As for the first message of the same octets; header and protection are made anew."""
    last = site.asked[-1]
    assert last is not None
    (first, *_, again) = [place for place, asked in enumerate(site.asked) if asked and asked.octets == last.octets]
    before, after = site.answers[first], site.answers[again]
    assert before
    assert after
    assert (before.message.body_type, before.message.body) == (after.message.body_type, after.message.body)


@then(parsers.re("the answer is (?P<how>protected by the secret of the message|signed by the service)"))
def protected_by(site: CmpSite, how: str) -> None:
    assert site.answer.signed == (how == "signed by the service")


@then(parsers.parse("the message is not delivered: {reason}"))
def not_delivered(site: CmpSite, reason: str) -> None:
    assert site.answers[-1] is None
    assert site.denials[-1].reason == reason
    assert site.denials[-1].fail_info


@then(parsers.parse("the answer has the version {version:d}"))
def answer_version(site: CmpSite, version: int) -> None:
    assert site.answer.header.pvno == version


# ---- what the CA holds


@then(parsers.parse('exactly 1 certificate was issued, to "{name}"'))
def one_issued(world: World, name: str) -> None:
    assert list(world.issued()) == [name]


@then("no certificate was issued that nobody was told of")
def all_told(site: CmpSite) -> None:
    told = {certificate for answer in site.answers if answer for certificate in answer.certificates}
    assert len(told) == len(site.world.issued())


@then(parsers.re(r"exactly (?P<count>\d) certificates were issued"))
def several_issued(world: World, count: str) -> None:
    assert len(world.issued()) == int(count)


@then(parsers.re('the (?P<former>former )?certificate of "(?P<name>[^"]+)" is (?P<standing>good|revoked|on hold)$'))
def stands(site: CmpSite, name: str, standing: str, former: str | None) -> None:
    assert standing_of(site, (site.former if former else site.certificates)[name]) == standing


def standing_of(site: CmpSite, certificate: x509.Certificate) -> str:
    fingerprint = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
    found = site.world.ca_side.inspection.certificate(CertificateQuery(fingerprint=fingerprint))
    return {CertificateStanding.GOOD: "good", CertificateStanding.REVOKED: "revoked"}.get(found.standing, "on hold")


@then(parsers.parse('the CRL gives the reason "{reason}" for it'))
def crl_says(site: CmpSite, reason: str) -> None:
    if CA not in site.world.ca_side.signing_here():  # its CRLs are the remote issuer's own
        assert stored_reason(site, "router") == reason
        return
    extensions = crl_entry(site, "router").extensions
    assert extensions.get_extension_for_class(x509.CRLReason).value.reason.value == reason


def stored_reason(site: CmpSite, name: str) -> str:
    """As a CRL names it (RFC 5280, 5.3.1)."""
    fingerprint = hashlib.sha256(site.certificates[name].public_bytes(Encoding.DER)).hexdigest()
    found = site.world.ca_side.inspection.certificate(CertificateQuery(fingerprint=fingerprint))
    assert found.reason is not None
    first, *others = found.reason.name.lower().split("_")
    return first + "".join(map(str.capitalize, others))


def crl_entry(site: CmpSite, name: str) -> x509.RevokedCertificate:
    """Of the client's certificate, in a new CRL."""
    crl = x509.load_der_x509_crl(site.world.ca_side.administration.issue_crl(CA))
    entry = crl.get_revoked_certificate_by_serial_number(site.certificates[name].serial_number)
    assert entry is not None
    return entry


def audited(site: CmpSite, event: str) -> list[tuple[str, str, dict[str, str]]]:
    """Who, target and details of the entries of an event, the newest last."""
    columns = "who || char(10) || target || char(10) || details"
    query = f"select {columns} from audit where event = '{event}' order by sequence"
    rows = (row.split("\n", 2) for row in site.world.ca_side.column(query))
    return [(who, target, json.loads(details)) for who, target, details in rows]


@then(parsers.parse('the audit log says that "{who}" has not confirmed it: "{why}"'))
def audited_unconfirmed(site: CmpSite, who: str, why: str) -> None:
    (writer, target, details) = audited(site, "transaction.unconfirmed")[-1]
    assert (writer, target, details["why"]) == (who, f"cmp {site.client('router').transaction_id.hex()}", why)
    assert audited(site, "certificate.revoked")[-1][0] == who
