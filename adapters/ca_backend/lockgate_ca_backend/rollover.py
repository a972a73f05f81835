"""CA rollover: a next key and certificate, announced before they take over, and the root's cross certificates.

The next generation has the CA's subject, a key of its own, and signs nothing. `activate` makes it the current one in
one transaction; the generation before keeps its key for the CRLs that verifiers of its certificates accept. Where the
CA is a root, the two sign each other then (RFC 9810, 4.4).
"""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.administration.authorities import CaStatus, RefusedByCa
from lockgate.audit import AuditEvent, Event
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.ca_certification import CaCertification, fingerprint_of
from lockgate_ca_backend.certificates import Validity, new_serial_number
from lockgate_ca_backend.revocation import authority_key_identifier
from lockgate_ca_backend.signing import CaKey, CaPrivateKey
from lockgate_ca_backend.store.authorities import CaOutline, CrossCertificates, GenerationOutline, IssuingCa


class CaRollover(CaCertification):
    """Prepares, drops and lets take over next generations, within a unit of work."""

    def prepare(self, name: str, signer: CaKey, profile_name: str | None, starts: datetime | None) -> bytes:
        """A next generation with the key of `signer`; returns its DER certificate.

        Args:
            profile_name: None for the current certificate's profile, or else ROOTCA or SUBCA.
            starts: UTC; None for a certificate that is valid at once.

        Raises:
            CallerError: there is no such CA or profile, there is a next generation already, the CA's issuer is not
                here or allows no such CA, or the start does not fit.
            RefusedByCa: the CA or its issuer cannot sign now, or the key is weak.
        """
        outline, current = self._active(name), self._work.store.authorities.issuer(name)
        if outline.next is not None:
            raise CallerError(f"CA {name} has a next certificate already: activate or cancel that")
        if starts is not None and starts < self._work.now():
            raise CallerError("the start lies in the past: leave it out for a certificate that is valid at once")
        above, number = self._above(current), outline.generation + 1
        profile_name = profile_name or self._profile_name(outline, above)
        profile = self._profile(profile_name)
        key = self._key(name, signer.spki(), profile)
        issuer = None if above is None else self._issuer(above, profile)
        content = self._content(current.subject, key, profile, issuer, starts=starts, generation=number)
        certificate = content.signed_by(signer if issuer is None else issuer.signer)
        new = self._generation(name, number, signer, key, certificate, () if issuer is None else issuer.certificates)
        self._work.store.authorities.add_generation(new, self._work.store.milliseconds)
        parsed = x509.load_der_x509_certificate(certificate)
        self._work.store.certificates.add(self._record(name, parsed, key.identity, profile_name, above or name))
        self._audit("prepared", name, number, new.fingerprint)
        return certificate

    def activate(self, name: str) -> bytes:
        """Make the next generation the current one; returns its DER certificate.

        Raises:
            CallerError: there is no such CA or no next generation, or its certificate is not valid now or revoked.
            RefusedByCa: the CA cannot sign now.
            KeyAway, TokenAway: the next key does not sign now; the current one stays.
            Conflict: another transaction was faster.
        """
        self._active(name)
        following, current = self._next(name), self._work.store.authorities.issuer(name)
        issuer = self._work.store.authorities.issuer(name, following.number)
        if not issuer.validity.covers(self._work.now()):
            validity = issuer.validity
            raise CallerError(
                f"the next certificate of CA {name} is valid from {validity.not_before} to {validity.not_after}"
            )
        if self._work.store.certificates.standing(following.fingerprint) is not CertificateStanding.GOOD:
            raise CallerError(f"the next certificate of CA {name} is revoked: cancel it")
        issuer.signer.prove()
        crossed = (
            None if issuer.chain or not current.validity.covers(self._work.now()) else self._cross(current, issuer)
        )
        self._work.store.authorities.take_over(following, crossed)
        self._audit("activated", name, following.number, following.fingerprint)
        return issuer.certificates[0]

    def cancel(self, name: str) -> CaPrivateKey | None:
        """Remove the next generation with its key, and revoke its certificate; returns the key, if it is here.

        Raises:
            CallerError: there is no such CA or no next generation.
            Conflict: another transaction was faster.
        """
        self._outline(name)
        following = self._next(name)
        removed = self._work.store.authorities.issuer(name, following.number).key
        self._work.store.authorities.drop(following)
        found = self._work.store.certificates.find_locked(fingerprint=following.fingerprint)
        if found is not None and found.facts.standing is not CertificateStanding.REVOKED:
            self._work.certificates.revoke(found.facts, RevocationReason.CESSATION_OF_OPERATION, self._administrator)
        self._audit("cancelled", name, following.number, following.fingerprint)
        return None if removed is None else removed.key

    def _outline(self, name: str) -> CaOutline:
        found = self._work.store.authorities.outlines().get(name)
        if found is None:
            raise CallerError(f"there is no CA {name}")
        return found

    def _active(self, name: str) -> CaOutline:
        """The CA, if it is switched on. Its certificate may have ended: a next one replaces it."""
        outline = self._outline(name)
        if outline.status is not CaStatus.ACTIVE:
            raise RefusedByCa(Rejected(Reason.CA_NOT_ACTIVE))
        return outline

    def _next(self, name: str) -> GenerationOutline:
        following = self._outline(name).next
        if following is None:
            raise CallerError(f"CA {name} has no next certificate: prepare one")
        return following

    def _above(self, current: IssuingCa) -> str | None:
        """The name of the CA that signed the current certificate; None for a root."""
        if not current.chain:
            return None
        above = self._work.store.authorities.holding(fingerprint_of(current.chain[0]))
        if above is None:
            raise CallerError(f"the CA that certifies {current.name} is not here: it cannot sign a next certificate")
        return above

    def _profile_name(self, outline: CaOutline, above: str | None) -> str:
        recorded = self._work.store.certificates.profile_name(outline.fingerprint)
        return recorded or ("ROOTCA" if above is None else "SUBCA")

    def _cross(self, old: IssuingCa, new: IssuingCa) -> CrossCertificates:
        ends = min(old.validity.not_after, new.validity.not_after)
        shared = Validity(max(old.validity.not_before, new.validity.not_before), ends)
        return CrossCertificates(
            old_with_new=self._crossed(old, new, Validity(old.validity.not_before, ends)),
            new_with_old=self._crossed(new, old, shared),
        )

    def _crossed(self, subject: IssuingCa, issuer: IssuingCa, validity: Validity) -> bytes:
        """The certificate of `subject`, signed by `issuer` instead of itself."""
        own = subject.certificate
        builder = (
            x509.CertificateBuilder()
            .subject_name(own.subject)
            .issuer_name(issuer.certificate.subject)
            .public_key(own.public_key())
            .serial_number(new_serial_number(self._facilities.octets))
            .not_valid_before(validity.not_before)
            .not_valid_after(validity.not_after)
            .add_extension(authority_key_identifier(issuer.certificate), critical=False)
        )
        for extension in own.extensions:
            if extension.oid != x509.AuthorityKeyIdentifier.oid:
                builder = builder.add_extension(extension.value, extension.critical)
        certificate = builder.sign(issuer.signer.key, issuer.signer.digest)
        outline = self._outline(subject.name).generations[subject.generation]
        self._work.store.certificates.add(self._record(subject.name, certificate, outline.key_digest, "", subject.name))
        return certificate.public_bytes(Encoding.DER)

    def _audit(self, step: str, name: str, generation: int, fingerprint: str) -> None:
        details = {"step": step, "generation": str(generation), "fingerprint": fingerprint}
        self._work.audit(AuditEvent(Event.CA_ROLLOVER, self._administrator, name, details))
