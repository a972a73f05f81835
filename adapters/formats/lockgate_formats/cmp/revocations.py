"""Revocation (RFC 9810, 5.3.9 and 5.3.10): the bodies rr and rp, read and written."""

from collections.abc import Sequence

from lockgate_formats import der
from lockgate_formats.cmp.contents import RevocationReply, RevocationRequest
from lockgate_formats.cmp.controls import encode_certificate_id, take_certificate_id
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits
from lockgate_formats.cmp.messages import InfoValue, well_formed
from lockgate_formats.cmp.status import encode_status, take_status
from lockgate_formats.cmp.templates import encode_template, take_template
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import Fields, contents_of, oid, read_whole, small_integer

_REASON_CODE = "2.5.29.21"
_ENUMERATED = 0x0A
_BOOLEAN = 0x01


def read_revocations(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> tuple[RevocationRequest, ...]:
    """Read a DER RevReqContent; at least one.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    with well_formed("The revocation request"):
        details = read_whole(body)
        found = tuple(_request(details, limits) for _ in details.each(limits.requests, "revocations"))
        if not found:
            raise Unreadable("no revocation is in the message")
        return found


def _request(fields: Fields, limits: MessageLimits) -> RevocationRequest:
    details = fields.inside(der.SEQUENCE)
    template = take_template(details)
    extensions = details.optional_inside(der.SEQUENCE)
    details.finish()
    entries = () if extensions is None else _extensions(extensions, limits)
    reasons = [contents_of(entry.value or b"", _ENUMERATED) for entry in entries if entry.oid == _REASON_CODE]
    return RevocationRequest(
        template=template,
        reason=small_integer(reasons[0]) if reasons else None,
        entry_extensions=tuple(entry for entry in entries if entry.oid != _REASON_CODE),
    )


def _extensions(fields: Fields, limits: MessageLimits) -> tuple[InfoValue, ...]:
    """The type and the value of each of the Extensions, each type once."""
    found = tuple(_extension(fields) for _ in fields.each(limits.controls, "extensions"))
    if len({entry.oid for entry in found}) != len(found):
        raise Unreadable("an extension stands twice")
    return found


def _extension(fields: Fields) -> InfoValue:
    extension = fields.inside(der.SEQUENCE)
    kind = oid(extension.contents(der.OBJECT_IDENTIFIER))
    if extension.optional(_BOOLEAN) not in {None, b"\xff"}:
        raise Unreadable("a critical extension that is none")
    value = extension.contents(der.OCTET_STRING)
    extension.finish()
    return InfoValue(kind, value)


def write_revocations(requests: Sequence[RevocationRequest]) -> bytes:
    """The DER RevReqContent."""
    return der.sequence(*map(_encoded_request, requests))


def _encoded_request(request: RevocationRequest) -> bytes:
    entries = list(request.entry_extensions)
    if request.reason is not None:
        entries.insert(0, InfoValue(_REASON_CODE, der.element(_ENUMERATED, bytes((request.reason,)))))
    extensions = (der.sequence(der.oid(entry.oid), der.octet_string(entry.value or b"")) for entry in entries)
    return der.sequence(encode_template(request.template), der.sequence(*extensions) if entries else b"")


def read_revocation_reply(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> RevocationReply:
    """Read a DER RevRepContent.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    with well_formed("The revocation response"):
        fields = read_whole(body)
        statuses = fields.inside(der.SEQUENCE)
        found = tuple(take_status(statuses, limits) for _ in statuses.each(limits.requests, "statuses"))
        identifiers = _tagged_list(fields, der.CONTEXT_0)
        crls = _tagged_list(fields, der.CONTEXT_1)
        fields.finish()
        return RevocationReply(
            found,
            tuple(take_certificate_id(identifiers) for _ in identifiers.each(limits.requests, "certificates")),
            tuple(crls.element(der.SEQUENCE) for _ in crls.each(limits.requests, "CRLs")),
        )


def _tagged_list(fields: Fields, tag: int) -> Fields:
    """The members of an optional list under an explicit tag; of an empty one where it is missing."""
    tagged = fields.optional_inside(tag)
    if tagged is None:
        return Fields(b"")
    found = tagged.inside(der.SEQUENCE)
    tagged.finish()
    return found


def write_revocation_reply(reply: RevocationReply) -> bytes:
    """The DER RevRepContent."""
    identifiers = map(encode_certificate_id, reply.certificates)
    return der.sequence(
        der.sequence(*map(encode_status, reply.statuses)),
        der.explicit(0, der.sequence(*identifiers)) if reply.certificates else b"",
        der.explicit(1, der.sequence(*reply.crls)) if reply.crls else b"",
    )
