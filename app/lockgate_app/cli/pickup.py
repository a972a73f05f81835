"""Picking up an answer: waiting for it, storing what it brings, and the exit code that tells how it went."""

from datetime import timedelta
from pathlib import Path

import typer

from lockgate.errors import ConfigurationError, NoAnswer, UnverifiedAnswer
from lockgate.submessages import KeyStoreRetrievalResponse, PKCS10Response, PKCS12Response, Response
from lockgate_app.cli.console import complain, out
from lockgate_app.keys import certificate_pem, chain_pem, write_file
from lockgate_transport.client import RaClient
from lockgate_transport.sent import Pending

REFUSED, NO_ANSWER = 1, 3


def require_writable(*paths: Path | None) -> None:
    """Nothing is sent whose answer could not be stored.

    Raises:
        ConfigurationError: a path cannot be written.
    """
    for path in paths:
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
            raise ConfigurationError(f"{path}: cannot be written: no such directory, or a directory itself")


def pick_up(ra: RaClient, pending: Pending, wait: int, output: Path | None = None, chain: Path | None = None) -> None:
    """Wait up to `wait` seconds for the one answer, and store what it brings.

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
    (response,) = responses
    if response.success:
        _store(response, output, chain)
    else:
        complain(f"refused by the CA ({response.reason}): {response.fail_info}")
    ra.forget(pending)
    if not response.success:
        raise typer.Exit(REFUSED)


def _store(response: Response, output: Path | None, chain: Path | None) -> None:
    if isinstance(response, PKCS10Response):
        _store_certificate(response, output, chain)
    elif isinstance(response, PKCS12Response):
        _store_keystore(response.pkcs12, output)
    elif isinstance(response, KeyStoreRetrievalResponse):
        _store_keystore(response.keystore_data, output)
    else:
        out.print("done: the CA has carried the request out", markup=False)


def _store_certificate(response: PKCS10Response, output: Path | None, chain: Path | None) -> None:
    if response.certificate is None or response.pkcs7 is None:
        raise UnverifiedAnswer("the answer holds no certificate")
    if chain is not None:
        write_file(chain, chain_pem(response.pkcs7))
    pem = certificate_pem(response.certificate)
    if output is None:
        typer.echo(pem.decode(), nl=False)
    else:
        write_file(output, pem)
        out.print(f"certificate: {output}", markup=False, soft_wrap=True)


def _store_keystore(content: bytes | None, output: Path | None) -> None:
    if content is None:
        raise UnverifiedAnswer("the answer holds no keystore")
    if output is None:
        raise ConfigurationError("the answer holds a keystore: --output FILE says where to write it")
    write_file(output, content, mode=0o600)
    out.print(f"keystore: {output}", markup=False, soft_wrap=True)
