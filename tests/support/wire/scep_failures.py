"""Envelopes whose content cannot be read or does not belong to the message, one for each thing that can be wrong."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from lockgate.enrolment.outcome import Refused
from lockgate_transport.scep.failures import Failure, failure
from tests.support.pki.identities import rsa_key
from tests.support.wire.cms_objects import element
from tests.support.wire.scep_client import Device


def told(found: object) -> Failure | None:
    """What a device is told of a refusal; None where there is none."""
    return failure(found) if isinstance(found, Refused) else None


@dataclass(frozen=True)
class Hostile:
    """Who sends them.

    Attributes:
        device: signs the message.
        neighbour: whose message it has captured.
        elsewhere: the certificate of another server.
    """

    device: Device
    neighbour: Device
    elsewhere: x509.Certificate

    def wrapped(self, key: bytes) -> bytes:
        """`key`, encrypted to the server."""
        return self._public.encrypt(key, padding.PKCS1v15())

    def unwrappable(self) -> bytes:
        """A number that the server decrypts to something else than PKCS#1's padding and a key."""
        return (0x0100 << (self._public.key_size - 16) | secrets.randbits(64)).to_bytes(self._public.key_size // 8)

    def enveloped(self, **changes: Any) -> bytes:
        """The request of the device with other fields."""
        return self.device.enveloped(self.device.with_(**changes).request)

    @property
    def _public(self) -> rsa.RSAPublicKey:
        public = self.device.server.public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        return public


def badly_padded(content: bytes) -> bytes:
    """Whole blocks of AES that do not end in a padding."""
    return content + bytes(-len(content) % 16 or 16)


FAILURES: dict[str, Callable[[Hostile], bytes]] = {
    "key was wrapped for someone else": lambda case: case.device.with_(server=case.elsewhere).enveloped(
        case.device.request
    ),
    "key cannot be unwrapped": lambda case: case.device.enveloped(case.device.request, wrapped=case.unwrappable()),
    "key has another length": lambda case: case.device.enveloped(case.device.request, wrapped=case.wrapped(bytes(16))),
    "key is another one": lambda case: case.device.enveloped(
        case.device.request, wrapped=case.wrapped(secrets.token_bytes(32))
    ),
    "content is badly padded": lambda case: case.device.enveloped(badly_padded(case.device.request), pad=False),
    "content is no certificate request": lambda case: case.device.enveloped(
        secrets.token_bytes(len(case.device.request))
    ),
    "certificate request is not signed by its key": lambda case: case.device.enveloped(
        case.device.request[:-4] + bytes(4)
    ),
    "envelope was taken from another's message": lambda case: case.neighbour.enveloped(case.neighbour.request),
    "envelope was taken from another's message, and changed": lambda case: case.neighbour.enveloped(
        case.neighbour.request[:-4] + bytes(4)
    ),
    "envelope was taken from another's message, and badly padded": lambda case: case.neighbour.enveloped(
        badly_padded(case.neighbour.request[:-4] + bytes(4)), pad=False
    ),
}
"""What is wrong, and what makes a fresh envelope of the kind."""
ENCRYPTED = tuple(name for name in FAILURES if "someone else" not in name)
"""Those that are decrypted. The others name another recipient in clear, as everybody sees."""
MANY = (x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "x"),) * 64
LONG = tuple(x509.DNSName(f"{number}.{'x' * 60}.example") for number in range(240))
UNFIT: dict[str, Callable[[Hostile], bytes]] = {
    "content is no envelope": lambda _: element(0x30, b""),
    "certificate request has more than 16 KiB": lambda hostile: hostile.enveloped(alternative_names=LONG),
    "certificate request has 65 attributes in a name": lambda hostile: hostile.enveloped(more=MANY),
    "certificate request is for a weak key": lambda hostile: hostile.enveloped(key=rsa_key(87, 1024)),
    "challenge password has 256 octets": lambda hostile: hostile.enveloped(challenge="x" * 256),
    "challenge password is no text": lambda hostile: hostile.enveloped(challenge="not text\udcff"),
}
"""The same for what can be decrypted, and is not accepted."""
