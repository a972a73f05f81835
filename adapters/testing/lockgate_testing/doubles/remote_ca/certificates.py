"""The CA's certificates, made of an order's DER as it is; and wrong ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.ports import Order
from lockgate_testing.doubles.remote_ca.behaviour import Wrong

CaPrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
ECDSA_WITH_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
RSA_WITH_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")
BIT_STRING, SEQUENCE, UTC_TIME, GENERALIZED_TIME = 0x03, 0x30, 0x17, 0x18
VERSION_3 = bytes.fromhex("a003020102")
_CA_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
TOO_LARGE = 1 << 160
"""A serial number of 21 octets."""
NOT_BEFORE, NOT_AFTER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key for ECDSA."""
    return ec.generate_private_key(ec.SECP256R1())


def own_certificate(key: ec.EllipticCurvePrivateKey, subject: str) -> bytes:
    """The CA's own certificate, DER, for a name in the form of RFC 4514."""
    name, public_key = x509.Name.from_rfc4514_string(subject), key.public_key()
    builder = x509.CertificateBuilder(name, name, public_key, x509.random_serial_number(), NOT_BEFORE, NOT_AFTER)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(_CA_USAGE, critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass(frozen=True, slots=True)
class Signer:
    """The CA's key and name.

    Attributes:
        name: DER.
    """

    key: CaPrivateKey
    name: bytes

    def certificate(self, order: Order) -> bytes:
        """DER."""
        validity = element(SEQUENCE, _time(order.not_before) + _time(order.not_after))
        serial = element(0x02, order.serial_number.to_bytes(order.serial_number.bit_length() // 8 + 1, "big"))
        extensions = element(0xA3, order.extensions)
        algorithm = RSA_WITH_SHA256 if isinstance(self.key, rsa.RSAPrivateKey) else ECDSA_WITH_SHA256
        ordered = (serial, algorithm, self.name, validity, order.subject, order.public_key, extensions)
        content = element(SEQUENCE, b"".join((VERSION_3, *ordered)))
        return element(SEQUENCE, content + algorithm + element(BIT_STRING, b"\0" + self._signature(content)))

    def _signature(self, content: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(content, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(content, ec.ECDSA(hashes.SHA256()))

    def wrong(self, order: Order, wrong: Wrong | None) -> bytes:
        """The certificate with what is wrong with it; right where that is None."""
        return _MADE[wrong](self, order)


def element(tag: int, content: bytes) -> bytes:
    """A DER element."""
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def _time(moment: datetime) -> bytes:
    """As RFC 5280, 4.1.2.5, has it."""
    if moment.year < 2050:
        return element(UTC_TIME, f"{moment:%y%m%d%H%M%SZ}".encode())
    return element(GENERALIZED_TIME, f"{moment:%Y%m%d%H%M%SZ}".encode())


def _other_key() -> bytes:
    return new_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _twice(extensions: bytes) -> bytes:
    """Whoever reads the first basic constraints reads those of a CA; whoever reads the last ones does not."""
    first = 2 + (extensions[1] & 0x7F if extensions[1] & 0x80 else 0)
    return element(SEQUENCE, _OF_A_CA + extensions[first:] + _OF_NO_CA)


_OF_A_CA = bytes.fromhex("300f0603551d130101ff040530030101ff")
_OF_NO_CA = bytes.fromhex("300c0603551d130101ff04023000")
_OTHER_NAME = x509.Name.from_rfc4514_string("CN=Somebody else").public_bytes()
_MADE: Mapping[Wrong | None, Callable[[Signer, Order], bytes]] = {
    None: Signer.certificate,
    Wrong.KEY: lambda signer, order: signer.certificate(replace(order, public_key=_other_key())),
    Wrong.SUBJECT: lambda signer, order: signer.certificate(replace(order, subject=_OTHER_NAME)),
    Wrong.SIGNATURE: lambda signer, order: replace(signer, key=new_key()).certificate(order),
    Wrong.BEGIN: lambda signer, order: signer.certificate(
        replace(order, not_before=order.not_before - timedelta(days=2))
    ),
    Wrong.END: lambda signer, order: signer.certificate(replace(order, not_after=order.not_after + timedelta(days=1))),
    Wrong.USAGES: lambda signer, order: signer.certificate(replace(order, extensions=element(SEQUENCE, b""))),
    Wrong.TWICE: lambda signer, order: signer.certificate(replace(order, extensions=_twice(order.extensions))),
    Wrong.SERIAL: lambda signer, order: signer.certificate(
        replace(order, serial_number=order.serial_number | TOO_LARGE)
    ),
    Wrong.GARBAGE: lambda _, order: f"no certificate, number {order.serial_number}".encode(),
}
