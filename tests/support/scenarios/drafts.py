"""Requests as somebody may put them past the client, who refuses to send what is wrong."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.requests.content import ContentKind, RequestContent
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.submessages.contents import JsonContents
from tests.support.pki.identities import Identity


@dataclass
class Draft:
    """A request about to be signed and encrypted; deviations change it."""

    content: RequestContent
    row: str
    signer: Identity | None
    encrypt_to: x509.Certificate | None
    edits: list[Callable[[dict[str, Any]], object]] = field(default_factory=list)
    octets: bytes | None = None

    def change(self, **fields: Any) -> None:
        """Change fields of the content."""
        self.content = replace(self.content, **fields)

    def ask(self, **fields: Any) -> None:
        """Change fields of the request."""
        self.change(request=replace(self.content.request, **fields))

    def signed_bytes(self) -> bytes:
        """What is to be signed: the content's JSON after the edits."""
        if self.octets is not None:
            return self.octets
        document = json.loads(JsonContents().encode_request(self.content))
        for edit in self.edits:
            edit(document)
        return json.dumps(document).encode()

    def sealed(self) -> bytes:
        """The submessage."""
        envelopes = CmsEnvelopes(self.signer.keystore if self.signer else None)
        recipient = self.encrypt_to.public_bytes(Encoding.DER) if self.encrypt_to else None
        return envelopes.seal(
            self.signed_bytes(), ContentKind.REQUEST, sign=self.signer is not None, encrypt_to=recipient
        )
