"""The secrets of a session, and the forms in which each would show."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from lockgate_keys.hardware.keys import KeyInToken
from tests.secrecy.records import Records

SHORTEST = 8
"""Octets; what is shorter may stand in a log line by chance."""
WINDOW = 12
"""Octets of a key that are searched for: enough to be no chance, few enough to stand in one line of PEM."""
PEM = b"PRIVATE KEY-----"


@dataclass(slots=True)
class Vault:
    """Secrets, each with where it came from."""

    labels: dict[bytes, str] = field(default_factory=dict)
    short: dict[bytes, str] = field(default_factory=dict)
    needles: dict[bytes, str] = field(default_factory=lambda: {PEM: "a private key in PEM"})

    def add(self, secret: str | bytes | None, label: str) -> None:
        """Note a password or the like; None, the empty one and one octet again and again are none."""
        octets = secret.encode(errors="surrogatepass") if isinstance(secret, str) else secret
        if not octets or len(set(octets)) == 1 or octets in self.labels:
            return
        self.labels[octets] = label
        if len(octets) < SHORTEST:
            self.short[octets] = label
            return
        self.needles |= dict.fromkeys(_forms(octets), label)

    def add_key(self, key: PrivateKeyTypes, label: str) -> None:
        """Note a private key: what its public half does not tell. That of a key in a token nobody here knows."""
        if isinstance(key, KeyInToken):
            return
        number = _private_number(key)
        if len(set(number)) == 1 or number in self.labels:
            return
        self.labels[number] = label
        for start in (0, WINDOW + 2):  # a line of PEM may end in one of both, not in each
            self.needles |= dict.fromkeys(_forms(number[start : start + WINDOW]), label)
        self.needles[str(int.from_bytes(number)).encode()] = label

    def add_der(self, der: bytes, label: str) -> None:
        """Note the private key in a DER PrivateKeyInfo; other octets as they are."""
        try:
            self.add_key(load_der_private_key(der, None), label)
        except ValueError:
            self.add(der, label)

    def findings(self, records: Records) -> Iterator[str]:
        """A line for each secret that shows in `records`, naming both places and no secret."""
        for label in self.short.values():
            yield f"{label}: a secret of fewer than {SHORTEST} octets cannot be searched for; use a longer one"
        for needle, label in self.needles.items():
            if (place := records.place_of(needle)) is not None:
                yield f"{label}: it stands in {place}"


def _private_number(key: PrivateKeyTypes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return _octets(key.private_numbers().p)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return _octets(key.private_numbers().private_value)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.private_bytes_raw()
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())[-2 * WINDOW - 2 :]  # the secret is last


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)


def _forms(secret: bytes) -> Iterator[bytes]:
    """As it is, as JSON, Python and URLs write it, in hexadecimal, and in Base64 wherever it begins there."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    yield repr(secret)[2:-1].encode()
    text = secret.decode(errors="replace")
    yield json.dumps(text)[1:-1].encode()
    yield quote(text, safe="").encode(errors="replace")
    for offset in range(3):
        # Characters at either end may be made of neighbouring octets as well.
        end = (offset + len(secret)) * 8 // 6
        inner = base64.b64encode(bytes(offset) + secret)[(offset * 8 + 5) // 6 : end]
        yield from (inner, inner.replace(b"+", b"-").replace(b"/", b"_"))
