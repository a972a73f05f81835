"""Certificate extensions (RFC 5280, 4.2): those that a profile and a CA determine are encoded once, the others for each
certificate."""

from collections.abc import Iterator

from lockgate.administration.authorities import generation_suffix
from lockgate.certification.usages import EXTENDED_KEY_USAGES, KEY_USAGE_BITS, usages_for
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate_formats import der
from lockgate_formats.public_keys import SubjectKey

KEY_IDENTIFIER_OCTETS = 20
_OCSP, _CA_ISSUERS = der.oid("1.3.6.1.5.5.7.48.1"), der.oid("1.3.6.1.5.5.7.48.2")


def key_identifier(key_digest: bytes) -> bytes:
    """The leftmost 160 bits of the SHA-256 over the SubjectPublicKeyInfo (after RFC 7093, section 2)."""
    return key_digest[:KEY_IDENTIFIER_OCTETS]


def with_suffix(url: str, generation: int) -> str:
    """`url`, with the generation's suffix for `{generation}`."""
    return url.replace("{generation}", generation_suffix(generation))


class ExtensionTemplate:
    """The extensions of certificates under one profile by one generation of a CA.

    Args:
        profile: decides on all but the names and the key.
        authority_key_identifier: the CA's Subject Key Identifier.
        generation: the CA's.
    """

    def __init__(self, profile: CertificateProfile, authority_key_identifier: bytes, generation: int) -> None:
        self._profile = profile
        self._constant = _constant(profile, authority_key_identifier, generation)
        self._key_usage: dict[str, bytes] = {}

    def encode(self, key: SubjectKey, alternative_names: bytes | None, *, empty_subject: bool) -> bytes:
        """DER Extensions for `key`; the alternative name is critical where the subject is empty (4.2.1.6).

        Args:
            alternative_names: DER GeneralNames; None for none.
        """
        parts = [_subject_key_identifier(key), self._usage(key.kind), self._constant]
        if alternative_names is not None:
            parts.append(_extension("2.5.29.17", alternative_names, critical=empty_subject))
        return der.sequence(*parts)

    def _usage(self, kind: str) -> bytes:
        if kind not in self._key_usage:
            bits = frozenset(KEY_USAGE_BITS[usage] for usage in usages_for(kind, self._profile.key_usage))
            self._key_usage[kind] = _extension("2.5.29.15", der.enumerated_bits(bits), critical=True)
        return self._key_usage[kind]


def _extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    return der.sequence(der.oid(oid), der.TRUE if critical else b"", der.octet_string(value))


def _subject_key_identifier(key: SubjectKey) -> bytes:
    return _extension("2.5.29.14", der.octet_string(key_identifier(key.digest)))


def _constant(profile: CertificateProfile, authority_key_identifier: bytes, generation: int) -> bytes:
    parts = [
        _extension("2.5.29.35", der.sequence(der.implicit(0, authority_key_identifier))),
        _extension("2.5.29.19", _basic_constraints(profile), critical=True),
    ]
    if profile.extended_key_usage:
        usages = (der.oid(EXTENDED_KEY_USAGES.get(usage, usage)) for usage in profile.extended_key_usage)
        parts.append(_extension("2.5.29.37", der.sequence(*usages)))
    if profile.certificate_policies:
        policies = (der.sequence(der.oid(policy)) for policy in profile.certificate_policies)
        parts.append(_extension("2.5.29.32", der.sequence(*policies)))
    return b"".join((*parts, *_pointers(profile, generation)))


def _pointers(profile: CertificateProfile, generation: int) -> Iterator[bytes]:
    for oid, urls in (("2.5.29.31", profile.crl_distribution_points), ("2.5.29.46", profile.freshest_crl)):
        if urls:
            yield _extension(oid, der.sequence(*(_distribution_point(with_suffix(url, generation)) for url in urls)))
    if profile.ocsp or profile.ca_issuers:
        access = [(_OCSP, url) for url in profile.ocsp] + [(_CA_ISSUERS, url) for url in profile.ca_issuers]
        described = (der.sequence(method, _url(with_suffix(url, generation))) for method, url in access)
        yield _extension("1.3.6.1.5.5.7.1.1", der.sequence(*described))


def _basic_constraints(profile: CertificateProfile) -> bytes:
    if not profile.certification_authority:
        return der.sequence()
    return der.sequence(der.TRUE, b"" if profile.path_length is None else der.integer(profile.path_length))


def _url(url: str) -> bytes:
    return der.implicit(6, url.encode("ascii"))


def _distribution_point(url: str) -> bytes:
    return der.sequence(der.explicit(0, der.explicit(0, _url(url))))
