"""Where SCEP devices write otherwise than the RFCs say."""

from abc import ABC, abstractmethod

from asn1crypto import algos, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.wire.cms_objects import element, in_capitals
from tests.support.wire.scep_values import AES256_GCM, octets, printable

UNSIGNED_ATTRIBUTE = element(0x30, core.ObjectIdentifier("1.2.3").dump() + element(0x31, b"\x05\x00"))
DEVIATIONS = frozenset(
    {
        "key transport without NULL",
        "key transport RSA-OAEP with its defaults",
        "digest with NULL in one place alone",
        "an empty set of CRLs",
        "unsigned attributes",
        "a senderNonce of 8 octets",
        "a senderNonce of 7 octets",
        "no senderNonce",
        "no messageType",
        "a transaction id as UTF8String",
        "a transaction id with an underscore",
        "a transaction id with a line break",
        "AES-GCM",
        "names in capitals, as PrintableString, with spaces around them",
        "a certificate with the serial number 0",
        "a certificate for a country of three letters",
        "a certificate with an underscore in a PrintableString",
        "a certificate with an at sign in a PrintableString",
        "a certificate with an underscore in a name of its extensions",
        "something else in its certificate's place",
        "a PKCS#10 with an underscore in a PrintableString",
        "a PKCS#10 with an at sign in a PrintableString",
    }
)
"""Where devices write otherwise than the RFCs say."""


def _name_of(oid: str, text: str) -> bytes:
    return element(0x30, element(0x31, element(0x30, core.ObjectIdentifier(oid).dump() + printable(text))))


_NAMES_OF_DEVICES = {
    "a certificate for a country of three letters": _name_of("2.5.4.6", "USA"),
    "a certificate with an underscore in a PrintableString": _name_of("2.5.4.3", "router_1"),
    "a certificate with an at sign in a PrintableString": _name_of("2.5.4.3", "router@example.org"),
    "a certificate with an underscore in a name of its extensions": _name_of("2.5.4.3", "router_1"),
    "a PKCS#10 with an underscore in a PrintableString": _name_of("2.5.4.3", "router_1"),
    "a PKCS#10 with an at sign in a PrintableString": _name_of("2.5.4.3", "router@example.org"),
}


class DeviatingWriter(ABC):
    """Writes parts of messages as the RFCs say, or otherwise where a device does.

    Attributes:
        deviations: where it writes otherwise, by the names in `DEVIATIONS`.
    """

    transaction_id: str
    cipher: str
    deviations: frozenset[str]

    @abstractmethod
    def sign(self, data: bytes, digest: str | None = None) -> tuple[algos.SignedDigestAlgorithm, bytes]:
        """The algorithm and the signature."""

    def given(self, deviation: str, encoded: bytes) -> bytes:
        return encoded if deviation in self.deviations else b""

    def unless(self, deviation: str, encoded: bytes) -> bytes | None:
        return None if deviation in self.deviations else encoded

    @property
    def nonce_octets(self) -> int:
        """How long its senderNonces are."""
        return next((size for size in (7, 8) if f"a senderNonce of {size} octets" in self.deviations), 16)

    def encoded_transaction_id(self) -> bytes:
        tag = 0x0C if "a transaction id as UTF8String" in self.deviations else 0x13
        return element(tag, self.transaction_id.encode())

    def null_elsewhere(self, algorithm: bytes) -> bytes:
        return b"" if algorithm.endswith(b"\x05\x00") else b"\x05\x00"

    def name_of(self, name: bytes) -> bytes:
        capitals = "names in capitals, as PrintableString, with spaces around them" in self.deviations
        return in_capitals(name) if capitals else name

    def written(self, certificate: x509.Certificate) -> tuple[bytes, bytes]:
        """The DER certificate, with what is wrong with it, and its issuer and serial number."""
        written = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
        tbs = written["tbs_certificate"]
        if "a certificate with the serial number 0" in self.deviations:
            tbs["serial_number"] = 0
        if name := self.otherwise("a certificate"):
            tbs["subject"] = tbs["issuer"] = asn1_x509.Name.load(name)
        if name and "a certificate with an underscore in a name of its extensions" in self.deviations:
            names = element(0x30, element(0xA4, name))
            extension = {"extn_id": "subject_alt_name", "extn_value": core.ParsableOctetString(names)}
            tbs["extensions"] = [extension]
        if "a certificate" in "".join(self.deviations):
            written["signature_algorithm"], written["signature_value"] = self.sign(tbs.dump(force=True))
        named = element(0x30, self.name_of(tbs["issuer"].dump()) + tbs["serial_number"].dump())
        if "something else in its certificate's place" in self.deviations:
            return element(0x30, b"\x05\x00"), named
        return written.dump(), named

    def otherwise(self, where: str) -> bytes | None:
        """The DER name that a deviation writes there."""
        return next((name for deviation, name in _NAMES_OF_DEVICES.items() if self._writes(deviation, where)), None)

    def _writes(self, deviation: str, where: str) -> bool:
        return deviation in self.deviations and deviation.startswith(where)

    def key_transport(self) -> bytes:
        if "key transport without NULL" in self.deviations:
            return element(0x30, core.ObjectIdentifier("1.2.840.113549.1.1.1").dump())
        if "key transport RSA-OAEP with its defaults" in self.deviations:
            return element(0x30, core.ObjectIdentifier("1.2.840.113549.1.1.7").dump() + element(0x30, b""))
        return bytes(algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"}).dump())

    def key_padding(self) -> padding.AsymmetricPadding:
        if "key transport RSA-OAEP with its defaults" in self.deviations:
            return padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        return padding.PKCS1v15()

    def content_cipher(self, iv: bytes) -> bytes:
        if "AES-GCM" in self.deviations:
            return element(0x30, core.ObjectIdentifier(AES256_GCM).dump() + element(0x30, octets(iv[:12])))
        return element(0x30, core.ObjectIdentifier(self.cipher).dump() + octets(iv))
