"""Steps of cmp_confirmation.feature."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import parsers, scenarios, then, when

from lockgate.certification.revocation import RevocationReason
from lockgate_formats import der
from lockgate_formats.cmp.confirmations import certificate_hash
from lockgate_formats.cmp.contents import CertificateConfirmation, Validity
from lockgate_formats.cmp.messages import InfoValue, StatusInfo
from lockgate_formats.cmp.vocabulary import FailInfo, InfoType, PkiStatus
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import algorithm
from tests.features.steps.cmp_outcomes import standing_of
from tests.features.steps.cmp_requests import answered, taken
from tests.support.pki.identities import Identity
from tests.support.scenarios.cmp_site import CmpSite, key_of
from tests.support.wire.cmp_messages import IMPLICIT_CONFIRM, REJECTED, confirmed

scenarios("cmp_confirmation.feature")

ALGORITHMS = {
    "SHA-256": algorithm(oids.SHA256, der.NULL),
    "SHA-512": algorithm(oids.SHA512, der.NULL),
    "MD5": algorithm("1.2.840.113549.2.5", der.NULL),
}
Statuses = Callable[[CmpSite, CertificateConfirmation], Sequence[CertificateConfirmation]]
NONE = CertificateConfirmation(b"", 0)


def _status(status: StatusInfo) -> Statuses:
    return lambda _, own: [replace(own, status=status)]


def _another(site: CmpSite, **fields: object) -> CertificateConfirmation:
    return confirmed(site.certificates["gateway"].public_bytes(Encoding.DER), **fields)


STATUSES: Mapping[str, Statuses] = {
    "that rejects its certificate": _status(REJECTED),
    "that rejects its certificate, with a bit set": _status(replace(REJECTED, fail_info=frozenset({FailInfo.BAD_POP}))),
    "that says waiting of its certificate": _status(StatusInfo(PkiStatus.WAITING)),
    "that says grantedWithMods of its certificate": _status(StatusInfo(PkiStatus.GRANTED_WITH_MODS)),
    "that is empty": lambda *_: [],
    "that takes and rejects its certificate": lambda _, own: [own, replace(own, status=REJECTED)],
    "with a hash of other octets": lambda _, own: [replace(own, certificate_hash=bytes(32))],
    "with the hash of another's certificate": lambda site, _: [_another(site)],
    "with another certReqId": lambda _, own: [replace(own, cert_req_id=1)],
    "for its certificate, and for another one": lambda site, own: [own, _another(site, cert_req_id=1)],
    "that takes its certificate twice": lambda _, own: [own, own],
    "that takes its certificate, and rejects it": lambda _, own: [own, replace(own, status=REJECTED)],
    "that rejects its certificate, and takes it": lambda _, own: [replace(own, status=REJECTED), own],
    "that takes its certificate under -1 and 0": lambda _, own: [own, replace(own, cert_req_id=0)],
    "that rejects another's certificate": lambda site, _: [_another(site, status=REJECTED)],
}
EVERY = "|".join(sorted(STATUSES, key=len, reverse=True))


# ---- requests


@when('the client "router" asks for a certificate that ends tomorrow')
def asks_for_short(site: CmpSite) -> None:
    client = site.client("router")
    tomorrow = replace(client.template, validity=Validity(not_after=site.now + timedelta(days=1)))
    site.send("router", client.request(client.cert_req_msg(template=tomorrow)))


@when(parsers.parse('the client "router" asks for a certificate with the certReqId {number:d}'))
def asks_with_id(site: CmpSite, number: int) -> None:
    client = site.client("router")
    site.send("router", client.request(client.cert_req_msg(number)))


@when('the client "router" asks for a certificate, and the value of implicitConfirm is TRUE')
def wrong_implicit(site: CmpSite) -> None:
    info = InfoValue(InfoType.IMPLICIT_CONFIRM, b"\x01\x01\xff")
    site.send("router", site.client("router").request(infos=[info]))


@when('the client "router" asks for a certificate for a name that is not accepted, with implicit confirmation')
def refused_implicitly(site: CmpSite) -> None:
    site.send("router", site.client("router").with_(name="rou\u200bter").request(infos=[IMPLICIT_CONFIRM]))


# ---- confirmations


@when(parsers.re(f'the client "(?P<name>[^"]+)" sends a confirmation (?P<that>{EVERY})$'))
def confirms_so(site: CmpSite, name: str, that: str) -> None:
    (own, *_) = [*taken(answered(site, name)), NONE]
    _send(site, name, STATUSES[that](site, own))


@when(parsers.parse('the client "{name}" sends a confirmation with the certReqId {number:d}'))
def confirms_id(site: CmpSite, name: str, number: int) -> None:
    (own,) = taken(answered(site, name))
    _send(site, name, [replace(own, cert_req_id=number)])


@when(parsers.parse('the client "{name}" sends a confirmation with the hash algorithm {hashing}'))
def confirms_by(site: CmpSite, name: str, hashing: str) -> None:
    (own,) = taken(answered(site, name))
    named = replace(own, hash_algorithm=ALGORITHMS[hashing])
    if hashing != "MD5":
        certificate = site.certificates[name].public_bytes(Encoding.DER)
        named = replace(named, certificate_hash=certificate_hash(certificate, ALGORITHMS[hashing]))
    _send(site, name, [named])


@when(parsers.re('the client "router" confirms (?P<which>both|the first, and rejects the second|the second|neither)$'))
def confirms_some(site: CmpSite, which: str) -> None:
    first, second = taken(answered(site, "router"))
    statuses = {
        "both": [first, second],
        "the first, and rejects the second": [first, replace(second, status=REJECTED)],
        "the second": [second],
        "neither": [],
    }
    _send(site, "router", statuses[which])


@when(parsers.parse('the client "{name}" confirms its certificate once more'))
def confirms_once_more(site: CmpSite, name: str) -> None:
    """In other octets, in answer to its first answer."""
    first = next(answer for answer in site.answers if answer and answer.certificates)
    site.heard[name] = first
    _send(site, name, taken(first))


def _send(site: CmpSite, name: str, statuses: Sequence[CertificateConfirmation]) -> None:
    """The client goes on with what it has heard before, whatever this message is answered."""
    heard = answered(site, name)
    site.send(name, site.client(name).confirmation(heard.header.sender_nonce, *statuses, time=site.now))
    site.heard[name] = heard


# ---- what else happens


@when('an administrator revokes the certificate of "router" as compromised')
def revoked_by_administrator(site: CmpSite) -> None:
    identity = Identity(site.certificates["router"], key_of("router"))
    site.world.ca_side.revoke(identity, RevocationReason.KEY_COMPROMISE)


@when("nothing happens")
def nothing() -> None:
    """Time does not pass, either."""


# ---- outcomes


@then(parsers.parse("the answer says that it waits {minutes:d} minutes for the confirmation"))
def says_time(site: CmpSite, minutes: int) -> None:
    until = site.answer.header.confirm_wait_time
    assert until is not None
    assert abs(until - site.now - timedelta(minutes=minutes)) < timedelta(seconds=30)


@then("the answer says no time to wait for the confirmation")
def says_no_time(site: CmpSite) -> None:
    assert site.answer.header.confirm_wait_time is None


@then(parsers.re("the answer (?P<grants>grants|does not grant) implicit confirmation"))
def grants_implicitly(site: CmpSite, grants: str) -> None:
    assert site.answer.header.implicit_confirm == (grants == "grants")


@then(parsers.parse("the certReqId of the answer is {number:d}"))
def number_is(site: CmpSite, number: int) -> None:
    assert [response.cert_req_id for response in site.answer.responses] == [number]


@then(parsers.parse("the first certificate is {first}, and the second one is {second}"))
def stand(site: CmpSite, first: str, second: str) -> None:
    issued = next(answer for answer in site.answers if answer and answer.certificates).certificates
    assert [standing_of(site, x509.load_der_x509_certificate(one)) for one in issued] == [first, second]
