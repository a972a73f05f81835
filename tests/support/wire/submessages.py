"""Submessages of an RA for a worker, well-made and altered, and what envelopes make of them."""

from typing import Any

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from lockgate.ports import Opened, Signed
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import ContentKind
from lockgate_formats.cms import CmsEnvelopes, oids
from tests.support.pki import identities
from tests.support.wire import cms_objects
from tests.support.wire.cms_objects import Identity, signed_data, signer_info

REQUEST = oids.CONTENT_TYPES[ContentKind.REQUEST]
CONTENT = b'{"some": "content"}'
DATA, SIGNED, AUTH = oids.DATA, oids.SIGNED_DATA, oids.AUTH_ENVELOPED_DATA


def forged(identity: identities.Identity) -> Identity:
    return Identity(identity.certificate, identity.key)  # type: ignore[arg-type]


RA = forged(identities.ra())
WORKER = identities.worker()
ENVELOPES = CmsEnvelopes(WORKER.keystore)


def unreadable(submessage: bytes, envelopes: CmsEnvelopes = ENVELOPES) -> str:
    """That `submessage` is unreadable, by `open` or by `verify`, and why."""
    result: Opened | Signed | Rejected = envelopes.open(submessage)
    if isinstance(result, Opened):
        assert result.signed
        result = envelopes.verify(result)
    assert isinstance(result, Rejected), result
    assert (result.reason, result.detail) == (Reason.UNREADABLE, "")
    return result.internal


def accepted(submessage: bytes, envelopes: CmsEnvelopes = ENVELOPES) -> Signed:
    opened = envelopes.open(submessage)
    assert isinstance(opened, Opened), opened
    result = envelopes.verify(opened)
    assert isinstance(result, Signed), result
    return result


def named_otherwise(info: Any, field: str, suffix: str = "") -> Any:
    """`info`, in which the issuer's name in `field` is written so (`cms_objects.in_capitals`)."""
    identifier = info[field].chosen
    identifier["issuer"] = asn1_x509.Name.load(cms_objects.in_capitals(identifier["issuer"].dump(), suffix))
    return info


def good_signed() -> bytes:
    return signed_data(CONTENT, REQUEST, [signer_info(CONTENT, REQUEST, RA)], [RA])


def altered(change: Any) -> bytes:
    """A well-made SignedData after `change` did something to asn1crypto's object."""
    info = cms.ContentInfo.load(good_signed())
    change(info["content"])
    return info.dump(force=True)  # type: ignore[no-any-return]


def resigned(change: Any) -> bytes:
    """As `altered`, with `change` done to the signed attributes before the signature is made."""

    def apply(data: Any) -> None:
        info = data["signer_infos"][0]
        change(info["signed_attrs"])
        octets = info["signed_attrs"].untag().dump(force=True)
        info["signature"] = RA.key.sign(octets, padding.PKCS1v15(), hashes.SHA256())

    return altered(apply)
