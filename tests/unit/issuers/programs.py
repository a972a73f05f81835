"""Programs of an operator, as files."""

from pathlib import Path
from typing import Any

from lockgate_issuers.command import Program
from lockgate_issuers.command.complaints import Complaints
from lockgate_issuers.command.running import run

SHELL = "#!/bin/sh\n"


def program(folder: Path, text: str, /, **settings: Any) -> Program:
    """A program with that text; a shell's, where it names no interpreter."""
    path = folder / "program"
    path.write_text(text if text.startswith("#!") else SHELL + text)
    path.chmod(0o755)
    return Program(path=path, **settings)


def output_of(started: Program, request: bytes = b"") -> bytes:
    return run(started, request, Complaints("issuer backend, issue", started.secrets))
