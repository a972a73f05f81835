"""The names of tokens and of their keys: URIs (RFC 7512), without a PIN."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from urllib.parse import quote, unquote, unquote_to_bytes

from lockgate.errors import ConfigurationError

SCHEME = "pkcs11:"
_PATH = ("token", "serial", "object", "id", "type")
_QUERY = ("module-path",)
_PIN = ("pin-value", "pin-source")


@dataclass(frozen=True, slots=True)
class TokenUri:
    """A token, or a private key in it.

    Attributes:
        module: the PKCS#11 library of the token's vendor; None where the configuration of the host names it.
        token: the token's label; empty where only its serial number is known.
        serial: the token's serial number.
        object: the key's label (CKA_LABEL).
        id: the key's identifier (CKA_ID).
    """

    module: Path | None = None
    token: str = ""
    serial: str = ""
    object: str = ""
    id: bytes = b""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The URI `text`.

        Raises:
            ConfigurationError: it is no URI of a token, says what is not used here, or holds a PIN.
        """
        if not text.startswith(SCHEME):
            raise ConfigurationError(f"a token's URI begins with {SCHEME} (RFC 7512)")
        path, _, query = text.removeprefix(SCHEME).partition("?")
        named = {**_attributes(path, ";", _PATH), **_attributes(query, "&", _QUERY)}
        if unquote(named.get("type", "private")) != "private":
            raise ConfigurationError("a token's URI: type is private, or left out")
        module = named.get("module-path")
        found = cls(
            module=None if module is None else Path(unquote(module)),
            token=unquote(named.get("token", "")),
            serial=unquote(named.get("serial", "")),
            object=unquote(named.get("object", "")),
            id=unquote_to_bytes(named.get("id", "")),
        )
        if not found.token and not found.serial:
            raise ConfigurationError("a token's URI names the token: token=LABEL or serial=NUMBER is missing")
        return found

    def __str__(self) -> str:
        path = ";".join(f"{name}={value}" for name, value in self._parts())
        module = "" if self.module is None else f"?module-path={quote(str(self.module))}"
        return f"{SCHEME}{path}{module}"

    @property
    def name(self) -> str:
        """The token, as messages call it."""
        return f"the token {self.token!a}" if self.token else f"the token with the serial number {self.serial!a}"

    @property
    def is_key(self) -> bool:
        """Whether it names a key."""
        return bool(self.object or self.id)

    @property
    def of_token(self) -> "TokenUri":
        """The token alone."""
        return replace(self, object="", id=b"")

    def of_key(self, identifier: bytes, label: str) -> "TokenUri":
        """A key in this token."""
        return replace(self, id=identifier, object=label)

    def _parts(self) -> Iterator[tuple[str, str]]:
        for name, value in (("token", self.token), ("serial", self.serial), ("object", self.object)):
            if value:
                yield name, quote(value, safe="")
        if self.id:
            yield "id", "".join(f"%{octet:02X}" for octet in self.id)
        if self.is_key:
            yield "type", "private"


def _attributes(text: str, separator: str, known: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, text.split(separator)):
        name, equals, value = part.partition("=")
        if name in _PIN:
            raise ConfigurationError(f"a token's URI holds no PIN: leave {name} out; the password's setting holds it")
        if name not in known or not equals or not value or name in found:
            raise ConfigurationError(f"a token's URI: {name!a} is unknown here, empty or there twice")
        found[name] = value
    return found


def names_token_key(path: Path) -> bool:
    """Whether there is a keystore at `path` whose key is in a token: it begins with the key's URI."""
    try:
        with path.open("rb") as file:
            return file.read(len(SCHEME)) == SCHEME.encode()
    except OSError:
        return False
