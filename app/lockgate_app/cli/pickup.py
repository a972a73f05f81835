"""Picking up an answer: waiting for it, storing what it brings, and the exit code that tells how it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import singledispatch
from pathlib import Path

import msgspec
import typer

from lockgate.errors import ConfigurationError, NoAnswer, UnverifiedAnswer
from lockgate.ra.client import RaClient
from lockgate.ra.sent import SentMessage
from lockgate.requests.submessages import (
    CardRenewalResponse,
    CertificateRequestResponse,
    EditUserResponse,
    KeyStoreRetrievalResponse,
    PKCS10Response,
    PKCS12Response,
    Response,
    ResponseKind,
    RevocationResponse,
)
from lockgate_app.cli.terminal import complain, out
from lockgate_app.keys import certificate_pem, chain_pem, end_of_chain, fullchain_pem
from lockgate_app.outputs import require_writable, write_file

REFUSED, NO_ANSWER = 1, 3
_PLAIN = (RevocationResponse, EditUserResponse)
"""Answers that say that it is done, and nothing else."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Where to write what an answer brings.

    Attributes:
        output: the certificate or keystore; None shows a certificate.
        chain: the certificate and its CA chain, PKCS#7.
        fullchain: the certificate and its CA chain, PEM, each certificate followed by its issuer's.
        with_root: whether the root is written there, too.
        sign: the second certificate of a card.
        as_json: write or show the whole answer as JSON.
        force: replace files that are there.
    """

    output: Path | None = None
    chain: Path | None = None
    sign: Path | None = None
    as_json: bool = False
    fullchain: Path | None = None
    with_root: bool = False
    force: bool = False

    def require_writable(self) -> None:
        """Nothing is sent whose answer could not be stored.

        Raises:
            ConfigurationError: a path cannot be written, or files are asked for beside JSON.
        """
        if self.as_json and (self.chain or self.fullchain):
            raise ConfigurationError("--json: the answer's JSON holds the chain; leave --chain and --fullchain out")
        require_writable(self.output, self.chain, self.fullchain, self.sign, force=self.force)

    def write(self, what: str, content: bytes, path: Path | None, mode: int = 0o644) -> None:
        """Write `content` to `path`, and say so; show it where that is None.

        Raises:
            ConfigurationError: the path cannot be written.
        """
        if path is None:
            typer.echo(content.decode(), nl=False)
        else:
            write_file(path, content, mode, replace=self.force)
            out().print(f"{what}: {path}", soft_wrap=True)

    def write_fullchain(self, certificate: bytes, certificates: bytes) -> None:
        """Write the full chain, where it is wanted; `certificates` is a DER certs-only PKCS#7."""
        if self.fullchain is not None:
            chain = fullchain_pem(certificate, certificates, root=self.with_root)
            self.write("full chain", chain, self.fullchain)


def pick_up(ra: RaClient, pending: SentMessage, wait: int, targets: Targets) -> None:
    """Wait up to `wait` seconds for the answer, and store what it brings.

    A message that a program has sent may hold several requests; their answers are stored as JSON.

    Raises:
        typer.Exit: with code 1, the CA refused; with code 3, no answer came in time.
        UnverifiedAnswer: the answer is no answer to such a request.
        ConfigurationError: the answer cannot be stored; it stays.
    """
    try:
        responses = ra.wait(pending, timedelta(seconds=wait))
    except NoAnswer:
        complain(f"no answer within {wait} s; the message stays. Later: request resume {pending.message_id}")
        raise typer.Exit(NO_ANSWER) from None
    if len(responses) == 1:
        _take(responses[0], pending, targets)
    else:
        _take_all(responses, pending, targets)
    ra.forget(pending)
    if not all(response.success for response in responses):
        raise typer.Exit(REFUSED)


def _take(response: Response, pending: SentMessage, targets: Targets) -> None:
    if response.request_id != pending.parts[0].request_id:
        complain(f"message {pending.message_id} could not be replaced any more; this is the answer to the earlier one")
    if response.success and targets.as_json:
        answer = {"message_id": pending.message_id, **msgspec.to_builtins(response)}
        targets.write("answer", msgspec.json.encode(answer) + b"\n", targets.output, mode=0o600)
    elif response.success:
        _require_chain(response, targets)
        _store(response, targets)
    else:
        complain(f"refused by the CA ({response.reason}): {response.fail_info}")


def _take_all(responses: Sequence[Response], pending: SentMessage, targets: Targets) -> None:
    if targets.chain or targets.fullchain or targets.sign:
        raise ConfigurationError(
            f"message {pending.message_id} holds {len(responses)} requests: their answers are JSON, to --output alone"
        )
    answers = {"message_id": pending.message_id, "answers": [msgspec.to_builtins(response) for response in responses]}
    targets.write("answers", msgspec.json.encode(answers) + b"\n", targets.output, mode=0o600)


def _require_chain(response: Response, targets: Targets) -> None:
    chained = isinstance(response, PKCS10Response) or (
        isinstance(response, CertificateRequestResponse) and response.response_type == ResponseKind.PKCS7_WITH_CHAIN
    )
    if targets.fullchain is not None and not chained:
        raise ConfigurationError("the answer holds no CA chain; the message stays: fetch it without --fullchain")


@singledispatch
def _store(response: Response, targets: Targets) -> None:
    """The answer to a deployer's own request type: shown as a whole, because only the deployer knows its meaning."""
    if type(response) in _PLAIN:
        out().print("done: the CA has carried the request out")
    else:
        targets.write("answer", msgspec.json.encode(response) + b"\n", targets.output, mode=0o600)


@_store.register
def _(response: PKCS10Response, targets: Targets) -> None:
    if targets.chain is not None:
        write_file(targets.chain, chain_pem(_held(response.pkcs7)), replace=targets.force)
    targets.write_fullchain(_held(response.certificate), _held(response.pkcs7))
    targets.write("certificate", certificate_pem(_held(response.certificate)), targets.output)


@_store.register
def _(response: CertificateRequestResponse, targets: Targets) -> None:
    data = _held(response.data)
    if response.response_type == ResponseKind.CERTIFICATE:
        targets.write("certificate", certificate_pem(data), targets.output)
    else:
        if targets.fullchain is not None:
            targets.write_fullchain(end_of_chain(data), data)
        targets.write("PKCS#7", chain_pem(data), targets.output)


@_store.register
def _(response: CardRenewalResponse, targets: Targets) -> None:
    targets.write("authentication certificate", certificate_pem(_held(response.auth_cert)), targets.output)
    targets.write("signature certificate", certificate_pem(_held(response.sign_cert)), targets.sign)


@_store.register
def _(response: PKCS12Response, targets: Targets) -> None:
    _write_keystore(response.pkcs12, targets)


@_store.register
def _(response: KeyStoreRetrievalResponse, targets: Targets) -> None:
    _write_keystore(response.keystore_data, targets)


def _held(content: bytes | None) -> bytes:
    if content is None:
        raise UnverifiedAnswer("the answer does not hold what was asked for")
    return content


def _write_keystore(content: bytes | None, targets: Targets) -> None:
    keystore = _held(content)
    if targets.output is None:
        raise ConfigurationError("the answer holds a keystore: --output FILE says where to write it")
    targets.write("keystore", keystore, targets.output, 0o600)
