"""Answers of a SCEP server (RFC 8894, 3.3.2): read, verified and decrypted on asn1crypto alone."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from asn1crypto import algos, cms, core, parser
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.wire.cms_objects import element
from tests.support.wire.scep_values import CIPHERS, CONTENT_TYPE, DIGESTS, MESSAGE_DIGEST, NAMES, Key


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


def verified(answer: bytes, server: x509.Certificate) -> CertRep:
    """An answer that `server` has signed, with content type and digest as they must be."""
    signed = cms.ContentInfo.load(answer, strict=True)["content"]
    (info,) = signed["signer_infos"]
    digest = info["digest_algorithm"]["algorithm"].native
    certificate = signed["certificates"][0].chosen.dump()
    assert certificate == server.public_bytes(Encoding.DER)
    protected = element(0x31, info["signed_attrs"].contents)
    public = server.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(info["signature"].native, protected, padding.PKCS1v15(), DIGESTS[digest])
    content = signed["encap_content_info"]["content"].native or b""
    values = dict(_attributes(protected))
    assert values.pop(MESSAGE_DIGEST) == hashlib.new(digest, content).digest()
    values.pop(CONTENT_TYPE)
    named = {NAMES[oid]: value if oid.endswith(("9.5", "9.6")) else value.decode() for oid, value in values.items()}
    return CertRep(named, content, certificate, digest)


def opened(answer: CertRep, secret: Key | str, cipher: str) -> tuple[list[bytes], list[bytes]]:
    """The certificates and CRLs in a successful answer, decrypted with a private key or a password.

    Args:
        cipher: the OID of the one that it must be encrypted with.
    """
    enveloped = cms.ContentInfo.load(answer.content)["content"]
    (recipient,) = enveloped["recipient_infos"]
    key = _under_password(recipient.chosen, secret) if isinstance(secret, str) else _unwrapped(recipient.chosen, secret)
    encrypted = enveloped["encrypted_content_info"]
    used = encrypted["content_encryption_algorithm"]
    assert used["algorithm"].dotted == cipher
    algorithm, _, block = CIPHERS[cipher]
    decryptor = Cipher(algorithm(key), modes.CBC(used["parameters"].native)).decryptor()
    plain = decryptor.update(encrypted["encrypted_content"].native) + decryptor.finalize()
    unpadder = block_padding.PKCS7(block * 8).unpadder()
    inner = cms.ContentInfo.load(unpadder.update(plain) + unpadder.finalize())["content"]
    return [one.chosen.dump() for one in inner["certificates"]], [one.chosen.dump() for one in inner["crls"]]


def _unwrapped(recipient: cms.KeyTransRecipientInfo, key: Key) -> bytes:
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.decrypt(recipient["encrypted_key"].native, padding.PKCS1v15())


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
