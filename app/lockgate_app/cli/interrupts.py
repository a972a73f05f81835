"""Ctrl-C: what it does before a command runs, and while it runs. SIGTERM ends the process as the system does.

Python's own `signal` imports much, and Ctrl-C in that time would show a traceback: so here is the module under it.
"""

import _signal as signal
import os

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""


def end_at_once() -> None:
    """Let Ctrl-C end the process without an exception, which in the middle of an import may end up anywhere."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored, and stays so
        signal.signal(signal.SIGINT, _end)


def end_in_order() -> None:
    """Let Ctrl-C raise KeyboardInterrupt, so that a command undoes what it has begun."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(*_: object) -> None:
    os.write(2, b"lockgate: interrupted\n")
    os._exit(INTERRUPTED)
