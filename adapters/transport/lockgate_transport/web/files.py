"""What can be fetched: certificates in the forms that programs take, and keystores; files have names of this page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.responses import Response

from lockgate_formats.cms.certs_only import certs_only
from lockgate_formats.names import read_name
from lockgate_formats.strictness import warnings_ignored

Certificates = Sequence[bytes]
PEM = "application/x-pem-file"


@dataclass(frozen=True, slots=True)
class File:
    """A file that can be fetched.

    Attributes:
        label: for people.
        content: of the DER certificates, the issued one first.
    """

    label: str
    media_type: str
    content: Callable[[Certificates], bytes] = lambda _: b""


def _pem(certificates: Certificates) -> bytes:
    with warnings_ignored():
        return b"".join(x509.load_der_x509_certificate(each).public_bytes(Encoding.PEM) for each in certificates)


FILES: Mapping[str, File] = MappingProxyType(
    {
        "certificate.pem": File("The certificate (PEM)", PEM, lambda certificates: _pem(certificates[:1])),
        "certificate.cer": File("The certificate (DER)", "application/pkix-cert", lambda certificates: certificates[0]),
        "certificate-with-chain.pem": File("With the CA's chain (PEM)", PEM, _pem),
        "certificate-with-chain.p7b": File(
            "With the CA's chain (PKCS#7)", "application/x-pkcs7-certificates", certs_only
        ),
    }
)
"""By name."""
KEYSTORES: Mapping[str, tuple[str, File]] = MappingProxyType(
    {
        "P12": ("keystore.p12", File("The keystore (PKCS#12)", "application/pkcs12")),
        "PEM": ("keystore.pem", File("The keystore (PEM)", PEM)),
    }
)
"""By the kind that the CA says."""


def attachment(file: File, name: str, content: bytes) -> Response:
    """An answer that a browser keeps as a file."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=file.media_type, headers=headers)


def described(certificate: bytes) -> Mapping[str, str]:
    """What a page tells of a certificate."""
    with warnings_ignored():
        read = x509.load_der_x509_certificate(certificate)
        return {
            "Subject": str(read_name(read.subject)),
            "Issuer": str(read_name(read.issuer)),
            "Serial number": f"{read.serial_number:x}",
            "Ends": f"{read.not_valid_after_utc:%Y-%m-%d %H:%M} UTC",
            "SHA-256": read.fingerprint(SHA256()).hex(),
        }
