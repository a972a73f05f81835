"""`lockgate keystore request`: a key in a token, made on its own host, and the request for its certificate."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import report
from lockgate_app.cli.tokens import named_token
from lockgate_app.keys import RSA_BITS, new_request
from lockgate_app.outputs import require_writable, write_file
from lockgate_keys.hardware.keystore import write_token_keystore
from lockgate_keys.hardware.making import make_key
from lockgate_keys.hardware.token import token_of


def request(
    token: Annotated[
        str,
        typer.Option(metavar="URI", help="The PKCS#11 token: pkcs11:token=LABEL?module-path=FILE (RFC 7512)."),
    ],
    token_pin_file: Annotated[Path, typer.Option(metavar="FILE", help="Holds the PIN of the token's user.")],
    output: Annotated[Path, typer.Option(metavar="FILE", help="The new keystore, which names the key.")],
    csr: Annotated[Path, typer.Option(metavar="FILE", help="The PKCS#10 for `keystore issue --csr`, PEM.")],
    name: Annotated[str, typer.Option(help="Of the key in the token, and in the request.")] = "ra",
    as_json: Json = False,
) -> None:
    """On an RA's or worker's host: make a key in a token, and a certificate request for it.

    The keystore holds no certificate yet. Append what `keystore issue` on the CA host makes of the request, and
    the CA's certificate.

    Example: lockgate keystore request --token "pkcs11:token=ra?module-path=/usr/lib/softhsm/libsofthsm2.so"
    --token-pin-file ra.password --output ra.p11 --csr ra.csr
    """
    require_writable(output, csr)
    label, place = f"{name}-{secrets.token_hex(4)}", named_token(token, token_pin_file)
    key = make_key(token_of(place.uri, place.pin), f"RSA-{RSA_BITS}", label, decrypts=True)
    write_token_keystore(output, key)
    write_file(csr, new_request(key, label))
    report(f"{output}: {key.uri}", {"keystore": str(output), "csr": str(csr), "uri": str(key.uri)}, as_json=as_json)
