"""Log lines of commands that rarely write one: the logging modules are loaded with the first line.

For the lines of the standard library's logging only. A command that has lines of structlog calls `configure_logs`
itself; tests/integration/app/test_start.py finds one that does not.
"""

import logging


class FirstLine(logging.Handler):
    """Replaces the handler of `configure_logs` until there is a line."""

    def emit(self, record: logging.LogRecord) -> None:
        """Configure logging, and hand the line on."""
        from lockgate_app.logs import configure_logs  # noqa: PLC0415  (see above)

        configure_logs()
        logging.getLogger().handle(record)


def await_first_line() -> None:
    """Send warnings and worse to standard error, as `configure_logs` does."""
    root = logging.getLogger()
    root.handlers[:] = [FirstLine()]
    root.setLevel(logging.WARNING)
