"""Orders: from an end entity and a verified request to an order for a CA, or the reason for a refusal.

Everything is judged before anything is written. The sequence: CA, profiles, names, key, and at last the facts about the
key that only the database knows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lockgate.administration.authorities import CaStatus
from lockgate.certification.endentity import EndEntity
from lockgate.errors import InvalidName
from lockgate.ports import Order
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.conformity import Registration, judge_key, judge_registration
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.certificates import new_serial_number
from lockgate_ca_backend.extensions import ExtensionTemplate
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.store.authorities import AuthorityTable, IssuingCa
from lockgate_ca_backend.store.profiles import ProfileTable
from lockgate_formats.names import encode_general_names, encode_name
from lockgate_formats.public_keys import SubjectKey, read_key


@dataclass(frozen=True, slots=True)
class Conforming:
    """An end entity that its profiles allow; only `Registrar.judge` makes one.

    Attributes:
        subject: its DER Name.
        alternative_names: its DER GeneralNames; None where it has none.
    """

    end_entity: EndEntity
    profile: CertificateProfile
    subject: bytes
    alternative_names: bytes | None


class Registrar:
    """Judges end entities against the stored CAs and profiles."""

    def __init__(self, authorities: AuthorityTable, profiles: ProfileTable) -> None:
        self._authorities = authorities
        self._profiles = profiles

    def judge(self, end_entity: EndEntity) -> Conforming | Rejected:
        """Rejections: `unknown_ca`, `unknown_profile`, `profile_violation`."""
        if end_entity.ca_name not in self._authorities.outlines():
            return Rejected(Reason.UNKNOWN_CA, f"{end_entity.ca_name!a}")
        profiles = self._profiles.pair(end_entity.end_entity_profile, end_entity.certificate_profile)
        if isinstance(profiles, str):
            return Rejected(Reason.UNKNOWN_PROFILE, f"{profiles!a}")
        if rejected := judge_registration(Registration(end_entity, *profiles)):
            return rejected
        try:
            subject = encode_name(end_entity.subject_dn)
        except InvalidName as error:
            return Rejected(Reason.PROFILE_VIOLATION, f"subject_dn: {error}.")
        try:
            names = encode_general_names(end_entity.subject_alt_name) if end_entity.subject_alt_name else None
        except InvalidName as error:
            return Rejected(Reason.PROFILE_VIOLATION, f"subject_alt_name: {error}.")
        return Conforming(end_entity, profiles[1], subject, names)


class OrderFactory:
    """Resolves the content of certificates, in one transaction."""

    def __init__(
        self, facilities: Facilities, authorities: AuthorityTable, profiles: ProfileTable, now: datetime
    ) -> None:
        self._facilities = facilities
        self._authorities = authorities
        self._profiles = profiles
        self._now = now

    def judge_key(self, public_key: bytes, profile: CertificateProfile) -> SubjectKey | Rejected:
        """Read and judge a DER SubjectPublicKeyInfo. Rejections: `weak_key`, `profile_violation`."""
        key = read_key(public_key)
        if isinstance(key, Rejected):
            return key
        if rejected := self._facilities.key_checks.judge(key) or judge_key(key.kind, key.bits, profile):
            return rejected
        if self._authorities.holds_key(key.identity):
            return Rejected(Reason.WEAK_KEY, "The key is a CA's own.")
        return key

    def active_issuer(self, name: str, generation: int | None = None) -> IssuingCa | Rejected:
        """The CA of that name, which exists, if it can sign now. The rejection is `ca_not_active`.

        Args:
            generation: the number of one, which exists; the current one by default.
        """
        outline = self._authorities.outlines()[name]
        if outline.status is not CaStatus.ACTIVE:
            return Rejected(Reason.CA_NOT_ACTIVE)
        if generation is not None and generation > outline.generation:
            return Rejected(Reason.CA_NOT_ACTIVE, "The next certificate of the CA has not taken over.")
        issuer = self._authorities.issuer(name, generation)
        if not issuer.validity.covers(self._now):
            return Rejected(Reason.CA_NOT_ACTIVE, "The CA's certificate is not valid at this time.")
        return issuer

    def order(
        self,
        operation: str,
        conforming: Conforming,
        key: SubjectKey,
        issuer: IssuingCa,
        serial_number: int | None = None,
    ) -> Order:
        """The content of the certificate, after everything was judged.

        Args:
            serial_number: None for a random one.
        """
        profile, end_entity = conforming.profile, conforming.end_entity
        validity = issuer.validity.within(
            self._now, timedelta(seconds=profile.backdate_seconds), timedelta(days=profile.validity_days)
        )
        template = self._template(end_entity.certificate_profile, profile, issuer)
        return Order(
            operation=operation,
            ca_name=issuer.name,
            ca_certificate=issuer.fingerprint,
            serial_number=serial_number or new_serial_number(self._facilities.octets),
            subject=conforming.subject,
            public_key=key.spki,
            not_before=validity.not_before,
            not_after=validity.not_after,
            extensions=template.encode(
                key, conforming.alternative_names, empty_subject=not end_entity.subject_dn.attributes
            ),
            issuer=self._authorities.outlines()[issuer.name].remote,
            certificate_profile=end_entity.certificate_profile,
        )

    def _template(self, name: str, profile: CertificateProfile, issuer: IssuingCa) -> ExtensionTemplate:
        templates = self._facilities.extensions
        digest = self._profiles.digest(CertificateProfile, name) or ""
        key = (digest, self._authorities.outlines()[issuer.name].fingerprint)
        if key not in templates:
            templates[key] = ExtensionTemplate(profile, issuer.key_identifier, issuer.generation)
        return templates[key]
