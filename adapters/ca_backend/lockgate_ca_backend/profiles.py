"""Profiles: the content of certificates and the limits for end entities, as documents that are read strictly.

A certificate profile belongs to the CA: it fixes validity, usages and pointers, and bounds keys and names. An end
entity profile belongs to the registration: it says which CAs and certificate profiles may be chosen, and narrows the
names further. Every field is enforced by `lockgate_ca_backend.conformity` or stands in the certificate. A field that
is null bounds nothing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from lockgate.certification.usages import EXTENDED_KEY_USAGES, KeyUsage
from lockgate.errors import ConfigurationError
from lockgate.names.altname import KINDS
from lockgate.names.dn import ATTRIBUTE_OIDS
from lockgate.names.keyspec import KeySpecification
from lockgate.rights.approval import MAX_QUORUM, ApprovalKind
from lockgate_ca_backend.key_checks import MAX_RSA_BITS, MIN_RSA_BITS

KeyKind = Literal["RSA", "P-256", "P-384", "P-521", "Ed25519"]
_PREFERRED = tuple(map(KeySpecification, ("RSA-3072", "P-256", "P-384", "P-521", "Ed25519", "RSA-4096", "RSA-2048")))
Name = Annotated[str, Meta(min_length=1, max_length=255)]
Url = Annotated[str, Meta(pattern=r"^(https?|ldaps?)://[\x21-\x7e]{1,500}$")]
Oid = Annotated[str, Meta(pattern=r"^[0-2](\.(0|[1-9][0-9]{0,15})){1,30}$")]
Count = Annotated[int, Meta(ge=0, le=100)]
Counts = dict[str, Count]
Quorums = dict[ApprovalKind, Annotated[int, Meta(ge=0, le=MAX_QUORUM)]]


class CertificateProfile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of certificates, and the bounds on their keys and names.

    Attributes:
        validity_days: from `not before`; cut off where the CA's own certificate ends.
        backdate_seconds: how far before the database's clock a certificate begins.
        key_usage: always critical; bits that a key's type cannot serve are left out (RFC 8813, section 3).
        extended_key_usage: names of `EXTENDED_KEY_USAGES` or object identifiers; none leaves the extension out.
        certification_authority, path_length: Basic Constraints.
        key_types, rsa_min_bits, rsa_max_bits: the keys that are certified.
        distinct_keys: a key certified under this profile belongs to one end entity alone.
        subject_attributes, alternative_names: how often each kind may occur; a kind not named may not. Null: any.
        certificate_policies: object identifiers.
        crl_distribution_points, freshest_crl, ocsp, ca_issuers: URLs; `freshest_crl` of delta CRLs. `{generation}` in
            them becomes nothing for the first generation of a CA, `-2` for its second one, as in the CRLs' file names.
        certification_authorities: the names of the CAs that issue under this profile. Null: every one.
        generated_key: what the CA makes for a keystore whose request names no key. Null: the first that fits of
            RSA-3072, P-256, P-384, P-521, Ed25519, RSA-4096 and RSA-2048.
        keystore_encryption: of PKCS#12 keystores: AES-256 with SHA-256 (modern), or triple DES with SHA-1, which old
            readers need (legacy).
        chosen_serial_number: whether a request may choose its certificate's serial number.
        key_recovery: whether keys that the CA makes are kept for recovery: where a PKCS12Request asks for it, and
            where an end entity fetches its keystore.
        renewal_days: in how many days before its end a certificate can be renewed by a RenewalRequest. Null: as long as
            it is valid.
        renewal_same_key: whether a RenewalRequest may ask for the key that the certificate has already.
        unproven_keys: whether a key is certified without a proof of possession: a bare public key, or a card's new key,
            for which only its old certificate vouches. Such a certificate gives no claim to the key.
        approvals: how many administrators must approve requests that concern it: `endentity` (adding or editing one),
            `issue`, `keyrecovery`, `revocation`. The highest number that a CA or profile asks for holds.
    """

    validity_days: Annotated[int, Meta(ge=1, le=36525)]
    backdate_seconds: Annotated[int, Meta(ge=0, le=86400)] = 300
    key_usage: frozenset[KeyUsage] = frozenset({"digitalSignature", "keyEncipherment"})
    extended_key_usage: tuple[str, ...] = ()
    certification_authority: bool = False
    path_length: Annotated[int, Meta(ge=0, le=20)] | None = None
    key_types: frozenset[KeyKind] = frozenset({"RSA", "P-256", "P-384"})
    rsa_min_bits: Annotated[int, Meta(ge=MIN_RSA_BITS, le=MAX_RSA_BITS)] = MIN_RSA_BITS
    rsa_max_bits: Annotated[int, Meta(ge=MIN_RSA_BITS, le=MAX_RSA_BITS)] = MAX_RSA_BITS
    distinct_keys: bool = False
    subject_attributes: Counts | None = None
    alternative_names: Counts | None = None
    certificate_policies: tuple[Oid, ...] = ()
    crl_distribution_points: tuple[Url, ...] = ()
    freshest_crl: tuple[Url, ...] = ()
    ocsp: tuple[Url, ...] = ()
    ca_issuers: tuple[Url, ...] = ()
    certification_authorities: frozenset[Name] | None = None
    generated_key: KeySpecification | None = None
    keystore_encryption: Literal["modern", "legacy"] = "modern"
    chosen_serial_number: bool = False
    key_recovery: bool = False
    renewal_days: Annotated[int, Meta(ge=1, le=36525)] | None = None
    renewal_same_key: bool = False
    unproven_keys: bool = False
    approvals: Quorums = {}

    def __post_init__(self) -> None:
        _check_kinds(self.subject_attributes, ATTRIBUTE_OIDS, "subject_attributes")
        _check_kinds(self.alternative_names, KINDS, "alternative_names")
        if not self.key_usage or not self.key_types:
            raise ValueError("key_usage and key_types must not be empty")
        if self.certification_authority != ("keyCertSign" in self.key_usage):
            raise ValueError("keyCertSign and certification_authority go together (RFC 5280, 4.2.1.9)")
        if self.path_length is not None and not self.certification_authority:
            raise ValueError("only a CA has a path_length")
        if self.rsa_min_bits > self.rsa_max_bits:
            raise ValueError("rsa_min_bits is over rsa_max_bits")
        if self.generated_key is not None and not self._certifies(self.generated_key):
            raise ValueError("generated_key: key_types or the bounds on RSA keys do not allow it")
        for usage in self.extended_key_usage:
            if usage not in EXTENDED_KEY_USAGES and not _OID.fullmatch(usage):
                raise ValueError(f"extended_key_usage: {usage} is neither a known name nor an object identifier")

    @property
    def default_key(self) -> KeySpecification | None:
        """The key that the CA makes if the request names none; None if it can make no key that this profile allows."""
        return self.generated_key or next(filter(self._certifies, _PREFERRED), None)

    def _certifies(self, key: KeySpecification) -> bool:
        kind, _, bits = key.partition("-") if key.startswith("RSA") else (key.value, "", "")
        return kind in self.key_types and (not bits or self.rsa_min_bits <= int(bits) <= self.rsa_max_bits)


class EndEntityProfile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The end entities that may be registered.

    Attributes:
        certificate_profiles: the names that may be chosen.
        certification_authorities: the names that may be chosen. Null: every one.
        username_pattern: a regular expression that the whole username must match.
        subject_attributes, alternative_names: as in a certificate profile; both bounds hold.
        subject_required, alternative_names_required: kinds that must occur.
        email: whether the end entity's e-mail address is refused, allowed or required.
        approvals: as in a certificate profile.
    """

    certificate_profiles: frozenset[Name]
    certification_authorities: frozenset[Name] | None = None
    username_pattern: str | None = None
    subject_attributes: Counts | None = None
    subject_required: frozenset[str] = frozenset()
    alternative_names: Counts | None = None
    alternative_names_required: frozenset[str] = frozenset()
    email: Literal["refused", "allowed", "required"] = "allowed"
    approvals: Quorums = {}

    def __post_init__(self) -> None:
        _check_kinds(self.subject_attributes, ATTRIBUTE_OIDS, "subject_attributes")
        _check_kinds(self.subject_required, ATTRIBUTE_OIDS, "subject_required")
        _check_kinds(self.alternative_names, KINDS, "alternative_names")
        _check_kinds(self.alternative_names_required, KINDS, "alternative_names_required")
        if self.username_pattern is not None:
            try:
                re.compile(self.username_pattern)
            except re.error as error:
                raise ValueError(f"username_pattern: {error}") from None


class ProfileKind(StrEnum):
    """The two kinds, in words."""

    CERTIFICATE = "certificate"
    END_ENTITY = "end entity"

    @classmethod
    def of(cls, profile: CertificateProfile | EndEntityProfile) -> "ProfileKind":
        """The kind that `profile` is."""
        return cls.CERTIFICATE if isinstance(profile, CertificateProfile) else cls.END_ENTITY

    @property
    def structure(self) -> type[CertificateProfile | EndEntityProfile]:
        """The class of profiles of this kind."""
        return CertificateProfile if self is ProfileKind.CERTIFICATE else EndEntityProfile


@dataclass(frozen=True, slots=True)
class ProfileSet:
    """Profiles of both kinds by name; iterating gives every name with its profile."""

    certificate: Mapping[str, CertificateProfile] = field(default_factory=dict)
    end_entity: Mapping[str, EndEntityProfile] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[str, CertificateProfile | EndEntityProfile]]:
        yield from self.certificate.items()
        yield from self.end_entity.items()

    def get(self, kind: ProfileKind, name: str) -> CertificateProfile | EndEntityProfile | None:
        """The profile of that kind and name."""
        return (self.certificate if kind is ProfileKind.CERTIFICATE else self.end_entity).get(name)


Profile = TypeVar("Profile", CertificateProfile, EndEntityProfile)
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,15})){1,30}")


def read_profile(kind: type[Profile], document: bytes) -> Profile:
    """Read a profile's JSON document strictly.

    Raises:
        ConfigurationError: no such profile; the text names the field.
    """
    try:
        return msgspec.json.decode(document, type=kind)
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"profile: {error}") from None


def write_profile(profile: CertificateProfile | EndEntityProfile) -> bytes:
    """The profile's document: JSON with sorted keys, the same for equal profiles."""
    return msgspec.json.encode(profile, order="deterministic")


def _check_kinds(kinds: object, known: object, field: str) -> None:
    unknown = sorted(set(kinds or ()) - set(known))  # type: ignore[call-overload]
    if unknown:
        raise ValueError(f"{field}: unknown: {', '.join(unknown)}")
