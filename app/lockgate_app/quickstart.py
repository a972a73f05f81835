"""The quickstart: a deployment in one directory, and one certificate through the whole line, shown step by step."""

import secrets
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text

from lockgate.errors import Defect, PeerError
from lockgate.reasons import Rejected
from lockgate.requests.submessages import PKCS10Request, PKCS10Response
from lockgate_app.container.ra import connect
from lockgate_app.container.trust import trust_in
from lockgate_app.deployment import CA_NAME, Deployment, create
from lockgate_app.keys import (
    certificate_pem,
    chain_pem,
    key_pem,
    new_key,
    new_request,
    read_certificate,
)
from lockgate_app.outputs import write_file
from lockgate_app.request_files import read_request
from lockgate_app.settings import load_ca
from lockgate_app.workers import choice, running
from lockgate_app.workers.service import WorkerElsewhere
from lockgate_formats.names import read_name
from lockgate_formats.requests.pkcs10 import load_pkcs10

PATIENCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Certification:
    """The certificate that is requested, and the files for it.

    Attributes:
        name: of the end entity and the files.
    """

    name: str
    csr: Path
    certificate: Path
    chain: Path


def run(directory: Path, csr: Path | None, console: Console) -> None:
    """Make or find the deployment in `directory`, and have a certificate issued unless there is one.

    Raises:
        LockgateError: a file or database cannot be used, or the CA refuses the request.
    """
    show = _Steps(console)
    deployment = _deployment(directory, show)
    order = _order(deployment, csr)
    if order.certificate.exists():
        show.say(f"There is a certificate already, and it stays: {order.certificate}")
    else:
        _enrol(deployment, order, csr is None, show)
    _tell_files(deployment, order, csr is None, show)


class _Steps:
    """Progress for people: a line for each step, with what came of it."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        with self._console.status(Text(text)):
            yield
        self._console.print(Text("✓ ", "green"), Text(text), sep="", soft_wrap=True)

    def say(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style), soft_wrap=True)


def _deployment(directory: Path, show: _Steps) -> Deployment:
    there = Deployment(directory.absolute())
    if there.present():
        show.say(f"There is a deployment already, and it stays as it is: {there.directory}")
        return there
    with show.step(f"New deployment: {CA_NAME}, keystores of worker and RA, the RA's role, databases"):
        return create(directory)


def _order(deployment: Deployment, csr: Path | None) -> _Certification:
    name = "quickstart" if csr is None else csr.stem
    file = deployment.directory / name
    return _Certification(
        name, csr or file.with_name(f"{name}.csr"), file.with_name(f"{name}.pem"), file.with_name(f"{name}.p7b")
    )


def _enrol(deployment: Deployment, order: _Certification, generate: bool, show: _Steps) -> None:
    if generate:
        with show.step("New RSA key and PKCS#10"):
            key = new_key()
            write_file(order.csr.with_suffix(".key"), key_pem(key), 0o600, replace=True)
            write_file(order.csr, new_request(key, order.name), replace=True)
    request = _request(order)
    with connect(deployment.ra_config) as ra:
        with show.step("RA: request signed, encrypted to the worker, put into the message database"):
            pending = ra.send([request])
        with show.step("CA: worker fetched the request, checked it, had the certificate issued, wrote the answer back"):
            zone = load_ca(deployment.ca_config)
            with suppress(WorkerElsewhere):  # then that one answers
                running.run_once(zone, choice.chosen(zone, None), wait=False)
        with show.step("RA: answer decrypted, the worker's signature and its binding to the request verified"):
            (response,) = ra.wait(pending, PATIENCE)
        if not response.success:
            raise PeerError(f"refused by the CA ({response.reason}): {response.fail_info}")
        if not isinstance(response, PKCS10Response) or response.certificate is None or response.pkcs7 is None:
            raise Defect("the answer holds no certificate")
        with show.step(f"Certificate verified against {CA_NAME}"):
            _require_issued(response.certificate, deployment)
        write_file(order.chain, chain_pem(response.pkcs7), replace=True)
        write_file(order.certificate, certificate_pem(response.certificate))
        ra.forget(pending)


def _request(order: _Certification) -> PKCS10Request:
    der = read_request(order.csr)
    subject = str(read_name(load_pkcs10(der)[0].subject)) or f"CN={order.name}"
    return PKCS10Request(
        request_id=secrets.randbits(63),
        username=order.name,
        subject_dn=subject,
        end_entity_profile="EMPTY",
        certificate_profile="ENDUSER",
        ca_name=CA_NAME,
        pkcs10=der,
    )


def _require_issued(certificate: bytes, deployment: Deployment) -> None:
    if isinstance(trust_in([read_certificate(deployment.ca_certificate)]).path(certificate), Rejected):
        raise Defect(f"the certificate was not issued by {CA_NAME}")


def _command() -> str:
    """How to call this installation: by its name where that finds it, by its path otherwise."""
    own = Path(sys.executable).with_name("lockgate")
    return "lockgate" if shutil.which("lockgate") == str(own) else str(own)


def _tell_files(deployment: Deployment, order: _Certification, generated: bool, show: _Steps) -> None:
    files = [("certificate", order.certificate), ("certificate and chain", order.chain)]
    if generated:
        files.append(("private key", order.csr.with_suffix(".key")))
    files += [
        ("CA certificate", deployment.ca_certificate),
        ("CA host's folder", deployment.ca),
        ("RA host's folder", deployment.ra),
    ]
    show.say("\nFiles", "bold")
    for what, path in files:
        show.say(f"  {what:22} {path}")
    show.say("\nWhat to try next", "bold")
    lockgate = _command()
    for command in (
        ("openssl", "verify", "-CAfile", deployment.ca_certificate, order.certificate),
        (lockgate, "--config", deployment.ca_config, "check"),
        (lockgate, "--config", deployment.ca_config, "worker"),
        (lockgate, "--config", deployment.ra_config, "request", "pkcs10", "--help"),
    ):
        show.say(f"  {shlex.join(map(str, command))}")
