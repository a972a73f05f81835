"""The worker properties, under the names that operators know from the External RA page.

Each may carry the historic prefix `externalra-caservice.`; the same key in both forms is an error.
"""

from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, ModelWrapValidatorHandler, ValidationInfo, model_validator

from lockgate.ports.coordination import LONGEST
from lockgate.requests.content import LONGEST_LIFETIME
from lockgate.rights.whitelist import parse_whitelist
from lockgate_app.settings.values import FilePath, Name, Secret, Table, base_directory

HISTORIC_PREFIX = "externalra-caservice"
DEFAULT_KEYSTORE = "keystore/extrakeystore.p12"
DEFAULT_DATA_SOURCE = "RAMessage1DS"
DEFAULT_RA_ISSUER = "ManagementCA"


class WorkerProperties(Table):
    """One service worker. Its keys may carry the prefix `externalra-caservice.`.

    Attributes:
        data_source: the data source it polls.
        encryption_required: accept only encrypted requests, and answer so; `init` writes true.
        signature_required: accept only signed requests, and answer so; `init` writes true.
        keystore_path: its PKCS#12, or a file that names a key in hardware (docs/hardware-keys.md); needed where
            anything is signed or encrypted.
        keystore_password: of the keystore.
        previous_keystore_path, previous_keystore_password: the keystore before, and its password; it decrypts what was
            encrypted to that (docs/operation.md#a-workers-next-keystore).
        ra_issuer: the CA whose certificates RAs and workers have: one here, or a CA outside
            (docs/issuers.md#cas-outside).
        whitelist: request types it accepts, comma-separated; empty accepts every type.
        period: seconds between two polls at most (docs/operation.md#when-a-worker-looks).
        active: whether it runs at all.
        lease: seconds for which it holds what it has taken without a sign of life; then a worker that died is replaced.
            Fractions count.
        batch: messages taken at a time at most; as many submessages share a transaction of the CA's database.
        max_attempts: how often a message meets a defect, or work on it is begun again after a worker left it unsettled,
            before it is set aside (docs/operation.md#messages-that-were-set-aside).
        max_lifetime: seconds for which a request may stay valid at most.
        max_per_hour: new requests that are taken from each signer in an hour, by the clock of the CA's database; 0 for
            any number.
        legacy_devices: let old SCEP devices in (docs/scep.md#old-devices): SHA-1 for a PKCS#10's own signature, SHA-1
            and triple DES in renewals. The same for all workers on one data source.
        nodes: the names of the nodes that may run it; empty for any.
        processes: how many processes of it a node runs, each with a lease of its own
            (docs/operation.md#a-host-as-one-service); `worker --once` runs one.
    """

    data_source: str = Field(default=DEFAULT_DATA_SOURCE, alias="persistenceunit")
    encryption_required: bool = Field(default=False, alias="encryption.required")
    signature_required: bool = Field(default=False, alias="signature.required")
    keystore_path: FilePath = Field(default=Path(DEFAULT_KEYSTORE), alias="keystore.path")
    keystore_password: Secret | None = Field(default=None, alias="keystore.pwd")
    previous_keystore_path: FilePath | None = Field(default=None, alias="keystore.previous.path")
    previous_keystore_password: Secret | None = Field(default=None, alias="keystore.previous.pwd")
    ra_issuer: str = Field(default=DEFAULT_RA_ISSUER, alias="raissuer")
    whitelist: str = ""
    period: int = Field(default=10, ge=5, le=86_400)
    active: bool = True
    lease: float = Field(default=60, ge=0.5, le=LONGEST // timedelta(seconds=2))
    batch: int = Field(default=100, ge=1, le=1000)
    max_attempts: int = Field(default=10, ge=1, le=1000)
    max_lifetime: int = Field(default=7 * 86_400, ge=60, le=LONGEST_LIFETIME // timedelta(seconds=1))
    max_per_hour: int = Field(default=0, ge=0, le=10_000_000)
    legacy_devices: bool = False
    nodes: list[Name] = Field(default_factory=list)
    processes: int = Field(default=1, ge=1, le=64)

    @model_validator(mode="wrap")
    @classmethod
    def _flatten(cls, value: object, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        if not isinstance(value, dict):
            return handler(value)
        flat = flatten(value, frozenset(field.alias or name for name, field in cls.model_fields.items()))
        flat.setdefault("keystore.path", str(base_directory(info) / DEFAULT_KEYSTORE))
        return handler(flat)

    @model_validator(mode="after")
    def _keystore_where_needed(self) -> Self:
        if self.keystore_password is None and (self.signature_required or self.encryption_required):
            raise ValueError("keystore.pwd is missing; it has no default, and signing or encryption needs the keystore")
        return self

    @model_validator(mode="after")
    def _whole_previous_keystore(self) -> Self:
        if (self.previous_keystore_path is None) != (self.previous_keystore_password is None):
            raise ValueError("keystore.previous.path and keystore.previous.pwd belong together; one of them is missing")
        if self.previous_keystore_path is not None and not self.uses_keystore:
            raise ValueError("keystore.previous.path: there is no keystore after it; keystore.pwd is missing")
        return self

    @property
    def uses_keystore(self) -> bool:
        """Whether there is a keystore to load."""
        return self.keystore_password is not None

    @property
    def accepted_types(self) -> frozenset[str]:
        """The whitelist as a set; empty for every type."""
        return parse_whitelist(self.whitelist)

    @property
    def requirements(self) -> tuple[bool, bool]:
        """Signature and encryption required."""
        return self.signature_required, self.encryption_required

    @property
    def strictness(self) -> tuple[bool, ...]:
        """The settings that must be equal for all workers on one data source: any of them may take any message."""
        return *self.requirements, self.legacy_devices


def flatten(table: dict[str, object], known: frozenset[str]) -> dict[str, object]:
    """The keys of nested tables as dotted names without the historic prefix; tables under a known name stay whole.

    Raises:
        ValueError: a key is given both with and without the prefix.
    """
    flat: dict[str, object] = {}
    for path, value in _leaves(table, (), known):
        name = _without_prefix(path)
        if name in flat:
            raise ValueError(f"{name} is there twice, with and without the prefix {HISTORIC_PREFIX}")
        flat[name] = value
    return flat


def _without_prefix(path: tuple[str, ...]) -> str:
    return ".".join(path).removeprefix(f"{HISTORIC_PREFIX}.")


def _leaves(
    table: dict[str, object], path: tuple[str, ...], known: frozenset[str]
) -> list[tuple[tuple[str, ...], object]]:
    found: list[tuple[tuple[str, ...], object]] = []
    for name, value in table.items():
        here = (*path, name)
        if isinstance(value, dict) and _without_prefix(here) not in known:
            found += _leaves(value, here, known)
        else:
            found.append((here, value))
    return found
