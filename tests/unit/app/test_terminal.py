"""What the commands say when something goes wrong, and how log lines look."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from lockgate_app.cli import check
from lockgate_app.cli.presentation import report, show, show_all
from lockgate_app.cli.run import run
from lockgate_app.cli.terminal import complain, out
from lockgate_app.logs import configure_logs


def ended(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as caught:
        run(arguments)
    assert isinstance(caught.value.code, int)
    return caught.value.code, capsys.readouterr().err


def test_an_error_is_one_plain_line_and_exit_code_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "absent.toml"
    assert ended(capsys, "--config", str(path), "check") == (
        2,
        f"lockgate: there is no file {path}: name one with --config, or run the command in its folder\n",
    )


def test_a_defect_names_its_place_and_nothing_of_what_was_worked_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "lockgate.toml").touch()
    monkeypatch.chdir(tmp_path)

    def defective(path: Path) -> None:
        raise ZeroDivisionError("geheim")

    monkeypatch.setattr(check, "load", defective)
    code, said = ended(capsys, "check")
    assert code == 2
    assert said.startswith("lockgate: a defect in lockgate, please report it: ZeroDivisionError at test_terminal.py:")
    assert said.count("\n") == 1
    assert "geheim" not in said


@pytest.mark.parametrize("arguments", [["no-such-command"], ["worker", "--no-such-option"], ["init"]])
def test_wrong_usage_is_exit_code_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert ended(capsys, *arguments)[0] == 2


def test_an_encoding_that_lacks_a_character_stops_no_command(tmp_path: Path) -> None:
    absent = tmp_path / "é.toml"
    command = [sys.executable, "-m", "lockgate_app.cli.main", "--config", str(absent), "check"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    shown = str(absent).replace("é", "?").encode()
    assert (done.returncode, done.stderr) == (
        2,
        b"lockgate: there is no file " + shown + b": name one with --config, or run the command in its folder\n",
    )
    assert subprocess.run([*command[:3], "--help"], env=environment, capture_output=True, check=False).returncode == 0


def test_what_a_hostile_database_says_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    complain("set aside: \x1b]0;owned\x07\u202e")
    assert capsys.readouterr().err == "lockgate: set aside: ?]0;owned??\n"


@pytest.mark.parametrize("text", [":ab:", ":+1:", "2001:db8:ab:cd::1", "[red]x[/]", "\\[x]"])
def test_what_others_have_named_is_printed_letter_for_letter(capsys: pytest.CaptureFixture[str], text: str) -> None:
    show({text: text}, as_json=False)
    show_all("names", [{"name": text}], as_json=False)
    report(text, {}, as_json=False)
    out().print(text)
    shown = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert shown == [f"{text}  {text}", "name", text, text, text]


def test_what_cannot_be_seen_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    report("al\u3164ice\u200b", {}, as_json=False)
    assert capsys.readouterr().out == "al?ice?\n"


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_log_lines_are_json_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(logging.INFO)
    structlog.get_logger("lockgate.worker").info("round", claimed=2)
    logging.getLogger("lockgate.pipeline").warning("of the %s", "core")
    first, second = logged(capsys)
    assert (first["event"], first["claimed"], first["level"]) == ("round", 2, "info")
    assert (second["event"], second["logger"]) == ("of the core", "lockgate.pipeline")


def test_a_traceback_in_the_log_holds_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    password = "geheim"
    try:
        int(password[:0])
    except ValueError as error:
        structlog.get_logger("lockgate.worker").error("defect", exc_info=error)
    (line,) = logged(capsys)
    assert "ValueError" in str(line["exception"])
    assert "geheim" not in str(line)


def test_others_lines_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(logging.DEBUG)
    logging.getLogger("alembic.runtime").info("chatter")
    structlog.get_logger("lockgate.worker").debug("detail")
    assert [line["event"] for line in logged(capsys)] == ["detail"]
