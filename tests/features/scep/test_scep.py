"""Steps of scep.feature."""

import json

import pytest
from cryptography import x509
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.rights.approval import Verdict
from lockgate_persistence.enrolments import SqlEnrolmentTransactions
from lockgate_transport.scep.vocabulary import SCEP
from tests.features.steps.scep_requests import asks
from tests.support.scenarios.approvers import Approvers, decide
from tests.support.scenarios.failures import Death
from tests.support.scenarios.scep_site import CHALLENGE, Site, unsealed
from tests.support.wire.scep_names import ANY_NAME, NAMES
from tests.support.wire.scep_values import FAILURE, SUCCESS, TRIPLE_DES

scenarios("scep.feature")


@given("a second SCEP server on the same message database")
def second_server(site: Site) -> None:
    """On another host; nothing but the message database connects them."""
    site.add_host("second")


@given('the device "router" is an old one')
def old_device(site: Site) -> None:
    site.device("router", digest="sha1", request_digest="sha1", cipher=TRIPLE_DES)


@given('the device "router" signs its certificate request with MD5')
def md5_device(site: Site) -> None:
    site.device("router", request_digest="md5")


@when(
    parsers.re(
        f'the device "router" asks with (?P<what>{ANY_NAME}) and with the challenge password "(?P<challenge>[^"]+)"'
    )
)
def asks_with_name(site: Site, what: str, challenge: str) -> None:
    """In the request; the certificate that signs the message has a name that is short enough to be named by it."""
    plain = site.device("router", challenge=challenge)
    device = plain.with_(**NAMES[what])
    site.send(device, device.pkcs_req(certificate=plain.certificate))


@when('the device "router" polls for the name that it has asked for')
def polls_for_name(site: Site) -> None:
    site.send(site.asked[-1], site.asked[-1].cert_poll(certificate=site.device("router").certificate))


@then("the certificate is for the name that it has asked for")
def certified_as_asked(site: Site) -> None:
    assert x509.load_der_x509_certificate(site.received[-1][0]).subject.rdns == site.asked[-1].subject.rdns


@then("the certificate has the alternative names that it has asked for")
def alternative_names_as_asked(site: Site) -> None:
    extensions = x509.load_der_x509_certificate(site.received[-1][0]).extensions
    found = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(found) == list(site.asked[-1].alternative_names)


@given(parsers.parse('a SCEP server that puts "{prefix}" before every username'))
def prefixed_usernames(site: Site, prefix: str) -> None:
    site.configure(nameGenerationPrefix=prefix)


@when(parsers.parse('the device "{name}" asks for a certificate with no challenge password'))
def asks_without(site: Site, name: str) -> None:
    device = site.device(name, challenge=None)
    site.send(device, device.pkcs_req())


@when('the device "router" asks again, with another challenge password')
def asks_with_another_challenge(site: Site) -> None:
    device = site.device("router").with_(challenge="MFRGGZDFMZTWQ2LKNNWG23TPOC")
    site.send(device, device.pkcs_req())


@when('the device "router" polls the second server')
def polls_second(site: Site) -> None:
    device = site.device("router")
    site.send(device, device.cert_poll(), host="second")


@then("both are signed with SHA-256 or better")
def signed_well(site: Site) -> None:
    first, second = (x509.load_der_x509_certificate(received[0]) for received in site.received if received)
    for certificate in (first, second):
        assert certificate.signature_hash_algorithm is not None
        assert certificate.signature_hash_algorithm.name in ("sha256", "sha384", "sha512")


@then(parsers.parse('the CA\'s audit log says: "{internal}"'))
def audited(site: Site, internal: str) -> None:
    assert json.loads(site.world.ca_side.refusals()[-1])["internal"] == internal


@when("the SCEP server is started again")
def restarted(site: Site) -> None:
    site.restart()


@when('the SCEP server dies between writing down the transaction of the device "router" and putting its message')
def dies(site: Site) -> None:
    with pytest.raises(Death):
        site.die_before_putting(lambda: asks(site, "router"))


@when(parsers.re("other servers (?P<interfere>remove what has expired|take the id and give it up( again and again)?)"))
def interfered_with(site: Site, interfere: str) -> None:
    site.interferences = {"remove what has expired": 0, "take the id and give it up": 1}.get(interfere, 1000)


@when(parsers.re('"(?P<name>ann)" (?P<verb>approves|rejects) what the device asks for(: "(?P<reason>.*)")?'))
def decided(site: Site, approvers: Approvers, name: str, verb: str, reason: str | None) -> None:
    verdict = Verdict.APPROVE if verb == "approves" else Verdict.REJECT
    decide(site.world, approvers.members[name], verdict, reason or "")


@then("the transaction does not hold its challenge password")
def challenge_not_kept(site: Site) -> None:
    device = site.device("router")
    stored = SqlEnrolmentTransactions(site.world.engine, SCEP).find(site.place("router"))
    assert stored is not None
    inside = unsealed(site.place("router"), stored.sealed)
    assert device.subject.public_bytes() in inside
    assert device.challenge is not None
    assert device.challenge.encode() not in inside


@then(parsers.re("the device has (?P<got>a certificate|a refusal)"))
def has(site: Site, got: str) -> None:
    assert site.answer.status == (SUCCESS if got == "a certificate" else FAILURE)


@then("the message waits for the CA, encrypted to the worker, and holds nothing of the request in clear")
def message_is_sealed(site: Site) -> None:
    row = site.world.row(site.device("router").transaction_id)
    assert (row.type, row.status) == (2, 1)
    for known in (b"router", CHALLENGE.encode(), site.device("router").request[:64], b"PKCS10Request"):
        assert known not in row.message


@then("the CA has issued on behalf of the RA's own certificate")
def on_behalf_of_the_ra(site: Site) -> None:
    (requester,) = [name for name in site.world.ca_side.requesters() if "CN=ra" in name]
    assert "scep" not in requester
