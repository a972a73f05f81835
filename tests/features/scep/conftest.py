"""Steps that the features of SCEP share."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_bdd import given, parsers, then, when
from sqlalchemy import text

from lockgate.enrolment.clients import Side
from lockgate.enrolment.scep import Pending
from lockgate.enrolment.transactions import named
from lockgate.errors import PeerError, Unavailable
from lockgate.queue.message import SetAside
from lockgate.reasons import Reason, Rejected
from tests.support.pki import identities
from tests.support.pki.certificate_requests import with_another_exponent
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.scenarios.scep_site import CHALLENGE, KEYS, Site
from tests.support.scenarios.world import CA, RA_RIGHTS, World
from tests.support.wire.scep_client import FAILURE, GET_CERT, GET_CRL, PENDING, RENEWAL_REQ, SUCCESS, Device, Key
from tests.support.wire.scep_failures import FAILURES, UNFIT, Hostile

FAIL_INFOS = {"badAlg": "0", "badMessageCheck": "1", "badRequest": "2", "badCertId": "4"}


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


@given(parsers.parse('a SCEP server that asks for the challenge password "{challenge}"'))
def shared_challenge(site: Site, challenge: str) -> None:
    site.configure(createOrEditUser=True, authPwd=challenge)


@given("a SCEP server where each device has a challenge password of its own")
def own_challenges(site: Site) -> None:
    site.configure(createOrEditUser=False, authPwd="none")


@given(parsers.re("a SCEP server that (?P<switch>lets|does not let) old devices in"))
def old_devices(site: Site, switch: str) -> None:
    site.configure(legacy=switch == "lets")


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


@then("it gets its own certificate")
def gets_own(site: Site) -> None:
    assert site.received[-1] == [site.certificates["router"].public_bytes(Encoding.DER)]
    assert [answer.status for answer in site.answers[-2:] if answer] == [PENDING, SUCCESS]


@when("somebody asks for the CA's next certificate")
def asks_for_next(site: Site) -> None:
    site.world.grant(f"{RA_RIGHTS}, /action/view")
    assert site.server().next_ca_certificates("192.0.2.1") == Pending()


@then(parsers.parse("it gets a certificate for its new key, with the CA's chain"))
def gets_renewed(site: Site) -> None:
    site.asked[-1] = site.asked[-1].with_(key=KEYS["a new key"]())
    gets_certificate(site)


@then(parsers.re("(?P<number>[0-3]) certificates? (was|were) issued"))
def number_issued(site: Site, number: str) -> None:
    assert len(site.world.issued()) == int(number)


@when(parsers.re(r"(?P<count>\d+) (?P<unit>minutes|days) pass"))
def time_passes(site: Site, count: str, unit: str) -> None:
    passed = timedelta(**{unit: int(count)})
    site.world.ca_side.hours.pass_by(passed)
    site.world.patience.sleep(passed.total_seconds())


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
        tables = ("message", "scep_transaction")
        return [connection.execute(text(f"select count(*) from {table}")).scalar_one() for table in tables]


@then("nothing that was logged holds a challenge password")
def nothing_secret_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    written = f"{site.logged} {caplog.text}"
    secret = {device.challenge for device in site.devices.values() if device.challenge} | {CHALLENGE}
    assert not [text for text in secret if text in written]


@when('the device "intruder" asks under the server\'s own id of the renewal of "router"')
def intrudes_further(site: Site) -> None:
    own = named(renewing(site, "router").transaction_id, Side.HOLDERS)
    device = site.device("intruder").with_(transaction_id=own)
    site.send(device, device.pkcs_req())


@when(parsers.re('the device "intruder" asks under the transaction id of (?P<what>the renewal of )?"router"'))
def intrudes(site: Site, what: str | None) -> None:
    victim = renewing(site, "router") if what else site.device("router")
    device = site.device("intruder").with_(transaction_id=victim.transaction_id)
    site.send(device, device.pkcs_req())


@when(
    parsers.re(
        'the device "intruder" polls with its own transaction, (?P<how>for another name|at another CA|at another alias)'
    )
)
def polls_wrongly(site: Site, how: str) -> None:
    device = site.device("intruder")
    site.send(device, device.pkcs_req())
    messages: dict[str, Callable[[], bytes]] = {
        "for another name": lambda: device.cert_poll(subject=site.device("router").subject.public_bytes()),
        "at another CA": lambda: device.cert_poll(issuer=identities.name("Other CA").public_bytes()),
        "at another alias": device.cert_poll,
    }
    site.send(device, messages[how](), alias="vpn" if how == "at another alias" else "")


@when(parsers.parse("a device sends a request whose {part}"))
def broken_content(site: Site, part: str) -> None:
    device = site.device("router")
    site.send(device, device.signed("19", (FAILURES | UNFIT)[part](hostile(site, device))))


def hostile(site: Site, device: Device) -> Hostile:
    return Hostile(device, site.device("gateway"), site.world.worker_identity.certificate)


@when('the device "intruder" sends 3 contents under the key that wraps the request of "router"')
def tries_wrapped_key(site: Site) -> None:
    site.key = secrets.token_bytes(32)
    site.wrapped = hostile(site, site.device("router")).wrapped(site.key)
    device = site.device("intruder")
    for _ in range(3):
        content = device.enveloped(secrets.token_bytes(64), key=site.key, wrapped=site.wrapped)
        site.send(device, device.signed("19", content))


@when('the request of "router" comes in with the same wrapped key')
def same_wrapped_key(site: Site) -> None:
    device = site.device("router")
    site.send(device, device.signed("19", device.enveloped(device.request, key=site.key, wrapped=site.wrapped)))


@when("the worker sets its message aside")
def set_aside(site: Site) -> None:
    store, refusal = site.world.store, Rejected(Reason.INTERNAL_ERROR)
    store.settle([SetAside(message, refusal) for message in store.claim(10, timedelta(minutes=1))])


CLIENTS = {
    "one address": ["192.0.2.1"] * 3,
    "one address, also as IPv6's": ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"],
    "one IPv6 network": ["2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8::2"],
    "several addresses": ["192.0.2.1", "192.0.2.2", "2001:db8::1"],
}

ANY = dict.fromkeys(("open_per_client", "open_in_all", "hourly_per_client", "hourly_per_holder", "hourly_in_all"), 10)


@given(
    parsers.re(
        r"a SCEP server that (?P<does>keeps|opens) at most (?P<count>\d) transactions?"
        "(?P<client> per (client|holder))? (open|in an hour)"
    )
)
def bounded(site: Site, does: str, count: str, client: str | None) -> None:
    name = ("open_" if does == "keeps" else "hourly_") + (client.strip().replace(" ", "_") if client else "in_all")
    site.configure(**(ANY | {name: int(count)}))


@when(parsers.parse("3 devices at {clients} ask for a certificate"))
def many_ask(site: Site, clients: str) -> None:
    for name, client in zip(("router", "gateway", "intruder"), CLIENTS[clients], strict=False):
        device = site.device(name)
        site.send(device, device.pkcs_req(), client)


@given("it makes usernames of the common name or the unstructuredName")
def usernames_of(site: Site) -> None:
    site.configure(nameGenerationScheme="DN", nameGenerationParameters="CN;UNSTRUCTUREDNAME")


@then(parsers.parse('the certificate is for "{subject}"'))
def certificate_is_for(site: Site, subject: str) -> None:
    assert x509.load_der_x509_certificate(site.received[-1][0]).subject.rfc4514_string() == subject
