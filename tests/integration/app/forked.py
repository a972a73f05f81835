"""Commands in processes of their own, forked from one that has imported them: to start Python takes longer than most
commands do. What is installed is started as it is by others: `commands.running`, `test_start.py`, the quickstart."""

import multiprocessing
import os
import pkgutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

import lockgate_app.cli
from lockgate_app.cli.main import main

MORE = (
    "sqlite3", "psycopg", "pymysql", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.mysql", "sqlalchemy.dialects.oracle", "alembic.command", "pydantic.dataclasses",
    "pydantic.type_adapter", "typer.rich_utils", "rich.markdown", "lockgate_app.container.worker",
    "lockgate_app.workers.running",
)  # fmt: skip
"""What commands import when they need it."""
UNNEEDED = ("lockgate_app.cli.main",)
"""It sets what happens on a signal."""
PATH = tuple(sys.path)
"""Before any test adds something, which is not the commands'."""


def run(arguments: Sequence[str], patience: float) -> tuple[int, str, str]:
    """Run `lockgate` with these arguments to its end; the exit code, and what it said on standard output and error.

    Args:
        patience: seconds; then the test fails.
    """
    with tempfile.TemporaryDirectory() as directory:
        out, err = Path(directory, "out"), Path(directory, "err")
        process = _context().Process(target=_command, args=(arguments, dict(os.environ), PATH, Path.cwd(), out, err))
        process.start()
        process.join(patience)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"lockgate {' '.join(arguments)}")
        return process.exitcode, out.read_text(), err.read_text()


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    names = [f"lockgate_app.cli.{module.name}" for module in pkgutil.iter_modules(lockgate_app.cli.__path__)]
    context.set_forkserver_preload([*(name for name in names if name not in UNNEEDED), *MORE, __name__])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, PATH)))  # neither a test's own, nor what is installed
        forkserver.ensure_running()
    return context


def _command(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    places: Sequence[str],
    directory: Path,
    out: Path,
    err: Path,
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    for number, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    sys.path[:] = [*filter(None, environment.get("PYTHONPATH", "").split(os.pathsep)), *places]
    sys.argv = ["lockgate", *arguments]
    main()
