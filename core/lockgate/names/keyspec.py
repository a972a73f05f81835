"""Which keys the CA certifies and makes for end entities, and how requests name them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, get_args

from lockgate.reasons import Reason, Rejected

KeyKind = Literal["RSA", "P-256", "P-384", "P-521", "Ed25519"]
"""The kinds of keys that the CA certifies."""
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192
"""The lengths of RSA keys that the CA certifies."""


class KeySpecification(StrEnum):
    """A key's algorithm and size."""

    RSA_2048 = "RSA-2048"
    RSA_3072 = "RSA-3072"
    RSA_4096 = "RSA-4096"
    P_256 = "P-256"
    P_384 = "P-384"
    P_521 = "P-521"
    ED25519 = "Ed25519"

    @property
    def kind(self) -> KeyKind:
        """The kind of key that it is."""
        return next(kind for kind in get_args(KeyKind) if self.value.startswith(kind))

    @property
    def named(self) -> tuple[str, str]:
        """The `key_alg` and `key_spec` of requests that ask for it."""
        return next((alg, spec) for alg, specs in _NAMED.items() for spec, found in specs.items() if found is self)


_CURVES = {
    "P-256": KeySpecification.P_256,
    "P-384": KeySpecification.P_384,
    "P-521": KeySpecification.P_521,
    "secp256r1": KeySpecification.P_256,
    "secp384r1": KeySpecification.P_384,
    "secp521r1": KeySpecification.P_521,
    "prime256v1": KeySpecification.P_256,
}
"""By their names in FIPS 186, SEC 2 and X9.62."""
_NAMED: Mapping[str, Mapping[str, KeySpecification]] = MappingProxyType(
    {
        "RSA": {
            specification.removeprefix("RSA-"): specification
            for specification in KeySpecification
            if specification.startswith("RSA-")
        },
        "ECDSA": _CURVES,
        "EC": _CURVES,
        "Ed25519": {"": KeySpecification.ED25519, "Ed25519": KeySpecification.ED25519},
    }
)


def parse_key_specification(key_alg: str, key_spec: str) -> KeySpecification | Rejected:
    """The key that `key_alg` (RSA, ECDSA, Ed25519) and `key_spec` (bits, or the curve's name) ask for."""
    if key_alg not in _NAMED:
        return Rejected(Reason.BAD_KEY_SPECIFICATION, "key_alg: RSA, ECDSA or Ed25519.")
    if key_spec not in _NAMED[key_alg]:
        known = ", ".join(filter(None, _NAMED[key_alg]))
        return Rejected(Reason.BAD_KEY_SPECIFICATION, f"key_spec for {key_alg}: {known}.")
    return _NAMED[key_alg][key_spec]
