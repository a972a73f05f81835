"""The issuers that the features run over, as a table: `pytest tests/features --issuer NAME`.

A site gives ManagementCA to a remote issuer: a CA of another program that holds ManagementCA's key. To run the features
over another kind of issuer, add a row to `SITES`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lockgate.ports import RemoteIssuer
from lockgate_app.issuers import remote_issuer
from lockgate_testing.doubles.remote_ca import RemoteCa, running
from tests.support.openssl_ca import PATH, OpensslCa
from tests.support.pki.identities import Authority
from tests.support.scenarios.ca_side import CaSide
from tests.support.scenarios.chained_lockgate import lockgate_issuer, running_lockgate

IN_PROCESS = "in-process"
"""Where the registry keeps ManagementCA's key."""


@dataclass(frozen=True)
class IssuerSite:
    """A kind of remote issuer.

    Attributes:
        running: starts a CA that has this key and certificate, in an empty folder; gives the settings of
            `[ca.issuers.site]` and its `options`. The CA ends with the context. All scenarios of a process share it.
        adapter: the issuer of that name, as the configuration of the CA's side has it.
        leaves_out: tags of scenarios that it cannot serve; each feature says why.
    """

    running: Callable[[Path, Authority], AbstractContextManager[Mapping[str, Any]]]
    adapter: Callable[[CaSide, str], RemoteIssuer]
    leaves_out: frozenset[str] = frozenset()


@contextmanager
def _running_double(directory: Path, authority: Authority) -> Iterator[Mapping[str, Any]]:
    with running(directory / "ca.db", authority=(authority.key, authority.der)) as ca:
        ca.behave(keeps_serial_numbers=True)
        yield {"kind": "remote", "options": {"file": str(ca.path)}}


def _double(ca_side: CaSide, name: str) -> RemoteIssuer:
    """No package brings this kind."""
    table: Any = ca_side.configuration.zone.ca.issuers[name]
    return RemoteCa(Path(table.options["file"])).issuer(idempotent=True, looks_up=True)


@contextmanager
def _running_openssl(directory: Path, authority: Authority) -> Iterator[Mapping[str, Any]]:
    ca = OpensslCa(directory / "openssl", authority)
    options = {"program": str(ca.folder / "program"), "directory": str(ca.folder), "environment": dict(PATH)}
    yield {"kind": "command", "options": {**options, "promises": ["idempotent", "looks_up"]}}


def _built_in(ca_side: CaSide, name: str) -> RemoteIssuer:
    return remote_issuer(ca_side.configuration.zone, name)


SITES: Mapping[str, IssuerSite] = {
    "remote": IssuerSite(_running_double, _double),
    "command": IssuerSite(_running_openssl, _built_in, frozenset({"exact-certificates"})),
    "cmp": IssuerSite(running_lockgate, lockgate_issuer, frozenset({"chosen-serial-number", "keys-judged-here"})),
}
"""By the value of `--issuer`."""


def adapter(ca_side: CaSide, name: str) -> RemoteIssuer:
    """The issuer of that name in the configuration."""
    return SITES[ca_side.configuration.zone.ca.issuers[name].kind].adapter(ca_side, name)
