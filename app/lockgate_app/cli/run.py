"""One run of the command line, and how errors are told.

Rule: an error is one plain line on standard error and exit code 2; a traceback is never shown, because a line of it
could hold what must not be seen.
"""

import sys
import traceback
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from lockgate.errors import CallerError, LockgateError
from lockgate_app.cli.commands import app
from lockgate_app.cli.interrupts import INTERRUPTED
from lockgate_app.cli.terminal import complain, speak_any_encoding


def run(arguments: Sequence[str]) -> None:
    """Run the command line, and end with the exit code.

    Args:
        arguments: without the program's name.

    Raises:
        SystemExit: always.
    """
    speak_any_encoding()
    try:
        given = _require_text(arguments)
        app(args=_with_options_first(given), prog_name="lockgate")
    except LockgateError as error:
        complain(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        complain("interrupted")
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001  (the outermost caller: any other exception is a defect)
        complain(_defect(error))
        sys.exit(2)


def _require_text(arguments: Sequence[str]) -> Sequence[str]:
    """`arguments`, if all are text.

    Raises:
        CallerError: one holds octets that are no UTF-8.
    """
    for number, argument in enumerate(arguments, start=1):
        if not argument.isprintable() and any("\ud800" <= character <= "\udfff" for character in argument):
            raise CallerError(f"argument {number} is no text in UTF-8")
    return arguments


def _with_options_first(arguments: Sequence[str]) -> list[str]:
    """`--config FILE` counts wherever it stands; no command has an option of that name."""
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    found, others = list[str](), list[str]()
    rest = iter(arguments[:end])
    for argument in rest:
        if argument == "--config":
            found += [argument, *islice(rest, 1)]
        elif argument.startswith("--config="):
            found.append(argument)
        else:
            others.append(argument)
    return [*found, *others, *arguments[end:]]


def _defect(error: Exception) -> str:
    """Where the defect is, without what was being worked on."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"a defect in lockgate, please report it: {type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
