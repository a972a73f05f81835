"""Certificates of CAs: the common part of new CAs and next generations of CAs."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.administration.authorities import RefusedByCa
from lockgate.certification.endentity import Possession
from lockgate.certification.key_fate import Fate
from lockgate.errors import CallerError
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.conformity import judge_key
from lockgate.reasons import Rejected
from lockgate_ca_backend.certificates import CertificateContent, Validity, new_serial_number
from lockgate_ca_backend.extensions import ExtensionTemplate, key_identifier
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork
from lockgate_ca_backend.signing import CaKey
from lockgate_ca_backend.store.authorities import IssuingCa, NewGeneration
from lockgate_ca_backend.store.certificates import CertificateRecord
from lockgate_ca_backend.store.reserved_keys import Claim
from lockgate_formats.names import read_name
from lockgate_formats.public_keys import SubjectKey, read_key

_UNFIT = {
    Fate.CONDEMNED: "the CA's key was reported as compromised",
    Fate.IN_DOUBT: "the CA's key is in doubt: it was reported as compromised by somebody who may not have known",
}
"""Why a CA gets no certificate for a key of that fate."""


class CaCertification:
    """Certifies CAs within a unit of work.

    Args:
        administrator: for the audit log.
    """

    def __init__(self, work: UnitOfWork, facilities: Facilities, administrator: str) -> None:
        self._work = work
        self._facilities = facilities
        self._administrator = administrator

    def _profile(self, name: str) -> CertificateProfile:
        profile = self._work.store.profiles.certificate_profile(name)
        if profile is None or not profile.certification_authority:
            raise CallerError(f"there is no certificate profile {name} for CAs")
        return profile

    def _key(self, name: str, spki: bytes, profile: CertificateProfile | None) -> SubjectKey:
        key = read_key(spki)
        if isinstance(key, Rejected):
            raise RefusedByCa(key)
        rejected = self._facilities.key_checks.judge(key)
        if profile and not rejected:
            rejected = judge_key(key.kind, key.bits, profile)
        if rejected is not None:
            raise RefusedByCa(rejected)
        if problem := _UNFIT.get(self._work.store.key_fates.of(key.identity).fate):
            raise CallerError(problem)
        claim = Claim(key.identity, name, distinct=True, possession=Possession.MADE)
        if not self._work.store.reserved_keys.grant(claim):
            raise CallerError("the CA's key is in use: another CA or an end entity has it")
        return key

    def _issuer(self, name: str, profile: CertificateProfile) -> IssuingCa:
        if name not in self._work.store.authorities.outlines():
            raise CallerError(f"there is no CA {name}")
        issuer = self._work.store.factory.active_issuer(name)
        if isinstance(issuer, Rejected):
            raise RefusedByCa(issuer)
        limit = path_length(issuer.certificate)
        # RFC 5280, 4.2.1.9: how many intermediate CAs may follow the issuer.
        if limit is not None and (limit == 0 or (profile.path_length is not None and profile.path_length >= limit)):
            raise CallerError(f"the certificate of {name} allows no such CA below it (path length {limit})")
        return issuer

    def _content(
        self,
        subject: bytes,
        key: SubjectKey,
        profile: CertificateProfile,
        issuer: IssuingCa | None,
        *,
        starts: datetime | None = None,
        generation: int = 1,
    ) -> CertificateContent:
        """Without an issuer a root's; valid from `starts`, or from the profile's time before now."""
        now = (starts or self._work.now()).replace(microsecond=0)
        backdate = timedelta() if starts else timedelta(seconds=profile.backdate_seconds)
        lifetime = timedelta(days=profile.validity_days)
        bounds = Validity(now - backdate, now - backdate + lifetime) if issuer is None else issuer.validity
        if not bounds.covers(now):
            raise CallerError("the issuer's certificate is not valid at the start")
        authority = key_identifier(key.digest) if issuer is None else issuer.key_identifier
        template = ExtensionTemplate(profile, authority, generation if issuer is None else issuer.generation)
        return CertificateContent(
            serial_number=new_serial_number(self._facilities.octets),
            issuer=subject if issuer is None else issuer.subject,
            validity=bounds.within(now, backdate, lifetime),
            subject=subject,
            spki=key.spki,
            extensions=template.encode(key, None, empty_subject=False),
        )

    def _generation(
        self, name: str, number: int, signer: CaKey, key: SubjectKey, certificate: bytes, chain: Sequence[bytes]
    ) -> NewGeneration:
        sealed = self._facilities.sealer.seal(signer.key, name, key.spki)
        return NewGeneration(name, number, fingerprint_of(certificate), key.identity, certificate, chain, sealed)

    def _record(
        self, name: str, certificate: x509.Certificate, key_digest: str, profile_name: str, issuer_name: str
    ) -> CertificateRecord:
        der = certificate.public_bytes(Encoding.DER)
        return CertificateRecord(
            fingerprint=fingerprint_of(der),
            ca_name=issuer_name,
            serial_number=certificate.serial_number,
            username=name,
            end_entity_profile="",
            certificate_profile=profile_name,
            subject_dn=str(read_name(certificate.subject)),
            key_digest=key_digest,
            possession=Possession.MADE,
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            requester=self._administrator,
            requester_fingerprint=None,
            operation=f"certify CA {fingerprint_of(der)}",
            certificate=der,
        )


def fingerprint_of(certificate: bytes) -> str:
    """SHA-256 over the DER certificate, lower-case hexadecimal."""
    return hashlib.sha256(certificate).hexdigest()


def path_length(certificate: x509.Certificate) -> int | None:
    """How many intermediate CAs may follow the CA of `certificate`; None for any number."""
    return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
