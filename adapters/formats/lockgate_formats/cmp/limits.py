"""Bounds on what comes in: each is checked before anything that it bounds is computed or kept."""

from dataclasses import dataclass

KIB = 1024
HIGHEST_ITERATION_COUNT = 100_000


@dataclass(frozen=True, slots=True)
class MessageLimits:
    """Bounds on the parts of a PKIMessage.

    Attributes:
        octets: of a whole message.
        header, protection: octets in each of them.
        extra_certs: certificates in extraCerts.
        certificate: octets in one of them.
        requests: members of a body that is a list: CertReqMsg, CertStatus, RevDetails, CertResponse, polls.
        inner_messages: messages in a nested one.
        infos: members of generalInfo, and of a general message.
        controls: of one CertRequest; the same for its registration information.
        transaction_id, nonce, key_identifier: octets.
        algorithm: octets in an AlgorithmIdentifier.
        name: octets in a Name or a GeneralName.
        texts: members of a PKIFreeText.
        text: octets in each of them.
    """

    octets: int = 256 * KIB
    header: int = 64 * KIB
    protection: int = 16 * KIB
    extra_certs: int = 20
    certificate: int = 16 * KIB
    requests: int = 16
    inner_messages: int = 16
    infos: int = 32
    controls: int = 16
    transaction_id: int = 64
    nonce: int = 128
    key_identifier: int = 256
    algorithm: int = 1 * KIB
    name: int = 16 * KIB
    texts: int = 16
    text: int = 4 * KIB


@dataclass(frozen=True, slots=True)
class ProtectionLimits:
    """Which protections are accepted.

    Attributes:
        iterations: of PasswordBasedMac and of PBMAC1's PBKDF2, at most; 100 at least.
        salt: octets at most; 8 at least.
        hmac_sha1: whether PasswordBasedMac and PBMAC1 may use SHA-1, as old clients and `openssl cmp` by default do.

    Raises:
        ValueError: `iterations` is not from 100 to 100,000.
    """

    iterations: int = 10_000
    salt: int = 128
    hmac_sha1: bool = False

    def __post_init__(self) -> None:
        if not FEWEST_ITERATIONS <= self.iterations <= HIGHEST_ITERATION_COUNT:
            raise ValueError(
                f"the highest iteration count is from {FEWEST_ITERATIONS} to {HIGHEST_ITERATION_COUNT},"
                f" not {self.iterations}"
            )


FEWEST_ITERATIONS = 100
FEWEST_SALT_OCTETS = 8
DEFAULT_LIMITS = MessageLimits()
DEFAULT_PROTECTION = ProtectionLimits()
