"""Log lines to standard error: for people on a terminal, one JSON object a line otherwise. Never a secret.

The core and the adapters use the standard library's logging; their lines come out in the same form.
A line whose one argument is a mapping gives its keys and values, `event` among them, as keys and values of the line.
"""

import logging
import sys
from collections.abc import Mapping

import structlog
from structlog.types import EventDict, Processor

TOLD = ("opentelemetry",)
"""Others' packages: what their warnings say, a line of this product's says once."""
PACKAGES = ("lockgate", "lockgate_persistence", "lockgate_ca_backend", "lockgate_transport", "lockgate_app")


def configure_logs(level: int = logging.WARNING, *more: Processor) -> None:
    """Send every log line to standard error.

    Args:
        level: from which this product's own lines on; of others' lines only warnings and worse.
        more: see each line that this product writes through structlog.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            *more,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_spread, *shared], processors=_rendering(), pass_foreign_args=True
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for package in PACKAGES:
        logging.getLogger(package).setLevel(level)
    for package in TOLD:
        logging.getLogger(package).setLevel(logging.ERROR)


def _spread(_logger: object, _method: str, line: EventDict) -> EventDict:
    """A mapping as the one argument becomes keys of the line; the text holds other arguments already."""
    arguments = line.pop("positional_args", None)
    return {**line, **arguments} if isinstance(arguments, Mapping) else line


def _rendering() -> list[Processor]:
    """The last steps. Tracebacks name places in the code only: local variables could hold secrets."""
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if sys.stderr.isatty():
        plain = structlog.dev.plain_traceback
        return [remove_meta, structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    return [remove_meta, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
