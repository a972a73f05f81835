"""New CAs: created here, root or subordinate, or imported with their key and chain."""

from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from lockgate.administration.authorities import PROGRAM, RefusedByCa
from lockgate.audit import AuditEvent, Event
from lockgate.errors import CallerError
from lockgate.names.dn import DistinguishedName
from lockgate.reasons import Rejected
from lockgate_ca_backend.ca_certification import CaCertification, fingerprint_of, path_length
from lockgate_ca_backend.certificates import Validity
from lockgate_ca_backend.issued_before import Found, IssuedBefore
from lockgate_ca_backend.last_crl import read_last_crl
from lockgate_ca_backend.revocation import listed
from lockgate_ca_backend.signing import CaKey, form_of
from lockgate_ca_backend.store.authorities import NewGeneration
from lockgate_formats.names import encode_name, read_name
from lockgate_formats.public_keys import SubjectKey, certificate_key
from lockgate_formats.strictness import CERTIFICATE_ERRORS

__all__ = ["CaCreation", "RefusedByCa"]


class CaCreation(CaCertification):
    """Creates and imports CAs within a unit of work."""

    def create(
        self, name: str, subject: DistinguishedName, signer: CaKey, profile_name: str, issuer_name: str | None
    ) -> bytes:
        """A root CA, or a subordinate one where `issuer_name` is given; returns the DER certificate.

        Raises:
            CallerError: there is such a CA, there is no such profile or issuer, or the issuer allows no CA below it.
            RefusedByCa: the issuer cannot sign now, or the key is weak.
        """
        self._check_new(name)
        profile = self._profile(profile_name)
        key = self._key(name, signer.spki(), profile)
        issuer = None if issuer_name is None else self._issuer(issuer_name, profile)
        content = self._content(encode_name(subject), key, profile, issuer)
        certificate = content.signed_by(signer if issuer is None else issuer.signer)
        chain = () if issuer is None else issuer.certificates
        self._store(name, signer, key, certificate, chain, profile_name, issuer_name or name)
        return certificate

    def import_ca(
        self,
        name: str,
        key: PrivateKeyTypes,
        certificate: bytes,
        chain: Sequence[bytes],
        crl: bytes | None,
        issued: Iterable[Found],
    ) -> int:
        """Import a CA that was made elsewhere; returns how many of the certificates that it had issued were imported.

        Args:
            certificate: DER.
            chain: DER, from its issuer up to and including the root; empty for a root.
            crl: DER, the last full CRL; None if it has issued none.
            issued: certificates that it has issued.

        Raises:
            CallerError: there is such a CA, key, certificate and chain do not belong together, the CRL is not a full
                one that the CA has signed, or a certificate is none that it has issued.
            RefusedByCa: the key is weak, or the certificate writes its curve out as parameters.
        """
        self._check_new(name)
        signer, parsed = CaKey(key), _parse((certificate, *chain))
        certified = certificate_key(certificate)
        if isinstance(certified, Rejected):
            raise RefusedByCa(certified)
        if certified.spki != signer.spki():
            raise CallerError("the private key does not belong to the CA's certificate")
        _check_chain(parsed)
        if not Validity(parsed[0].not_valid_before_utc, parsed[0].not_valid_after_utc).covers(self._work.now()):
            raise CallerError("the CA's certificate is not valid at this time")
        subject_key = self._key(name, signer.spki(), None)
        last = None if crl is None else read_last_crl(name, crl, parsed[0])
        self._store(name, signer, subject_key, certificate, chain, "", "", 0 if last is None else last.number)
        revoked = {} if last is None else dict(listed(last.crl))
        before = IssuedBefore(self._work, name, parsed[0], subject_key, revoked, self._administrator)
        count = before.take(issued)
        if last is not None:
            self._work.store.crls.add(last)
            self._work.store.certificates.import_revocations(name, revoked.values())
        if count:
            self._work.audit(AuditEvent(Event.CERTIFICATES_IMPORTED, self._administrator, name, {"count": str(count)}))
        return count

    def register(self, name: str, issuer: str, certificate: bytes, chain: Sequence[bytes]) -> None:
        """A CA whose key is not in the registry.

        Args:
            issuer: the name of the remote issuer that signs, or `PROGRAM`.
            certificate: DER.
            chain: DER, from its issuer up to and including the root; empty for a root.

        Raises:
            CallerError: there is such a CA, or certificate and chain do not belong together.
            RefusedByCa: the key is weak.
            KeystoreError: `PROGRAM` is to sign with a kind of key that no CA has inside the transaction.
        """
        self._check_new(name)
        parsed = _parse((certificate, *chain))
        certified = certificate_key(certificate)
        if isinstance(certified, Rejected):
            raise RefusedByCa(certified)
        if issuer == PROGRAM:
            form_of(parsed[0].public_key())
        _check_chain(parsed)
        self._key(name, certified.spki, None)
        first = NewGeneration(name, 1, fingerprint_of(certificate), certified.identity, certificate, chain, b"")
        self._work.store.authorities.add(first, self._work.store.milliseconds, issuer=issuer)
        details = {"fingerprint": first.fingerprint, "subject": str(read_name(parsed[0].subject)), "issuer": issuer}
        self._work.audit(AuditEvent(Event.CA_CREATED, self._administrator, name, details))

    def _check_new(self, name: str) -> None:
        if name in self._work.store.authorities.outlines():
            raise CallerError(f"there is a CA {name} already")

    def _store(
        self,
        name: str,
        signer: CaKey,
        key: SubjectKey,
        certificate: bytes,
        chain: Sequence[bytes],
        profile_name: str,
        issuer_name: str,
        crl_number: int = 0,
    ) -> None:
        first = self._generation(name, 1, signer, key, certificate, chain)
        self._work.store.authorities.add(first, self._work.store.milliseconds, crl_number)
        parsed = x509.load_der_x509_certificate(certificate)
        if issuer_name:
            self._work.store.certificates.add(self._record(name, parsed, key.identity, profile_name, issuer_name))
        subject = str(read_name(parsed.subject))
        details = {"fingerprint": first.fingerprint, "subject": subject, "issuer": issuer_name or "imported"}
        if not issuer_name:
            details["crl"] = str(crl_number)
        self._work.audit(AuditEvent(Event.CA_CREATED, self._administrator, name, details))


def _parse(certificates: Sequence[bytes]) -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(der) for der in certificates]
    except CERTIFICATE_ERRORS:
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
            raise CallerError(
                f"certificate {depth + 1}, {certificate.subject.rfc4514_string()!a}, is no CA's: basicConstraints must"
                " say CA:TRUE, and keyUsage, where it is there, keyCertSign and cRLSign (RFC 5280, 4.2.1.3)"
            )
        limit = path_length(certificate)
        if limit is not None and limit < depth - 1:
            raise CallerError("a certificate of the chain allows no CA so far below it (path length)")


def _is_ca(certificate: x509.Certificate) -> bool:
    """A key may be used for everything where keyUsage is absent, as in roots that openssl has made."""
    try:
        extensions = certificate.extensions
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
    except (x509.ExtensionNotFound, *CERTIFICATE_ERRORS):
        return False
    usages = [one.value for one in extensions if isinstance(one.value, x509.KeyUsage)]
    return constraints.ca and all(usage.key_cert_sign and usage.crl_sign for usage in usages)
