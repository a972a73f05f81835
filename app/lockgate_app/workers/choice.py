"""Which workers and runners of remote issuers a node runs."""

from lockgate.errors import ConfigurationError
from lockgate_app.settings import CaZone
from lockgate_app.workers.lines import Lines

_log = Lines("lockgate.workers")


def chosen(zone: CaZone, name: str | None) -> tuple[str, ...]:
    """What to run: `name`, or all that are `runnable`.

    Raises:
        ConfigurationError: no worker is, or `name` is unknown, switched off or at odds.
    """
    if name is not None:
        if name not in zone.ca.issuers:
            require_startable(zone, name)
        return (name,)
    names = runnable(zone)
    if not zone.workers.keys() & set(names):
        here = f"no worker is to run on this node {zone.node}"
        raise ConfigurationError(here if zone.elsewhere() else "no worker is configured and active")
    return names


def runnable(zone: CaZone) -> tuple[str, ...]:
    """Every active worker of this node that is not at odds with its data source's others, and the runner of every
    remote issuer. The log says which workers are left out."""
    at_odds = dict(zone.at_odds())
    for odd, leader in at_odds.items():
        _log.error("not started", worker=odd, reason=_reason(zone, odd, leader))
    for pinned, reason in zone.elsewhere().items():
        _log.info("not started", worker=pinned, reason=reason)
    names = tuple(name for name in zone.active_workers() if name not in {*at_odds, *zone.elsewhere()})
    return names + tuple(zone.ca.issuers)


def require_startable(zone: CaZone, name: str) -> None:
    """Find that the worker `name` may run on this node.

    Raises:
        ConfigurationError: it is unknown, switched off, pinned to other nodes or at odds with its data source's others.
    """
    at_odds = dict(zone.at_odds())
    if name not in zone.workers:
        there = ", ".join((*zone.workers, *zone.ca.issuers)) or "none"
        raise ConfigurationError(f"there is no worker {name}; there are: {there}")
    if not zone.workers[name].active:
        raise ConfigurationError(f"worker {name} is switched off (active = false)")
    if name in zone.elsewhere():
        raise ConfigurationError(zone.elsewhere()[name])
    if name in at_odds:
        raise ConfigurationError(_reason(zone, name, at_odds[name]))


def _reason(zone: CaZone, name: str, leader: str) -> str:
    return (
        f"worker {name} does not start: its signature.required, encryption.required or legacy_devices differs from"
        f" that of worker {leader} on the same data source {zone.workers[name].data_source}"
    )
