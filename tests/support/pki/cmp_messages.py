"""CMP messages for tests."""

from datetime import UTC, datetime
from typing import Any

from lockgate_formats.cmp.contents import CertificateTemplate
from lockgate_formats.cmp.crmf import (
    write_certificate_request,
    write_certificate_request_message,
    write_certificate_requests,
)
from lockgate_formats.cmp.messages import Header, InfoValue
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.pki_message import write_message
from lockgate_formats.cmp.protection import Protector
from lockgate_formats.cmp.proving import signature_possession
from lockgate_formats.cmp.signatures import key_protector
from lockgate_formats.cmp.vocabulary import BodyType
from tests.support.pki.identities import name
from tests.support.pki.key_forms import Key, public_key

SECRET = b"a shared secret"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HEADER = Header(
    pvno=2,
    sender=directory_name(name("client").public_bytes()),
    recipient=directory_name(name("Management CA").public_bytes()),
    message_time=NOW,
    transaction_id=b"\x01" * 16,
    sender_nonce=b"\x02" * 16,
)


def certificate_requests(key: Key, subject: bytes | None = None, *controls: InfoValue, **template: Any) -> bytes:
    """The body of an ir with one request for `key`, which has signed it.

    Args:
        template: further fields of the template.
    """
    asked = CertificateTemplate(subject=subject or name("alice").public_bytes(), public_key=public_key(key), **template)
    request = write_certificate_request(0, asked, controls)
    possession = signature_possession(request, key_protector(key))
    return write_certificate_requests([write_certificate_request_message(request, possession)])


def initialization(key: Key, protector: Protector | None = None, *certificates: bytes) -> bytes:
    """An ir with one request for `key`."""
    return write_message(HEADER, BodyType.IR, certificate_requests(key), protector, certificates)
