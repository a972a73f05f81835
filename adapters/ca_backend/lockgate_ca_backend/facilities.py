"""Objects that all transactions of a process share: unlocked CA keys, parsed profiles, encoded extensions, key
checks."""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from lockgate.administration.keys import DEFAULT_COMPARED_MODULI
from lockgate.errors import CallerError, KeyAway
from lockgate.outside.cas import OutsideCa
from lockgate_ca_backend.audit_chain import AuditKey
from lockgate_ca_backend.certificates import Octets
from lockgate_ca_backend.client_secrets import ClientSecrets
from lockgate_ca_backend.escrow import EscrowSealer
from lockgate_ca_backend.extensions import ExtensionTemplate
from lockgate_ca_backend.key_checks import KeyChecks
from lockgate_ca_backend.key_sealing import KeySealer
from lockgate_ca_backend.operation_sealing import OperationSealer
from lockgate_ca_backend.outside import OutsideKeys
from lockgate_ca_backend.read_crls import ReadCrls
from lockgate_ca_backend.secret_marks import SecretMarks
from lockgate_ca_backend.shared_primes import RecentModuli
from lockgate_ca_backend.signing import CaKey, generate_key, require_specification
from lockgate_ca_backend.store.authorities import IssuerCache
from lockgate_ca_backend.store.certificates import CertificateTable
from lockgate_ca_backend.store.profiles import ProfileCache
from lockgate_formats.public_keys import SubjectKey, read_key
from lockgate_keys.hardware.making import destroy_key, make_key
from lockgate_keys.hardware.token import Token

RECENT_MODULI_AGE = timedelta(minutes=1)
"""After this the moduli that other processes certified are read again."""


@dataclass(frozen=True, slots=True)
class KeyRules:
    """The operator's settings for keys.

    Attributes:
        blocklist: SHA-256 digests over SubjectPublicKeyInfo that are never certified.
        compared_moduli: the minimum number of the latest RSA moduli that a new one is compared with; 0 switches that
            off.
    """

    blocklist: frozenset[bytes] = frozenset()
    compared_moduli: int = DEFAULT_COMPARED_MODULI


@dataclass(slots=True)
class Facilities:
    """Shared by all transactions of a process.

    Attributes:
        suspects: digests of keys that made a transaction fail (`lockgate_ca_backend.store.reserved_keys`).
        extensions: by the digest of the profile's document and the fingerprint of the CA's certificate.
        octets: a cryptographic generator, for serial numbers.
        escrow: seals kept keys; None where none are kept.
        token: where new CA keys are made; None for keys in the registry.
        outside: the CAs outside whose certificates are believed.
        crls: the CRLs of CAs outside.
    """

    sealer: KeySealer
    audit_key: AuditKey
    secret_marks: SecretMarks
    operations: OperationSealer
    client_secrets: ClientSecrets
    key_rules: KeyRules
    octets: Octets = secrets.token_bytes
    escrow: EscrowSealer | None = None
    token: Token | None = None
    outside: OutsideKeys = field(default_factory=OutsideKeys)
    crls: ReadCrls = field(default_factory=ReadCrls)
    issuers: IssuerCache = field(init=False)
    profiles: ProfileCache = field(init=False, default_factory=ProfileCache)
    extensions: dict[tuple[str, str], ExtensionTemplate] = field(init=False, default_factory=dict)
    suspects: set[str] = field(init=False, default_factory=set)
    recent_moduli: RecentModuli = field(init=False)
    key_checks: KeyChecks = field(init=False)
    _moduli_read: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.issuers = IssuerCache(self.sealer)
        self.recent_moduli = RecentModuli(self.key_rules.compared_moduli)
        self.key_checks = KeyChecks(self.key_rules.blocklist, self.recent_moduli)

    @classmethod
    def under(
        cls,
        secret: bytes,
        *,
        key_rules: KeyRules | None = None,
        octets: Octets = secrets.token_bytes,
        escrow: EscrowSealer | None = None,
        token: Token | None = None,
        outside: Iterable[OutsideCa] = (),
    ) -> "Facilities":
        """Objects that one secret of the operator protects: the CA's keys, the audit log, the marks of secrets, and
        secrets at rest.

        Args:
            secret: at least 16 octets.
            key_rules: what the operator decides about keys; None for the defaults.
            octets: a cryptographic generator.
            escrow: seals kept keys; None keeps none.
            token: where new CA keys are made, and those that were made there are; None for none.

        Raises:
            ConfigurationError: the secret is too short, or CAs outside cannot be told apart.
        """
        return cls(
            sealer=KeySealer(secret, token),
            audit_key=AuditKey(secret),
            secret_marks=SecretMarks(secret),
            operations=OperationSealer(secret),
            client_secrets=ClientSecrets(secret),
            key_rules=key_rules or KeyRules(),
            octets=octets,
            escrow=escrow,
            token=token,
            outside=OutsideKeys(outside),
        )

    @contextmanager
    def new_ca_key(self, specification: str, label: str) -> Iterator[CaKey]:
        """A new key, in the token where there is one. It is removed from there if the block refuses the CA, or
        cannot have it signed; after any other error nobody knows whether the CA was stored.

        Args:
            specification: one of `CA_KEY_SPECIFICATIONS`.
            label: of a key in a token.

        Raises:
            ConfigurationError: another specification.
            Unavailable: the token cannot be used now.
        """
        if self.token is None:
            yield CaKey(generate_key(specification))
            return
        require_specification(specification)
        made = make_key(self.token, specification, label, decrypts=False)
        try:
            yield CaKey(made)
        except (CallerError, KeyAway):
            destroy_key(made)
            raise

    def refresh_moduli(self, certificates: CertificateTable, now: int) -> None:
        """Read the latest moduli where that is due.

        Args:
            now: milliseconds, by the database's clock.
        """
        if now - self._moduli_read < RECENT_MODULI_AGE / timedelta(milliseconds=1):
            return
        self._moduli_read = now
        for spki in certificates.recent_keys(self.key_rules.compared_moduli):
            key = read_key(spki)
            if isinstance(key, SubjectKey) and key.modulus is not None:
                self.recent_moduli.remember(key.modulus)
