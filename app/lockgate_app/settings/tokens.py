"""The token of the CA's keys."""

from typing import Annotated

from pydantic import BeforeValidator

from lockgate.errors import ConfigurationError
from lockgate_app.settings.values import Secret, Table
from lockgate_keys.hardware.uri import TokenUri


def _parsed(value: object) -> TokenUri:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a pkcs11: URI in quotes")
    try:
        uri = TokenUri.parse(value)
    except ConfigurationError as error:
        raise ValueError(str(error)) from None
    if uri.is_key or uri.module is None:
        raise ValueError("names a token, without a key in it, and its library: pkcs11:token=LABEL?module-path=FILE")
    return uri


class TokenTable(Table):
    """A PKCS#11 token.

    Attributes:
        uri: RFC 7512, with `module-path`, the library of the token's vendor, and without a PIN.
        pin: the user's.
    """

    uri: Annotated[TokenUri, BeforeValidator(_parsed)]
    pin: Secret
