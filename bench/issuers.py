"""Certificates by remote issuers: messages a second over `cmp` and `command` with so many calls outstanding, beside the
in-process CA in the same run.

Run `python -m bench.issuers` from the project's root; `--help` lists the options. `lockgate worker` is the command that
operators run: worker and runner, each in a process of its own. The CA behind `cmp` is a second installation with its
`cmp serve`, the one behind `command` is that of `examples/issuers/openssl_ca`. Commits are on the disk. All messages
wait before the processes start; a rate is taken from when the first message was written back, by the database's clock.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from bench.site import new_pkcs10, urls
from lockgate.requests.submessages import PKCS10Request
from lockgate_app.container.ra import connect
from lockgate_app.deployment import create
from lockgate_app.keys import certificate_pem
from lockgate_persistence.engines import DatabaseSettings, open_engine
from tests.support.openssl_ca import PATH, OpensslCa
from tests.support.scenarios.cmp_ca import ALIAS, PASSWORD, CmpCa
from tests.support.scenarios.configuration import toml
from tests.support.wire.cmp_serve import serving

LOCKGATE = str(Path(sys.executable).with_name("lockgate"))
IN_PROCESS = "ManagementCA"
PATIENCE = 60.0
"""Seconds without a message written back after which a run has failed."""


@dataclass(frozen=True)
class Remote:
    """A CA behind a remote issuer.

    Attributes:
        options: of the issuer, but for `calls`.
        certificate: the CA's, DER.
    """

    kind: str
    options: dict[str, object]
    certificate: bytes

    @property
    def ca_name(self) -> str:
        return f"{self.kind.capitalize()}CA"


class Installation:
    """The one that is measured."""

    def __init__(self, directory: Path, fresh: Callable[[], str], remotes: Sequence[Remote]) -> None:
        message_url = fresh()
        self._deployment = create(directory, message_url, fresh())
        self._engine = open_engine(DatabaseSettings(url=message_url, pool_min=1))
        self._pkcs10 = new_pkcs10(2048)
        self._usual = self._deployment.ca_config.read_text()
        for remote in remotes:
            self.configure(remote, 1)
            own = directory / f"{remote.kind}.pem"
            own.write_bytes(certificate_pem(remote.certificate))
            self._told("ca", "register", remote.ca_name, "--issuer", remote.kind, "--certificate", str(own))
            self._told("role", "edit", "RA", "--add-rule", f"/ca/{remote.ca_name}")

    def configure(self, remote: Remote | None, calls: int) -> None:
        """The remote issuer of the next run; None for none."""
        lines = []
        if remote is not None:
            lines = [f"\n[ca.issuers.{remote.kind}]", f'kind = "{remote.kind}"']
            lines += [f"[ca.issuers.{remote.kind}.options]", f"calls = {calls}"]
            lines += [f"{name} = {toml(value)}" for name, value in remote.options.items()]
        self._deployment.ca_config.write_text("\n".join([self._usual, *lines, ""]))

    def _command(self, *arguments: str) -> list[str]:
        return [LOCKGATE, "--config", str(self._deployment.ca_config), *arguments]

    def _told(self, *arguments: str) -> None:
        subprocess.run(self._command(*arguments), check=True, capture_output=True)

    def rate(self, ca_name: str, count: int) -> float:
        """Messages a second."""
        after = self._number("select coalesce(max(uniqueid), 0) from message")
        with connect(self._deployment.ra_config) as client:
            for _ in range(count):
                client.send([self._request(ca_name)])
        with self._working():
            self._await_written()
        query = "select modifytime from message where uniqueid > :after order by modifytime"
        with self._engine.connect() as connection:
            first, *later = connection.execute(text(query), {"after": after}).scalars().all()
        after_first = [moment for moment in later if moment > first]
        if not after_first:
            raise SystemExit("all messages were written back at once: try more of them")
        return float(len(after_first) / (after_first[-1] - first) * 1000)

    @contextmanager
    def _working(self) -> Iterator[None]:
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(self._command("worker"), stderr=log, stdout=log)
            try:
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE)

    def _await_written(self) -> None:
        left, deadline = None, time.monotonic() + PATIENCE
        while left != 0:
            now_left = self._number("select count(*) from message where status in (1, 2)")
            if now_left != left:
                left, deadline = now_left, time.monotonic() + PATIENCE
            if time.monotonic() > deadline:
                raise SystemExit(f"{left} messages were not written back")
            time.sleep(0.1)

    def _number(self, query: str) -> int:
        with self._engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())

    def _request(self, ca_name: str) -> PKCS10Request:
        username = f"user-{os.urandom(8).hex()}"
        return PKCS10Request(
            request_id=1,
            username=username,
            subject_dn=f"CN={username},O=Example,C=SE",
            end_entity_profile="EMPTY",
            certificate_profile="ENDUSER",
            ca_name=ca_name,
            pkcs10=self._pkcs10,
        )


@contextmanager
def cmp_ca(directory: Path, fresh: Callable[[], str]) -> Iterator[Remote]:
    """A second installation."""
    ca = CmpCa(directory / "second", (fresh(), fresh()))
    options = {"keyStorePath": str(ca.keystore), "keyStorePassword": PASSWORD, "answers_again": True}
    with serving(ca.config) as url:
        yield Remote("cmp", {"url": f"{url}/{ALIAS}", "ca_certificates": str(ca.authority), **options}, ca.certificate)
    ca.close()


@contextmanager
def command_ca(directory: Path, _: Callable[[], str]) -> Iterator[Remote]:
    """`openssl ca`, one run at a time."""
    ca = OpensslCa(directory / "openssl")
    program = {"program": str(ca.program.path), "directory": str(ca.folder), "environment": PATH}
    yield Remote("command", {**program, "promises": ["idempotent", "looks_up"]}, ca.certificate)


REMOTES = {"cmp": cmp_ca, "command": command_ca}


def measure(options: argparse.Namespace, directory: Path, fresh: Callable[[], str]) -> None:
    """All runs, one after another."""
    with ExitStack() as stack:
        remotes = [stack.enter_context(REMOTES[kind](directory, fresh)) for kind in options.kinds]
        installation = Installation(directory / "first", fresh, remotes)
        installation.configure(None, 0)
        beside = installation.rate(IN_PROCESS, options.beside)
        print(f"{'in-process':12}{'':8}{beside:8.1f} messages/s", flush=True)
        for remote in remotes:
            for calls in options.calls:
                installation.configure(remote, calls)
                rate = installation.rate(remote.ca_name, options.messages)
                share = f"{rate / beside:.2f} of the in-process CA's"
                print(f"{remote.kind:12}{calls:2} calls{rate:8.1f} messages/s, {share}", flush=True)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--messages", type=int, default=20, help="messages a run (default %(default)s)")
    parser.add_argument("--beside", type=int, default=400, help="messages of the in-process CA (default %(default)s)")
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 4, 16], help="outstanding (default 1 4 16)")
    parser.add_argument("--kinds", choices=list(REMOTES), nargs="+", default=list(REMOTES), help="by default both")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    options = parser.parse_args()
    with urls(options.database) as fresh, tempfile.TemporaryDirectory(prefix="lockgate-bench-") as directory:
        measure(options, Path(directory), fresh)
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
