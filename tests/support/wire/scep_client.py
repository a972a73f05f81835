"""A SCEP client (RFC 8894) on asn1crypto alone, with every part adjustable, so that wrong messages can be built."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from asn1crypto import algos, core, csr, keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.wire.cms_objects import content_info, element
from tests.support.wire.scep_answers import CertRep, opened, verified
from tests.support.wire.scep_deviations import UNSIGNED_ATTRIBUTE, DeviatingWriter
from tests.support.wire.scep_values import (
    AES128,
    AES256,
    CERT_POLL,
    CIPHERS,
    CONTENT_TYPE,
    DATA,
    DIGESTS,
    ENVELOPED_DATA,
    MESSAGE_DIGEST,
    OIDS,
    PKCS_REQ,
    SIGNED_DATA,
    Key,
    octets,
    printable,
)


@dataclass(frozen=True)
class Device(DeviatingWriter):
    """A device that enrols: its key, the name it asks for, and what its messages are like.

    Attributes:
        server: the RA's transport certificate, to which messages are encrypted.
        issuer: the DER name of the CA.
        digest, request_digest: what the messages and the PKCS#10 are signed with.
        more: attributes of the name that it asks for, before the common name.
        deviations: where it writes otherwise than RFC 8894 and its RFCs say, by a name in `DEVIATIONS`.
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
        return self.otherwise("a PKCS#10") or self.subject.public_bytes()

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
        issuer_and_subject = element(0x30, b"".join(map(self.name_of, names)))
        return self.message(CERT_POLL, issuer_and_subject, **changes)

    def identify(self, message_type: str, issuer: bytes, serial_number: int, **changes: Any) -> bytes:
        """A GetCert or GetCRL."""
        content = element(0x30, self.name_of(issuer) + core.Integer(serial_number).dump())
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
            OIDS["transaction_id"]: self.encoded_transaction_id(),
            OIDS["message_type"]: self.unless("no messageType", printable(message_type)),
            OIDS["sender_nonce"]: self.unless("no senderNonce", octets(nonce)),
        } | {OIDS[name]: value for name, value in (attributes or {}).items()}
        encoded = sorted(
            element(0x30, core.ObjectIdentifier(oid).dump() + element(0x31, value))
            for oid, value in values.items()
            if value is not None
        )
        algorithm, signature = self.sign(element(0x31, b"".join(encoded)))
        if tampered:
            signature = bytes((signature[0] ^ 1,)) + signature[1:]
        encoded_certificate, named = self.written(certificate)
        digest_algorithm = algos.DigestAlgorithm({"algorithm": self.digest}).dump()
        other = element(
            0x30,
            core.ObjectIdentifier(algos.DigestAlgorithmId.unmap(self.digest)).dump()
            + self.null_elsewhere(digest_algorithm),
        )
        info = element(
            0x30,
            core.Integer(1).dump()
            + named
            + digest_algorithm
            + element(0xA0, b"".join(encoded))
            + algorithm.dump()
            + octets(signature)
            + self.given("unsigned attributes", element(0xA1, UNSIGNED_ATTRIBUTE)),
        )
        data = element(
            0x30,
            core.Integer(1).dump()
            + element(0x31, other if "digest with NULL in one place alone" in self.deviations else digest_algorithm)
            + content_info(DATA, octets(envelope))
            + element(0xA0, encoded_certificate)
            + self.given("an empty set of CRLs", element(0xA1, b""))
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
        issuer = self.name_of(self.server.issuer.public_bytes())
        named = element(0x30, issuer + core.Integer(self.server.serial_number).dump())
        transport = self.key_transport()
        wrapped = wrapped or public.encrypt(key, self.key_padding())
        recipient = element(0x30, core.Integer(0).dump() + named + transport + octets(wrapped))
        encrypted = element(
            0x30,
            core.ObjectIdentifier(DATA).dump() + self.content_cipher(iv) + element(0x80, ciphertext),
        )
        data = element(0x30, core.Integer(0).dump() + element(0x31, recipient) + encrypted)
        return content_info(ENVELOPED_DATA, data)

    # ---- answers

    def read(self, answer: bytes) -> CertRep:
        """An answer signed by the server, with content type and digest as they must be."""
        read = verified(answer, self.server)
        assert read.attributes["transaction_id"] == self.transaction_id
        assert read.attributes["message_type"] == "3"
        return read

    def opened(self, answer: CertRep, password: str | None = None) -> tuple[list[bytes], list[bytes]]:
        """The certificates and CRLs in a successful answer, decrypted with the own key or `password`."""
        return opened(answer, password or self.key, self.cipher)

    def with_(self, **changes: Any) -> "Device":
        """The same device with other fields."""
        return replace(self, **changes)
