"""Steps of scep.feature."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.approval import Verdict
from lockgate.enrolment.challenges import ChallengeRule
from lockgate.enrolment.scep import FailInfo, Failure, Pending
from lockgate.ports import Bounds
from lockgate.revocation import RevocationReason
from tests import identities
from tests.features.council import Council, decide
from tests.features.office import other_authority
from tests.features.scep_site import CHALLENGE, KEYS, Site
from tests.features.world import CA, RA_RIGHTS, World
from tests.identities import Identity, rsa_key
from tests.scep_client import DES, FAILURE, GET_CERT, GET_CRL, PENDING, RENEWAL_REQ, SUCCESS, TRIPLE_DES, Device

scenarios("scep.feature")

FAIL_INFOS = {"badAlg": "0", "badMessageCheck": "1", "badRequest": "2", "badCertId": "4"}
CLIENTS = {"one address": ["192.0.2.1"] * 4, "several addresses": [f"192.0.2.{number}" for number in range(4)]}


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


# ---- given


@given(parsers.parse('a SCEP server that asks for the challenge password "{challenge}"'))
def shared_challenge(site: Site, challenge: str) -> None:
    site.challenge, site.create_or_edit = ChallengeRule(challenge), True


@given("a SCEP server where each device has a challenge password of its own")
def own_challenges(site: Site) -> None:
    site.challenge, site.create_or_edit = ChallengeRule(own=True), False


@given("a second SCEP server on the same message database")
def second_server(site: Site) -> None:
    """Every message gets a server of its own here; nothing but the message database connects them."""
    assert site.desk() is not site.desk()


@given(parsers.re("a SCEP server that (?P<switch>lets|does not let) old devices in"))
def old_devices(site: Site, switch: str) -> None:
    site.legacy = switch == "lets"


@given('the device "router" is an old one')
def old_device(site: Site) -> None:
    site.device("router", digest="sha1", request_digest="sha1", cipher=TRIPLE_DES)


@given('the device "router" signs its certificate request with MD5')
def md5_device(site: Site) -> None:
    site.device("router", request_digest="md5")


@given("a SCEP server that keeps at most 2 transactions per client open")
def bounded_for_clients(site: Site) -> None:
    site.bounds = Bounds(per_client=2, in_all=10)


@given("a SCEP server that keeps at most 2 transactions open")
def bounded_in_all(site: Site) -> None:
    site.bounds = Bounds(per_client=10, in_all=2)


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


@when('the device "intruder" asks under the transaction id of "router"')
def intrudes(site: Site) -> None:
    device = site.device("intruder").with_(transaction_id=site.device("router").transaction_id)
    site.send(device, device.pkcs_req())


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
    asks(site, "switch")


# ---- when: polling


@when(parsers.re('the device "(?P<name>[^"]+)" polls( the second server)?'))
def polls(site: Site, name: str) -> None:
    device = site.device(name)
    site.send(device, device.cert_poll())


@when("the devices poll")
def all_poll(site: Site) -> None:
    for name in ("router", "gateway"):
        polls(site, name)


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
    site.world.grant(f"{RA_RIGHTS}, /action/view")
    for step in (asks, polls):
        step(site, "router")
        site.world.run_worker()
    polls(site, "router")
    site.certificate = x509.load_der_x509_certificate(site.received[-1][0])


@given(
    parsers.re('the device "router" with (?P<key>an? [\\w-]+) key has a certificate, got with "(?P<challenge>\\w+)"')
)
def has_certificate_for(site: Site, key: str, challenge: str) -> None:
    asks_with_key(site, "router", key, challenge)
    site.world.run_worker()
    polls(site, "router")
    site.certificate = x509.load_der_x509_certificate(site.received[-1][0])


@given("that certificate is revoked")
def revoked(site: Site) -> None:
    assert site.certificate is not None
    site.world.office.revoke(Identity(site.certificate, rsa_key(81)), RevocationReason.SUPERSEDED)


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
    renews(site)


@when('the device "router" asks for its renewal with a new key')
def renews(site: Site) -> None:
    device = _renewing(site, "router")
    request = device.with_(key=KEYS["a new key"]()).request
    site.send(device, device.message(RENEWAL_REQ, request, certificate=site.certificate))


@when(parsers.re('the device "intruder" with (?P<whose>a self-signed|another CA\'s) certificate asks for a renewal'))
def renews_without(site: Site, whose: str) -> None:
    device = site.device("intruder")
    foreign = other_authority().issue("router", rsa_key(83)).certificate
    certificate = None if whose == "a self-signed" else foreign
    site.send(device, device.message(RENEWAL_REQ, device.request, certificate=certificate))


@when('the device "router" polls with its current certificate')
def polls_for_renewal(site: Site) -> None:
    device = _renewing(site, "router")
    site.send(device, device.cert_poll(certificate=site.certificate))


@when(
    parsers.re(
        'the device "(?P<name>[^"]+)" asks (once more )?for '
        "(?P<what>the certificate with its own serial|the CRL that covers it|a certificate that never was)"
    )
)
def queries(site: Site, name: str, what: str) -> None:
    device = site.device(name).with_(transaction_id=what)
    serial = site.certificate.serial_number if site.certificate and "never" not in what else 1
    kind = GET_CRL if "CRL" in what else GET_CERT
    certificate = site.certificate if name == "router" else None
    site.send(device, device.identify(kind, site.issuer, serial, certificate=certificate))


@when("somebody asks for the CA's next certificate")
def asks_for_next(site: Site) -> None:
    site.world.grant(f"{RA_RIGHTS}, /action/view")
    assert site.server().next_ca_certificates("192.0.2.1") == Pending()


@when("half an hour has passed, and the CA has announced its next certificate")
def announced(site: Site) -> None:
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
    assert site.certificate is not None
    assert site.received[-1] == [site.certificate.public_bytes(Encoding.DER)]
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
    found = site.server().next_ca_certificates("192.0.2.1")
    assert found == Failure(FailInfo.BAD_REQUEST, "The CA has announced no next certificate.")


@then("the server hands on what the CA's current key has signed")
def next_handed_on(site: Site) -> None:
    found = site.server().next_ca_certificates("192.0.2.1")
    assert isinstance(found, bytes)
    assert cms.ContentInfo.load(found)["content_type"].native == "signed_data"


# ---- when: hostile contents


@when(parsers.parse("a device sends a request whose {part}"))
def broken_content(site: Site, part: str) -> None:
    device = site.device("router")
    site.send(device, device.signed("19", _broken(site, device, part)))


def _broken(site: Site, device: Device, part: str) -> bytes:
    other = device.with_(server=site.world.worker_identity.certificate)
    makers: dict[str, Callable[[], bytes]] = {
        "key was wrapped for someone else": lambda: other.enveloped(device.request),
        "key cannot be unwrapped": lambda: device.enveloped(device.request, wrapped=b"\x01" * 256),
        "key has another length": lambda: device.enveloped(device.request, wrapped=_wrapped(device, bytes(16))),
        "content is badly padded": lambda: device.enveloped(bytes(64), pad=False),
        "content is no certificate request": lambda: device.enveloped(b"\x30\x03\x02\x01\x00"),
        "certificate request is not signed by its key": lambda: device.enveloped(device.request[:-4] + bytes(4)),
        "envelope was taken from another's message": lambda: site.device("gateway").enveloped(
            site.device("gateway").request
        ),
    }
    return makers[part]()


def _wrapped(device: Device, key: bytes) -> bytes:
    public = device.server.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    return public.encrypt(key, padding.PKCS1v15())


# ---- when: the servers, time, and whoever owns the database


@when("the SCEP server is started again")
def restarted(site: Site) -> None:
    """Every message gets a server of its own here."""
    assert site.server() is not site.server()


@when('the SCEP server dies between writing down the transaction of the device "router" and putting its message')
def dies(site: Site) -> None:
    asks(site, "router")
    _execute(site.world, "delete from message")


@when(parsers.re(r"(?P<count>\d+) (?P<unit>minutes|days) pass"))
def time_passes(site: Site, count: str, unit: str) -> None:
    passed = timedelta(**{unit: int(count)})
    site.world.office.hours.pass_by(passed)
    site.world.patience.sleep(passed.total_seconds())


@when(parsers.re('"(?P<name>ann)" (?P<verb>approves|rejects) what the device asks for(: "(?P<reason>.*)")?'))
def decided(site: Site, council: Council, name: str, verb: str, reason: str | None) -> None:
    verdict = Verdict.APPROVE if verb == "approves" else Verdict.REJECT
    decide(site.world, council.members[name], verdict, reason or "")


def _execute(world: World, statement: str, **values: object) -> None:
    with world.engine.begin() as connection:
        assert connection.execute(text(statement), values).rowcount >= 1


@when('whoever owns the message database changes the transaction of "router"')
def changed(site: Site) -> None:
    name = site.device("router").transaction_id
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
    router, gateway = (site.device(name).transaction_id for name in ("router", "gateway"))
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


# ---- then


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
    assert site.answers[-1] is None


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
    with site.world.engine.connect() as connection:
        for table in ("message", "scep_transaction"):
            assert connection.execute(text(f"select count(*) from {table}")).scalar_one() == 0


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
