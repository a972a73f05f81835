"""Steps of cmp_passwords_in_clear.feature."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_formats.cmp.controls import text_control
from lockgate_formats.cmp.crmf import encrypted_certificate_possession
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.names import NULL_DN
from lockgate_formats.cmp.vocabulary import BodyType, ControlType
from tests.features.steps.cmp_outcomes import check_refusal
from tests.features.steps.cmp_requests import confirmation
from tests.support.pki.identities import Authority, ec_key, make_authority
from tests.support.scenarios.cmp_key_authority import sign_keys_with
from tests.support.scenarios.cmp_site import CmpSite
from tests.support.scenarios.stored_secrets import is_stored
from tests.support.wire.cmp_messages import IMPLICIT_CONFIRM, REJECTED, CmpMessage, Secret, Signature, confirmed

scenarios("cmp_passwords_in_clear.feature")

TOKEN, ATTRIBUTE = "the control regToken", "the attribute OU"
KINDS = {"an ir": BodyType.IR, "a cr": BodyType.CR}


def stranger(number: int = 96) -> Authority:
    """A CA that nobody here knows."""
    return make_authority("the stranger", ec_key(number))


def by_stranger(number: int = 97) -> Signature:
    """The protection by a certificate of that CA."""
    issued = stranger().issue("router", ec_key(number), "digital_signature", "key_agreement")
    return Signature(issued.certificate, issued.key)


def by_desk(site: CmpSite) -> Signature:
    desk = site.desk()
    return Signature(desk.certificate, desk.key)


# ---- the alias and the client


@given('the alias "client" takes passwords in the control regToken and in the attribute OU')
def takes_passwords(site: CmpSite) -> None:
    site.configure("client", reg_token_password=True, subject_password="OU")


@given(parsers.re(f'the alias "client" takes (?P<which>no password in clear|passwords in ({TOKEN}|{ATTRIBUTE}) only)$'))
def takes_only(site: CmpSite, which: str) -> None:
    token, attribute = TOKEN in which, ATTRIBUTE in which
    site.configure("client", reg_token_password=token, subject_password="OU" if attribute else None)


@given('the end entity "router" that waits with a password')
def expected(site: CmpSite) -> None:
    site.expect("router")
    site.client("router", alias="client")


@given("the password is one that somebody has chosen")
def chosen(site: CmpSite) -> None:
    site.passwords["router"] = "open sesame"
    site.world.ca_side.administration.edit_end_entity("router", lambda stored: stored, "open sesame")


PROTECTIONS: Mapping[str, Callable[[CmpSite], Signature | None]] = {
    "no protection": lambda _: None,
    "the signature of a stranger": lambda _: by_stranger(),
    "the signature of an RA": by_desk,
    "a broken signature": lambda _: replace(by_stranger(), key=ec_key(98)),
}


@given(parsers.parse('the messages of "router" have {protection}'), target_fixture="protection")
def protects(site: CmpSite, protection: str) -> Signature | None:
    chosen = PROTECTIONS[protection](site)
    if chosen is not None:
        site.client("router", protection=chosen)
    return chosen


# ---- what is asked for


def subject(*passwords: str, name: str | None = "router") -> x509.Name:
    named = [] if name is None else [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    units = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, password) for password in passwords]
    return x509.Name([*units, *named])


def token(password: str) -> InfoValue:
    return text_control(ControlType.REG_TOKEN, password)


def request(site: CmpSite, *controls: InfoValue, named: x509.Name | None = None, **options: Any) -> CmpMessage:
    """An ir with those controls and that subject."""
    client = site.client("router")
    template = replace(client.template, subject=(subject() if named is None else named).public_bytes())
    kind = options.pop("body_type", BodyType.IR)
    message = client.cert_req_msg(template=template, controls=controls, **options)
    return client.request(message, body_type=kind, infos=[IMPLICIT_CONFIRM], time=site.now)


def p10cr(site: CmpSite, password: str) -> CmpMessage:
    client = site.client("router")
    built = x509.CertificateSigningRequestBuilder().subject_name(subject(password)).sign(client.key, hashes.SHA256())
    return client.message(BodyType.P10CR, built.public_bytes(Encoding.DER), infos=[IMPLICIT_CONFIRM], time=site.now)


def send(site: CmpSite, message: CmpMessage, protection: Signature | None) -> None:
    if protection is None:
        message = message.with_(protection=None, sender=NULL_DN, sender_kid=None)
    site.send("router", message)


@when(
    parsers.re(
        "it asks for a certificate by (?P<kind>an ir|a cr|a p10cr) with its password in "
        f"(?P<place>{TOKEN}|{ATTRIBUTE})$"
    )
)
def asks(site: CmpSite, protection: Signature | None, kind: str, place: str) -> None:
    password = site.passwords["router"]
    if kind == "a p10cr":
        message = p10cr(site, password)
    elif place == TOKEN:
        message = request(site, token(password), body_type=KINDS[kind])
    else:
        message = request(site, named=subject(password), body_type=KINDS[kind])
    if protection is not None:  # it confirms the certificate itself
        message = message.with_(general_info=())
    send(site, message, protection)


@when(parsers.parse("somebody guesses its password {count:d} times"))
def guesses(site: CmpSite, count: int) -> None:
    for number in range(count):
        site.client("router", transaction_id=bytes((number,)) * 16)
        send(site, request(site, token(f"a guess {number}")), None)
    site.client("router", transaction_id=bytes((count,)) * 16)


def no_implicit(site: CmpSite, own: InfoValue) -> CmpMessage:
    return request(site, own).with_(general_info=())


def not_granted(site: CmpSite, own: InfoValue) -> CmpMessage:
    site.configure("client", implicit_confirm=False)
    return request(site, own)


def encrypted(site: CmpSite, own: InfoValue) -> CmpMessage:
    site.configure("client", encrypted_certificates=True)
    profile = replace(CERTIFICATE_PROFILES["ENDUSER"], key_usage=frozenset({"keyAgreement"}))
    site.world.ca_side.administration.put_profile("ENDUSER", profile)
    return request(site, own, possession=encrypted_certificate_possession())


def two(site: CmpSite, own: InfoValue) -> CmpMessage:
    client = site.client("router")
    messages = [client.cert_req_msg(number, controls=[own]) for number in range(2)]
    return client.request(*messages, infos=[IMPLICIT_CONFIRM], time=site.now)


def central_key(site: CmpSite, own: InfoValue) -> CmpMessage:
    sign_keys_with(site.world.ca_side)
    site.configure("client", central_keys=True)
    client = site.client("router")
    template = replace(client.template, public_key=None)
    return client.request(client.cert_req_msg(template=template, controls=[own], possession=b""), time=site.now)


HOW: Mapping[str, Callable[[CmpSite, InfoValue], CmpMessage]] = {
    "without implicit confirmation": no_implicit,
    "where the alias grants none": not_granted,
    "for a certificate that only it can read": encrypted,
    "for two certificates": two,
    "without a name": lambda site, own: request(site, own, named=subject(name=None)),
    "with two passwords": lambda site, _: request(site, named=subject("one", "two")),
    "without a password": lambda site, _: request(site),
    "for a key of the CA": central_key,
    "with its password": request,
}


@when(parsers.re("it asks (?P<how>" + "|".join(HOW) + ")$"))
def asks_how(site: CmpSite, protection: Signature | None, how: str) -> None:
    send(site, HOW[how](site, token(site.passwords["router"])), protection)


@when(parsers.parse("somebody with {which} rejects the certificate in its place"))
def rejects(site: CmpSite, which: str) -> None:
    message = confirmation(site, "router")
    (certificate,) = site.answer.certificates
    heard = site.heard["router"].header.sender_nonce
    message = site.client("router").confirmation(heard, confirmed(certificate, status=REJECTED), time=site.now)
    others: Mapping[str, Signature | Secret | None] = {
        "no protection": None,
        "a certificate of the same name": by_stranger(99),
        "the certificate of an RA": by_desk(site),
        "the password, as a secret": Secret(b"router", site.passwords["router"].encode()),
    }
    other = others[which]
    if other is None:
        send(site, message, None)
    else:
        own = {"protection": other, "sender": other.sender, "sender_kid": other.key_identifier}
        site.send("router", message.with_(**own))


# ---- what came of it


@then(parsers.parse('the certificate is for "{name}"'))
def is_for(site: CmpSite, name: str) -> None:
    assert site.certificates["router"].subject.rfc4514_string() == name


@then("each is refused as badMessageCheck, and nothing is kept")
def each_refused(site: CmpSite) -> None:
    for answer in site.answers:
        assert answer
        check_refusal(answer.statuses, "badMessageCheck", None)
    assert not site.world.ca_side.column("select state from protocol_transaction")


@then("the CA's database holds the password nowhere")
def nowhere(site: CmpSite) -> None:
    assert not is_stored(site.world.ca_side, site.passwords["router"].encode())
