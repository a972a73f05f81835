"""A CA behind a program: `openssl ca`, with the example's program, which a scenario may let go wrong."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from lockgate.ports import RemoteIssuer
from lockgate_issuers.command import CommandIssuer, Promise
from tests.support.openssl_ca import PATH, OpensslCa
from tests.support.scenarios.remote_issuer import RemoteSite
from tests.support.scenarios.world import World

SECRET = "a secret of the program"
ARGUMENTS = ("--zone", "inner $(id)")
ENVIRONMENT = {**PATH, "TOKEN": SECRET}
SHORT = timedelta(seconds=8)
"""Enough for a program that works."""
REFUSAL = """
operation=$(sed -E 's/.*"operation":"([^"]*)".*/\\1/')
printf '{{"result": "refused", "operation": "%s", "reason": "not today"}}' "$operation"
"""
ANOTHER_KEY = """
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2>/dev/null | openssl pkey -pubout >other.pem
python3 -c '
import json, sys
order = json.load(sys.stdin)
if order["verb"] == "issue":
    order.update(public_key=open("other.pem").read(), pkcs10=None)
json.dump(order, sys.stdout)' | {program}
"""
BEHAVIOUR: Mapping[str, str] = {
    "does what it is asked for": "exec {program}",
    "refuses in its answer": REFUSAL,
    "issues, and then ends with an error": "{program}; exit 1",
    "issues, and then is killed": "{program}; kill -KILL $$",
    "issues, and then hangs": "{program}; setsid sleep 1000 & echo $! >>{folder}/processes; wait; sleep 1000",
    "issues, and then answers nothing": "{program} >/dev/null",
    "issues, and then answers twice": 'answer=$({program}); echo "$answer$answer"',
    "issues, and then answers with text behind it": "{program}; echo done",
    "issues, and then says in its answer one thing twice": '{program} | sed \'s/^{{/{{"operation": "another", /\'',
    "issues, and then answers about another operation": '{program} | sed -E \'s/("operation": ")[^"]*/\\1another/\'',
    "issues, and then answers what is none of the answers": "{program} | sed s/issued/granted/",
    "issues, and then writes without end": "{program}; exec yes",
    "issues, and then complains without end": "{program}; exec yes >&2",
    "says that it has done nothing": "exit 75",
    "cannot be started": "",
    "leaves a child behind, which keeps its output open": (
        "setsid sh -c 'echo $$ >>{folder}/processes; exec sleep 1000' &\n"
        "while [ ! -s {folder}/processes ]; do :; done; exec {program}"
    ),
    "notes its arguments and its environment": (
        "tr '\\0' '\\n' </proc/$$/cmdline >{folder}/arguments; tr '\\0' '\\n' </proc/$$/environ >{folder}/environment\n"
        "exec {program}"
    ),
    "complains in 1000 lines, and tells a secret": 'echo "$TOKEN" >&2; seq 1000 >&2; exec {program}',
    "certifies another key": ANOTHER_KEY,
}
"""What the program does, as a text for a shell that has the example's program."""


class CommandSite(RemoteSite):
    """The issuer by command of a scenario."""

    def __init__(self, world: World, openssl: OpensslCa) -> None:
        self.openssl = openssl
        self.promises: list[Promise] = []
        self._wrapper = openssl.folder / "wrapper"
        self.behave("does what it is asked for")
        self.set_up(world, openssl.certificate)

    def behave(self, how: str) -> None:
        """From now on."""
        folder = shlex.quote(str(self.openssl.folder))
        text = BEHAVIOUR[how].format(program=f"{folder}/program", folder=folder)
        log = f"tee -a {folder}/requests"
        self._wrapper.write_text(f"#!/bin/sh\n{log} | {{\n{text}\n}}\n" if text else "#!/no/such/interpreter\n")
        self._wrapper.chmod(0o755)

    def made(self) -> RemoteIssuer:
        program = replace(
            self.openssl.program,
            path=self._wrapper,
            arguments=ARGUMENTS,
            environment=ENVIRONMENT,
            secrets=frozenset({SECRET}),
            timeout=SHORT,
        )
        return CommandIssuer("backend", program, self.promises)

    def noted(self, name: str) -> Sequence[str]:
        """The lines that the program has noted in that file."""
        path = Path(self.openssl.folder / name)
        return path.read_text().splitlines() if path.exists() else []
