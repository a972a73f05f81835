"""Steps of cmp_questions.feature: what clients are told."""

from collections.abc import Mapping, Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_bdd import parsers, scenarios, then, when

from lockgate_formats import der
from lockgate_formats.cmp.general import read_general
from lockgate_formats.cmp.general_values import (
    RequestTemplate,
    RootUpdate,
    read_request_template,
    read_root_update,
    read_rsa_length,
    read_structures,
    read_texts,
    read_unsupported,
)
from lockgate_formats.cmp.key_infos import read_key_announcement
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.vocabulary import ControlType, InfoType, PkiStatus
from lockgate_formats.fields import read_whole
from tests.features.steps.cmp_questions import TYPES, root_named
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.scenarios.cmp_site import CmpSite
from tests.support.scenarios.world import World
from tests.support.wire import cmp_templates

scenarios("cmp_questions.feature")

KEYS: Mapping[str, Any] = {
    "RSA": rsa_key(1),
    "P-256": ec_key(1),
    "P-384": ec_key(2, ec.SECP384R1),
    "P-521": ec_key(3, ec.SECP521R1),
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
}
AES256_CBC = x509.ObjectIdentifier("2.16.840.1.101.3.4.1.42")
VALUES = {"CN": "router", "O": "Example", "C": "SE"}
HOST = "router.example"
NOTHING = 2
"""Octets of an attribute's value that is empty: tag and length."""


def algorithm_of(name: str) -> bytes:
    """The DER AlgorithmIdentifier in a key of that kind, as the library writes it."""
    spki = KEYS[name].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return read_whole(spki).element()


NAMED = {algorithm_of(name): name for name in KEYS}


def infos(site: CmpSite) -> Sequence[InfoValue]:
    """The values in the genp."""
    assert site.answer.kind == "genp", site.answer.statuses
    return read_general(site.answer.message.body)


def info(site: CmpSite, kind: InfoType) -> InfoValue:
    """The only one of that kind."""
    (found,) = (one for one in infos(site) if one.oid == kind)
    return found


def listed(words: str) -> list[str]:
    return [] if words == "none" else words.split(", ")


# ---- how questions are answered


@then(parsers.parse("it is answered: {types}"))
def answered(site: CmpSite, types: str) -> None:
    assert [one.oid for one in infos(site)] == [TYPES[kind] for kind in types.split(", ")]


@then(parsers.parse("it is told that unknown here are: {types}"))
def unknown(site: CmpSite, types: str) -> None:
    assert list(read_unsupported(info(site, InfoType.UNSUPPORTED_OIDS))) == types.split(", ")


@then(parsers.parse("it gets an empty {kind}"))
def empty(site: CmpSite, kind: str) -> None:
    assert info(site, InfoType(TYPES[kind])).value is None


@then("the CA keeps no transaction")
def nothing_kept(world: World) -> None:
    assert not world.ca_side.column("select state from protocol_transaction")
    assert not world.ca_side.column("select digest from protocol_answer")


# ---- certificates


@then(parsers.parse("it is told of the certificates of: {names}"))
def certificates(site: CmpSite, names: str) -> None:
    expected = [site.world.ca_side.certificate(name) for name in names.split(", ")]
    assert list(read_structures(info(site, InfoType.CA_CERTS))) == expected


FOLLOWS = r"that (?P<after>\w+ \d) follows (?P<before>\w+ \d), which certify each other$"


@then(parsers.re(f"it is told {FOLLOWS}"))
def root_follows(site: CmpSite, after: str, before: str) -> None:
    check_update(site, read_root_update(info(site, InfoType.ROOT_CA_KEY_UPDATE)), after, before)


@then(parsers.re(f"it is told by caKeyUpdateInfo {FOLLOWS}"))
def root_announced(site: CmpSite, after: str, before: str) -> None:
    check_update(site, read_key_announcement(info(site, InfoType.CA_KEY_UPDATE_INFO)), after, before)


def check_update(site: CmpSite, update: RootUpdate, after: str, before: str) -> None:
    assert update.new_with_new == root_named(site, after)
    assert update.new_with_old is not None
    assert update.old_with_new is not None
    new, new_with_old, old_with_new, old = map(
        x509.load_der_x509_certificate,
        (update.new_with_new, update.new_with_old, update.old_with_new, root_named(site, before)),
    )
    assert new_with_old.public_key() == new.public_key()
    assert old_with_new.public_key() == old.public_key()
    new_with_old.verify_directly_issued_by(old)
    old_with_new.verify_directly_issued_by(new)


# ---- CRLs


@then(parsers.parse("it gets CRL {number:d}"))
def current_crl(site: CmpSite, crls: list[bytes], number: int) -> None:
    assert info(site, InfoType.CURRENT_CRL).value == crls[number - 1]


@then(parsers.re(r"it gets as crls: (none|CRL (?P<number>\d))$"))
def newer_crls(site: CmpSite, crls: list[bytes], number: str | None) -> None:
    found = info(site, InfoType.CRLS)
    if number is None:
        assert found.value is None
    else:
        assert read_structures(found) == (crls[int(number) - 1],)


# ---- keys


@then(parsers.parse("it is told that keys for {purpose} are: {names}"))
def keys_for(site: CmpSite, purpose: str, names: str) -> None:
    kinds = {"signatures": InfoType.SIGN_KEY_PAIR_TYPES, "encryption": InfoType.ENC_KEY_PAIR_TYPES}
    found = info(site, kinds[purpose])
    assert (found.value is None) == (names == "none")
    assert [NAMED[one] for one in read_structures(found)] == listed(names) if found.value else True


@then(parsers.parse("it is told that a key has the algorithm {name}"))
def key_parameters(site: CmpSite, name: str) -> None:
    expected = None if name == "none" else algorithm_of(name)
    assert info(site, InfoType.KEY_PAIR_PARAM_REP).value == expected


@then("it is told that the preferred cipher is AES-256 in CBC mode")
def preferred_cipher(site: CmpSite) -> None:
    expected = der.sequence(der.oid(AES256_CBC.dotted_string))
    assert info(site, InfoType.PREFERRED_SYMM_ALG).value == expected


# ---- templates


def template(site: CmpSite) -> RequestTemplate:
    found = read_request_template(info(site, InfoType.CERT_REQ_TEMPLATE))
    assert found.template.public_key is None
    assert found.template.serial_number is None
    return found


@then(parsers.parse("the template has the subject: {names}"))
def subject_to_fill_in(site: CmpSite, names: str) -> None:
    subject = template(site).template.subject
    assert (subject is None) == (names == "none")
    found = cmp_templates.attributes(subject) if subject else []
    assert [name for name, _ in found] == ([] if names == "to fill in" else listed(names))
    assert all(len(value) == NOTHING for _, value in found)


@then(parsers.parse('the template has the subject of "{name}"'))
def known_subject(site: CmpSite, name: str) -> None:
    subject = x509.Name.from_bytes(template(site).template.subject or b"")
    (common_name,) = subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert common_name.value == name


@then(parsers.parse("the template has alternative names: {names}"))
def names_to_fill_in(site: CmpSite, names: str) -> None:
    found = cmp_templates.alternative_names(template(site).template)
    assert (found is None) == (names == "none")
    assert [name for name, _ in found or ()] == ([] if names == "to fill in" else listed(names))
    assert all(not value for _, value in found or ())


@then(parsers.parse("the template has the alternative name {host}"))
def known_alternative_name(site: CmpSite, host: str) -> None:
    assert cmp_templates.alternative_names(template(site).template) == [("DNSNAME", host.encode())]


@then(parsers.parse("the template has usages: {usages}"))
def template_usages(site: CmpSite, usages: str) -> None:
    assert cmp_templates.usages(template(site).template) == listed(usages)


@then(parsers.parse("the template has keys: {keys}"))
def template_keys(site: CmpSite, keys: str) -> None:
    found = [
        f"RSA {read_rsa_length(one)}" if one.oid == ControlType.RSA_KEY_LEN else NAMED[one.value or b""]
        for one in template(site).key_specification
    ]
    assert found == listed(keys)


@when(parsers.parse('the client "{name}" asks for a certificate as the template says'))
def follows(site: CmpSite, name: str) -> None:
    client = site.client(name)
    asked = cmp_templates.filled(template(site).template, VALUES, HOST, client.spki)
    site.send(name, client.request(client.cert_req_msg(template=asked), time=site.now))


@then("it gets the certificate without changes")
def unchanged(site: CmpSite) -> None:
    (response,) = site.answer.responses
    assert response.status.status is PkiStatus.ACCEPTED, response.status
    certificate = x509.load_der_x509_certificate(response.certificate or b"")
    assert certificate.subject.rfc4514_string() == "CN=router,O=Example,C=SE"
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [HOST]


# ---- the alias


@then(parsers.parse("it is told that the profiles are: {names}"))
def profiles(site: CmpSite, names: str) -> None:
    found = info(site, InfoType.CERT_PROFILE)
    assert (list(read_texts(found)) if found.value else []) == listed(names)


@then(parsers.parse("it is told that the language is {language}"))
def language_told(site: CmpSite, language: str) -> None:
    assert read_texts(info(site, InfoType.SUPP_LANG_TAGS)) == (language,)
