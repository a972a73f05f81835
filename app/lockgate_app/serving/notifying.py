"""What a service manager is told over NOTIFY_SOCKET (systemd's sd_notify(3)); nothing where there is none.

The socket is a datagram socket of the family AF_UNIX; a name that begins with `@` stands in the abstract name space.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping

from lockgate_app.workers.lines import Lines

_log = Lines("lockgate.serve")


class Notifier:
    """Tells a service manager how this process does.

    Args:
        environment: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
        monotonic: nanoseconds on CLOCK_MONOTONIC.
    """

    def __init__(
        self, environment: Mapping[str, str] = os.environ, monotonic: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._monotonic = monotonic
        self._pause = _watchdog(environment) / 2
        self._beaten = -self._pause
        self._status = ""

    def ready(self) -> None:
        """The start, or a reload, is over."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """The configuration is read anew. The time tells the manager which of its wishes this is about."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={self._monotonic() // 1000}")

    def stopping(self) -> None:
        """The end has begun."""
        self._tell("STOPPING=1")

    def status(self, text: str) -> None:
        """One line for people; said once."""
        if text != self._status:
            self._status = text
            self._tell(f"STATUS={text}")

    def alive(self) -> None:
        """Feed the watchdog, twice in its interval at most; call it as often as you like."""
        now = self._monotonic() / 1e9
        if self._pause and now >= self._beaten + self._pause:
            self._beaten = now
            self._tell("WATCHDOG=1")

    @property
    def pause(self) -> float | None:
        """Seconds after which `alive` is to be called again; None where there is no watchdog."""
        return self._pause or None

    def _tell(self, message: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto(message.encode(), address)
        except OSError as error:
            _log.warning("the service manager cannot be told", reason=str(error))


def _watchdog(environment: Mapping[str, str]) -> float:
    """The watchdog's interval in seconds; 0 where there is none, or it is for another process."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0
    interval = environment.get("WATCHDOG_USEC", "")
    return int(interval) / 1e6 if interval.isascii() and interval.isdecimal() else 0
