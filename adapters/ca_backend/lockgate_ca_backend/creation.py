"""New CAs: created here, root or subordinate, or imported with their key and chain."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.altname import GeneralName
from lockgate.audit import AuditEvent, Event
from lockgate.dn import DistinguishedName
from lockgate.errors import CallerError
from lockgate.reasons import Rejected
from lockgate_ca_backend.certificates import CertificateContent, Validity, new_serial_number
from lockgate_ca_backend.conformity import judge_key
from lockgate_ca_backend.extensions import ExtensionTemplate, key_identifier
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.key_checks import SubjectKey, read_key
from lockgate_ca_backend.names import encode_name, read_name
from lockgate_ca_backend.profiles import CertificateProfile
from lockgate_ca_backend.signing import Signer
from lockgate_ca_backend.store.authorities import Issuer, NewCa, spki_of
from lockgate_ca_backend.store.certificates import CertificateRecord
from lockgate_ca_backend.unit_of_work import UnitOfWork


class Refused(CallerError):
    """The CA's own rules refuse what the administrator asked for.

    Attributes:
        rejected: the reason.
    """

    def __init__(self, rejected: Rejected) -> None:
        super().__init__(rejected.fail_info)
        self.rejected = rejected


class CaCreation:
    """Creates and imports CAs within a unit of work.

    Args:
        administrator: for the audit log.
    """

    def __init__(self, work: UnitOfWork, facilities: Facilities, administrator: str) -> None:
        self._work = work
        self._facilities = facilities
        self._administrator = administrator

    def create(
        self, name: str, subject: DistinguishedName, signer: Signer, profile_name: str, issuer_name: str | None
    ) -> bytes:
        """A root CA, or a subordinate one where `issuer_name` is given; returns the DER certificate.

        Raises:
            CallerError: there is such a CA, there is no such profile or issuer, or the issuer allows no CA below it.
            Refused: the issuer cannot sign now, or the key is weak.
        """
        profile = self._profile(profile_name)
        key = self._key(name, signer.spki(), profile)
        issuer = None if issuer_name is None else self._issuer(issuer_name, profile)
        content = self._content(subject, key, profile, issuer)
        certificate = content.signed_by(signer if issuer is None else issuer.signer)
        chain = [] if issuer is None else _split(issuer)
        self._store(name, signer, key, certificate, chain, profile_name, issuer_name or name)
        return certificate

    def import_ca(self, name: str, key: PrivateKeyTypes, certificate: bytes, chain: Sequence[bytes]) -> None:
        """A CA that was made elsewhere.

        Args:
            certificate: DER.
            chain: DER, from its issuer up to and including the root; empty for a root.

        Raises:
            CallerError: there is such a CA, or key, certificate and chain do not belong together.
            Refused: the key is weak.
        """
        signer, parsed = Signer(key), _parse((certificate, *chain))
        if spki_of(parsed[0]) != signer.spki():
            raise CallerError("the private key does not belong to the CA's certificate")
        _check_chain(parsed)
        if not Validity(parsed[0].not_valid_before_utc, parsed[0].not_valid_after_utc).covers(self._work.now()):
            raise CallerError("the CA's certificate is not valid at this time")
        subject_key = self._key(name, signer.spki(), None)
        self._store(name, signer, subject_key, certificate, chain, "", "")

    def _profile(self, name: str) -> CertificateProfile:
        profile = self._work.profiles.certificate_profile(name)
        if profile is None or not profile.certification_authority:
            raise CallerError(f"there is no certificate profile {name} for CAs")
        return profile

    def _key(self, name: str, spki: bytes, profile: CertificateProfile | None) -> SubjectKey:
        key = read_key(spki)
        if isinstance(key, Rejected):
            raise Refused(key)
        rejected = self._facilities.key_checks.judge(key) or (judge_key(key, profile) if profile else None)
        if rejected is not None:
            raise Refused(rejected)
        if name in self._work.authorities.outlines():
            raise CallerError(f"there is a CA {name} already")
        if not self._work.reserved_keys.claim(key.identity, name, distinct=True):
            raise CallerError("the CA's key is in use, or compromised")
        return key

    def _issuer(self, name: str, profile: CertificateProfile) -> Issuer:
        if name not in self._work.authorities.outlines():
            raise CallerError(f"there is no CA {name}")
        issuer = self._work.factory.active_issuer(name)
        if isinstance(issuer, Rejected):
            raise Refused(issuer)
        limit = _path_length(issuer.certificate)
        # RFC 5280, 4.2.1.9: how many intermediate CAs may follow the issuer.
        if limit is not None and (limit == 0 or (profile.path_length is not None and profile.path_length >= limit)):
            raise CallerError(f"the certificate of {name} allows no such CA below it (path length {limit})")
        return issuer

    def _content(
        self, subject: DistinguishedName, key: SubjectKey, profile: CertificateProfile, issuer: Issuer | None
    ) -> CertificateContent:
        start = self._work.now().replace(microsecond=0) - timedelta(seconds=profile.backdate_seconds)
        lifetime = timedelta(days=profile.validity_days)
        bounds = Validity(start, start + lifetime) if issuer is None else issuer.validity
        authority = key_identifier(key.digest) if issuer is None else issuer.key_identifier
        no_names: tuple[GeneralName, ...] = ()
        name = encode_name(subject)
        return CertificateContent(
            serial_number=new_serial_number(self._facilities.octets),
            issuer=name if issuer is None else issuer.subject,
            validity=bounds.within(self._work.now(), timedelta(seconds=profile.backdate_seconds), lifetime),
            subject=name,
            spki=key.spki,
            extensions=ExtensionTemplate(profile, authority).encode(key, no_names, empty_subject=False),
        )

    def _store(
        self,
        name: str,
        signer: Signer,
        key: SubjectKey,
        certificate: bytes,
        chain: Sequence[bytes],
        profile_name: str,
        issuer_name: str,
    ) -> None:
        parsed = x509.load_der_x509_certificate(certificate)
        fingerprint = _fingerprint(certificate)
        sealed = self._facilities.sealer.seal(signer.key, name, key.spki)
        self._work.authorities.add(
            NewCa(name, fingerprint, key.identity, certificate, chain, sealed), self._work.milliseconds()
        )
        if issuer_name:
            self._work.certificates.add(self._record(name, parsed, key, profile_name, issuer_name))
        subject = str(read_name(parsed.subject))
        details = {"fingerprint": fingerprint, "subject": subject, "issuer": issuer_name or "imported"}
        self._work.audit(AuditEvent(Event.CA_CREATED, self._administrator, name, details))

    def _record(
        self, name: str, certificate: x509.Certificate, key: SubjectKey, profile_name: str, issuer_name: str
    ) -> CertificateRecord:
        der = certificate.public_bytes(Encoding.DER)
        return CertificateRecord(
            fingerprint=_fingerprint(der),
            ca_name=issuer_name,
            serial_number=certificate.serial_number,
            username=name,
            end_entity_profile="",
            certificate_profile=profile_name,
            subject_dn=str(read_name(certificate.subject)),
            key_digest=key.identity,
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            requester=self._administrator,
            requester_fingerprint=None,
            operation=f"create CA {_fingerprint(der)}",
            certificate=der,
        )


def _fingerprint(certificate: bytes) -> str:
    return hashlib.sha256(certificate).hexdigest()


def _split(issuer: Issuer) -> list[bytes]:
    return [issuer.certificate.public_bytes(Encoding.DER), *issuer.chain]


def _parse(certificates: Sequence[bytes]) -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(der) for der in certificates]
    except ValueError:
        raise CallerError("a certificate of the CA or its chain cannot be read") from None


def _check_chain(certificates: Sequence[x509.Certificate]) -> None:
    """Each is a CA's and signed by the next one, the last one by itself (RFC 5280, 6.1)."""
    for depth, certificate in enumerate(certificates):
        issuer = certificates[min(depth + 1, len(certificates) - 1)]
        try:
            certificate.verify_directly_issued_by(issuer)
        except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
            raise CallerError("each certificate must be signed by the next one, the last one by itself") from None
        if not _is_ca(certificate):
            raise CallerError("a certificate may not sign certificates and CRLs: it is no CA's")
        limit = _path_length(certificate)
        if limit is not None and limit < depth - 1:
            raise CallerError("a certificate of the chain allows no CA so far below it (path length)")


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return constraints.ca and usage.key_cert_sign and usage.crl_sign


def _path_length(certificate: x509.Certificate) -> int | None:
    return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
