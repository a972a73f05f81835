"""SignedData (RFC 5652, 5), written: everything that does not depend on the content is encoded once per keystore."""

import hashlib
from collections.abc import Mapping

from lockgate.content import ContentKind
from lockgate.ports import Keystore
from lockgate_transport.cms import attributes, der, oids
from lockgate_transport.cms.algorithms import WRITTEN
from lockgate_transport.cms.certificates import read_certificate

_SIGNED_DATA = der.identifier(oids.SIGNED_DATA)
_CONTENT_TYPES: Mapping[ContentKind, bytes] = {kind: der.identifier(oid) for kind, oid in oids.CONTENT_TYPES.items()}


class Signer:
    """Writes ContentInfo with SignedData under the key of one keystore; includes its certificate."""

    def __init__(self, keystore: Keystore) -> None:
        scheme = WRITTEN[keystore.scheme]
        named = read_certificate(keystore.certificate)
        self._keystore = keystore
        self._digest = scheme.digest.name
        self._head = der.integer(3) + der.element(der.SET, scheme.digest_algorithm)
        self._certificates = der.element(der.CONTEXT_0, keystore.certificate)
        self._info_head = der.integer(1) + named.issuer_and_serial + scheme.digest_algorithm
        self._signature_algorithm = scheme.signature_algorithm

    def sign(self, content: bytes, kind: ContentKind) -> bytes:
        """The DER ContentInfo with `content` and the signature over it."""
        content_type = _CONTENT_TYPES[kind]
        encapsulated = der.sequence(content_type, der.element(der.CONTEXT_0, der.octet_string(content)))
        digest = hashlib.new(self._digest, content).digest()
        signed = [attributes.content_type(content_type), attributes.message_digest(digest)]
        signature = self._keystore.sign(der.set_of(signed))
        info = der.sequence(
            self._info_head,
            der.set_of(signed, der.CONTEXT_0),
            self._signature_algorithm,
            der.octet_string(signature),
        )
        signed_data = der.sequence(self._head, encapsulated, self._certificates, der.element(der.SET, info))
        return der.sequence(_SIGNED_DATA, der.element(der.CONTEXT_0, signed_data))
