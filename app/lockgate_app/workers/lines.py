"""Log lines of workers: a name for what happened, and values.

They go to structlog where the process has configured it, as the command does; in a host program that has not, to the
standard library's logging, because structlog would print them to standard output.
"""

import logging

import structlog


class Lines:
    """A logger.

    Args:
        name: as the standard library's logging has it.
        bound: values of every line.
    """

    def __init__(self, name: str, **bound: object) -> None:
        self._name = name
        self._bound = bound

    def bind(self, **values: object) -> "Lines":
        """The same logger with more values in every line."""
        return Lines(self._name, **self._bound | values)

    def debug(self, event: str, **values: object) -> None:
        """A line for the search for an error."""
        self._write(logging.DEBUG, event, values)

    def info(self, event: str, **values: object) -> None:
        """A line about the usual course."""
        self._write(logging.INFO, event, values)

    def warning(self, event: str, **values: object) -> None:
        """A line that asks for attention."""
        self._write(logging.WARNING, event, values)

    def error(self, event: str, *, exc_info: BaseException | None = None, **values: object) -> None:
        """A line about something that is wrong."""
        self._write(logging.ERROR, event, values, exc_info)

    def _write(self, level: int, event: str, values: dict[str, object], exc_info: BaseException | None = None) -> None:
        values = self._bound | values
        if structlog.is_configured():
            error = {} if exc_info is None else {"exc_info": exc_info}
            method = logging.getLevelName(level).lower()
            getattr(structlog.get_logger(self._name), method)(event, **values, **error)
            return
        text = "%(event)s" + "".join(f" {name}=%({name})s" for name in values)
        shown = {name: plain(str(value)) for name, value in values.items()}
        logging.getLogger(self._name).log(level, text, {"event": event, **shown}, exc_info=exc_info)


def plain(text: str) -> str:
    """The text in one line, whatever a database's server has put into an error's text."""
    return text if text.isprintable() else ascii(text)[1:-1]
