"""The values of general messages (RFC 9810, 5.3.19): written for answers and requests, and read from both.

Each `..._info` gives the `InfoValue` to write; each `read_...` reads the value of one, and raises MalformedMessage
where it is none. Certificates, CRLs and AlgorithmIdentifiers are DER.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateTemplate
from lockgate_formats.cmp.info_values import encode_infos, take_infos
from lockgate_formats.cmp.limits import DEFAULT_LIMITS
from lockgate_formats.cmp.messages import InfoValue, well_formed
from lockgate_formats.cmp.names import take_general_name
from lockgate_formats.cmp.templates import encode_template, take_template
from lockgate_formats.cmp.vocabulary import ControlType, InfoType
from lockgate_formats.cmp.writing import free_text, generalized_time
from lockgate_formats.fields import Fields, contents_of, moment, oid, read_whole, small_integer, texts_in

Value = TypeVar("Value")
_MEMBERS = DEFAULT_LIMITS.infos
_DISTRIBUTION_POINT, _ISSUER = 0xA0, 0xA1


@dataclass(frozen=True, slots=True)
class RootUpdate:
    """RootCaKeyUpdateContent (RFC 9810, 5.3.19.15): certificates of a root CA's keys."""

    new_with_new: bytes
    new_with_old: bytes | None = None
    old_with_new: bytes | None = None


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """CertReqTemplateContent (RFC 9810, 5.3.19.16): what a request should look like.

    Attributes:
        key_specification: controls of the types `ALG_ID` and `RSA_KEY_LEN`, each for a key that is accepted.
    """

    template: CertificateTemplate
    key_specification: tuple[InfoValue, ...] = ()


@dataclass(frozen=True, slots=True)
class CrlStatus:
    """CRLStatus (RFC 9810, 5.3.19.17): a CRL that somebody asks for.

    Attributes:
        distribution_point: DER DistributionPointName (RFC 5280, 4.2.1.13); None where `issuers` are named.
        issuers: DER GeneralNames' members, of the CRL's issuer.
        this_update: of the CRL that the sender has, UTC; None without.
    """

    distribution_point: bytes | None = None
    issuers: tuple[bytes, ...] = ()
    this_update: datetime | None = None


def sequence_info(kind: InfoType, members: Iterable[bytes]) -> InfoValue:
    """A list of DER structures: `CA_CERTS`, `CRLS`, `SIGN_KEY_PAIR_TYPES`, `ENC_KEY_PAIR_TYPES`."""
    return InfoValue(kind, der.sequence(*members))


def texts_info(kind: InfoType, texts: Iterable[str]) -> InfoValue:
    """A list of UTF8Strings: `SUPP_LANG_TAGS`, `CERT_PROFILE`."""
    return InfoValue(kind, free_text(texts))


def unsupported_info(oids: Iterable[str]) -> InfoValue:
    """The dotted object identifiers that the sender does not know."""
    return InfoValue(InfoType.UNSUPPORTED_OIDS, der.sequence(*map(der.oid, oids)))


def confirm_wait_info(end: datetime) -> InfoValue:
    """Until when the CA waits for a confirmation."""
    return InfoValue(InfoType.CONFIRM_WAIT_TIME, generalized_time(end))


IMPLICIT_CONFIRM = InfoValue(InfoType.IMPLICIT_CONFIRM, der.NULL)
"""Asks for implicit confirmation, or grants it (RFC 9810, 5.1.1.1)."""


def root_update_info(update: RootUpdate) -> InfoValue:
    """A root CA's new certificate, and those that link it with the one before."""
    links = (update.new_with_old, update.old_with_new)
    tagged = (der.explicit(number, link) for number, link in enumerate(links) if link is not None)
    return InfoValue(InfoType.ROOT_CA_KEY_UPDATE, der.sequence(update.new_with_new, *tagged))


def request_template_info(content: RequestTemplate) -> InfoValue:
    """What a request should look like."""
    keys = encode_infos(content.key_specification) if content.key_specification else b""
    return InfoValue(InfoType.CERT_REQ_TEMPLATE, der.sequence(encode_template(content.template), keys))


def key_algorithm_control(algorithm: bytes) -> InfoValue:
    """A key specification: the DER AlgorithmIdentifier of a key that is accepted."""
    return InfoValue(ControlType.ALG_ID, algorithm)


def rsa_length_control(bits: int) -> InfoValue:
    """A key specification: the length of an RSA modulus that is accepted."""
    return InfoValue(ControlType.RSA_KEY_LEN, der.integer(bits))


def crl_status_info(wanted: Sequence[CrlStatus]) -> InfoValue:
    """Asks for CRLs that are newer than the ones that the sender has."""
    return InfoValue(InfoType.CRL_STATUS_LIST, der.sequence(*map(_encoded_status, wanted)))


def _encoded_status(wanted: CrlStatus) -> bytes:
    point, update = wanted.distribution_point, wanted.this_update
    source = der.explicit(1, der.sequence(*wanted.issuers)) if point is None else der.explicit(0, point)
    return der.sequence(source, b"" if update is None else der.time(update))


def _read(info: InfoValue, take: Callable[[Fields], Value]) -> Value:
    """What `take` takes from the value, which is one element."""
    with well_formed(f"The value of {info.oid}"):
        fields = Fields(info.value or b"")
        found = take(fields)
        fields.finish()
        return found


def read_structure(info: InfoValue) -> bytes:
    """One DER structure that is a SEQUENCE: a certificate, a CRL or an AlgorithmIdentifier."""
    return _read(info, lambda fields: fields.element(der.SEQUENCE))


def read_structures(info: InfoValue) -> tuple[bytes, ...]:
    """The members of a list of them."""
    return _read(info, lambda fields: _elements(fields.inside(der.SEQUENCE)))


def _elements(fields: Fields) -> tuple[bytes, ...]:
    return tuple(fields.element(der.SEQUENCE) for _ in fields.each(_MEMBERS, "members"))


def read_texts(info: InfoValue) -> tuple[str, ...]:
    """The UTF8Strings of a list."""
    return _read(info, lambda fields: texts_in(fields.inside(der.SEQUENCE), _MEMBERS))


def read_unsupported(info: InfoValue) -> tuple[str, ...]:
    """The dotted object identifiers of `UNSUPPORTED_OIDS`."""
    return _read(info, lambda fields: _oids(fields.inside(der.SEQUENCE)))


def _oids(fields: Fields) -> tuple[str, ...]:
    return tuple(oid(fields.contents(der.OBJECT_IDENTIFIER)) for _ in fields.each(_MEMBERS, "members"))


def read_root_update(info: InfoValue) -> RootUpdate:
    """The certificates of `ROOT_CA_KEY_UPDATE`."""
    return _read(info, _root_update)


def _root_update(outer: Fields) -> RootUpdate:
    fields = outer.inside(der.SEQUENCE)
    new = fields.element(der.SEQUENCE)
    links = (fields.optional_explicit(0xA0, der.SEQUENCE), fields.optional_explicit(0xA1, der.SEQUENCE))
    fields.finish()
    return RootUpdate(new, *links)


def read_request_template(info: InfoValue) -> RequestTemplate:
    """The content of `CERT_REQ_TEMPLATE`."""
    return _read(info, _request_template)


def _request_template(outer: Fields) -> RequestTemplate:
    fields = outer.inside(der.SEQUENCE)
    template = take_template(fields)
    keys = fields.optional_inside(der.SEQUENCE)
    fields.finish()
    return RequestTemplate(template, () if keys is None else take_infos(keys, _MEMBERS, "key specifications"))


def read_rsa_length(control: InfoValue) -> int:
    """The length in bits in a control of the type `RSA_KEY_LEN`."""
    with well_formed("The length of an RSA key"):
        return small_integer(contents_of(control.value or b"", der.INTEGER))


def read_crl_status(info: InfoValue) -> tuple[CrlStatus, ...]:
    """The CRLs that `CRL_STATUS_LIST` asks for."""
    return _read(info, lambda fields: _statuses(fields.inside(der.SEQUENCE)))


def _statuses(fields: Fields) -> tuple[CrlStatus, ...]:
    return tuple(_status(fields.inside(der.SEQUENCE)) for _ in fields.each(_MEMBERS, "CRLs"))


def _status(fields: Fields) -> CrlStatus:
    point = fields.optional_explicit(_DISTRIBUTION_POINT)
    issuers = () if point is not None else _general_names(read_whole(fields.explicit(_ISSUER, der.SEQUENCE)))
    kind = fields.tag
    update = moment(kind, fields.contents(kind)) if fields.size else None
    fields.finish()
    return CrlStatus(point, issuers, update)


def _general_names(fields: Fields) -> tuple[bytes, ...]:
    return tuple(take_general_name(fields) for _ in fields.each(_MEMBERS, "names"))
