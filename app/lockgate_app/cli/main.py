"""The program `lockgate`: where its process begins, before anything that takes time is imported."""

import gc
import sys

from lockgate_app.cli.interrupts import end_at_once


def main() -> None:
    """Run the command that this process was started with, and end the process."""
    end_at_once()
    gc.disable()  # what is imported stays: to look for garbage meanwhile takes a tenth of the time
    try:
        from lockgate_app.cli.run import run  # noqa: PLC0415  (see above)

        run(sys.argv[1:])
    finally:
        end_at_once()


if __name__ == "__main__":
    main()
