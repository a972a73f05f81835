"""An alias of the CMP service: whether it can issue what it names, and whose messages it takes."""

from collections.abc import Iterator
from pathlib import Path

from lockgate.administration.authorities import CaStatus
from lockgate.administration.listings import CertificateQuery
from lockgate.administration.pages import Page
from lockgate.profiles.profile_set import ProfileSet
from lockgate.reasons import Rejected
from lockgate.rights.signer import CertificateStanding
from lockgate_app.checks.cmp_proxy import MIN_SECRET
from lockgate_app.checks.files import check_secret
from lockgate_app.checks.finding import Finding, good, warning, wrong
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.cmp_aliases import cmp_alias
from lockgate_app.container.trust import trust_in
from lockgate_app.settings.cmp import CmpAliasTable, CmpProfile


def alias_subject(name: str) -> str:
    """What findings about the alias of that name are about."""
    return f"CMP alias {name}"


def check_alias(path: Path, name: str, alias: CmpAliasTable, ca: CaContainer) -> Iterator[Finding]:
    """Every rule about one table `[cmp.alias.NAME]` of the configuration `path`.

    Raises:
        LockgateError: a secret or file, or the database, cannot be read; or there is no such CA.
    """
    subject = alias_subject(name)
    yield from _senders(subject, path, alias)
    cmp_alias(name, alias)
    yield from _registration_authorities(subject, alias, ca)
    yield from _profiles(subject, alias, ca.inspection().profiles())
    yield _issuer(subject, alias.default_ca, ca)


def check_signer(name: str, ca_name: str, certificate: bytes, ca: CaContainer) -> Iterator[Finding]:
    """Whether the alias's CA has issued the DER certificate that signs answers: its clients may trust no other one."""
    issuers = ca.inspection().issuer_certificates(ca_name)
    if issuers and isinstance(trust_in(issuers).path(certificate), Rejected):
        told = f"another CA than {ca_name} has issued the certificate that signs answers"
        yield warning(alias_subject(name), f"{told}: clients that trust {ca_name} alone refuse them")


def _senders(subject: str, path: Path, alias: CmpAliasTable) -> Iterator[Finding]:
    in_clear = alias.reg_token_password or alias.subject_password is not None
    if in_clear:
        yield warning(subject, "reg_token_password or subject_password: passwords stand in clear in messages")
    if not (alias.certificates or alias.one_time_passwords or alias.vendor_cas or in_clear or _ra(alias)):
        lacking = "and without secrets, ra_certificates, ra_by_purpose and vendor_cas" if alias.mode == "ra" else ""
        text = f"mode {alias.mode}, with certificates and one_time_passwords both off"
        yield warning(subject, f"{', '.join(filter(None, (text, lacking)))}: nobody gets a certificate")
    for reference, secret in alias.secrets.items():
        yield from check_secret(subject, secret, path)
        if len(secret.reveal().encode()) < MIN_SECRET:
            short = f"the secret of {reference} is shorter than {MIN_SECRET} octets"
            yield warning(subject, f"{short}: a recorded message lets anybody guess it")
    if alias.hmac_sha1:
        yield warning(subject, "hmac_sha1 = true: MACs with SHA-1 are accepted")


def _ra(alias: CmpAliasTable) -> bool:
    """Whether anybody may speak for others."""
    return alias.mode == "ra" and bool(alias.secrets or alias.ra_certificates or alias.ra_by_purpose)


def _registration_authorities(subject: str, alias: CmpAliasTable, ca: CaContainer) -> Iterator[Finding]:
    for fingerprint in alias.ra_certificates:
        found = ca.inspection().certificates(CertificateQuery(fingerprint=fingerprint), Page(limit=1)).items
        if ca.inspection().is_workers(fingerprint):
            yield warning(subject, f"ra_certificates: {fingerprint}: it is a worker's, which authenticates nobody")
        elif not found:
            yield warning(subject, f"ra_certificates: {fingerprint}: no such certificate was issued here")
        elif found[0].standing is not CertificateStanding.GOOD:
            yield warning(subject, f"ra_certificates: {fingerprint}: the certificate is {found[0].standing}")


def _profiles(subject: str, alias: CmpAliasTable, profiles: ProfileSet) -> Iterator[Finding]:
    yield from _pair(subject, alias, alias.default_ca, profiles)
    for name, pair in alias.profiles.items():
        yield from _pair(f"{subject}, profile {name}", pair, alias.default_ca, profiles)


def _pair(subject: str, pair: CmpProfile, ca_name: str, profiles: ProfileSet) -> Iterator[Finding]:
    end_entity, chosen = profiles.end_entity.get(pair.end_entity_profile), pair.certificate_profile
    if chosen not in profiles.certificate:
        yield wrong(subject, f"certificateProfile: there is no certificate profile {chosen}")
    if end_entity is None:
        yield wrong(subject, f"entityProfile: there is no end entity profile {pair.end_entity_profile}")
        return
    authorities = end_entity.certification_authorities
    if chosen not in end_entity.certificate_profiles:
        yield wrong(subject, f"the end entity profile {pair.end_entity_profile} does not allow {chosen}")
    if authorities is not None and ca_name not in authorities:
        yield wrong(subject, f"the end entity profile {pair.end_entity_profile} does not allow the CA {ca_name}")


def _issuer(subject: str, ca_name: str, ca: CaContainer) -> Finding:
    if ca.inspection().authority(ca_name).status is not CaStatus.ACTIVE:
        return wrong(subject, f"defaultCA: the CA {ca_name} is offline: it issues nothing")
    return good(subject, f"the CA {ca_name} issues")
