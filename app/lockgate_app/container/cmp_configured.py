"""The CMP service in a process that has one if the CA has: nothing of it is imported where the CA has none."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lockgate.line.acting import Acting
from lockgate.ports import CertificateRequests, CertificateTrust, Keystore
from lockgate.ports.protocol_transactions import SharedSecrets
from lockgate.queue.due import DueService
from lockgate.requests.request_types import RequestTypes, with_cmp
from lockgate_app.settings.cmp import CmpTable

if TYPE_CHECKING:
    from lockgate_app.container.cmp import CmpParts


def cmp_parts(
    table: CmpTable | None,
    secrets: SharedSecrets,
    trust: CertificateTrust,
    requests: CertificateRequests,
    acting: Acting,
) -> "CmpParts | None":
    """The service; None where the CA has none."""
    if table is None:
        return None
    from lockgate_app.container.cmp import CmpParts  # noqa: PLC0415  (the module's rule)

    return CmpParts(table, secrets, trust, requests, acting)


def cmp_keystores(table: CmpTable | None) -> Mapping[str, Keystore]:
    """The keystores of the service, by their names in logs; none where the CA has none.

    Raises:
        KeystoreError: one of them cannot be opened.
    """
    if table is None:
        return {}
    from lockgate_app.container.cmp import cmp_keystore, key_authority  # noqa: PLC0415  (the module's rule)

    named = {"CMP": cmp_keystore(table), "CMP, keys that the CA makes": key_authority(table)}
    return {name: keystore for name, keystore in named.items() if keystore is not None}


def answering(parts: "CmpParts | None", types: RequestTypes) -> RequestTypes:
    """The request types, with the service where there is one."""
    return types if parts is None else with_cmp(parts.service, types)


def due_services(parts: "CmpParts | None") -> Sequence[DueService]:
    """The services that a worker's housekeeping asks."""
    return () if parts is None else (parts.deadlines,)
