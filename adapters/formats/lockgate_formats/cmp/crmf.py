"""CRMF (RFC 4211): the bodies ir, cr, kur (RFC 9810, 5.3.1), read and written."""

from collections.abc import Mapping, Sequence

from lockgate_formats import der
from lockgate_formats.cmp.contents import (
    CertificateRequestMessage,
    CertificateTemplate,
    Controls,
    ProofOfPossession,
)
from lockgate_formats.cmp.controls import read_controls, utf8_pairs
from lockgate_formats.cmp.info_values import encode_infos, take_infos
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits
from lockgate_formats.cmp.messages import InfoValue, well_formed
from lockgate_formats.cmp.templates import encode_template, take_template
from lockgate_formats.cmp.vocabulary import PossessionKind
from lockgate_formats.cmp.writing import signed_integer
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import Fields, contents_of, integer, read_whole, small_integer

RA_VERIFIED = der.implicit(0, b"")
"""The DER ProofOfPossession by which an RA says that it has verified possession itself (RFC 4211, 4)."""
SIGNATURE = 0xA1
"""The tag of a ProofOfPossession that is a signature."""
_KEY_AGREEMENT, _SUBSEQUENT_MESSAGE = 0xA3, 0x81
_PRIVATE_KEYS: Mapping[int, PossessionKind] = {
    0x80: PossessionKind.THIS_MESSAGE,
    0x82: PossessionKind.DH_MAC,
    0xA3: PossessionKind.AGREE_MAC,
    0xA4: PossessionKind.ENCRYPTED_KEY,
}
_SUBSEQUENT = (PossessionKind.ENCRYPTED_CERTIFICATE, PossessionKind.CHALLENGE_RESPONSE)


def read_certificate_requests(
    body: bytes, limits: MessageLimits = DEFAULT_LIMITS
) -> tuple[CertificateRequestMessage, ...]:
    """Read DER CertReqMessages; at least one.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    with well_formed("The certificate request"):
        messages = read_whole(body)
        found = tuple(_message(messages, limits) for _ in messages.each(limits.requests, "certificate requests"))
        if not found:
            raise Unreadable("no request is in the message")
        return found


def _message(fields: Fields, limits: MessageLimits) -> CertificateRequestMessage:
    message = fields.inside(der.SEQUENCE)
    request = message.element(der.SEQUENCE)
    cert_req_id, template, controls = _request(request, limits)
    possession = ProofOfPossession() if message.tag in {der.SEQUENCE, -1} else _possession(message.element())
    infos = message.optional_inside(der.SEQUENCE)
    reg_info = () if infos is None else take_infos(infos, limits.controls, "members in regInfo")
    message.finish()
    return CertificateRequestMessage(
        cert_req_id=cert_req_id,
        request=request,
        template=template,
        controls=controls,
        possession=possession,
        reg_info=reg_info,
        utf8_pairs=utf8_pairs(reg_info) if reg_info else (),
    )


def _request(octets: bytes, limits: MessageLimits) -> tuple[int, CertificateTemplate, Controls]:
    """The parts of a CertRequest."""
    fields = read_whole(octets)
    cert_req_id = small_integer(fields.contents(der.INTEGER))
    template = take_template(fields)
    found = fields.optional_inside(der.SEQUENCE)
    fields.finish()
    return cert_req_id, template, Controls() if found is None else read_controls(found, limits)


def _possession(value: bytes) -> ProofOfPossession:
    match value[0]:
        case 0x80 if value == RA_VERIFIED:
            return ProofOfPossession(PossessionKind.RA_VERIFIED, value)
        case 0xA1:
            return ProofOfPossession(PossessionKind.SIGNATURE, value)
        case 0xA2 | 0xA3 as tag:
            return ProofOfPossession(_of_private_key(value), value, for_agreement=tag == _KEY_AGREEMENT)
    raise Unreadable("a proof of possession of no kind")


def _of_private_key(value: bytes) -> PossessionKind:
    """The kind of a POPOPrivKey (RFC 4211, 4.2 and 4.3)."""
    inner = Fields(value).explicit(value[0])
    if inner[0] == _SUBSEQUENT_MESSAGE:
        number = integer(contents_of(inner, _SUBSEQUENT_MESSAGE))
        if number not in range(len(_SUBSEQUENT)):
            raise Unreadable("a subsequentMessage of no kind")
        return _SUBSEQUENT[number]
    if inner[0] not in _PRIVATE_KEYS:
        raise Unreadable("a POPOPrivKey of no kind")
    return _PRIVATE_KEYS[inner[0]]


def write_certificate_request(
    cert_req_id: int, template: CertificateTemplate, controls: Sequence[InfoValue] = ()
) -> bytes:
    """The DER CertRequest (RFC 4211, 5)."""
    written = encode_infos(controls) if controls else b""
    return der.sequence(signed_integer(cert_req_id), encode_template(template), written)


def write_certificate_request_message(
    request: bytes, possession: bytes = b"", reg_info: Sequence[InfoValue] = ()
) -> bytes:
    """The DER CertReqMsg (RFC 4211, 3).

    Args:
        request: DER CertRequest.
        possession: DER ProofOfPossession; empty without.
    """
    return der.sequence(request, possession, encode_infos(reg_info) if reg_info else b"")


def write_certificate_requests(messages: Sequence[bytes]) -> bytes:
    """The DER CertReqMessages of those DER CertReqMsg."""
    return der.sequence(*messages)


def encrypted_certificate_possession(*, for_agreement: bool = False) -> bytes:
    """The DER ProofOfPossession that asks for an encrypted certificate (RFC 4211, 4.2: subsequentMessage encrCert).

    Args:
        for_agreement: whether the key is one for key agreement.
    """
    return der.explicit(3 if for_agreement else 2, der.implicit(1, b"\x00"))
