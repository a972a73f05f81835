"""A SCEP client (RFC 8894) on asn1crypto alone, with every part adjustable, so that wrong messages can be built."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from asn1crypto import algos, cms, core, csr, keys, parser
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.wire.cms_objects import content_info, element, in_capitals

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
OIDS = {
    "message_type": "2.16.840.1.113733.1.9.2",
    "pki_status": "2.16.840.1.113733.1.9.3",
    "fail_info": "2.16.840.1.113733.1.9.4",
    "sender_nonce": "2.16.840.1.113733.1.9.5",
    "recipient_nonce": "2.16.840.1.113733.1.9.6",
    "transaction_id": "2.16.840.1.113733.1.9.7",
    "fail_info_text": "1.3.6.1.5.5.7.24.1",
}
NAMES = {oid: name for name, oid in OIDS.items()}
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
DATA, SIGNED_DATA, ENVELOPED_DATA = (f"1.2.840.113549.1.7.{number}" for number in (1, 2, 3))
PKCS_REQ, RENEWAL_REQ, CERT_POLL, GET_CERT, GET_CRL = "19", "17", "20", "21", "22"
SUCCESS, FAILURE, PENDING = "0", "2", "3"
DIGESTS: Mapping[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),
    "sha1": hashes.SHA1(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
CIPHERS = {
    "2.16.840.1.101.3.4.1.2": (algorithms.AES128, 16, 16),
    "2.16.840.1.101.3.4.1.42": (algorithms.AES256, 32, 16),
    "1.2.840.113549.3.7": (TripleDES, 24, 8),
}
AES128, AES256, TRIPLE_DES = CIPHERS
DES = "1.3.14.3.2.7"
AES256_GCM = "2.16.840.1.101.3.4.1.46"
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


def printable(text: str) -> bytes:
    return element(0x13, text.encode())


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


def octets(value: bytes) -> bytes:
    return element(0x04, value)


@dataclass(frozen=True)
class CertRep:
    """An answer, its signature verified."""

    attributes: Mapping[str, str | bytes]
    content: bytes
    signer: bytes
    digest: str

    @property
    def status(self) -> str:
        return str(self.attributes["pki_status"])

    @property
    def fail_info(self) -> str | None:
        found = self.attributes.get("fail_info")
        return None if found is None else str(found)

    @property
    def text(self) -> str:
        return str(self.attributes["fail_info_text"])


@dataclass(frozen=True)
class Device:
    """A device that enrols: its key, the name it asks for, and what its messages are like.

    Attributes:
        server: the RA's transport certificate, to which messages are encrypted.
        issuer: the DER name of the CA.
        digest, request_digest: what the messages and the PKCS#10 are signed with.
        more: attributes of the name that it asks for, before the common name.
        deviations: where it writes otherwise than RFC 8894 and its RFCs say, by the names in `DEVIATIONS`.
        rdns: the whole name that it asks for, instead.
    """

    key: Key
    server: x509.Certificate
    issuer: bytes = b""
    name: str = "device"
    challenge: str | None = None
    transaction_id: str = field(default_factory=lambda: secrets.token_hex(16))
    alternative_names: tuple[x509.GeneralName, ...] = ()
    cipher: str = AES256
    digest: str = "sha256"
    request_digest: str = "sha256"
    more: tuple[x509.NameAttribute[str], ...] = ()
    deviations: frozenset[str] = frozenset()
    rdns: tuple[x509.RelativeDistinguishedName, ...] = ()

    @cached_property
    def certificate(self) -> x509.Certificate:
        """Self-signed."""
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(self.subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(self.key, None if isinstance(self.key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
        )

    @property
    def subject(self) -> x509.Name:
        return x509.Name(self.rdns or [*self.more, x509.NameAttribute(x509.NameOID.COMMON_NAME, self.name)])

    @property
    def requested_name(self) -> bytes:
        """The DER subject of the PKCS#10."""
        return self._otherwise("a PKCS#10") or self.subject.public_bytes()

    @cached_property
    def request(self) -> bytes:
        """The PKCS#10; the same octets every time."""
        attributes: list[dict[str, object]] = []
        if self.challenge is not None:
            password = asn1_x509.DirectoryString(
                "utf8_string", core.UTF8String(contents=self.challenge.encode(errors="surrogateescape"))
            )
            attributes.append({"type": "challenge_password", "values": [password]})
        if self.alternative_names:
            extension = x509.SubjectAlternativeName(self.alternative_names).public_bytes()
            extensions = [
                {"extn_id": "subject_alt_name", "critical": False, "extn_value": core.ParsableOctetString(extension)}
            ]
            attributes.append({"type": "extension_request", "values": [extensions]})
        info = csr.CertificationRequestInfo(
            {
                "version": "v1",
                "subject": asn1_x509.Name.load(self.requested_name),
                "subject_pk_info": keys.PublicKeyInfo.load(
                    self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
                ),
                "attributes": attributes,
            }
        )
        algorithm, signature = self.sign(info.dump(), self.request_digest)
        fields = {"certification_request_info": info, "signature_algorithm": algorithm, "signature": signature}
        return bytes(csr.CertificationRequest(fields).dump())

    def sign(self, data: bytes, digest: str | None = None) -> tuple[algos.SignedDigestAlgorithm, bytes]:
        """The algorithm and the signature."""
        digest = digest or self.digest
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self._algorithm(f"{digest}_rsa"), self.key.sign(data, padding.PKCS1v15(), DIGESTS[digest])
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self._algorithm(f"{digest}_ecdsa"), self.key.sign(data, ec.ECDSA(DIGESTS[digest]))
        return self._algorithm("ed25519"), self.key.sign(data)

    def _algorithm(self, name: str) -> algos.SignedDigestAlgorithm:
        return algos.SignedDigestAlgorithm({"algorithm": name})

    # ---- messages

    def pkcs_req(self, **changes: Any) -> bytes:
        """A PKCSReq."""
        return self.message(PKCS_REQ, self.request, **changes)

    def cert_poll(self, subject: bytes | None = None, issuer: bytes | None = None, **changes: Any) -> bytes:
        """A CertPoll for the own request."""
        names = (issuer or self.issuer, subject or self.requested_name)
        issuer_and_subject = element(0x30, b"".join(map(self._name, names)))
        return self.message(CERT_POLL, issuer_and_subject, **changes)

    def identify(self, message_type: str, issuer: bytes, serial_number: int, **changes: Any) -> bytes:
        """A GetCert or GetCRL."""
        content = element(0x30, self._name(issuer) + core.Integer(serial_number).dump())
        return self.message(message_type, content, **changes)

    def message(self, message_type: str, content: bytes, **changes: Any) -> bytes:
        """A whole pkiMessage with `content` encrypted in it."""
        return self.signed(message_type, self.enveloped(content), **changes)

    def signed(
        self,
        message_type: str,
        envelope: bytes,
        *,
        nonce: bytes | None = None,
        attributes: Mapping[str, bytes | None] | None = None,
        certificate: x509.Certificate | None = None,
        digest: bytes | None = None,
        tampered: bool = False,
    ) -> bytes:
        """SignedData around an envelope.

        Args:
            attributes: their DER values, instead of the usual ones; None leaves one out.
            certificate: instead of the self-signed one.
            digest: that the message-digest attribute holds, instead of the right one.
            tampered: break the signature.
        """
        certificate = certificate or self.certificate
        nonce = secrets.token_bytes(self.nonce_octets) if nonce is None else nonce
        values = {
            CONTENT_TYPE: core.ObjectIdentifier(DATA).dump(),
            MESSAGE_DIGEST: octets(digest or hashlib.new(self.digest, envelope).digest()),
            OIDS["transaction_id"]: self._transaction_id(),
            OIDS["message_type"]: self._unless("no messageType", printable(message_type)),
            OIDS["sender_nonce"]: self._unless("no senderNonce", octets(nonce)),
        } | {OIDS[name]: value for name, value in (attributes or {}).items()}
        encoded = sorted(
            element(0x30, core.ObjectIdentifier(oid).dump() + element(0x31, value))
            for oid, value in values.items()
            if value is not None
        )
        algorithm, signature = self.sign(element(0x31, b"".join(encoded)))
        if tampered:
            signature = bytes((signature[0] ^ 1,)) + signature[1:]
        encoded_certificate, named = self._written(certificate)
        digest_algorithm = algos.DigestAlgorithm({"algorithm": self.digest}).dump()
        other = element(
            0x30,
            core.ObjectIdentifier(algos.DigestAlgorithmId.unmap(self.digest)).dump()
            + self._null_elsewhere(digest_algorithm),
        )
        info = element(
            0x30,
            core.Integer(1).dump()
            + named
            + digest_algorithm
            + element(0xA0, b"".join(encoded))
            + algorithm.dump()
            + octets(signature)
            + self._if("unsigned attributes", element(0xA1, UNSIGNED_ATTRIBUTE)),
        )
        data = element(
            0x30,
            core.Integer(1).dump()
            + element(0x31, other if "digest with NULL in one place alone" in self.deviations else digest_algorithm)
            + content_info(DATA, octets(envelope))
            + element(0xA0, encoded_certificate)
            + self._if("an empty set of CRLs", element(0xA1, b""))
            + element(0x31, info),
        )
        return content_info(SIGNED_DATA, data)

    def enveloped(
        self, content: bytes, *, key: bytes | None = None, wrapped: bytes | None = None, pad: bool = True
    ) -> bytes:
        """EnvelopedData for the server.

        Args:
            key: the content encryption key.
            wrapped: instead of that key, wrapped for the server.
            pad: whether the content gets its padding.
        """
        algorithm, key_octets, block = CIPHERS.get(self.cipher, CIPHERS[AES128])
        key, iv = key or secrets.token_bytes(key_octets), secrets.token_bytes(block)
        padder = block_padding.PKCS7(block * 8).padder()
        padded = padder.update(content) + padder.finalize() if pad else content
        encryptor = Cipher(algorithm(key), modes.CBC(iv)).encryptor()
        ciphertext = encryptor.update(padded) + encryptor.finalize()
        public = self.server.public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        issuer = self._name(self.server.issuer.public_bytes())
        named = element(0x30, issuer + core.Integer(self.server.serial_number).dump())
        transport = self._transport()
        wrapped = wrapped or public.encrypt(key, self._padding())
        recipient = element(0x30, core.Integer(0).dump() + named + transport + octets(wrapped))
        encrypted = element(
            0x30,
            core.ObjectIdentifier(DATA).dump() + self._cipher(iv) + element(0x80, ciphertext),
        )
        data = element(0x30, core.Integer(0).dump() + element(0x31, recipient) + encrypted)
        return content_info(ENVELOPED_DATA, data)

    # ---- deviations

    def _if(self, deviation: str, encoded: bytes) -> bytes:
        return encoded if deviation in self.deviations else b""

    def _unless(self, deviation: str, encoded: bytes) -> bytes | None:
        return None if deviation in self.deviations else encoded

    @property
    def nonce_octets(self) -> int:
        """How long its senderNonces are."""
        return next((size for size in (7, 8) if f"a senderNonce of {size} octets" in self.deviations), 16)

    def _transaction_id(self) -> bytes:
        tag = 0x0C if "a transaction id as UTF8String" in self.deviations else 0x13
        return element(tag, self.transaction_id.encode())

    def _null_elsewhere(self, algorithm: bytes) -> bytes:
        return b"" if algorithm.endswith(b"\x05\x00") else b"\x05\x00"

    def _name(self, name: bytes) -> bytes:
        otherwise = "names in capitals, as PrintableString, with spaces around them" in self.deviations
        return in_capitals(name) if otherwise else name

    def _written(self, certificate: x509.Certificate) -> tuple[bytes, bytes]:
        """The DER certificate, with what is wrong with it, and its issuer and serial number."""
        written = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
        tbs = written["tbs_certificate"]
        if "a certificate with the serial number 0" in self.deviations:
            tbs["serial_number"] = 0
        if name := self._otherwise("a certificate"):
            tbs["subject"] = tbs["issuer"] = asn1_x509.Name.load(name)
        if name and "a certificate with an underscore in a name of its extensions" in self.deviations:
            names = element(0x30, element(0xA4, name))
            extension = {"extn_id": "subject_alt_name", "extn_value": core.ParsableOctetString(names)}
            tbs["extensions"] = [extension]
        if "a certificate" in "".join(self.deviations):
            written["signature_algorithm"], written["signature_value"] = self.sign(tbs.dump(force=True))
        named = element(0x30, self._name(tbs["issuer"].dump()) + tbs["serial_number"].dump())
        if "something else in its certificate's place" in self.deviations:
            return element(0x30, b"\x05\x00"), named
        return written.dump(), named

    def _otherwise(self, where: str) -> bytes | None:
        """The DER name that a deviation writes there."""
        return next((its for deviation, its in _NAMES_OF_DEVICES.items() if self._writes(deviation, where)), None)

    def _writes(self, deviation: str, where: str) -> bool:
        return deviation in self.deviations and deviation.startswith(where)

    def _transport(self) -> bytes:
        if "key transport without NULL" in self.deviations:
            return element(0x30, core.ObjectIdentifier("1.2.840.113549.1.1.1").dump())
        if "key transport RSA-OAEP with its defaults" in self.deviations:
            return element(0x30, core.ObjectIdentifier("1.2.840.113549.1.1.7").dump() + element(0x30, b""))
        return bytes(algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"}).dump())

    def _padding(self) -> padding.AsymmetricPadding:
        if "key transport RSA-OAEP with its defaults" in self.deviations:
            return padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        return padding.PKCS1v15()

    def _cipher(self, iv: bytes) -> bytes:
        if "AES-GCM" in self.deviations:
            return element(0x30, core.ObjectIdentifier(AES256_GCM).dump() + element(0x30, octets(iv[:12])))
        return element(0x30, core.ObjectIdentifier(self.cipher).dump() + octets(iv))

    # ---- answers

    def read(self, answer: bytes) -> CertRep:
        """An answer signed by the server, with content type and digest as they must be."""
        signed = cms.ContentInfo.load(answer, strict=True)["content"]
        (info,) = signed["signer_infos"]
        digest = info["digest_algorithm"]["algorithm"].native
        certificate = signed["certificates"][0].chosen.dump()
        assert certificate == self.server.public_bytes(Encoding.DER)
        protected = element(0x31, info["signed_attrs"].contents)
        public = self.server.public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        public.verify(info["signature"].native, protected, padding.PKCS1v15(), DIGESTS[digest])
        content = signed["encap_content_info"]["content"].native or b""
        values = dict(_attributes(protected))
        assert values.pop(MESSAGE_DIGEST) == hashlib.new(digest, content).digest()
        values.pop(CONTENT_TYPE)
        named = {NAMES[oid]: value if oid.endswith(("9.5", "9.6")) else value.decode() for oid, value in values.items()}
        assert named["transaction_id"] == self.transaction_id
        assert named["message_type"] == "3"
        return CertRep(named, content, certificate, digest)

    def opened(self, answer: CertRep, password: str | None = None) -> tuple[list[bytes], list[bytes]]:
        """The certificates and CRLs in a successful answer, decrypted with the own key or `password`."""
        enveloped = cms.ContentInfo.load(answer.content)["content"]
        (recipient,) = enveloped["recipient_infos"]
        key = _under_password(recipient.chosen, password) if password else self._unwrapped(recipient.chosen)
        encrypted = enveloped["encrypted_content_info"]
        cipher = encrypted["content_encryption_algorithm"]
        assert cipher["algorithm"].dotted == self.cipher
        algorithm, _, block = CIPHERS[self.cipher]
        decryptor = Cipher(algorithm(key), modes.CBC(cipher["parameters"].native)).decryptor()
        plain = decryptor.update(encrypted["encrypted_content"].native) + decryptor.finalize()
        unpadder = block_padding.PKCS7(block * 8).unpadder()
        inner = cms.ContentInfo.load(unpadder.update(plain) + unpadder.finalize())["content"]
        return [its.chosen.dump() for its in inner["certificates"]], [its.chosen.dump() for its in inner["crls"]]

    def _unwrapped(self, recipient: cms.KeyTransRecipientInfo) -> bytes:
        assert isinstance(self.key, rsa.RSAPrivateKey)
        return self.key.decrypt(recipient["encrypted_key"].native, padding.PKCS1v15())

    def with_(self, **changes: Any) -> "Device":
        """The same device with other fields."""
        return replace(self, **changes)


def _attributes(encoded: bytes) -> Iterator[tuple[str, bytes]]:
    """Type and the contents of the one value of each attribute in a DER SET."""
    for attribute in _members(encoded):
        oid, values = _members(attribute)
        (value,) = _members(values)
        yield core.ObjectIdentifier.load(oid).dotted, parser.parse(value)[4]


def _members(encoded: bytes) -> list[bytes]:
    contents, found, position = parser.parse(encoded)[4], [], 0
    while position < len(contents):
        header, body, trailer = parser.peek(contents[position:]), 0, 0
        found.append(contents[position : position + header + body + trailer])
        position += header
    return found


def _under_password(recipient: cms.PasswordRecipientInfo, password: str) -> bytes:
    """RFC 3211, 2.3.2."""
    derivation = recipient["key_derivation_algorithm"]["parameters"]
    rounds, salt = derivation["iteration_count"].native, derivation["salt"].native
    wrapping = PBKDF2HMAC(hashes.SHA256(), 32, salt, rounds).derive(password.encode())
    inner = algos.EncryptionAlgorithm.load(recipient["key_encryption_algorithm"]["parameters"].dump())
    iv, wrapped = inner["parameters"].native, recipient["encrypted_key"].native
    last = _decrypted(wrapped[-16:], wrapping, wrapped[-32:-16])
    once = _decrypted(wrapped, wrapping, last)
    plain = _decrypted(once, wrapping, iv)
    key = plain[4 : 4 + plain[0]]
    assert plain[1:4] == bytes(octet ^ 0xFF for octet in key[:3])
    return key


def _decrypted(data: bytes, key: bytes, iv: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES256(key), modes.CBC(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()
