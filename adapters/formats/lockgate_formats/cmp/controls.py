"""Controls and registration information of CRMF requests (RFC 4211, 6 and 7): read and written."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateId, Controls, Publication
from lockgate_formats.cmp.info_values import encode_info, take_info, take_infos
from lockgate_formats.cmp.limits import MessageLimits
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.names import DIRECTORY_NAME, directory_name, take_general_name
from lockgate_formats.cmp.vocabulary import ControlType, RegInfoType
from lockgate_formats.cmp.writing import signed_integer
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import MAX_TEXT, Fields, bounded, contents_of, integer, read_whole, small_integer, text

MAX_PUBLICATIONS = 16
_ESCAPE = re.compile("%(25|3[fF])")
_ESCAPED = {"25": "%", "3f": "?"}


def take_certificate_id(fields: Fields) -> CertificateId:
    """The next element, a CertId; its issuer must be a directoryName.

    Raises:
        ValueError: it is none.
    """
    inner = fields.inside(der.SEQUENCE)
    issuer = inner.explicit(DIRECTORY_NAME, der.SEQUENCE)
    serial_number = integer(inner.contents(der.INTEGER))
    inner.finish()
    return CertificateId(issuer, serial_number)


def encode_certificate_id(identifier: CertificateId) -> bytes:
    """The DER CertId."""
    return der.sequence(directory_name(identifier.issuer), signed_integer(identifier.serial_number))


def _old_certificate(value: bytes) -> CertificateId:
    fields = Fields(value)
    found = take_certificate_id(fields)
    fields.finish()
    return found


def _text(value: bytes) -> str:
    return text(bounded(contents_of(value, der.UTF8_STRING), MAX_TEXT, "a text"))


def _publication(value: bytes) -> Publication:
    fields = read_whole(value)
    action = small_integer(fields.contents(der.INTEGER))
    infos = fields.optional_inside(der.SEQUENCE)
    methods = () if infos is None else tuple(_method(infos) for _ in infos.each(MAX_PUBLICATIONS, "publications"))
    fields.finish()
    return Publication(action, methods)


def _method(infos: Fields) -> int:
    """The pubMethod of the next SinglePubInfo."""
    info = infos.inside(der.SEQUENCE)
    method = small_integer(info.contents(der.INTEGER))
    if info.size:
        take_general_name(info)
    info.finish()
    return method


def _key(value: bytes) -> bytes:
    read_whole(value)
    return value


def _template(value: bytes) -> InfoValue:
    fields = Fields(value)
    found = take_info(fields)
    fields.finish()
    return found


_TYPED: Mapping[str, tuple[str, Callable[[bytes], object]]] = {
    ControlType.REG_TOKEN: ("reg_token", _text),
    ControlType.AUTHENTICATOR: ("authenticator", _text),
    ControlType.PKI_PUBLICATION_INFO: ("publication", _publication),
    ControlType.OLD_CERT_ID: ("old_certificate", _old_certificate),
    ControlType.PROTOCOL_ENCR_KEY: ("protocol_key", _key),
    ControlType.ALT_CERT_TEMPLATE: ("alternative_template", _template),
}
"""Attribute and reader of each control that has an attribute of its own."""


def read_controls(fields: Fields, limits: MessageLimits) -> Controls:
    """The Controls whose members `fields` are.

    Raises:
        ValueError: they are none, one stands twice, or there are too many.
    """
    values = take_infos(fields, limits.controls, "controls")
    if len({control.oid for control in values}) != len(values):
        raise Unreadable("a control stands twice")
    found: dict[str, Any] = {}
    for control in values:
        if control.value is None:
            raise Unreadable("a control without a value")
        if control.oid in _TYPED:
            name, read = _TYPED[control.oid]
            found[name] = read(control.value)
    return Controls(values=values, **found)


def text_control(kind: ControlType, value: str) -> InfoValue:
    """A regToken or an authenticator control."""
    return InfoValue(kind, der.utf8_string(value))


def old_certificate_control(identifier: CertificateId) -> InfoValue:
    """An oldCertID control: which certificate is renewed (RFC 4211, 6.5)."""
    return InfoValue(ControlType.OLD_CERT_ID, encode_certificate_id(identifier))


def publication_control(publication: Publication) -> InfoValue:
    """A pkiPublicationInfo control (RFC 4211, 6.3)."""
    infos = (der.sequence(der.integer(method)) for method in publication.methods)
    several = der.sequence(*infos) if publication.methods else b""
    return InfoValue(ControlType.PKI_PUBLICATION_INFO, der.sequence(der.integer(publication.action), several))


def protocol_key_control(spki: bytes) -> InfoValue:
    """A protocolEncrKey control: the DER SubjectPublicKeyInfo of a key to encrypt the answer to (RFC 4211, 6.6)."""
    return InfoValue(ControlType.PROTOCOL_ENCR_KEY, spki)


def alternative_template_control(template: InfoValue) -> InfoValue:
    """An altCertTemplate control (RFC 9810, appendix F)."""
    return InfoValue(ControlType.ALT_CERT_TEMPLATE, encode_info(template))


def utf8_pairs(reg_info: Iterable[InfoValue]) -> tuple[tuple[str, str], ...]:
    """Name and value of each pair in the utf8Pairs of `reg_info` (RFC 4211, 7.1): `name?value%name?value%`.

    Raises:
        ValueError: a pair has no `?`, or a value is no text.
    """
    texts = (_text(info.value or b"") for info in reg_info if info.oid == RegInfoType.UTF8_PAIRS)
    return tuple(pair for one in texts for pair in _pairs(one))


def _pairs(encoded: str) -> Iterable[tuple[str, str]]:
    # a percent sign that ends a pair is not one that begins an escape
    for pair in re.split("%(?!25|3[fF])", encoded):
        name, found, value = pair.partition("?")
        if pair and not found:
            raise Unreadable("a pair without a question mark")
        if pair:
            yield _unescaped(name), _unescaped(value)


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED[match[1].lower()], value)


def utf8_pairs_info(pairs: Iterable[tuple[str, str]]) -> InfoValue:
    """The utf8Pairs (RFC 4211, 7.1) of those names and values."""
    encoded = "".join(f"{_escaped(name)}?{_escaped(value)}%" for name, value in pairs)
    return InfoValue(RegInfoType.UTF8_PAIRS, der.utf8_string(encoded))


def _escaped(value: str) -> str:
    return value.replace("%", "%25").replace("?", "%3f")
