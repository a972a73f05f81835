"""`lockgate request renew`: the next certificate for the holder of the current one's key."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from lockgate.errors import ConfigurationError
from lockgate_app.cli.options import Force, PasswordEnv, PasswordFile, PasswordPrompt, given_password
from lockgate_app.cli.pickup import Targets
from lockgate_app.cli.requests import (
    AnswerJson,
    Chain,
    FullChain,
    MessageId,
    NoEncrypt,
    NoSign,
    Output,
    Sending,
    Wait,
    WithRoot,
)
from lockgate_app.container.keystores import keystore_of
from lockgate_app.keys import read_certificate
from lockgate_app.next_keys import next_key, request_for, signing_key
from lockgate_app.request_files import read_request
from lockgate_formats.requests.renewal import renewal_request


def renew(
    context: typer.Context,
    certificate: Annotated[Path, typer.Option(metavar="FILE", help="The certificate to be renewed (PEM).")],
    key: Annotated[Path, typer.Option(metavar="FILE", help="Its private key, RSA or EC (PEM or PKCS#12).")],
    output: Output,
    new_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The next private key; made where there is no such file. May be --key's."),
    ] = None,
    csr: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The next key's PKCS#10, where that key is elsewhere.")
    ] = None,
    chain: Chain = None,
    fullchain: FullChain = None,
    with_root: WithRoot = False,
    force: Force = False,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_prompt: PasswordPrompt = False,
    as_json: AnswerJson = False,
    message_id: MessageId = None,
    wait: Wait = 60,
    no_sign: NoSign = False,
    no_encrypt: NoEncrypt = False,
) -> None:
    """Have a certificate renewed; the signature of its own key asks for that, and the RA need not know whose it is.

    The CA certifies the end entity's stored names. A new key is of the kind and size of the old one. The password is
    that of --key and of --new-key. Only where the certificate profile says so, the same key is certified again. Exit
    codes as for `request pkcs10`.

    Example: lockgate --config deployment/ra/lockgate.toml request renew --certificate alice.pem --key alice.key
    --new-key next-alice.key --output next-alice.pem
    """
    targets = Targets(output, chain, None, as_json, fullchain, with_root, force)
    targets.require_writable()
    password = given_password(password_file, password_env, prompt=password_prompt, confirm=False)
    current, own = read_certificate(certificate), signing_key(key, password)
    holder = keystore_of(own, current)
    match new_key, csr:
        case Path(), None:
            pkcs10 = request_for(next_key(new_key, own, password), current)
        case None, Path():
            pkcs10 = read_request(csr)
        case _:
            raise ConfigurationError("give either --new-key or --csr: the key to certify")
    asked = renewal_request(secrets.randbits(63), holder, pkcs10)
    Sending(message_id, wait, no_sign, no_encrypt).ask(context, asked, targets)
