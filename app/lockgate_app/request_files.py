"""Certificate requests in files: a PKCS#10, a CRMF message, an SPKAC or a bare public key."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from lockgate.errors import ConfigurationError
from lockgate.submessages import RequestKind
from lockgate_app.keys import read_file
from lockgate_formats.altnames import UnusedName, requested_name
from lockgate_transport.scep.contents import load_request

_BEGIN = b"-----BEGIN"
_PEM_REQUEST = re.compile(rb"-----BEGIN (NEW )?CERTIFICATE REQUEST-----(?P<base64>[^-]+)-----END ")
_SPKAC = b"SPKAC="


def read_request(path: Path, kind: RequestKind = RequestKind.PKCS10) -> bytes:
    """The DER that the file `path` holds: PEM or DER for PKCS10 and PUBLICKEY, DER for CRMF, for SPKAC also the line
    `SPKAC=BASE64` that `openssl spkac` writes.

    Raises:
        ConfigurationError: the file cannot be read or holds nothing of this kind.
    """
    content = read_file(path)
    try:
        return _READERS[kind](content)
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError(f"{path}: holds no {_NAMES[kind]}") from None


def alternative_names(path: Path, pkcs10: bytes) -> str | None:
    """The alternative names that a DER PKCS#10 asks for, as a request's text writes them; None where it asks for none.

    Args:
        path: where it comes from, for errors.

    Raises:
        ConfigurationError: it asks for a kind of name that no request can ask for.
    """
    try:
        names = load_request(pkcs10)[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return ",".join(str(requested_name(name)) for name in names) or None
    except x509.ExtensionNotFound:
        return None
    except UnusedName as error:
        raise ConfigurationError(
            f"{path}: asks for an alternative name of the kind {error.kind}, which cannot be requested;"
            " --subject-alt-name says which names are asked for instead"
        ) from None
    except (ValueError, x509.UnsupportedGeneralNameType, x509.DuplicateExtension):
        raise ConfigurationError(
            f"{path}: the extensions that it asks for cannot be read; --subject-alt-name says which names are asked for"
        ) from None


def _pkcs10(content: bytes) -> bytes:
    pem = _PEM_REQUEST.search(content)
    der = base64.b64decode(pem["base64"]) if pem else content
    load_request(der)
    return der


def _public_key(content: bytes) -> bytes:
    load = load_pem_public_key if _BEGIN in content else load_der_public_key
    return load(content).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _spkac(content: bytes) -> bytes:
    text = content.strip()
    if not text.startswith(_SPKAC):
        return _sequence(content)
    return _sequence(base64.b64decode(b"".join(text.removeprefix(_SPKAC).split()), validate=True))


def _sequence(content: bytes) -> bytes:
    """`content`, if it looks like DER; the CA reads it."""
    if not content.startswith(b"\x30"):
        raise binascii.Error("no DER SEQUENCE")
    return content


_READERS: Mapping[RequestKind, Callable[[bytes], bytes]] = {
    RequestKind.PKCS10: _pkcs10,
    RequestKind.CRMF: _sequence,
    RequestKind.SPKAC: _spkac,
    RequestKind.PUBLIC_KEY: _public_key,
}
_NAMES: Mapping[RequestKind, str] = {
    RequestKind.PKCS10: "PKCS#10 certificate request",
    RequestKind.CRMF: "CRMF message in DER",
    RequestKind.SPKAC: "SPKAC",
    RequestKind.PUBLIC_KEY: "public key",
}
