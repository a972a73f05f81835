"""Certificates of keystores: issued by `raissuer`, meant for what they are used for, and not about to expire."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from lockgate.ports import CertificateTrust
from lockgate.reasons import Rejected
from lockgate.rights.authorization import Member, Role
from lockgate.rights.signer import TrustedCertificate
from lockgate_app.checks.finding import Finding, good, wrong
from lockgate_keys.expiry import NOTICE

ISSUE = "have a new one issued, by `lockgate keystore issue` on the CA's host"
RENEW = f"{ISSUE}, or by `lockgate keystore renew` on an RA's host for its own"
"""What to do about a certificate that has ended, and one that soon will."""


def check_certificate(
    subject: str,
    certificate: bytes,
    trust: CertificateTrust,
    issuer: str,
    now: datetime,
    *,
    decrypts: bool = True,
) -> Iterator[Finding]:
    """Every rule about one DER certificate.

    Args:
        issuer: the name, in this configuration, of the CA that must have issued it.
        now: UTC.
        decrypts: whether its key decrypts, too; every key signs.
    """
    trusted = trust.path(certificate)
    if isinstance(trusted, Rejected):
        yield wrong(subject, f"the certificate was not issued by {issuer}")
        return
    yield good(subject, f"{trusted.subject_dn}, issued by {issuer}")
    yield from _usages(subject, trusted, decrypts=decrypts)
    yield _validity(subject, trusted, now)


def check_purpose(subject: str, certificate: bytes, trust: CertificateTrust) -> Iterator[Finding]:
    """Whether a signer's DER certificate that `trust` accepts may sign requests, by its Extended Key Usage."""
    trusted = trust.path(certificate)
    if isinstance(trusted, TrustedCertificate) and not trusted.request_purpose:
        yield wrong(subject, "the certificate may sign no requests: its Extended Key Usage needs cmcRA or clientAuth")


def _usages(subject: str, certificate: TrustedCertificate, *, decrypts: bool) -> Iterator[Finding]:
    needed = [("digitalSignature", "to sign", certificate.digital_signature)]
    if decrypts:
        needed.append(("keyEncipherment", "to decrypt", certificate.key_encipherment))
    lacking = [f"{usage} ({purpose})" for usage, purpose, there in needed if not there]
    if lacking:
        yield wrong(subject, f"the certificate lacks the key usage {' and '.join(lacking)}")
    else:
        usages = " and ".join(usage for usage, *_ in needed)
        yield good(subject, f"key usage{'s' if decrypts else ''} {usages}")


def _validity(subject: str, certificate: TrustedCertificate, now: datetime) -> Finding:
    end = f"{certificate.not_after:%Y-%m-%d %H:%M} UTC"
    if now < certificate.not_before:
        return wrong(subject, f"the certificate is not valid before {certificate.not_before:%Y-%m-%d %H:%M} UTC")
    if now > certificate.not_after:
        return wrong(
            subject,
            f"the certificate expired at {end}: have a new one issued on the CA's host, by `lockgate keystore issue`",
        )
    if certificate.not_after - now < NOTICE:
        return wrong(subject, f"the certificate expires soon, at {end}: {RENEW}")
    return good(subject, f"valid until {end}")


def check_in_no_role(subject: str, keystore: Path, certificate: bytes, roles: Sequence[Role]) -> Iterator[Finding]:
    """A worker's certificate authenticates nobody: one that shall do so is an RA's or an administrator's.

    Args:
        keystore: the file that holds it.
    """
    member = Member(sha256(certificate).hexdigest())
    for role in roles:
        if member in role.members:
            why = "a worker's certificate authenticates nobody: issue another keystore for whoever needs that role"
            yield wrong(subject, f"the certificate in {keystore.name} is a member of the role {role.name}; {why}")
