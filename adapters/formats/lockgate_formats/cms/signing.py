"""SignedData (RFC 5652, 5), written: everything that does not depend on the content is encoded once per keystore."""

import hashlib
from collections.abc import Callable, Mapping, Sequence

from lockgate.ports import Keystore
from lockgate.requests.content import ContentKind
from lockgate_formats import der
from lockgate_formats.cms import attributes, oids
from lockgate_formats.cms.algorithms import WRITTEN, WrittenScheme
from lockgate_formats.cms.certificates import read_certificate

_VERSION_3 = der.integer(3)
_SIGNED_DATA = der.oid(oids.SIGNED_DATA)
_CONTENT_TYPES: Mapping[ContentKind, bytes] = {kind: der.oid(oid) for kind, oid in oids.CONTENT_TYPES.items()}


class CmsSigner:
    """Writes ContentInfo with SignedData under the key of one keystore; includes its certificate."""

    def __init__(self, keystore: Keystore) -> None:
        scheme = WRITTEN[keystore.scheme]
        self._writer = SignedDataWriter(keystore.certificate, scheme, keystore.sign)

    def sign(self, content: bytes, kind: ContentKind) -> bytes:
        """The DER ContentInfo with `content` and the signature over it."""
        return self._writer.write(_VERSION_3, _CONTENT_TYPES[kind], content)


class SignedDataWriter:
    """Writes SignedData in one way.

    Args:
        certificate: the signer's, DER; it is included.
        scheme: which algorithms are named.
        sign: makes the signature over its argument (hashing included).
        chain: DER certificates that are included after the signer's.
        by_key: name the signer by its subject key identifier, if its certificate has one.
    """

    def __init__(
        self,
        certificate: bytes,
        scheme: WrittenScheme,
        sign: Callable[[bytes], bytes],
        *,
        chain: Sequence[bytes] = (),
        by_key: bool = False,
    ) -> None:
        self._sign = sign
        self._digest = scheme.digest.name
        self._digests = der.element(der.SET, scheme.digest_algorithm)
        self._certificates = der.element(der.CONTEXT_0, certificate, *chain)
        named = read_certificate(certificate)
        key_identifier = named.key_identifier if by_key else None
        signer = der.integer(1) + named.issuer_and_serial if key_identifier is None else _VERSION_3 + key_identifier
        self._info_head = signer + scheme.digest_algorithm
        self._signature_algorithm = scheme.signature_algorithm

    def write(self, version: bytes, content_type: bytes, content: bytes, further: Sequence[bytes] = ()) -> bytes:
        """The DER ContentInfo with `content` and the signature over it.

        Args:
            version: of SignedData, DER.
            content_type: DER object identifier.
            further: DER attributes to sign besides content type and digest.
        """
        encapsulated = der.sequence(content_type, der.element(der.CONTEXT_0, der.octet_string(content)))
        digest = hashlib.new(self._digest, content).digest()
        signed = [attributes.content_type(content_type), attributes.message_digest(digest), *further]
        signature = self._sign(der.set_of(signed))
        info = der.sequence(
            self._info_head,
            der.set_of(signed, der.CONTEXT_0),
            self._signature_algorithm,
            der.octet_string(signature),
        )
        signed_data = der.sequence(version, self._digests, encapsulated, self._certificates, der.element(der.SET, info))
        return der.sequence(_SIGNED_DATA, der.element(der.CONTEXT_0, signed_data))
