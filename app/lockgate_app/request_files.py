"""Certificate requests in files: a PKCS#10, a CRMF message, an SPKAC or a bare public key."""

from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_der_public_key

from lockgate.errors import ConfigurationError
from lockgate.requests.submessages import RequestKind
from lockgate.requests.textual import der_of
from lockgate_app.keys import read_file
from lockgate_formats.requests.pkcs10 import load_pkcs10
from lockgate_formats.strictness import CERTIFICATE_ERRORS


def read_request(path: Path, kind: RequestKind = RequestKind.PKCS10) -> bytes:
    """The DER that the file `path` holds, as DER or as text (`lockgate.requests.textual`).

    Raises:
        ConfigurationError: the file cannot be read or holds nothing of this kind; CRMF and SPKAC are read by the CA.
    """
    content = read_file(path)
    try:
        der = der_of(content)
        _require(kind, der)
    except CERTIFICATE_ERRORS:
        raise ConfigurationError(f"{path}: holds no {_NAMES[kind]}") from None
    return der


def _require(kind: RequestKind, der: bytes) -> None:
    match kind:
        case RequestKind.PKCS10:
            load_pkcs10(der)
        case RequestKind.PUBLIC_KEY:
            load_der_public_key(der)


_NAMES: Mapping[RequestKind, str] = {
    RequestKind.PKCS10: "PKCS#10 certificate request",
    RequestKind.CRMF: "CRMF message",
    RequestKind.SPKAC: "SPKAC",
    RequestKind.PUBLIC_KEY: "public key",
}
