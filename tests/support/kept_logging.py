"""How this process logs, kept over what sets up logging itself."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from lockgate_app.logs import PACKAGES, TOLD


@contextmanager
def kept_logging() -> Iterator[None]:
    """Afterwards structlog and the standard library's logging are configured as they are now."""
    configured, settings = structlog.is_configured(), structlog.get_config()
    settings["processors"] = [*settings["processors"]]
    root = logging.getLogger()
    handlers, levels = root.handlers[:], {logger: logger.level for logger in _loggers()}
    yield
    structlog.reset_defaults()
    if configured:
        structlog.configure(**settings)
    root.handlers[:] = handlers
    for logger, level in levels.items():
        logger.setLevel(level)


def _loggers() -> Iterator[logging.Logger]:
    """Those whose level `lockgate_app.logs` sets, and all that are there."""
    yield from map(logging.getLogger, (None, *PACKAGES, *TOLD))
    yield from (one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger))
