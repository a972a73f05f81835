"""EnvelopedData (RFC 5652, 6), opened by its recipient: certificates that came encrypted, and private keys that the CA
made (RFC 9810, 5.3.4; RFC 9483, 4.1.6)."""

from dataclasses import dataclass, field

from lockgate.errors import UnverifiedAnswer
from lockgate.ports import Clock
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.signatures import SigningKey as PrivateKey
from lockgate_formats.cmp_client.credentials import Credentials
from lockgate_formats.cmp_client.transactions import IssuedCertificate
from lockgate_formats.cmp_client.trust import AnswerTrust


class Unopened(ValueError):
    """What came encrypted cannot be read; the text is a sentence without secrets."""


@dataclass(frozen=True, slots=True)
class Opener:
    credentials: Credentials
    trust: AnswerTrust
    keys: tuple[PrivateKey, ...] = field(repr=False)
    limits: ProtectionLimits
    clock: Clock

    def certificate(self, enveloped: bytes, spki: bytes | None) -> bytes:
        raise Unopened("not yet")

    def public_key(self, enveloped: bytes) -> bytes:
        raise Unopened("not yet")

    def private_key_of(self, issued: IssuedCertificate) -> bytes:
        raise UnverifiedAnswer("not yet")
