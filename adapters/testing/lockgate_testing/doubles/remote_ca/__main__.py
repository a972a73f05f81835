"""The CA's process: `python -m lockgate_testing.doubles.remote_ca FILE [SUBJECT]`.

It makes the file, with a key and a certificate, where there is none; says `ready`; and ends when its input ends.
"""

import select
import sys
from pathlib import Path

from lockgate_testing.doubles.remote_ca.authority import Authority, found
from lockgate_testing.doubles.remote_ca.store import created, served

PAUSE = 0.003
"""Seconds between two looks into the inbox."""
SUBJECT = "CN=Remote CA,O=Example"


def main(file: str, subject: str = SUBJECT) -> None:
    """Serve until the input ends."""
    with served(Path(file)), created(Path(file)) as connection:
        found(connection, subject)
        authority = Authority(connection)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while not select.select([sys.stdin], [], [], PAUSE)[0]:
            while authority.carry_out_next():
                pass


if __name__ == "__main__":
    main(*sys.argv[1:])
