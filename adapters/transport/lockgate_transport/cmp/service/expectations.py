"""Answers about what requests of the sender should look like: the keys and names that its profiles allow (RFC 9810,
5.3.19; RFC 9483, 4.3.3)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from lockgate.certification.usages import SIGNING, KeyUsage, usages_for
from lockgate.names.keyspec import KeyKind
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.conformity import judge_key
from lockgate_formats import der
from lockgate_formats.cmp import prefilled
from lockgate_formats.cmp.contents import CertificateTemplate
from lockgate_formats.cmp.general_values import (
    RequestTemplate,
    key_algorithm_control,
    request_template_info,
    rsa_length_control,
    sequence_info,
)
from lockgate_formats.cmp.key_infos import read_key_type
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.vocabulary import InfoType
from lockgate_formats.fields import oid, read_whole
from lockgate_formats.names import encode_general_names, encode_name
from lockgate_formats.public_keys import ALGORITHMS
from lockgate_transport.cmp.service.certificates import subject
from lockgate_transport.cmp.service.exchange import Exchange
from lockgate_transport.cmp.service.profiles import Expected, expected_of
from lockgate_transport.cmp.service.senders import SenderKind

RSA: KeyKind = "RSA"
KEY_KINDS: tuple[KeyKind, ...] = get_args(KeyKind)
RSA_LENGTHS = (2048, 3072, 4096)
"""The lengths that are proposed where a profile allows them; where it allows none of them, its shortest one is."""
ENCRYPTION: frozenset[KeyUsage] = frozenset({"keyEncipherment", "dataEncipherment", "keyAgreement"})


# ---- keys


def signing_keys(exchange: Exchange, _: InfoValue) -> InfoValue:
    """signKeyPairTypes: the keys that are certified for signatures."""
    return _keys_for(InfoType.SIGN_KEY_PAIR_TYPES, SIGNING, exchange)


def encryption_keys(exchange: Exchange, _: InfoValue) -> InfoValue:
    """encKeyPairTypes: the keys that are certified for encryption or key agreement."""
    return _keys_for(InfoType.ENC_KEY_PAIR_TYPES, ENCRYPTION, exchange)


def key_parameters(exchange: Exchange, asked: InfoValue) -> InfoValue:
    """keyPairParamReq: the parameters that keys of an algorithm should have: of the CA's own choice if that is one of
    them, or else the first that are certified."""
    algorithm = read_key_type(asked)
    profile = expected_of(exchange).rules.certificate
    own = profile.made_keys[0] if profile.made_keys else None
    kinds = sorted(_kinds(profile), key=lambda kind: kind != own)
    found = (ALGORITHMS[kind] for kind in kinds if _algorithm_of(kind) == algorithm)
    return InfoValue(InfoType.KEY_PAIR_PARAM_REP, next(found, None))


def _keys_for(answer: InfoType, purposes: frozenset[KeyUsage], exchange: Exchange) -> InfoValue:
    profile = expected_of(exchange).rules.certificate
    fit = [kind for kind in _kinds(profile) if not purposes.isdisjoint(usages_for(kind, profile.key_usage))]
    return sequence_info(answer, map(ALGORITHMS.__getitem__, fit)) if fit else InfoValue(answer)


def _kinds(profile: CertificateProfile) -> list[KeyKind]:
    return [kind for kind in KEY_KINDS if judge_key(kind, profile.rsa_min_bits, profile) is None]


def _algorithm_of(kind: KeyKind) -> str:
    return oid(read_whole(ALGORITHMS[kind]).contents(der.OBJECT_IDENTIFIER))


# ---- template


def request_template(exchange: Exchange, _: InfoValue) -> InfoValue:
    """certReqTemplate: names and usages with their values or for the sender to fill in, and the keys that are
    certified."""
    expected = expected_of(exchange)
    template = CertificateTemplate(subject=_subject(exchange, expected), extensions=_extensions(expected))
    return request_template_info(RequestTemplate(template, tuple(_key_controls(expected.rules.certificate))))


def _key_controls(profile: CertificateProfile) -> Iterator[InfoValue]:
    kinds = _kinds(profile)
    if RSA in kinds:
        fit = [bits for bits in RSA_LENGTHS if judge_key(RSA, bits, profile) is None]
        yield from map(rsa_length_control, fit or [profile.rsa_min_bits])
    yield from (key_algorithm_control(ALGORITHMS[kind]) for kind in kinds if kind != RSA)


def _subject(exchange: Exchange, expected: Expected) -> bytes | None:
    """As it will be certified where that is known."""
    sender, rules = exchange.sender, expected.rules
    if expected.end_entity is not None:
        return encode_name(expected.end_entity.subject_dn)
    if sender.kind is SenderKind.VENDOR_CERTIFICATE and sender.certificate:
        return subject(sender.certificate)
    bounds = (rules.end_entity.subject_attributes, rules.certificate.subject_attributes)
    attributes = to_fill_in(bounds, rules.end_entity.subject_required)
    return None if attributes is None else prefilled.name_to_fill_in(attributes)


def _extensions(expected: Expected) -> bytes | None:
    profile = expected.rules.certificate
    found = [*_key_usage(profile), *_alternative_name(expected)]
    if profile.extended_key_usage:
        found.append(prefilled.extended_key_usage(profile.extended_key_usage))
    return der.sequence(*found) if found else None


def _key_usage(profile: CertificateProfile) -> Iterator[bytes]:
    """Left out where it depends on the kind of key."""
    usages = {usages_for(kind, profile.key_usage) for kind in _kinds(profile)}
    if len(usages) == 1:
        yield prefilled.key_usage(*usages)


def _alternative_name(expected: Expected) -> Iterator[bytes]:
    end_entity, rules = expected.end_entity, expected.rules
    if end_entity is not None:
        if end_entity.subject_alt_name:
            yield prefilled.alternative_name(encode_general_names(end_entity.subject_alt_name))
        return
    bounds = (rules.end_entity.alternative_names, rules.certificate.alternative_names)
    kinds = to_fill_in(bounds, rules.end_entity.alternative_names_required)
    if kinds is not None:
        yield prefilled.alternative_name_to_fill_in(kinds)


def to_fill_in(bounds: Iterable[Mapping[str, int] | None], required: frozenset[str]) -> frozenset[str] | None:
    """The kinds of attributes or names for the client to fill in: those that all `bounds` allow. Where nothing is
    bounded, those that are required, or none of them by name. None where no kind may occur."""
    allowed = [frozenset(kind for kind, count in bound.items() if count) for bound in bounds if bound is not None]
    if not allowed:
        return required
    return frozenset.intersection(*allowed) or None
