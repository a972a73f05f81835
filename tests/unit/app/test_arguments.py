"""The command line before any command has it."""

import pytest

from lockgate_app.cli.run import _with_options_first, run


@pytest.mark.parametrize(
    "arguments",
    [
        ["--config", "c", "ca", "list"],
        ["ca", "--config", "c", "list"],
        ["ca", "list", "--config", "c"],
    ],
)
def test_the_configuration_may_stand_anywhere(arguments: list[str]) -> None:
    assert _with_options_first(arguments) == ["--config", "c", "ca", "list"]


def test_nothing_behind_two_hyphens_is_an_option() -> None:
    assert _with_options_first(["ca", "--config=c", "--", "--config", "d"]) == [
        "--config=c",
        "ca",
        "--",
        "--config",
        "d",
    ]


def test_an_argument_that_is_no_text_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["request", "resume", "\udcff\udcfe"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "lockgate: argument 3 is no text in UTF-8\n"
