"""SCEP: what a device was answered, and what the servers and the CA hold."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_bdd import parsers, then
from sqlalchemy import text

from lockgate.errors import PeerError, Unavailable
from tests.support.scenarios.scep_site import CHALLENGE, KEYS, Site
from tests.support.scenarios.world import CA, World
from tests.support.wire.scep_values import FAILURE, PENDING, SUCCESS

FAIL_INFOS = {"badAlg": "0", "badMessageCheck": "1", "badRequest": "2", "badCertId": "4"}


@then("it gets its own certificate")
def gets_own(site: Site) -> None:
    assert site.received[-1] == [site.certificates["router"].public_bytes(Encoding.DER)]
    assert [answer.status for answer in site.answers[-2:] if answer] == [PENDING, SUCCESS]


@then(parsers.parse("it gets a certificate for its new key, with the CA's chain"))
def gets_renewed(site: Site) -> None:
    site.asked[-1] = site.asked[-1].with_(key=KEYS["a new key"]())
    gets_certificate(site)


@then(parsers.re("(?P<number>[0-3]) certificates? (was|were) issued"))
def number_issued(site: Site, number: str) -> None:
    assert len(site.world.issued()) == int(number)


@then("it is told to wait")
def told_to_wait(site: Site) -> None:
    assert (site.answer.status, site.answer.content) == (PENDING, b""), site.answer


@then(parsers.re("it is refused as (?P<failure>bad[A-Za-z]+)$"))
def refused_as(site: Site, failure: str) -> None:
    assert (site.answer.status, site.answer.fail_info) == (FAILURE, FAIL_INFOS[failure])


def refusals(site: Site) -> list[dict[str, Any]]:
    return [line for line in site.logged if "reason" in line]


@then(parsers.parse("the log has one line on it, with its client and transaction: {reason}"))
def logged_once(site: Site, reason: str) -> None:
    (line,) = refusals(site)
    known = (line["reason"], line["client"], line["transaction"], line["log_level"])
    assert known == (reason, site.clients[-1], site.asked[-1].transaction_id, "warning")
    assert line["detail"]


@then(parsers.parse('it is refused as {failure}: "{sentence}"'))
def refused(site: Site, failure: str, sentence: str) -> None:
    answer = site.answer
    assert (answer.status, answer.fail_info, answer.text) == (FAILURE, FAIL_INFOS[failure], sentence)
    assert answer.content == b""


@then("it is told nothing: the server cannot answer")
def told_nothing(site: Site) -> None:
    assert isinstance(site.errors[-1], Unavailable | PeerError), site.errors


@then("it gets a certificate for its key, with the CA's chain")
def gets_certificate(site: Site) -> None:
    assert site.answer.status == SUCCESS, site.answer
    leaf, *chain = site.received[-1]
    certificate, device = x509.load_der_x509_certificate(leaf), site.asked[-1]
    encoded = (key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for key in (
        certificate.public_key(), device.key.public_key()))  # fmt: skip
    assert len(set(encoded)) == 1
    assert chain == [site.world.ca_side.certificate(CA)]
    certificate.verify_directly_issued_by(x509.load_der_x509_certificate(chain[0]))


@then("it gets the same certificate again")
def same_certificate(site: Site) -> None:
    found = [received[0] for received in site.received if received]
    assert len(found) >= 2
    assert len(set(found)) == 1
    assert site.received[-1]


@then(parsers.parse('exactly 1 certificate was issued, to "{name}"'))
def one_issued(site: Site, name: str) -> None:
    assert list(site.world.issued()) == [name]


@then("the message database holds nothing")
def holds_nothing(site: Site) -> None:
    assert rows(site.world) == [0, 0]


def rows(world: World) -> list[int]:
    with world.engine.connect() as connection:
        tables = ("message", "enrolment_transaction")
        return [connection.execute(text(f"select count(*) from {table}")).scalar_one() for table in tables]


@then("nothing that was logged holds a challenge password")
def nothing_secret_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    written = f"{site.logged} {caplog.text}"
    secret = {device.challenge for device in site.devices.values() if device.challenge} | {CHALLENGE}
    assert not [text for text in secret if text in written]


@then(parsers.parse('the certificate is for "{subject}"'))
def certificate_is_for(site: Site, subject: str) -> None:
    assert x509.load_der_x509_certificate(site.received[-1][0]).subject.rfc4514_string() == subject
