"""The whitelist of request types that a worker accepts: whole names, never parts of names."""

HISTORIC_PREFIX = "org.ejbca.extra.db."


def parse_whitelist(text: str) -> frozenset[str]:
    """The request types named in a comma-separated list; empty for "every type".

    Each name may carry the historic prefix `org.ejbca.extra.db.`.
    """
    names = (name.strip() for name in text.split(","))
    return frozenset(name.removeprefix(HISTORIC_PREFIX) for name in names if name)


def accepts(whitelist: frozenset[str], request_type: str) -> bool:
    """Whether a worker with this whitelist takes `request_type`; an empty whitelist takes every type."""
    return not whitelist or request_type in whitelist
