"""A token and this process's one session with it: opened when it is used, and opened anew after the token went away.

A wrong PIN is tried once: tokens lock themselves after a few. A process remembers it, and the token tells the others
(CKF_USER_PIN_COUNT_LOW: since the last right PIN a wrong one was given; PKCS#11 2.40, 3.2). So one process at a time
asks for the flags and logs in (`lockgate_keys.hardware.turns`).
"""

import hmac
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from lockgate.errors import ConfigurationError, KeyAway, KeystoreError, TokenAway
from lockgate_keys.hardware.library import TokenLibrary, library_at, require_package
from lockgate_keys.hardware.turns import turn
from lockgate_keys.hardware.uri import TokenUri

if TYPE_CHECKING:  # only the extra `hsm` brings what these import
    from pkcs11 import PKCS11Error
    from pkcs11 import Session as Pkcs11Session
    from pkcs11 import Token as Pkcs11Token

T = TypeVar("T")
_REMEDY = "correct it, then let `lockgate check` try it once"
_log = logging.getLogger(__name__)


class WrongPin(TokenAway):
    """The token does not take the PIN, or takes none. A process does not try it again."""


@dataclass(slots=True)
class TokenSession:
    """A session, and the keys that were looked up in it.

    Attributes:
        begun: the count of the library's beginnings in which it was opened.
    """

    session: "Pkcs11Session"
    begun: int
    keys: dict[TokenUri, Any] = field(default_factory=dict)

    def key(self, uri: TokenUri) -> Any:
        """The private key that `uri` names; what it can do is added to its class when it is found.

        Raises:
            NoSuchKey: there is none, or more than one.
        """
        if uri not in self.keys:
            self.keys[uri] = _find_key(self.session, uri)
        return self.keys[uri]


class Token:
    """One token, for every key in it.

    Args:
        uri: of the token, with its module.
        pin: the user's. A secret.
    """

    def __init__(self, uri: TokenUri, pin: str, library: TokenLibrary) -> None:
        self._uri = uri
        self._pin = pin
        self._library = library
        self._session: TokenSession | None = None
        self._refused = False

    def __repr__(self) -> str:
        return f"Token({self._uri})"

    @property
    def uri(self) -> TokenUri:
        """The token's name."""
        return self._uri

    @property
    def refused(self) -> bool:
        """Whether the PIN was wrong."""
        return self._refused

    def has_pin(self, pin: str) -> bool:
        """Whether that is the PIN it is used with."""
        return hmac.compare_digest(pin.encode(), self._pin.encode())

    def use(self, operation: Callable[[TokenSession], T], *, although_wrong_before: bool = False) -> T:
        """What `operation` makes of the session. If it fails, everything is opened anew, and it runs once more; where
        the token lacks the key only the session is: the library's other sessions go on.

        Args:
            although_wrong_before: log in even where a wrong PIN was given before.

        Raises:
            TokenAway: the token or its library is not there, or it does not take the PIN.
            KeyAway: the token is there, but lacks the key, or has failed twice.
        """
        from pkcs11 import NoSuchKey, PKCS11Error  # noqa: PLC0415  (an extra)

        with self._library.alone():
            try:
                return self._found(operation, although_wrong_before=although_wrong_before)
            except NoSuchKey as error:
                raise KeyAway(f"{self._uri.name}: {error}") from None
            except PKCS11Error as error:
                _log.warning("%s has failed (%s); it is opened anew", self._uri.name, type(error).__name__)
            session = self._opened_anew(although_wrong_before=although_wrong_before)
            try:
                return operation(session)
            except PKCS11Error as error:
                raise KeyAway(f"{self._uri.name} has failed twice: {_described(error)}") from None

    def try_pin(self) -> None:
        """Log in, for an operator who may have corrected the PIN.

        Raises:
            TokenAway: as `use`.
        """
        self.use(lambda _session: None, although_wrong_before=True)

    def _opened(self, *, although_wrong_before: bool) -> TokenSession:
        library = self._library.loaded()
        if self._session is None or self._session.begun != self._library.begun:
            token = library.get_token(**self._wanted())
            with turn(token.serial, token.label):
                token = library.get_token(**self._wanted())  # its flags, as the process before has left them
                self._require_untroubled(token, although_wrong_before=although_wrong_before)
                self._session = TokenSession(self._logged_in(token), self._library.begun)
        return self._session

    def _found(self, operation: Callable[[TokenSession], T], *, although_wrong_before: bool) -> T:
        """As `use`, without beginning the library anew. A session that has outlived its token may find no key."""
        from pkcs11 import KeyHandleInvalid, NoSuchKey, ObjectHandleInvalid, PKCS11Error  # noqa: PLC0415  (an extra)

        session = self._opened(although_wrong_before=although_wrong_before)
        try:
            return operation(session)
        except (NoSuchKey, KeyHandleInvalid, ObjectHandleInvalid):
            self._session = None
            with suppress(PKCS11Error):
                session.session.close()
        return operation(self._opened(although_wrong_before=although_wrong_before))

    def _opened_anew(self, *, although_wrong_before: bool) -> TokenSession:
        from pkcs11 import PKCS11Error  # noqa: PLC0415  (an extra)

        try:
            self._library.begin_anew()
            return self._opened(although_wrong_before=although_wrong_before)
        except PKCS11Error as error:
            raise TokenAway(f"{self._uri.name} cannot be used now: {_described(error)}") from None

    def _wanted(self) -> dict[str, object]:
        wanted: dict[str, object] = {"token_label": self._uri.token} if self._uri.token else {}
        return wanted | ({"token_serial": self._uri.serial.encode()} if self._uri.serial else {})

    def _require_untroubled(self, token: "Pkcs11Token", *, although_wrong_before: bool) -> None:
        """By the token's own flags."""
        from pkcs11 import TokenFlag  # noqa: PLC0415  (an extra)

        name, flags = self._uri.name, token.flags
        if flags & TokenFlag.USER_PIN_LOCKED:
            raise WrongPin(f"{name} is locked: too many wrong PINs; its security officer sets a new one")
        if flags & TokenFlag.USER_PIN_FINAL_TRY:
            raise WrongPin(f"{name} locks itself at the next wrong PIN: log in with its own program first")
        if self._refused:
            raise WrongPin(f"{name} has not taken the PIN, which is not tried again: {_REMEDY}")
        if flags & TokenFlag.USER_PIN_COUNT_LOW and not although_wrong_before:
            raise WrongPin(f"{name} was given a wrong PIN before, and so none is tried: {_REMEDY}")

    def _logged_in(self, token: "Pkcs11Token") -> "Pkcs11Session":
        from pkcs11 import exceptions  # noqa: PLC0415  (an extra)

        wrong = (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange, exceptions.PinLocked)
        try:
            session = token.open(user_pin=self._pin)
        except (*wrong, exceptions.PinExpired):
            self._refused = True
            raise WrongPin(f"{self._uri.name} does not take the PIN: {_REMEDY}") from None
        except exceptions.UserAlreadyLoggedIn:  # the program around has, with the same library
            session = token.open()
        self._refused = False
        return session


def token_of(uri: TokenUri, pin: str) -> Token:
    """The token that `uri` names; the same object each time, so that a process logs in once.

    Raises:
        ConfigurationError: the URI names no module, or the extra `hsm` is missing.
        KeystoreError: this process uses the token with another PIN.
    """
    if uri.module is None:
        raise ConfigurationError(f"{uri}: module-path is missing: the PKCS#11 library of the token's vendor")
    require_package()
    known = _tokens.get(uri.of_token)
    if known is None or (known.refused and not known.has_pin(pin)):
        known = _tokens[uri.of_token] = Token(uri.of_token, pin, library_at(uri.module))
    if not known.has_pin(pin):
        raise KeystoreError(f"{uri.name}: two settings give it different PINs")
    return known


def _find_key(session: "Pkcs11Session", uri: TokenUri) -> object:
    from pkcs11 import Attribute, NoSuchKey, ObjectClass  # noqa: PLC0415  (an extra)

    wanted: dict[Attribute, object] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    if uri.id:
        wanted[Attribute.ID] = uri.id
    if uri.object:
        wanted[Attribute.LABEL] = uri.object
    found = list(session.get_objects(wanted))
    if len(found) != 1:
        raise NoSuchKey(f"it has {len(found)} private keys {uri.object or uri.id.hex()!a}, not one")
    return found[0]


def _described(error: "PKCS11Error") -> str:
    """Such errors have a class for each code, and often no text."""
    known = {
        "NoSuchToken": "it is not there",
        "MultipleTokensReturned": "there are several; name its serial number",
        "MechanismInvalid": "it does not know what is needed: CKM_RSA_PKCS and CKM_RSA_X_509, or CKM_ECDSA",
    }
    return known.get(type(error).__name__) or str(error) or f"its library answers {type(error).__name__}"


_tokens: dict[TokenUri, Token] = {}
