"""Steps of cmp_requests.feature: what clients ask for, and what they get."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.administration.listings import CertificateQuery
from lockgate.rights.approval import ApprovalKind
from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateTemplate, Validity
from lockgate_formats.cmp.crmf import write_certificate_request_message
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.signatures import SigningKey
from lockgate_formats.cmp.vocabulary import PkiStatus
from lockgate_formats.elements import contents, members
from tests.features.steps.cmp_nested import *  # noqa: F403
from tests.features.steps.cmp_outcomes import NAMES, TAKEN
from tests.features.steps.cmp_renewals import *  # noqa: F403
from tests.features.steps.cmp_requests import named_profiles
from tests.support.pki.identities import ec_key, key_usage, rsa_key
from tests.support.scenarios.approvers import APPROVER, Approvers, give_role
from tests.support.scenarios.cmp_site import CmpSite, key_of
from tests.support.scenarios.world import CA, World
from tests.support.wire.cmp_messages import CmpClient, Secret, signed_possession
from tests.support.wire.cmp_possession import CONTROLS, DONT_PUBLISH, INPUTS, PROOFS, REGISTRATIONS

scenarios("cmp_requests.feature")

UNKNOWN = x509.ObjectIdentifier("1.2.3")
SAN = x509.SubjectAlternativeName([x509.DNSName("router.example"), x509.RFC822Name("router@example.org")])
USAGE = key_usage("data_encipherment")


def _extension(value: x509.ExtensionType) -> bytes:
    """The DER Extensions with that one."""
    written = der.octet_string(value.public_bytes())
    return der.sequence(der.sequence(der.oid(value.oid.dotted_string), written))


def _named(rfc4514: str) -> bytes:
    return x509.Name.from_rfc4514_string(rfc4514).public_bytes()


STORED = "CN=router,O=Example,C=SE"
Change = Callable[[CmpSite, CertificateTemplate], CertificateTemplate]
TEMPLATES: Mapping[str, Change] = {
    "the stored subject": lambda _, template: replace(template, subject=_named(STORED)),
    "its common name only": lambda _, template: template,
    "another's name": lambda _, template: replace(template, subject=_named("CN=gateway,O=Example,C=SE")),
    "alternative names": lambda _, template: replace(template, subject=_named(STORED), extensions=_extension(SAN)),
    "an end of its own": lambda site, template: replace(
        template, validity=Validity(not_after=site.now + timedelta(days=1))
    ),
    "a key usage": lambda _, template: replace(template, extensions=_extension(USAGE)),
    "a serial number": lambda _, template: replace(template, serial_number=5),
    "a signature algorithm": lambda _, template: replace(template, signing_algorithm=der.sequence(der.oid("1.2.3"))),
}
SUBJECTS: Mapping[str, bytes] = {
    "that is empty": x509.Name([]).public_bytes(),
    "with a line break": x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "rou\nter")]).public_bytes(),
    "with an unknown attribute": x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "router"),
            x509.NameAttribute(x509.ObjectIdentifier("1.2.3"), "x"),
        ]
    ).public_bytes(),
}


# ---- what the CA holds and the aliases say


@given(
    parsers.re(
        '(the|an) end entity "router" (?P<what>with a one-time password that has expired|with a password that somebody '
        "has chosen|with another one-time password|that does not exist)$"
    )
)
def unfit_password(site: CmpSite, what: str) -> None:
    if "exist" not in what:
        site.expect("router")
    password = site.passwords.get("router", "a guess")
    if "chosen" in what:
        password = "a password of the router"
        site.world.ca_side.administration.edit_end_entity("router", lambda stored: stored, password)
    if "another" in what:
        site.expect("router")
    site.client("router", protection=Secret(b"router", password.encode()))
    if "expired" in what:
        site.pass_by(timedelta(days=8))


@given(parsers.parse('the alias "client" takes usernames from the sender\'s name'))
def from_sender(site: CmpSite) -> None:
    site.configure("client", username_in_kid=False)


@given(
    parsers.re(
        r'the alias "ra" makes usernames by (?P<scheme>\w+)( with (?P<parameters>[\w;]+))?'
        '(, before it "(?P<prefix>[^"]+)")?(, behind it "(?P<postfix>[^"]+)")?$'
    )
)
def usernames_by(site: CmpSite, scheme: str, parameters: str | None, prefix: str | None, postfix: str | None) -> None:
    settings = {"Scheme": scheme, "Parameters": parameters, "Prefix": prefix, "Postfix": postfix}
    site.configure("ra", **{f"nameGeneration{name}": value for name, value in settings.items() if value})


@given('ManagementCA asks for 1 approval of issue, which "ann" may give')
def ann_approves(world: World, approvers: Approvers) -> None:
    approvers.members["ann"] = world.ca_side.certify("CN=ann", rsa_key(61))
    give_role(world, "ann", approvers.members["ann"], APPROVER)
    world.ca_side.administration.set_approval_rule(CA, ApprovalKind.ISSUE, 1)


# ---- requests


@when(parsers.re(f'the client "router" asks for a certificate with (?P<what>{"|".join(TEMPLATES)})$'))
def asks_with_template(site: CmpSite, what: str) -> None:
    client = site.client("router")
    _ask(site, client, template=TEMPLATES[what](site, client.template))


@when('the client "router" asks for a certificate with a unique identifier')
def asks_with_unique_identifier(site: CmpSite) -> None:
    client = site.client("router")
    number, template = members(contents(client.cert_request(), der.SEQUENCE))
    identified = der.sequence(contents(template, der.SEQUENCE), der.implicit(7, b"\0\1"))
    request = der.sequence(number, identified)
    message = write_certificate_request_message(request, signed_possession(client.key, request))
    site.send("router", client.request(message))


def _ask(site: CmpSite, client: CmpClient, **fields: object) -> None:
    site.send("router", client.request(client.cert_req_msg(**fields), time=site.now))  # type: ignore[arg-type]


@when(parsers.re('the client "router" asks for a certificate for the name (?P<subject>.+)$'))
def asks_for_name(site: CmpSite, subject: str) -> None:
    encoded = SUBJECTS[subject] if subject in SUBJECTS else _named(subject.strip('"'))
    site.send("router", site.client("router", subject=encoded).request())


@when('the client "router" asks for a certificate, with no subject')
def asks_without_subject(site: CmpSite) -> None:
    client = site.client("router")
    _ask(site, client, template=replace(client.template, subject=None))


@when('the client "router" asks for a certificate, its name in the header, and "factory" as its reference')
def named_in_header(site: CmpSite) -> None:
    sender = directory_name(_named("CN=router"))
    secret = Secret(b"factory", site.passwords["router"].encode(), sender=sender)
    site.send("router", site.client("router", protection=secret).request())


@when(parsers.parse('the client "router" asks for a certificate of the named profile {name}'))
def asks_for_profile(site: CmpSite, name: str) -> None:
    site.send("router", site.client("router").request(infos=[named_profiles(name)]))


@when('the client "router" asks for a certificate of the profile ENDUSER, and for another one of the profile KEEPING')
def asks_for_both(site: CmpSite) -> None:
    client = site.client("router")
    other = client.with_(name="router2", key=key_of("router2"))
    messages = (client.cert_req_msg(0), other.cert_req_msg(1))
    site.send("router", client.request(*messages, infos=[named_profiles("ENDUSER", "KEEPING")]))


KEYS: Mapping[str, Callable[[], SigningKey]] = {
    "another key": lambda: key_of("another"),
    "an RSA key": lambda: rsa_key(81),
    "a P-384 key": lambda: ec_key(87, ec.SECP384R1),
    "an Ed25519 key": lambda: ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)),
}


@when(parsers.re(f'the client "router" asks for a certificate for (?P<key>{"|".join(KEYS)})$'))
def asks_for_key(site: CmpSite, key: str) -> None:
    client = site.client("router").in_another_transaction()
    site.clients["router"] = client.with_(key=KEYS[key]())
    site.send("router", site.clients["router"].request())


@when('the client "router" asks for a certificate, and says that possession was verified')
def says_verified(site: CmpSite) -> None:
    _ask(site, site.client("router"), possession=PROOFS["raVerified"](site.client("router"), b""))


@when(parsers.re(f'the client "router" asks for a certificate, with (?P<proof>{"|".join(PROOFS)})$'))
def asks_with_proof(site: CmpSite, proof: str) -> None:
    client = site.client("router")
    _ask(site, client, possession=PROOFS[proof](client, client.cert_request()))


@when(
    parsers.re(
        f'the client "router" asks for a certificate without a subject, and signs (?P<given>{"|".join(INPUTS)})$'
    )
)
def asks_with_input(site: CmpSite, given: str) -> None:
    client = site.client("router")
    _ask(site, client, template=replace(client.template, subject=None), possession=INPUTS[given](client))


@when(parsers.parse('the client "router" asks for a certificate with the control {control}'))
def asks_with_control(site: CmpSite, control: str) -> None:
    _ask(site, site.client("router"), controls=[CONTROLS[control]])


@when('the client "router" asks for a certificate that shall not be published')
def asks_unpublished(site: CmpSite) -> None:
    _ask(site, site.client("router"), controls=[DONT_PUBLISH])


@when(parsers.parse('the client "router" asks for a certificate with the registration information {info}'))
def asks_with_registration(site: CmpSite, info: str) -> None:
    _ask(site, site.client("router"), reg_info=[REGISTRATIONS[info]])


# ---- outcomes


@then(parsers.re('it gets a certificate for its key, (?P<how>as it has asked|with modifications: "(?P<words>[^"]+)")$'))
def gets_modified(site: CmpSite, how: str, words: str | None) -> None:
    (response,) = site.answer.responses
    expected = PkiStatus.GRANTED_WITH_MODS if words else PkiStatus.ACCEPTED
    assert (response.status.status, response.status.texts) == (expected, (words,) if words else ()), how
    assert site.certificates["router"].public_key() == site.client("router").key.public_key()


@then(parsers.parse('the certificate is for "{subject}"'))
def is_for(site: CmpSite, subject: str) -> None:
    assert site.certificates["router"].subject.rfc4514_string() == subject


@then(parsers.parse("the first request is granted, and the second one is refused as {failure}"))
def one_refused(site: CmpSite, failure: str) -> None:
    first, second = site.answer.responses
    assert first.status.status in TAKEN
    assert second.status.fail_info == frozenset({NAMES[failure]})


@then("the end entity has a name of random characters")
def random_name(site: CmpSite) -> None:
    (username,) = site.world.issued()
    assert "router" not in username
    assert len(username) >= 8


@then(parsers.re('the certificate has the alternative names (?P<names>that it has asked for|"router.example")$'))
def has_names(site: CmpSite, names: str) -> None:
    found = site.certificates["router"].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(found) == (list(SAN) if "asked" in names else [x509.DNSName("router.example")])


def profile_of(site: CmpSite, certificate: bytes) -> str:
    serial = x509.load_der_x509_certificate(certificate).serial_number
    return site.world.ca_side.inspection.certificate(CertificateQuery(serial_number=serial)).certificate_profile


@then(parsers.parse("the certificate was issued by the certificate profile {name}"))
def by_profile(site: CmpSite, name: str) -> None:
    assert [profile_of(site, one) for one in site.answer.certificates] == [name]


@then("both requests are granted, by the profile that each has named")
def by_profiles(site: CmpSite) -> None:
    assert [profile_of(site, one) for one in site.answer.certificates] == ["ENDUSER", "KEEPING"]
