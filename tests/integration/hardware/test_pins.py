"""PINs of tokens: a wrong one is tried once by all processes together."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pkcs11
import pytest
from pkcs11 import TokenFlag

from lockgate.errors import KeystoreError
from lockgate_keys.hardware.library import TokenLibrary
from lockgate_keys.hardware.token import WrongPin, token_of
from tests.support.hardware import SoftHsm, TestToken, keystore, sign


def flags(token: TestToken) -> TokenFlag:
    """What the token says of itself; the library was used before."""
    found: TokenFlag = pkcs11.lib(str(token.softhsm.module)).get_token(token_label=token.uri.token).flags
    return found


def test_a_wrong_pin_is_tried_once_by_all_processes_together(token: TestToken, tmp_path: Path) -> None:
    path = keystore(token, tmp_path / "worker.p11")
    wrong = f"not-{token.pin}"
    elsewhere = [sys.executable, "-c", _OPENING, str(path)]
    first = subprocess.run(elsewhere, input=wrong, capture_output=True, text=True, check=False)
    assert "does not take the PIN" in first.stdout, first
    again = subprocess.run(elsewhere, input=wrong, capture_output=True, text=True, check=False)
    assert "was given a wrong PIN before, and so none is tried" in again.stdout, again
    assert wrong not in "".join((first.stdout, first.stderr, again.stdout, again.stderr))


_OPENING = """
import sys
from pathlib import Path
from lockgate.errors import KeystoreError
from lockgate_keys.hardware.keystore import TokenKeystore
try:
    TokenKeystore.load(Path(sys.argv[1]), sys.stdin.read())
except KeystoreError as error:
    print(error)
else:
    print("opened")
"""


def test_an_operator_who_corrects_the_pin_lets_it_be_tried(softhsm: SoftHsm) -> None:
    token = softhsm.new_token()
    wrong = token_of(token.uri, "a-wrong-guess-Zk3")
    for _ in range(5):
        with pytest.raises(WrongPin):
            wrong.use(lambda session: session)
    assert flags(token) & TokenFlag.USER_PIN_COUNT_LOW
    right = token_of(token.uri, token.pin)
    with pytest.raises(WrongPin, match="was given a wrong PIN before"):
        right.use(lambda session: session)
    right.try_pin()
    assert sign(token.new_key("P-256"))
    assert not flags(token) & TokenFlag.USER_PIN_COUNT_LOW


@pytest.fixture
def claims(monkeypatch: pytest.MonkeyPatch) -> Callable[[TokenFlag], None]:
    """Lets each token say of itself these flags only, as another vendor's would."""

    def claim(flags: TokenFlag) -> None:
        loaded = TokenLibrary.loaded

        def telling(self: TokenLibrary) -> SimpleNamespace:
            found = loaded(self)

            def get_token(**wanted: object) -> SimpleNamespace:
                return SimpleNamespace(flags=flags, open=found.get_token(**wanted).open)

            return SimpleNamespace(get_token=get_token)

        monkeypatch.setattr(TokenLibrary, "loaded", telling)

    return claim


def test_a_process_remembers_a_wrong_pin_where_the_token_does_not(
    token: TestToken, claims: Callable[[TokenFlag], None]
) -> None:
    wrong = token_of(token.uri, "a-wrong-guess-Zk3")
    claims(TokenFlag(0))
    with pytest.raises(WrongPin, match="does not take the PIN"):
        wrong.use(lambda session: session)
    with pytest.raises(WrongPin, match="which is not tried again"):
        wrong.use(lambda session: session)


@pytest.mark.parametrize("flag", [TokenFlag.USER_PIN_FINAL_TRY, TokenFlag.USER_PIN_LOCKED], ids=lambda flag: flag.name)
def test_the_last_try_is_left_to_an_operator(
    token: TestToken, claims: Callable[[TokenFlag], None], flag: TokenFlag
) -> None:
    claims(flag)
    with pytest.raises(WrongPin, match=r"locks itself at the next wrong PIN|is locked"):
        token.token.try_pin()


def test_two_settings_agree_on_the_pin_of_a_token(token: TestToken) -> None:
    assert sign(token.new_key("P-256"))
    with pytest.raises(KeystoreError, match="two settings give it different PINs"):
        token_of(token.uri, "another-PIN-92x")
