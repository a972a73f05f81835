"""OpenSSL's own client for general messages: functions that the libcrypto of the wheel psycopg-binary has, and that the
command `openssl cmp` of this machine is too old for.

They check what they get: certificates of CAs, a root's update against the old root, the number and kind of the values.
"""

import ctypes
import importlib.util
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_ulong, c_void_p, create_string_buffer
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.parts import MissingPart

Carry = Callable[[bytes], bytes]
MAC_ALGORITHM, HMAC_SHA256 = 33, 799
"""OSSL_CMP_OPT_MAC_ALGNID, NID_hmacWithSHA256."""
_TRANSFER = CFUNCTYPE(c_void_p, c_void_p, c_void_p)
_POINTER = POINTER(c_void_p)
_READ, _WRITE = (c_void_p, (c_void_p, _POINTER, c_long)), (c_int, (c_void_p, _POINTER))
_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "OSSL_CMP_CTX_new": (c_void_p, (c_void_p, c_char_p)),
    "OSSL_CMP_CTX_free": (None, (c_void_p,)),
    "OSSL_CMP_CTX_set_transfer_cb": (c_int, (c_void_p, _TRANSFER)),
    "OSSL_CMP_CTX_set1_referenceValue": (c_int, (c_void_p, c_char_p, c_int)),
    "OSSL_CMP_CTX_set1_secretValue": (c_int, (c_void_p, c_char_p, c_int)),
    "OSSL_CMP_CTX_set0_trustedStore": (c_int, (c_void_p, c_void_p)),
    "X509_STORE_new": (c_void_p, ()),
    "X509_STORE_add_cert": (c_int, (c_void_p, c_void_p)),
    "OSSL_CMP_CTX_set_option": (c_int, (c_void_p, c_int, c_int)),
    "OSSL_CMP_get1_caCerts": (c_int, (c_void_p, _POINTER)),
    "OSSL_CMP_get1_rootCaKeyUpdate": (c_int, (c_void_p, c_void_p, _POINTER, _POINTER, _POINTER)),
    "OSSL_CMP_get1_crlUpdate": (c_int, (c_void_p, c_void_p, c_void_p, _POINTER)),
    "OSSL_CMP_get1_certReqTemplate": (c_int, (c_void_p, _POINTER, _POINTER)),
    "OPENSSL_sk_num": (c_int, (c_void_p,)),
    "OPENSSL_sk_value": (c_void_p, (c_void_p, c_int)),
    "ERR_get_error": (c_ulong, ()),
    "ERR_error_string_n": (None, (c_ulong, c_char_p, c_size_t)),
    "d2i_OSSL_CMP_MSG": _READ,
    "d2i_X509": _READ,
    "d2i_X509_CRL": _READ,
    "i2d_OSSL_CMP_MSG": _WRITE,
    "i2d_X509": _WRITE,
    "i2d_X509_CRL": _WRITE,
    "i2d_OSSL_CRMF_CERTTEMPLATE": _WRITE,
    "i2d_OSSL_CMP_ATAVS": _WRITE,
}


class OpensslRefuses(Exception):
    """OpenSSL does not accept what it got; its reasons."""


@cache
def bundled_libcrypto() -> ctypes.CDLL:
    """The library.

    Raises:
        MissingPart: it is not installed, or is too old.
    """
    package = importlib.util.find_spec("psycopg_binary")
    origin = package.origin if package else None
    found = list((Path(origin).parent.parent / "psycopg_binary.libs").glob("libcrypto-*.so.3")) if origin else []
    if len(found) != 1:
        raise MissingPart("libcrypto of the wheel psycopg-binary is missing: pip install -e '.[postgresql]'")
    library = ctypes.CDLL(str(found[0]))
    for name, (result, arguments) in _FUNCTIONS.items():
        if not hasattr(library, name):
            raise MissingPart(f"libcrypto of the wheel psycopg-binary is too old: it has no {name}")
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class LibcryptoClient:
    """Asks with a shared secret.

    Args:
        root: DER, of a CA that is trusted.

    What the library allocates is not freed: these are tests, and the process ends.
    """

    def __init__(self, carry: Carry, reference: bytes, secret: bytes, root: bytes) -> None:
        self._library = bundled_libcrypto()
        self._carry, self._reference, self._secret, self._root = carry, reference, secret, root

    def ca_certificates(self) -> list[bytes]:
        """caCerts, DER."""
        stack = c_void_p()
        self._ask("OSSL_CMP_get1_caCerts", byref(stack))
        count = self._library.OPENSSL_sk_num(stack) if stack else 0
        return [self._written("X509", self._library.OPENSSL_sk_value(stack, number)) for number in range(count)]

    def root_update(self, old: bytes | None) -> tuple[bytes | None, bytes | None, bytes | None]:
        """newWithNew, newWithOld, oldWithNew, DER; verified by the old root; by the trusted one where none is
        given."""
        found = [c_void_p() for _ in range(3)]
        held = None if old is None else self._read("X509", old)
        self._ask("OSSL_CMP_get1_rootCaKeyUpdate", held, *map(byref, found))
        new, new_with_old, old_with_new = (self._written("X509", one.value) if one else None for one in found)
        return new, new_with_old, old_with_new

    def newer_crl(self, certificate: bytes | None, crl: bytes | None) -> bytes | None:
        """The CRL that a DER certificate names, or the next of a DER CRL, if it is newer than this; DER."""
        found = c_void_p()
        given = [None if octets is None else self._read(kind, octets) for kind, octets in self._held(certificate, crl)]
        self._ask("OSSL_CMP_get1_crlUpdate", *given, byref(found))
        return self._written("X509_CRL", found.value) if found else None

    def request_template(self) -> tuple[bytes | None, bytes | None]:
        """The CertTemplate and the keySpec, DER."""
        template, keys = c_void_p(), c_void_p()
        self._ask("OSSL_CMP_get1_certReqTemplate", byref(template), byref(keys))
        return (
            self._written("OSSL_CRMF_CERTTEMPLATE", template.value) if template else None,
            self._written("OSSL_CMP_ATAVS", keys.value) if keys else None,
        )

    @staticmethod
    def _held(certificate: bytes | None, crl: bytes | None) -> tuple[tuple[str, bytes | None], ...]:
        return ("X509", certificate), ("X509_CRL", crl)

    def _ask(self, function: str, *arguments: Any) -> None:
        library = self._library
        context = library.OSSL_CMP_CTX_new(None, None)
        transfer = _TRANSFER(self._transfer)
        trusted = library.X509_STORE_new()
        prepared = (
            library.X509_STORE_add_cert(trusted, self._read("X509", self._root)),
            library.OSSL_CMP_CTX_set0_trustedStore(context, trusted),
            library.OSSL_CMP_CTX_set_transfer_cb(context, transfer),
            library.OSSL_CMP_CTX_set1_referenceValue(context, self._reference, len(self._reference)),
            library.OSSL_CMP_CTX_set1_secretValue(context, self._secret, len(self._secret)),
            library.OSSL_CMP_CTX_set_option(context, MAC_ALGORITHM, HMAC_SHA256),
        )
        assert all(prepared)
        accepted = getattr(library, function)(context, *arguments)
        library.OSSL_CMP_CTX_free(context)
        if not accepted:
            raise OpensslRefuses(", ".join(self._errors()))

    def _transfer(self, _: int, message: int) -> int | None:
        answer = self._carry(self._written("OSSL_CMP_MSG", message))
        found: int | None = self._read("OSSL_CMP_MSG", answer)
        return found

    def _read(self, kind: str, octets: bytes) -> int | None:
        start = ctypes.cast(c_char_p(octets), c_void_p)
        found: int | None = getattr(self._library, f"d2i_{kind}")(None, byref(start), len(octets))
        return found

    def _written(self, kind: str, value: int | None) -> bytes:
        write = getattr(self._library, f"i2d_{kind}")
        buffer = create_string_buffer(write(value, None))
        start = ctypes.cast(buffer, c_void_p)
        write(value, byref(start))
        return buffer.raw

    def _errors(self) -> list[str]:
        found = []
        while code := self._library.ERR_get_error():
            text = create_string_buffer(256)
            self._library.ERR_error_string_n(code, text, len(text))
            found.append(text.value.decode())
        return found
