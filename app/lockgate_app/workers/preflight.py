"""The conditions under which a worker takes its first message (docs/threat-model.md, rule 23).

Found only while a request is carried out, a wrong secret or keystore would look like the request's fault.
"""

from lockgate.errors import ConfigurationError
from lockgate.reasons import Rejected
from lockgate_app.container.databases import require_current
from lockgate_app.container.worker import WorkerContainer
from lockgate_app.workers.lines import Lines

_log = Lines("lockgate.workers")


def require_sound(container: WorkerContainer) -> None:
    """Find that both databases have the schema of this version, and that every secret opens what is stored.

    Raises:
        ConfigurationError: one does not; the text says which, and what to do.
        KeystoreError: the worker's keystore cannot be opened.
        Unavailable: a database cannot be reached or has no tables yet, so that nothing is known.
    """
    for engine in (*container.message_engines(), container.ca.engine()):
        require_current(engine)
    checks = container.ca.secret_checks()
    problems = checks.problems()
    if problems:
        raise ConfigurationError("; ".join(problems))
    for name, why in checks.away.items():
        _log.warning("a key does not sign, and what needs it waits", ca=name, reason=why)
    _require_own_keystore(container)


def _require_own_keystore(container: WorkerContainer) -> None:
    keystore, issuer = container.keystore(), container.properties().ra_issuer
    if keystore is not None and isinstance(container.trust().path(keystore.certificate), Rejected):
        raise ConfigurationError(
            f"keystore.path: {issuer} has not issued this certificate; what RAs encrypt to the worker could not be read"
        )
