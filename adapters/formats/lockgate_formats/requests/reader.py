"""Certificate requests: read strictly, their proof of possession verified.

The subject and the requested extensions are ignored: the registration decides on names, the profile on extensions. Only
alternative names are read: the core uses them if the registration names none. For every content of a request, the
result is a value, never an exception.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import AttributeOID, SignatureAlgorithmOID

from lockgate.certification.endentity import CertificationRequest, Possession
from lockgate.ports import CertificateRequests
from lockgate.reasons import Reason, Rejected
from lockgate.requests.submessages import RequestKind
from lockgate.requests.textual import der_of
from lockgate_formats.public_keys import SubjectKey, certificate_key, read_key, request_key
from lockgate_formats.requests.crmf import read_crmf
from lockgate_formats.requests.pkcs10 import load_pkcs10
from lockgate_formats.requests.pkcs10_octets import require_few_members
from lockgate_formats.requests.possession import STRONG_DIGESTS, WEAK, judge_signature
from lockgate_formats.requests.requested_names import names_in_pkcs10
from lockgate_formats.requests.spkac import read_spkac

MAX_OCTETS = 64 * 1024
MAX_CHALLENGE_OCTETS = 1024
Reader = Callable[[bytes], CertificationRequest | Rejected]
_OLD = replace(WEAK, internal="RSA with SHA-1; the worker's legacy_devices is off")
_FAILURES = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion)


class RequestReader(CertificateRequests):
    """Reads requests with RSA, ECDSA and Ed25519 keys; signatures need SHA-256 or better.

    Args:
        max_octets: longer requests, as DER or as text, are not parsed.
        legacy: a PKCS#10 may prove possession of its RSA key with SHA-1. Nothing else may: no other kind of request,
            and no key that vouches for another (`read_renewal`).
    """

    def __init__(self, max_octets: int = MAX_OCTETS, *, legacy: bool = False) -> None:
        self._max_octets = max_octets
        pkcs10: Reader = partial(_read_pkcs10, legacy=legacy)
        self._readers: Mapping[RequestKind, Reader] = {**_READERS, RequestKind.PKCS10: pkcs10}

    def read(self, kind: RequestKind, octets: bytes) -> CertificationRequest | Rejected:
        """The request's key, a PKCS#10's challenge password, and the alternative names that it or a CRMF asks for.

        Rejections: `bad_certificate_request` (it cannot be read), `bad_proof_of_possession` (the signature is wrong),
        `unaccepted_algorithm` (it was made with a digest weaker than SHA-256).
        """
        return self._guarded(self._readers[kind], octets)

    def read_renewal(self, octets: bytes, certificate: bytes) -> CertificationRequest | Rejected:
        """The key of a PKCS#10, if the key of the DER `certificate` has signed it. Rejections as for `read`."""
        return self._guarded(lambda der: _read_renewal(der, certificate), octets)

    def _guarded(self, reader: Reader, octets: bytes) -> CertificationRequest | Rejected:
        if len(octets) > self._max_octets:
            return Rejected(Reason.BAD_CERTIFICATE_REQUEST, f"It has more than {self._max_octets} octets.")
        try:
            return reader(der_of(octets))
        except _FAILURES as error:
            return Rejected(Reason.BAD_CERTIFICATE_REQUEST, internal=str(error)[:200])


def _read_pkcs10(der: bytes, *, legacy: bool) -> CertificationRequest | Rejected:
    request, signed = _loaded(der)
    refused = _judge_algorithm(request, legacy=legacy)
    if refused:
        return refused
    key = request_key(der)
    if isinstance(key, Rejected):
        return key
    return _judge(request, signed, key) or CertificationRequest(
        public_key=key.spki,
        possession=Possession.PROVEN,
        challenge_password=(password := _challenge_password(request)),
        alternative_names=names_in_pkcs10(der),
        pkcs10=der if password is None else None,
    )


def _judge(request: x509.CertificateSigningRequest, signed: bytes, key: SubjectKey) -> Rejected | None:
    """Whether `key` has signed the request."""
    scheme, digest = request.signature_algorithm_parameters, request.signature_hash_algorithm
    return judge_signature(key, request.signature, signed, scheme, digest)


def _loaded(der: bytes) -> tuple[x509.CertificateSigningRequest, bytes]:
    """The request, and what its signature must be over."""
    require_few_members(der)
    return load_pkcs10(der)


def _read_renewal(der: bytes, certificate: bytes) -> CertificationRequest | Rejected:
    request, signed = _loaded(der)
    if not _is_strong(request):
        return WEAK
    old = certificate_key(certificate)
    if isinstance(old, Rejected):
        return old
    new = request_key(der)
    if isinstance(new, Rejected):
        return new
    possession = Possession.PROVEN if new == old else Possession.NONE
    return _judge(request, signed, old) or CertificationRequest(public_key=new.spki, possession=possession)


def _read_public_key(der: bytes) -> CertificationRequest | Rejected:
    key = read_key(der)
    return key if isinstance(key, Rejected) else CertificationRequest(public_key=key.spki)


_READERS: Mapping[RequestKind, Reader] = {
    RequestKind.CRMF: read_crmf,
    RequestKind.SPKAC: read_spkac,
    RequestKind.PUBLIC_KEY: _read_public_key,
}


def _judge_algorithm(request: x509.CertificateSigningRequest, *, legacy: bool) -> Rejected | None:
    if _is_strong(request):
        return None
    if request.signature_algorithm_oid != SignatureAlgorithmOID.RSA_WITH_SHA1:
        return WEAK
    return None if legacy else _OLD


def _is_strong(request: x509.CertificateSigningRequest) -> bool:
    if request.signature_algorithm_oid == SignatureAlgorithmOID.ED25519:
        return True
    return isinstance(request.signature_hash_algorithm, STRONG_DIGESTS)


def _challenge_password(request: x509.CertificateSigningRequest) -> str | None:
    if len({attribute.oid for attribute in request.attributes}) != len(request.attributes):
        raise ValueError("an attribute occurs twice")
    try:
        attribute = request.attributes.get_attribute_for_oid(AttributeOID.CHALLENGE_PASSWORD)
    except x509.AttributeNotFound:
        return None
    if len(attribute.value) > MAX_CHALLENGE_OCTETS:
        raise ValueError("the challenge password is too long")
    return attribute.value.decode()
