"""Steps of scep.feature."""

import json
import re
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.approval import Verdict
from lockgate.enrolment.scep import CA_IS_BUSY, FailInfo, Failure, Pending
from lockgate.errors import PeerError, Unavailable
from lockgate.message import MessageStatus, SetAside
from lockgate.reasons import Reason, Rejected
from lockgate.revocation import RevocationReason
from lockgate_persistence.scep import SqlScepTransactions
from tests import identities
from tests.certificate_requests import with_another_exponent
from tests.features.announcements import announced
from tests.features.council import Council, decide
from tests.features.failures import Death
from tests.features.office import other_authority
from tests.features.scep_site import CHALLENGE, KEYS, Site, unsealed
from tests.features.world import CA, RA_RIGHTS, World
from tests.identities import Identity, ec_key, rsa_key
from tests.scep_client import (
    DES,
    FAILURE,
    GET_CERT,
    GET_CRL,
    PENDING,
    PKCS_REQ,
    RENEWAL_REQ,
    SUCCESS,
    TRIPLE_DES,
    Device,
    Key,
)
from tests.scep_failures import FAILURES, Hostile

scenarios("scep.feature")

FAIL_INFOS = {"badAlg": "0", "badMessageCheck": "1", "badRequest": "2", "badCertId": "4"}
CLIENTS = {
    "one address": ["192.0.2.1"] * 3,
    "one address, also as IPv6's": ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"],
    "one IPv6 network": ["2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8::2"],
    "several addresses": ["192.0.2.1", "192.0.2.2", "2001:db8::1"],
}
ANY = dict.fromkeys(("open_per_client", "open_in_all", "hourly_per_client", "hourly_per_holder", "hourly_in_all"), 10)


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


# ---- given


@given(parsers.parse('a SCEP server that asks for the challenge password "{challenge}"'))
def shared_challenge(site: Site, challenge: str) -> None:
    site.configure(createOrEditUser=True, authPwd=challenge)


@given("a SCEP server where each device has a challenge password of its own")
def own_challenges(site: Site) -> None:
    site.configure(createOrEditUser=False, authPwd="none")


@given("a second SCEP server on the same message database")
def second_server(site: Site) -> None:
    """On another host; nothing but the message database connects them."""
    site.add_host("second")


@given(parsers.re("a SCEP server that (?P<switch>lets|does not let) old devices in"))
def old_devices(site: Site, switch: str) -> None:
    site.configure(legacy=switch == "lets")


@given(
    parsers.re(
        r"a SCEP server that (?P<does>keeps|opens) at most (?P<count>\d) transactions?"
        "(?P<client> per (client|holder))? (open|in an hour)"
    )
)
def bounded(site: Site, does: str, count: str, client: str | None) -> None:
    name = ("open_" if does == "keeps" else "hourly_") + (client.strip().replace(" ", "_") if client else "in_all")
    site.configure(**(ANY | {name: int(count)}))


@given('the device "router" is an old one')
def old_device(site: Site) -> None:
    site.device("router", digest="sha1", request_digest="sha1", cipher=TRIPLE_DES)


@given('the device "router" signs its certificate request with MD5')
def md5_device(site: Site) -> None:
    site.device("router", request_digest="md5")


@given("a worker that takes 1 request in an hour from the RA")
def worker_bounded(site: Site) -> None:
    """An hour has just begun."""
    site.world.office.hours.pass_by(timedelta(hours=1) - timedelta(seconds=time.time() % 3600))
    site.world.configure(max_per_hour=1)


# ---- when: asking


@when(parsers.re('the device "(?P<name>[^"]+)" asks (for a certificate|again, with the same request)'))
def asks(site: Site, name: str) -> None:
    device = site.device(name)
    site.send(device, device.pkcs_req())


@when(parsers.parse('the device "{name}" asks for a certificate with the challenge password "{challenge}"'))
def asks_with(site: Site, name: str, challenge: str) -> None:
    device = site.device(name, challenge=challenge)
    site.send(device, device.pkcs_req())


@when(parsers.parse('the device "{name}" asks with an unstructuredName and with the challenge password "{challenge}"'))
def asks_with_attribute(site: Site, name: str, challenge: str) -> None:
    attribute = x509.NameAttribute(x509.NameOID.UNSTRUCTURED_NAME, "router.example")
    device = site.device(name, challenge=challenge, more=(attribute,))
    site.send(device, device.pkcs_req())


NAMES: dict[str, dict[str, Any]] = {
    "a line break in its common name": {"name": "router\nroot"},
    "a line break in its unstructuredName": {
        "more": (x509.NameAttribute(x509.NameOID.UNSTRUCTURED_NAME, "router\nroot"),)
    },
    "a right-to-left override": {"name": "router\u202e3pm.exe"},
    "a Cyrillic letter among Latin ones": {"name": "r\u043euter"},
    "an organization of 65 characters": {"more": (x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "x" * 65),)},
    "65 attributes": {"more": (x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "x"),) * 64},
    "4097 characters of names": {"more": (x509.NameAttribute(x509.NameOID.TITLE, "x" * 60),) * 62},
    "a line break in an alternative name": {"alternative_names": (x509.DNSName("router\nroot"),)},
    "an alternative name that is no host name": {"alternative_names": (x509.DNSName("no host!"),)},
    "4097 characters of alternative names": {"alternative_names": (x509.DNSName("x" * 60),) * 60},
}


@when(
    parsers.re(
        f'the device "router" asks with (?P<what>{"|".join(map(re.escape, NAMES))}) and with the challenge password '
        '"(?P<challenge>[^"]+)"'
    )
)
def asks_with_name(site: Site, what: str, challenge: str) -> None:
    """In the request; the certificate that signs the message has a name that is short enough to be named by it."""
    plain = site.device("router", challenge=challenge)
    device = plain.with_(**NAMES[what])
    site.send(device, device.pkcs_req(certificate=plain.certificate))


@given(parsers.parse('a SCEP server that puts "{prefix}" before every username'))
def prefixed_usernames(site: Site, prefix: str) -> None:
    site.configure(nameGenerationPrefix=prefix)


@then(parsers.parse('the certificate is for "{subject}"'))
def certificate_is_for(site: Site, subject: str) -> None:
    assert x509.load_der_x509_certificate(site.received[-1][0]).subject.rfc4514_string() == subject


@when(parsers.parse('the device "{name}" asks for a certificate with no challenge password'))
def asks_without(site: Site, name: str) -> None:
    device = site.device(name, challenge=None)
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


@when(parsers.re('the device "router" asks for a certificate with (?P<algorithm>SHA-1|MD5|triple DES|single DES)'))
def asks_with_algorithm(site: Site, algorithm: str) -> None:
    changes = {
        "SHA-1": {"digest": "sha1"},
        "MD5": {"digest": "md5"},
        "triple DES": {"cipher": TRIPLE_DES},
        "single DES": {"cipher": DES},
    }[algorithm]
    device = site.device("router", **changes)
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
        device = _renewing(site, "router")
        request = device.with_(key=unaccepted).request
        site.send(device, device.message(RENEWAL_REQ, request, certificate=site.certificates["router"]))
    else:
        device = site.device("router", key=unaccepted)
        site.send(device, device.pkcs_req())


@when(parsers.re('the device "intruder" asks under the transaction id of (?P<what>the renewal of )?"router"'))
def intrudes(site: Site, what: str | None) -> None:
    victim = _renewing(site, "router") if what else site.device("router")
    device = site.device("intruder").with_(transaction_id=victim.transaction_id)
    site.send(device, device.pkcs_req())


@when('somebody sends the request of "router" again, to another alias')
def plays_again(site: Site) -> None:
    device = site.device("router")
    site.send(device, device.pkcs_req(), alias="vpn")


@when('the device "router" asks for the name "gateway" under the same transaction id')
def changes_name(site: Site) -> None:
    device = site.device("router").with_(name="gateway")
    site.send(device, device.pkcs_req())


@when(parsers.parse("3 devices at {clients} ask for a certificate"))
def many_ask(site: Site, clients: str) -> None:
    for name, client in zip(("router", "gateway", "intruder"), CLIENTS[clients], strict=False):
        device = site.device(name)
        site.send(device, device.pkcs_req(), client)


@when("another device asks for a certificate")
def another_asks(site: Site) -> None:
    device = site.device("switch")
    site.send(device, device.pkcs_req(), site.clients[-1])


@when('the device "router" asks again, with another challenge password')
def asks_with_another_challenge(site: Site) -> None:
    device = site.device("router").with_(challenge="MFRGGZDFMZTWQ2LKNNWG23TPOC")
    site.send(device, device.pkcs_req())


# ---- when: polling


@when(parsers.re('the device "(?P<name>[^"]+)" polls'))
def polls(site: Site, name: str) -> None:
    device = site.device(name)
    site.send(device, device.cert_poll())


@when('the device "router" polls the second server')
def polls_second(site: Site) -> None:
    device = site.device("router")
    site.send(device, device.cert_poll(), host="second")


@when('the device "intruder" polls for the transaction of "router"')
def polls_for_another(site: Site) -> None:
    router = site.device("router")
    device = site.device("intruder").with_(transaction_id=router.transaction_id)
    site.send(device, device.cert_poll(subject=router.subject.public_bytes()))


@when('the device "intruder" polls for a transaction that never was')
def polls_for_nothing(site: Site) -> None:
    polls(site, "intruder")


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


# ---- renewal, and what the CA publishes


@given('the device "router" has a certificate')
def has_certificate(site: Site) -> None:
    _certified(site, "router")


@given('the devices "gateway" and "router" have certificates')
def have_certificates(site: Site) -> None:
    for name in ("gateway", "router"):
        _certified(site, name)


def _certified(site: Site, name: str) -> None:
    site.world.grant(f"{RA_RIGHTS}, /action/view")
    asks(site, name)
    site.world.run_worker()
    polls(site, name)
    site.certificates[name] = x509.load_der_x509_certificate(site.received[-1][0])


@given(
    parsers.re('the device "router" with (?P<key>an? [\\w-]+) key has a certificate, got with "(?P<challenge>\\w+)"')
)
def has_certificate_for(site: Site, key: str, challenge: str) -> None:
    asks_with_key(site, "router", key, challenge)
    site.world.run_worker()
    polls(site, "router")
    site.certificates["router"] = x509.load_der_x509_certificate(site.received[-1][0])


@given("that certificate is revoked")
def revoked(site: Site) -> None:
    site.world.office.revoke(Identity(site.certificates["router"], rsa_key(81)), RevocationReason.SUPERSEDED)


@given("the CA has issued a CRL")
def crl_issued(site: Site) -> None:
    site.world.office.administration.issue_crl(CA)


def _renewing(site: Site, name: str) -> Device:
    """Under a transaction of its own."""
    renewal = f"{site.device(name).transaction_id}-renewal"
    return site.device(name).with_(transaction_id=renewal)


@when(
    parsers.parse('the device "router" asks for its renewal with a new key, and the challenge password "{challenge}"')
)
def renews_with(site: Site, challenge: str) -> None:
    site.device("router", challenge=challenge)
    renews(site, "its renewal with a new key")


@when(parsers.re('the device "router" asks for (?P<which>its renewal with a new key|another renewal)'))
def renews(site: Site, which: str) -> None:
    device = _renewing(site, "router")
    if which == "another renewal":
        device = device.with_(transaction_id=f"{device.transaction_id}-2")
    request = device.with_(key=KEYS["a new key"]()).request
    site.send(device, device.message(RENEWAL_REQ, request, certificate=site.certificates["router"]))


@when('the device "router" asks for the renewal of its new certificate')
def renews_again(site: Site) -> None:
    device = _renewing(site, "router")
    device = device.with_(transaction_id=f"{device.transaction_id}-2", key=KEYS["a new key"]())
    request = device.with_(key=KEYS["gateway"]()).request
    renewed = x509.load_der_x509_certificate(site.received[-1][0])
    site.send(device, device.message(RENEWAL_REQ, request, certificate=renewed))


@when('the device "router" asks for its renewal with a new key, in a PKCSReq without a challenge password')
def renews_as_before(site: Site) -> None:
    device = _renewing(site, "router")
    request = device.with_(key=KEYS["a new key"](), challenge=None).request
    site.send(device, device.message(PKCS_REQ, request, certificate=site.certificates["router"]))


@when('the device "router" asks for the name "gateway" and a new key, in a PKCSReq')
def enrols_another(site: Site) -> None:
    device = _renewing(site, "router")
    request = device.with_(key=KEYS["a new key"](), name="gateway").request
    site.send(device, device.message(PKCS_REQ, request, certificate=site.certificates["router"]))


@when('the device "router" asks for its own key again, without a challenge password')
def asks_as_holder(site: Site) -> None:
    device = _renewing(site, "router")
    request = device.with_(challenge=None).request
    site.send(device, device.message(PKCS_REQ, request, certificate=site.certificates["router"]))


@when(
    parsers.re(
        'the device "intruder" with (?P<whose>a self-signed|another CA\'s) certificate asks for a renewal'
        "(?P<before>, in a PKCSReq)?"
    )
)
def renews_without(site: Site, whose: str, before: str | None) -> None:
    device = site.device("intruder")
    foreign = other_authority().issue("router", rsa_key(83)).certificate
    certificate = None if whose == "a self-signed" else foreign
    request = device.with_(key=KEYS["a new key"]()).request
    site.send(device, device.message(PKCS_REQ if before else RENEWAL_REQ, request, certificate=certificate))


@when('the device "router" polls with its current certificate')
def polls_for_renewal(site: Site) -> None:
    device = _renewing(site, "router")
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


@when('the device "gateway" asks for the certificate with the serial of "router"')
def queries_another(site: Site) -> None:
    message = site.device("gateway").identify(
        GET_CERT, site.issuer, site.certificates["router"].serial_number, certificate=site.certificates["gateway"]
    )
    site.send(site.device("gateway"), message)


SERIAL_NUMBERS = {"0": 0, "-1": -1, "of 21 octets": 2**159, "of 60,000 octets": 1 << (8 * 60_000 - 2)}


@when(parsers.parse('the device "router" asks for a {what} with the serial number {number}'))
def queries_number(site: Site, what: str, number: str) -> None:
    site.known = _rows(site.world)
    device = site.device("router").with_(transaction_id="a serial number")
    kind = GET_CRL if what == "CRL" else GET_CERT
    site.send(
        device, device.identify(kind, site.issuer, SERIAL_NUMBERS[number], certificate=site.certificates["router"])
    )


@then("the message database holds nothing new")
def holds_nothing_new(site: Site) -> None:
    assert _rows(site.world) == site.known


@when("somebody asks for the CA's next certificate")
def asks_for_next(site: Site) -> None:
    site.world.grant(f"{RA_RIGHTS}, /action/view")
    assert site.server().next_ca_certificates() == Pending()


@when("half an hour has passed, and the CA has announced its next certificate")
def prepared(site: Site) -> None:
    time_passes(site, "31", "minutes")
    site.world.office.administration.prepare_rollover(CA)


@then(parsers.parse("it gets a certificate for its new key, with the CA's chain"))
def gets_renewed(site: Site) -> None:
    site.asked[-1] = site.asked[-1].with_(key=KEYS["a new key"]())
    gets_certificate(site)


@then(parsers.re("(?P<number>0|1|2) certificates? (was|were) issued"))
def number_issued(site: Site, number: str) -> None:
    assert len(site.world.issued()) == int(number)


@then("each is signed with SHA-256 or better")
def signed_well(site: Site) -> None:
    for certificate in (x509.load_der_x509_certificate(its[0]) for its in site.received if its):
        assert certificate.signature_hash_algorithm is not None
        assert certificate.signature_hash_algorithm.name in ("sha256", "sha384", "sha512")


@then(parsers.parse('the CA\'s audit log says: "{internal}"'))
def audited(site: Site, internal: str) -> None:
    assert json.loads(site.world.office.refusals()[-1])["internal"] == internal


@then("it is refused as badRequest, because its certificate's standing does not allow it")
def wrong_standing(site: Site) -> None:
    assert (site.answer.status, site.answer.fail_info) == (FAILURE, "2")
    assert site.answer.text.startswith("The certificate's standing does not allow this.")


@then("it gets its own certificate")
def gets_own(site: Site) -> None:
    assert site.received[-1] == [site.certificates["router"].public_bytes(Encoding.DER)]
    assert [its.status for its in site.answers[-2:] if its] == [PENDING, SUCCESS]


@then("it gets the CA's CRL")
def gets_crl(site: Site) -> None:
    (crl,) = site.crls[-1]
    read, key = x509.load_der_x509_crl(crl), site.world.office.authority.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert read.is_signature_valid(key)


@then(parsers.parse('it gets a refusal, badCertId: "{sentence}"'))
def gets_refusal(site: Site, sentence: str) -> None:
    assert (site.answer.status, site.answer.fail_info) == (FAILURE, FAIL_INFOS["badCertId"])
    assert site.answer.text.startswith(sentence)


@then("the server answers that the CA has announced no next certificate")
def none_announced(site: Site) -> None:
    found = site.server().next_ca_certificates()
    assert found == Failure(FailInfo.BAD_REQUEST, "The CA has announced no next certificate.")


@then("the server answers that the CA takes no more requests in this hour")
def next_not_taken(site: Site) -> None:
    assert site.server().next_ca_certificates() == CA_IS_BUSY


@then(parsers.parse("{count:d} messages were put"))
def messages_put(site: Site, count: int) -> None:
    with site.world.engine.connect() as connection:
        assert connection.execute(text("select count(*) from message")).scalar_one() == count


@then("the server hands on the CA's next certificate, signed with the CA's current key")
def next_handed_on(site: Site) -> None:
    found = site.server().next_ca_certificates()
    assert isinstance(found, bytes)
    current = x509.load_der_x509_certificate(site.world.office.certificate(CA))
    following = site.world.office.inspection.next_generation(CA)
    assert following is not None
    assert announced(found, current).public_bytes(Encoding.DER) == following.certificate


# ---- when: hostile contents


@when(parsers.parse("a device sends a request whose {part}"))
def broken_content(site: Site, part: str) -> None:
    device = site.device("router")
    site.send(device, device.signed("19", FAILURES[part](_hostile(site, device))))


def _hostile(site: Site, device: Device) -> Hostile:
    return Hostile(device, site.device("gateway"), site.world.worker_identity.certificate)


@when('the device "intruder" sends 3 contents under the key that wraps the request of "router"')
def tries_wrapped_key(site: Site) -> None:
    site.key = secrets.token_bytes(32)
    site.wrapped = _hostile(site, site.device("router")).wrapped(site.key)
    device = site.device("intruder")
    for _ in range(3):
        content = device.enveloped(secrets.token_bytes(64), key=site.key, wrapped=site.wrapped)
        site.send(device, device.signed("19", content))


@then(parsers.parse('each is refused as {failure}: "{sentence}"'))
def each_refused(site: Site, failure: str, sentence: str) -> None:
    found = [(its.status, its.fail_info, its.text) for its in site.answers if its]
    assert found == [(FAILURE, FAIL_INFOS[failure], sentence)] * 3


@when('the request of "router" comes in with the same wrapped key')
def same_wrapped_key(site: Site) -> None:
    device = site.device("router")
    site.send(device, device.signed("19", device.enveloped(device.request, key=site.key, wrapped=site.wrapped)))


# ---- when: the servers, time, and whoever owns the database


@when("the SCEP server is started again")
def restarted(site: Site) -> None:
    site.restart()


@when('the SCEP server dies between writing down the transaction of the device "router" and putting its message')
def dies(site: Site) -> None:
    with pytest.raises(Death):
        site.die_before_putting(lambda: asks(site, "router"))


@when(parsers.re(r"(?P<count>\d+) (?P<unit>minutes|days) pass"))
def time_passes(site: Site, count: str, unit: str) -> None:
    passed = timedelta(**{unit: int(count)})
    site.world.office.hours.pass_by(passed)
    site.world.patience.sleep(passed.total_seconds())


@when("the CA's next hour begins")
def next_hour(site: Site) -> None:
    site.world.office.hours.pass_by(timedelta(hours=1))


@when("the worker sets its message aside")
def set_aside(site: Site) -> None:
    store = site.world.store
    store.settle([SetAside(its, Rejected(Reason.INTERNAL_ERROR)) for its in store.claim(10, timedelta(minutes=1))])


@when("an operator lets it be tried again")
def retried(site: Site) -> None:
    assert site.world.store.retry(site.world.store.browse(MessageStatus.SET_ASIDE, 10).messages) == 1


@when(parsers.re("other servers (?P<interfere>remove what has expired|take the id and give it up( again and again)?)"))
def interfered_with(site: Site, interfere: str) -> None:
    site.interferences = {"remove what has expired": 0, "take the id and give it up": 1}.get(interfere, 1000)


@when(parsers.re('"(?P<name>ann)" (?P<verb>approves|rejects) what the device asks for(: "(?P<reason>.*)")?'))
def decided(site: Site, council: Council, name: str, verb: str, reason: str | None) -> None:
    verdict = Verdict.APPROVE if verb == "approves" else Verdict.REJECT
    decide(site.world, council.members[name], verdict, reason or "")


def _execute(world: World, statement: str, **values: object) -> None:
    with world.engine.begin() as connection:
        assert connection.execute(text(statement), values).rowcount >= 1


@when('whoever owns the message database changes the transaction of "router"')
def changed(site: Site) -> None:
    name = site.place("router")
    with site.world.engine.begin() as connection:
        (sealed,) = connection.execute(
            text("select sealed from scep_transaction where transactionid = :id"), {"id": name}
        ).one()
    damaged = sealed[:-1] + bytes((sealed[-1] ^ 1,))
    _execute(
        site.world, "update scep_transaction set sealed = :sealed where transactionid = :id", sealed=damaged, id=name
    )


@when('whoever owns the message database puts the transaction of "gateway" in its place')
def moved(site: Site) -> None:
    router, gateway = (site.place(name) for name in ("router", "gateway"))
    query = "(select sealed from scep_transaction where transactionid = :gateway)"
    _execute(
        site.world,
        f"update scep_transaction set sealed = {query} where transactionid = :router",
        gateway=gateway,
        router=router,
    )


@when('whoever owns the message database puts the answer to "gateway" in the place of that to "router"')
def answers_swapped(site: Site) -> None:
    router, gateway = (site.device(name).transaction_id for name in ("router", "gateway"))
    query = "(select message from message where messageid = :gateway)"
    _execute(
        site.world, f"update message set message = {query} where messageid = :router", gateway=gateway, router=router
    )


@when('whoever owns the message database deletes the message of "router"')
def deleted(site: Site) -> None:
    _execute(site.world, "delete from message where messageid = :id", id=site.device("router").transaction_id)


@when('whoever owns the message database deletes the transaction of "router"')
def transaction_deleted(site: Site) -> None:
    statement = "delete from scep_transaction where transactionid = :id"
    _execute(site.world, statement, id=site.place("router"))


# ---- then


@then("the transaction does not hold its challenge password")
def challenge_not_kept(site: Site) -> None:
    device = site.device("router")
    stored = SqlScepTransactions(site.world.engine).find(site.place("router"))
    assert stored is not None
    inside = unsealed(site.place("router"), stored.sealed)
    assert device.subject.public_bytes() in inside
    assert device.challenge is not None
    assert device.challenge.encode() not in inside


@then(parsers.re("the device has (?P<got>a certificate|a refusal)"))
def has(site: Site, got: str) -> None:
    assert site.answer.status == (SUCCESS if got == "a certificate" else FAILURE)


@then("it is told to wait")
def told_to_wait(site: Site) -> None:
    assert (site.answer.status, site.answer.content) == (PENDING, b""), site.answer


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
    assert chain == [site.world.office.certificate(CA)]
    certificate.verify_directly_issued_by(x509.load_der_x509_certificate(chain[0]))


@then("it gets the same certificate again")
def same_certificate(site: Site) -> None:
    found = [its[0] for its in site.received if its]
    assert len(found) >= 2
    assert len(set(found)) == 1
    assert site.received[-1]


@then(parsers.parse('exactly 1 certificate was issued, to "{name}"'))
def one_issued(site: Site, name: str) -> None:
    assert list(site.world.issued()) == [name]


@then("the message waits for the CA, encrypted to the worker, and holds nothing of the request in clear")
def message_is_sealed(site: Site) -> None:
    row = site.world.row(site.device("router").transaction_id)
    assert (row.type, row.status) == (2, 1)
    for known in (b"router", CHALLENGE.encode(), site.device("router").request[:64], b"PKCS10Request"):
        assert known not in row.message


@then("the CA has issued on behalf of the RA's own certificate")
def on_behalf_of_the_ra(site: Site) -> None:
    (requester,) = [its for its in site.world.office.requesters() if "CN=ra" in its]
    assert "scep" not in requester


@then("the message database holds nothing")
def holds_nothing(site: Site) -> None:
    assert _rows(site.world) == [0, 0]


def _rows(world: World) -> list[int]:
    with world.engine.connect() as connection:
        tables = ("message", "scep_transaction")
        return [connection.execute(text(f"select count(*) from {its}")).scalar_one() for its in tables]


@then("nothing that was logged holds a challenge password")
def nothing_secret_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    written = f"{site.logged} {caplog.text}"
    secret = {device.challenge for device in site.devices.values() if device.challenge} | {CHALLENGE}
    assert not [its for its in secret if its in written]


@then("the first 2 are told to wait")
def first_wait(site: Site) -> None:
    assert [its.status for its in site.answers[:2] if its] == [PENDING, PENDING]


@then(parsers.parse('the last one is refused as {failure}: "{sentence}"'))
def last_refused(site: Site, failure: str, sentence: str) -> None:
    refused(site, failure, sentence)
