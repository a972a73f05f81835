"""OCSP answers of any kind, good and bad."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import algos
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.support.pki.crls import Reason
from tests.support.pki.identities import Authority, Identity, ec_key, key_usage, name

GOOD, REVOKED, UNKNOWN = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN
LIFETIME = timedelta(hours=6)
Extension = tuple[x509.ExtensionType, bool]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer to a request about one certificate.

    Attributes:
        issuer: whose certificate it is about.
        signer: signs; by default the issuer's key.
        next_update: None for an answer without one.
        serial_number: of the one that it is about; by default the one that was asked for.
        nonce: by default that of the request; None for none.
        extensions: further ones of the answer, and whether they are critical.
    """

    issuer: Authority
    this_update: datetime
    next_update: datetime | None
    status: ocsp.OCSPCertStatus = GOOD
    reason: Reason = None
    signer: Identity | None = None
    serial_number: int | None = None
    hash_algorithm: type[hashes.SHA1 | hashes.SHA256] = hashes.SHA1
    nonce: bytes | None = b""
    extensions: Sequence[Extension] = ()

    def to(self, request: ocsp.OCSPRequest) -> bytes:
        """DER OCSPResponse."""
        certificate = self.issuer.certificate
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        signer = self.signer or Identity(certificate, self.issuer.key)
        digest = hashes.Hash(self.hash_algorithm())
        digest.update(certificate.subject.public_bytes())
        of_key = hashes.Hash(self.hash_algorithm())
        of_key.update(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            digest.finalize(),
            of_key.finalize(),
            self.serial_number or request.serial_number,
            self.hash_algorithm(),
            self.status,
            self.this_update,
            self.next_update,
            self.this_update if self.status is REVOKED else None,
            self.reason,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
        if self.signer is not None:
            builder = builder.certificates([self.signer.certificate])
        if self.nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(self.nonce or nonce_of(request)), critical=False)
        for extension, critical in self.extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def nonce_of(request: ocsp.OCSPRequest) -> bytes:
    return request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce


def answered_again(
    answer: bytes, authority: Authority, change: Callable[[asn1_ocsp.ResponseData], None], digest: str = "sha256"
) -> bytes:
    """An answer that was changed, and signed again by the EC key of the CA with that digest."""
    response = asn1_ocsp.OCSPResponse.load(answer)
    basic = asn1_ocsp.BasicOCSPResponse.load(response["response_bytes"]["response"].contents)
    data = basic["tbs_response_data"]
    change(data)
    basic["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": f"{digest}_ecdsa"})
    algorithm = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}[digest]
    assert isinstance(authority.key, ec.EllipticCurvePrivateKey)
    basic["signature"] = authority.key.sign(data.dump(force=True), ec.ECDSA(algorithm))
    made = {"response_type": "basic_ocsp_response", "response": basic}
    octets: bytes = asn1_ocsp.OCSPResponse({"response_status": "successful", "response_bytes": made}).dump()
    return octets


def twice(data: asn1_ocsp.ResponseData) -> None:
    """The answer is about two certificates."""
    first = data["responses"][0]
    other = asn1_ocsp.SingleResponse.load(first.dump())
    other["cert_id"]["serial_number"] = 4711
    data["responses"] = asn1_ocsp.Responses([first, other])


def responder(
    issuer: Authority,
    number: int,
    begins: datetime,
    ends: datetime,
    *,
    purposes: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.OCSP_SIGNING,),
    no_check: bool = True,
    usage: str = "digital_signature",
) -> Identity:
    """A responder with a certificate of the CA, whose EC key has that number."""
    key = ec_key(number)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name("ocsp.example"))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(key_usage(usage), critical=True)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if no_check:
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    return Identity(builder.sign(issuer.key, hashes.SHA256()), key)
