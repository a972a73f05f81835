"""CertRepMessage (RFC 9810, 5.3.4): the bodies ip, cp, kup, read and written."""

from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateReply, CertificateResponse
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits
from lockgate_formats.cmp.messages import well_formed
from lockgate_formats.cmp.status import encode_status, take_status
from lockgate_formats.cmp.writing import signed_integer
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import Fields, bounded, read_whole, small_integer

_CERTIFICATE, _ENCRYPTED_CERTIFICATE = der.CONTEXT_0, der.CONTEXT_1
_PRIVATE_KEY, _PUBLICATION = der.CONTEXT_0, der.CONTEXT_1
_ENVELOPED_DATA = der.CONTEXT_0


def read_certificate_reply(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> CertificateReply:
    """Read a DER CertRepMessage; it may hold no response.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    with well_formed("The certificate response"):
        fields = read_whole(body)
        tagged = fields.optional_inside(der.CONTEXT_1)
        ca_certificates = () if tagged is None else _certificates(tagged, limits)
        responses = fields.inside(der.SEQUENCE)
        fields.finish()
        taken = responses.each(limits.requests, "responses")
        return CertificateReply(tuple(_response(responses, limits) for _ in taken), ca_certificates)


def _certificates(tagged: Fields, limits: MessageLimits) -> tuple[bytes, ...]:
    certificates = tagged.inside(der.SEQUENCE)
    tagged.finish()
    return tuple(_certificate(certificates, limits) for _ in certificates.each(limits.extra_certs, "certificates"))


def _certificate(fields: Fields, limits: MessageLimits) -> bytes:
    return bounded(fields.element(der.SEQUENCE), limits.certificate, "a certificate")


def _response(fields: Fields, limits: MessageLimits) -> CertificateResponse:
    response = fields.inside(der.SEQUENCE)
    cert_req_id = small_integer(response.contents(der.INTEGER))
    status = take_status(response, limits)
    pair = response.optional_inside(der.SEQUENCE)
    info = response.optional(der.OCTET_STRING)
    response.finish()
    certificate, encrypted, private_key = (None, None, None) if pair is None else _key_pair(pair, limits)
    return CertificateResponse(
        cert_req_id=cert_req_id,
        status=status,
        certificate=certificate,
        encrypted_certificate=encrypted,
        private_key=private_key,
        response_info=info,
    )


def _key_pair(pair: Fields, limits: MessageLimits) -> tuple[bytes | None, bytes | None, bytes | None]:
    """The certificate or the encrypted one, and the private key, of a CertifiedKeyPair."""
    certificate = encrypted = private_key = None
    if pair.tag == _CERTIFICATE:
        certificate = bounded(pair.explicit(_CERTIFICATE, der.SEQUENCE), limits.certificate, "a certificate")
    else:
        encrypted = _enveloped_data(pair.explicit(_ENCRYPTED_CERTIFICATE))
    if pair.tag == _PRIVATE_KEY:
        private_key = _enveloped_data(pair.explicit(_PRIVATE_KEY))
    pair.optional(_PUBLICATION)
    pair.finish()
    return certificate, encrypted, private_key


def _enveloped_data(encrypted_key: bytes) -> bytes:
    """The DER EnvelopedData in an EncryptedKey (RFC 4211, 2.1)."""
    if encrypted_key[0] != _ENVELOPED_DATA:
        raise Unreadable("an EncryptedValue, which is not used any more; EnvelopedData is needed")
    return bytes((der.SEQUENCE,)) + encrypted_key[1:]


def write_certificate_reply(reply: CertificateReply) -> bytes:
    """The DER CertRepMessage."""
    certificates = reply.ca_certificates
    return der.sequence(
        der.explicit(1, der.sequence(*certificates)) if certificates else b"",
        der.sequence(*map(_encoded_response, reply.responses)),
    )


def _encoded_response(response: CertificateResponse) -> bytes:
    return der.sequence(
        signed_integer(response.cert_req_id),
        encode_status(response.status),
        _encoded_pair(response),
        b"" if response.response_info is None else der.octet_string(response.response_info),
    )


def _encoded_pair(response: CertificateResponse) -> bytes:
    if response.certificate is not None:
        certificate = der.explicit(0, response.certificate)
    elif response.encrypted_certificate is not None:
        certificate = der.explicit(1, _encrypted_key(response.encrypted_certificate))
    else:
        return b""
    key = response.private_key
    return der.sequence(certificate, b"" if key is None else der.explicit(0, _encrypted_key(key)))


def _encrypted_key(enveloped_data: bytes) -> bytes:
    """The DER EncryptedKey with that DER EnvelopedData."""
    return bytes((_ENVELOPED_DATA,)) + enveloped_data[1:]
