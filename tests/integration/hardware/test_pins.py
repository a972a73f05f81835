"""PINs of tokens: a wrong one is tried once by all processes together."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace

import pkcs11
import pytest
from pkcs11 import TokenFlag

from lockgate.errors import KeystoreError, TokenAway
from lockgate_keys.hardware import token as tokens
from lockgate_keys.hardware import turns
from lockgate_keys.hardware.library import TokenLibrary
from lockgate_keys.hardware.token import WrongPin, token_of
from lockgate_keys.hardware.turns import turn
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


def test_processes_that_start_at_the_same_moment_try_a_wrong_pin_once(token: TestToken, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _OPENING, str(keystore(token, tmp_path / "worker.p11"))]

    def opened(_number: int) -> str:
        return subprocess.run(command, input=f"not-{token.pin}", capture_output=True, text=True, check=False).stdout

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(opened, range(4)))
    assert sum("does not take the PIN" in one for one in said) == 1, said
    assert sum("was given a wrong PIN before" in one for one in said) == 3, said


def test_a_process_that_has_waited_sees_what_the_other_one_did(
    token: TestToken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-c", _OPENING, str(keystore(token, tmp_path / "worker.p11"))]
    token.token._library.begin_anew()

    def after_another(serial: bytes, label: str) -> AbstractContextManager[None]:
        subprocess.run(command, input=f"not-{token.pin}", capture_output=True, text=True, check=True)
        return turn(serial, label)

    monkeypatch.setattr(tokens, "turn", after_another)
    with pytest.raises(WrongPin, match="was given a wrong PIN before"):
        token.token.use(lambda session: session)


def test_no_pin_is_tried_while_another_process_logs_in(token: TestToken, monkeypatch: pytest.MonkeyPatch) -> None:
    own = pkcs11.lib(str(token.softhsm.module))
    own.reinitialize()
    found = own.get_token(token_label=token.uri.token)
    wrong = token_of(token.uri, "a-wrong-guess-Zk3")
    monkeypatch.setattr(turns, "BUSY", 0.0)
    with turn(found.serial, found.label), pytest.raises(TokenAway, match="another process logs in to the token"):
        wrong.use(lambda session: session)
    with pytest.raises(WrongPin, match="does not take the PIN"):
        wrong.use(lambda session: session)


def test_a_child_that_is_forked_meanwhile_does_not_keep_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "BUSY", 0.0)
    context = multiprocessing.get_context("fork")
    over = context.Event()
    with turn(b"serial", "forked"):
        child = context.Process(target=over.wait, daemon=True)
        child.start()
    with turn(b"serial", "forked"):
        over.set()
    child.join(60)
    assert child.exitcode == 0


def _open_to_all(directory: Path) -> None:
    directory.mkdir()
    directory.chmod(0o777)


def _a_link(directory: Path) -> None:
    directory.symlink_to(directory.parent)


@pytest.mark.parametrize("made", [_open_to_all, _a_link, Path.touch])
def test_a_lock_that_others_may_hold_or_remove_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[Path], None]
) -> None:
    monkeypatch.setattr(turns, "SHARED", tmp_path)
    made(tmp_path / f"lockgate-{os.getuid()}")
    with pytest.raises(TokenAway, match="directory of this user alone"), turn(b"serial", "label"):
        pytest.fail("it was used")


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
                token = found.get_token(**wanted)
                return SimpleNamespace(flags=flags, open=token.open, serial=token.serial, label=token.label)

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
