"""The installed command on a terminal, where it asks."""

import os
import pty
import select
import subprocess
from collections.abc import Sequence

from tests.integration.app.commands import LOCKGATE, PATIENCE, Outcome


def lockgate_asking(*arguments: object, answers: Sequence[tuple[str, str]]) -> Outcome:
    """Run the command on a terminal of its own; each answer is typed once the text before it was asked for."""
    primary, secondary = pty.openpty()
    command = [LOCKGATE, *map(str, arguments)]
    with subprocess.Popen(
        command, stdin=secondary, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        for question, answer in answers:
            _answer(process, primary, question, answer)
        out, err = process.communicate(timeout=PATIENCE)
    os.close(primary)
    os.close(secondary)
    return Outcome(process.returncode, out.decode(), err.decode())


def _answer(process: "subprocess.Popen[bytes]", terminal: int, question: str, answer: str) -> None:
    """Type it once it is asked for; what was typed before is thrown away, so that nobody sees it."""
    asked = b""
    assert process.stderr is not None
    while not asked.endswith(question.encode()):
        readable, _, _ = select.select([process.stderr], [], [], PATIENCE)
        octet = os.read(process.stderr.fileno(), 1) if readable else b""
        if not octet:
            process.kill()
            raise AssertionError(f"asked, instead of {question!r}: {asked!r}")
        asked += octet
    os.write(terminal, f"{answer}\n".encode())
