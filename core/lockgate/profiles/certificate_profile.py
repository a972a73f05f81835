"""Certificate profiles: they belong to the CA, fix validity, usages and pointers, and bound keys and names.

Every field is enforced by `lockgate.profiles.conformity` or stands in the certificate. A field that is None bounds
nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from lockgate.certification.usages import EXTENDED_KEY_USAGES, KEY_USAGE_BITS, KeyUsage
from lockgate.names.altname import KINDS
from lockgate.names.dn import ATTRIBUTE_OIDS
from lockgate.names.keyspec import MAX_RSA_BITS, MIN_RSA_BITS, KeyKind, KeySpecification
from lockgate.profiles.bounds import Bounds, Flaw, Rule, between, check, counts, each, matching, one_of, some_of
from lockgate.rights.approval import MAX_QUORUM, ApprovalKind

MAX_DAYS = 36525
MAX_COUNT = 100
"""How often one kind of attribute or alternative name may occur at most, in any profile."""
NAMES = each(matching(".{1,255}", "1 to 255 characters"))
KeystoreEncryption = Literal["modern", "legacy"]
_PREFERRED = tuple(map(KeySpecification, ("RSA-3072", "P-256", "P-384", "P-521", "Ed25519", "RSA-4096", "RSA-2048")))
_OID = r"[0-2](\.(0|[1-9][0-9]{0,15})){1,30}"
_URLS = each(matching(r"(https?|ldaps?)://[\x21-\x7e]{1,500}", "a URL of http, https, ldap or ldaps, in ASCII"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateProfile:
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

    Raises:
        InvalidProfile: a field breaks its bound, or fields contradict each other.
    """

    validity_days: int
    backdate_seconds: int = 300
    key_usage: frozenset[KeyUsage] = frozenset({"digitalSignature", "keyEncipherment"})
    extended_key_usage: tuple[str, ...] = ()
    certification_authority: bool = False
    path_length: int | None = None
    key_types: frozenset[KeyKind] = frozenset({"RSA", "P-256", "P-384"})
    rsa_min_bits: int = MIN_RSA_BITS
    rsa_max_bits: int = MAX_RSA_BITS
    distinct_keys: bool = False
    subject_attributes: Mapping[str, int] | None = None
    alternative_names: Mapping[str, int] | None = None
    certificate_policies: tuple[str, ...] = ()
    crl_distribution_points: tuple[str, ...] = ()
    freshest_crl: tuple[str, ...] = ()
    ocsp: tuple[str, ...] = ()
    ca_issuers: tuple[str, ...] = ()
    certification_authorities: frozenset[str] | None = None
    generated_key: KeySpecification | None = None
    keystore_encryption: KeystoreEncryption = "modern"
    chosen_serial_number: bool = False
    key_recovery: bool = False
    renewal_days: int | None = None
    renewal_same_key: bool = False
    unproven_keys: bool = False
    approvals: Mapping[ApprovalKind, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check(self, _BOUNDS, _RULES)

    @property
    def made_keys(self) -> tuple[KeySpecification, ...]:
        """The keys that the CA may make, the first of them where the request names none."""
        first = (self.generated_key,) if self.generated_key else ()
        return tuple(dict.fromkeys((*first, *filter(self.certifies, _PREFERRED))))

    @property
    def default_key(self) -> KeySpecification | None:
        """The key that the CA makes if the request names none; None if it can make no key that this profile allows."""
        return next(iter(self.made_keys), None)

    def certifies(self, key: KeySpecification) -> bool:
        """Whether keys of that algorithm and size are certified."""
        if key.kind not in self.key_types:
            return False
        return key.kind != "RSA" or self.rsa_min_bits <= int(key.removeprefix("RSA-")) <= self.rsa_max_bits


def _extended_key_usage(usages: tuple[str, ...]) -> Flaw | None:
    unknown = (usage for usage in usages if usage not in EXTENDED_KEY_USAGES and not re.fullmatch(_OID, usage))
    return next((Flaw(f"{usage} is neither a known name nor an object identifier") for usage in unknown), None)


_BOUNDS: Bounds = {
    "validity_days": between(1, MAX_DAYS),
    "backdate_seconds": between(0, 86400),
    "key_usage": some_of(KEY_USAGE_BITS),
    "extended_key_usage": _extended_key_usage,
    "path_length": between(0, 20),
    "key_types": some_of(get_args(KeyKind)),
    "rsa_min_bits": between(MIN_RSA_BITS, MAX_RSA_BITS),
    "rsa_max_bits": between(MIN_RSA_BITS, MAX_RSA_BITS),
    "subject_attributes": counts(ATTRIBUTE_OIDS, MAX_COUNT),
    "alternative_names": counts(KINDS, MAX_COUNT),
    "certificate_policies": each(matching(_OID, "an object identifier")),
    "crl_distribution_points": _URLS,
    "freshest_crl": _URLS,
    "ocsp": _URLS,
    "ca_issuers": _URLS,
    "certification_authorities": NAMES,
    "generated_key": one_of(tuple(KeySpecification)),
    "keystore_encryption": one_of(get_args(KeystoreEncryption)),
    "renewal_days": between(1, MAX_DAYS),
    "approvals": counts(tuple(ApprovalKind), MAX_QUORUM),
}
_RULES = (
    Rule("key_usage", lambda profile: bool(profile.key_usage), "must not be empty"),
    Rule("key_types", lambda profile: bool(profile.key_types), "must not be empty"),
    Rule(
        "certification_authority",
        lambda profile: profile.certification_authority == ("keyCertSign" in profile.key_usage),
        "keyCertSign and certification_authority go together (RFC 5280, 4.2.1.9)",
    ),
    Rule(
        "path_length",
        lambda profile: profile.path_length is None or profile.certification_authority,
        "only a CA has a path_length",
    ),
    Rule(
        "rsa_min_bits",
        lambda profile: profile.rsa_min_bits <= profile.rsa_max_bits,
        "rsa_min_bits is over rsa_max_bits",
    ),
    Rule(
        "generated_key",
        lambda profile: profile.generated_key is None or profile.certifies(profile.generated_key),
        "key_types or the bounds on RSA keys do not allow it",
    ),
)
