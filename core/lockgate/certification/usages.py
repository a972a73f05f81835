"""What a certificate's key may be used for: the names of key usages and extended key usages."""

from collections.abc import Mapping
from typing import Literal

KeyUsage = Literal[
    "digitalSignature",
    "contentCommitment",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
]
KEY_USAGE_BITS: Mapping[KeyUsage, int] = {
    "digitalSignature": 0,
    "contentCommitment": 1,
    "keyEncipherment": 2,
    "dataEncipherment": 3,
    "keyAgreement": 4,
    "keyCertSign": 5,
    "cRLSign": 6,
}
"""The bit of each (RFC 5280, 4.2.1.3)."""
SIGNING: frozenset[KeyUsage] = frozenset({"digitalSignature", "contentCommitment", "keyCertSign", "cRLSign"})
"""The usages by which a key makes signatures."""
_UNFIT: Mapping[str, frozenset[KeyUsage]] = {
    "RSA": frozenset({"keyAgreement"}),
    "Ed25519": frozenset({"keyEncipherment", "dataEncipherment", "keyAgreement"}),
}
_UNFIT_FOR_CURVES: frozenset[KeyUsage] = frozenset({"keyEncipherment", "dataEncipherment"})
EXTENDED_KEY_USAGES: Mapping[str, str] = {
    "serverAuth": "1.3.6.1.5.5.7.3.1",
    "clientAuth": "1.3.6.1.5.5.7.3.2",
    "codeSigning": "1.3.6.1.5.5.7.3.3",
    "emailProtection": "1.3.6.1.5.5.7.3.4",
    "timeStamping": "1.3.6.1.5.5.7.3.8",
    "OCSPSigning": "1.3.6.1.5.5.7.3.9",
    "cmcCA": "1.3.6.1.5.5.7.3.27",
    "cmcRA": "1.3.6.1.5.5.7.3.28",
    "cmKGA": "1.3.6.1.5.5.7.3.32",
    "smartcardLogon": "1.3.6.1.4.1.311.20.2.2",
}
"""Names of extended key usages (RFC 5280, 4.2.1.12; RFC 6402, 2.10; RFC 9480, 2.2); any other is written as an object
identifier."""


def usages_for(kind: str, usages: frozenset[KeyUsage]) -> frozenset[KeyUsage]:
    """Those of `usages` that a key of that `KeyKind` can serve (RFC 3279, 8813, 8410)."""
    return usages - _UNFIT.get(kind, _UNFIT_FOR_CURVES)
