"""Steps of cmp_revocation.feature."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from cryptography import x509
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.certification.revocation import RevocationReason
from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateTemplate, RevocationRequest, Validity
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.vocabulary import BodyType, PkiStatus
from lockgate_formats.elements import contents, members
from tests.features.steps.cmp_outcomes import audited, crl_entry, standing_of
from tests.features.steps.cmp_requests import named, ra, requested, taken
from tests.support.pki.identities import name as name_of
from tests.support.scenarios.cmp_site import FACTORY, CmpSite, key_of
from tests.support.wire.cmp_messages import CmpClient

scenarios("cmp_revocation.feature")

REASONS = {
    "keyCompromise": RevocationReason.KEY_COMPROMISE,
    "superseded": RevocationReason.SUPERSEDED,
    "cessationOfOperation": RevocationReason.CESSATION_OF_OPERATION,
    "certificateHold": RevocationReason.CERTIFICATE_HOLD,
    "removeFromCRL": RevocationReason.REMOVE_FROM_CRL,
    "7": 7,
}
INVALIDITY_DATE = InfoValue("2.5.29.24", der.element(der.GENERALIZED_TIME, b"20260101000000Z"))
NAME = '"(?P<name>router|gateway)"'
REASON = f"( because of (?P<reason>{'|'.join(REASONS)}))?"


@given('the clients "router" and "gateway" with certificates')
def with_certificates(site: CmpSite) -> None:
    for name in ("router", "gateway"):
        site.enrol(name)
        site.client(name, protection=site.holder(name), alias="client")


@given('"router" has got its next certificate')
def renewed(site: CmpSite) -> None:
    client = site.client("router", key=key_of("the next key"))
    site.send("router", requested(site, client, "a kur"))
    site.send("router", client.confirmation(site.answer.header.sender_nonce, *taken(site.answer)))


# ---- who asks


def _revoke(site: CmpSite, who: str, client: CmpClient, *requests: RevocationRequest) -> None:
    """In a transaction of its own."""
    site.clients[who] = client.in_another_transaction()
    site.send(who, site.clients[who].revocation(*requests, time=site.now))


def _details(site: CmpSite, name: str, reason: str | None = None) -> RevocationRequest:
    return RevocationRequest(template=named(site, name), reason=None if reason is None else int(REASONS[reason]))


def _nothing(site: CmpSite) -> RevocationRequest:
    template = replace(named(site, "router"), serial_number=5)
    return RevocationRequest(template=template)


@when(parsers.re(f"{NAME} asks to revoke its certificate{REASON}( once more)?$"))
def revokes_itself(site: CmpSite, name: str, reason: str | None) -> None:
    _revoke(site, name, site.client(name), _details(site, name, reason))


@when(parsers.re(f'the RA "desk" asks to revoke the certificate of {NAME}{REASON}(?P<again> once more)?$'))
def ra_revokes(site: CmpSite, name: str, reason: str | None, again: str | None) -> None:
    _revoke(site, "desk", ra(site, "desk", name), _details(site, name, reason))


@when('"gateway" asks to revoke the certificate of "router"')
def revokes_another(site: CmpSite) -> None:
    _revoke(site, "gateway", site.client("gateway"), _details(site, "router"))


@when('a client by a secret asks to revoke the certificate of "router"')
def by_secret(site: CmpSite) -> None:
    _revoke(site, "router", site.client("router", protection=FACTORY, alias="ra"), _details(site, "router"))


@when(
    parsers.re('(?P<who>"gateway"|a client by a secret|the RA "desk") asks to revoke a certificate that does not exist')
)
def revokes_nothing(site: CmpSite, who: str) -> None:
    if who == '"gateway"':
        _revoke(site, "gateway", site.client("gateway"), _nothing(site))
    elif who == 'the RA "desk"':
        _revoke(site, "desk", ra(site, "desk", "router"), _nothing(site))
    else:
        _revoke(site, "router", site.client("router", protection=FACTORY, alias="ra"), _nothing(site))


@when('the RA "desk" asks to revoke the certificate of the RA "second desk"')
def revokes_ra(site: CmpSite) -> None:
    certificate = site.desk("second desk").certificate
    template = CertificateTemplate(issuer=certificate.issuer.public_bytes(), serial_number=certificate.serial_number)
    _revoke(site, "desk", ra(site, "desk", "router"), RevocationRequest(template=template))


@when('somebody asks to revoke the certificate of "router", without protection')
def unprotected(site: CmpSite) -> None:
    message = site.client("router").in_another_transaction().revocation(_details(site, "router"))
    site.send("router", message.with_(protection=None))


@when('"router" asks to revoke its former certificate, by the new one')
def revokes_former(site: CmpSite) -> None:
    former = site.former["router"]
    template = CertificateTemplate(issuer=former.issuer.public_bytes(), serial_number=former.serial_number)
    protection = replace(site.holder("router"), key=site.client("router").key)
    _revoke(site, "router", site.client("router", protection=protection), RevocationRequest(template=template))


@when('"router" asks to revoke its certificate, with an invalidity date')
def with_invalidity_date(site: CmpSite) -> None:
    details = replace(_details(site, "router", "superseded"), entry_extensions=(INVALIDITY_DATE,))
    _revoke(site, "router", site.client("router"), details)


@when('the RA "desk" asks to revoke the certificates of "router", of nobody, of "gateway" and of "router" once more')
def revokes_several(site: CmpSite) -> None:
    requests = (_details(site, "router"), _nothing(site), _details(site, "gateway"), _details(site, "router"))
    _revoke(site, "desk", ra(site, "desk", "router"), *requests)


@when('the RA "desk" confirms it')
def confirms(site: CmpSite) -> None:
    site.send("desk", site.client("desk").confirmation(site.answer.header.sender_nonce))


@when('somebody asks for another certificate for the key of "router"')
def asks_for_its_key(site: CmpSite) -> None:
    client = site.client("somebody", key=key_of("router"), name="somebody")
    site.send("somebody", client.request())


# ---- templates


def _extensions(certificate: x509.Certificate) -> bytes:
    return der.sequence(
        *(
            der.sequence(der.oid(one.oid.dotted_string), der.octet_string(one.value.public_bytes()))
            for one in certificate.extensions
        )
    )


def _whole(site: CmpSite, template: CertificateTemplate) -> CertificateTemplate:
    certificate = site.certificates["router"]
    tbs = certificate.tbs_certificate_bytes
    ends = Validity(certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    return replace(
        template,
        version=certificate.version.value,
        signing_algorithm=algorithm_in(tbs),
        subject=certificate.subject.public_bytes(),
        public_key=site.client("router").spki,
        validity=ends,
        extensions=_extensions(certificate),
    )


def algorithm_in(tbs: bytes) -> bytes:
    """The third field of a TBSCertificate: version and serial number stand before it."""
    fields = list(members(contents(tbs, der.SEQUENCE)))
    return bytes(fields[2])


Change = Callable[[CmpSite, CertificateTemplate], CertificateTemplate]
ONE_DAY = timedelta(days=1)
FIELDS: Mapping[str, Change] = {
    "no issuer": lambda _, template: replace(template, issuer=None),
    "no serial number": lambda _, template: replace(template, serial_number=None),
    "another issuer": lambda _, template: replace(template, issuer=name_of("Other CA").public_bytes()),
    "another serial number": lambda _, template: replace(template, serial_number=5),
    "another subject": lambda _, template: replace(template, subject=name_of("gateway").public_bytes()),
    "another key": lambda site, template: replace(template, public_key=site.client("gateway").spki),
    "another begin": lambda site, template: replace(template, validity=Validity(not_before=site.now + ONE_DAY)),
    "another end": lambda site, template: replace(template, validity=Validity(not_after=site.now)),
    "another version": lambda _, template: replace(template, version=0),
    "another signature algorithm": lambda _, template: replace(
        template, signing_algorithm=der.sequence(der.oid("1.2.3"))
    ),
    "another extension": lambda _, template: replace(
        template, extensions=der.sequence(der.sequence(der.oid("1.2.3"), der.octet_string(der.NULL)))
    ),
    "every field of it": _whole,
}


@when(
    parsers.re(
        f'the RA "desk" asks to revoke the certificate of "router", and the template has (?P<field>{"|".join(FIELDS)})$'
    )
)
def with_field(site: CmpSite, field: str) -> None:
    template = FIELDS[field](site, named(site, "router"))
    _revoke(site, "desk", ra(site, "desk", "router"), RevocationRequest(template=template))


@when('the RA "desk" asks to revoke the certificate of "router", and the template has a unique identifier')
def with_unique_identifier(site: CmpSite) -> None:
    client = ra(site, "desk", "router").in_another_transaction()
    message = client.revocation(_details(site, "router"))
    template = contents(contents(contents(message.body, der.SEQUENCE), der.SEQUENCE), der.SEQUENCE)
    issuer_uid = der.implicit(7, b"\0\1")
    site.send("desk", message.with_(body=der.sequence(der.sequence(der.sequence(template, issuer_uid)))))


# ---- outcomes


@then('the certificates of "router" and "gateway" are good')
def both_good(site: CmpSite) -> None:
    for name in ("router", "gateway"):
        assert standing_of(site, site.certificates[name]) == "good"


@then('the RA "second desk" still asks for certificates')
def ra_stands(site: CmpSite) -> None:
    client = ra(site, "second desk", "printer")
    site.send("second desk", client.request())
    assert len(site.answer.certificates) == 1


@then("the CRL gives no reason for it")
def no_reason(site: CmpSite) -> None:
    assert not [one for one in crl_entry(site, "router").extensions if isinstance(one.value, x509.CRLReason)]


@then(parsers.parse('it is told that the certificate is revoked, with modifications: "{words}"'))
def told_modified(site: CmpSite, words: str) -> None:
    (status,) = site.answer.statuses
    assert (status.status, status.texts) == (PkiStatus.GRANTED_WITH_MODS, (words,))


@then(parsers.parse("the answers are: {words}"))
def answers_are(site: CmpSite, words: str) -> None:
    assert site.answer.message.body_type is BodyType.RP
    told = [next((bit.rfc_name for bit in status.fail_info), "accepted") for status in site.answer.statuses]
    assert told == words.split(", ")


@then(parsers.parse('the audit log says that the certificate of "{name}" was revoked by "{kind}"'))
def audited_revocation(site: CmpSite, name: str, kind: str) -> None:
    (who, _, details) = audited(site, "certificate.revoked")[-1]
    assert who.startswith(f"{kind} CN={name if kind == 'certificate' else 'desk'}")
    assert details["serial_number"] == f"{site.certificates[name].serial_number:x}"
