"""How the administration's commands read what is typed, and where a password may come from."""

from pathlib import Path

import pytest
import typer

from lockgate.certification.endentity import EndEntityStatus
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import ConfigurationError
from lockgate.rights.signer import CertificateStanding
from lockgate_app.cli.choices import member_of
from lockgate_app.cli.options import fingerprint, given_password, serial_number


def test_members_by_name() -> None:
    assert member_of(EndEntityStatus)("KEY_RECOVERY") is EndEntityStatus.KEY_RECOVERY
    assert member_of(CertificateStanding)("on hold") is CertificateStanding.ON_HOLD
    assert member_of(RevocationReason)("key-compromise") is RevocationReason.KEY_COMPROMISE
    for text in ("", "1", "keycompromise"):
        with pytest.raises(typer.BadParameter, match="none of unspecified, key-compromise"):
            member_of(RevocationReason)(text)


def test_fingerprints_and_serial_numbers_however_they_are_written() -> None:
    assert fingerprint(":".join(["AB"] * 32)) == "ab" * 32
    assert serial_number("00:Ab:0c") == 0xAB0C
    assert serial_number("0x1") == 1
    for text in ("ab" * 31, "ab" * 33, "zz" * 32, ""):
        with pytest.raises(typer.BadParameter):
            fingerprint(text)
    for text in ("0", "", "1" * 41, "-1", "\u0661"):
        with pytest.raises(typer.BadParameter):
            serial_number(text)


def test_passwords_come_from_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    file.write_text(" sesame \n")
    monkeypatch.setenv("SESAME", "open sesame")
    assert given_password(file, None, prompt=False) == " sesame "
    assert given_password(None, "SESAME", prompt=False) == "open sesame"
    assert given_password(None, None, prompt=False) is None
    for named in ((file, "SESAME", False), (file, None, True), (None, "SESAME", True)):
        with pytest.raises(ConfigurationError, match="one of them"):
            given_password(named[0], named[1], prompt=named[2])
    file.write_text("\n")
    for missing in ((file, None), (None, "LOCKGATE_UNSET"), (tmp_path / "none", None)):
        with pytest.raises(ConfigurationError, match=r"is empty|holds no password|cannot be read"):
            given_password(*missing, prompt=False)
    with pytest.raises(ConfigurationError, match="no terminal"):
        given_password(None, None, prompt=True)
