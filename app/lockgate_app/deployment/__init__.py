"""A new deployment: the CA's folder and the RA's folder, each complete, so that each can be carried to its host.

The RA's folder holds nothing secret of the CA's.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

from lockgate.errors import ConfigurationError
from lockgate_app.deployment.builder import RA_ROLE_RULES, Builder
from lockgate_app.deployment.folders import CA_NAME, Deployment, building_site
from lockgate_app.deployment.locations import CA_DEFAULT, MESSAGES_DEFAULT, location
from lockgate_app.fronts import FRONTS, Front
from lockgate_app.keys import certificate_pem, read_certificates
from lockgate_app.new_keystores import NewKeysIn

__all__ = ["CA_DEFAULT", "CA_NAME", "RA_ROLE_RULES", "Deployment", "create"]


def create(
    directory: Path,
    message_db: str | None = None,
    ca_db: str | None = None,
    tls_ca: Path | None = None,
    *,
    message_db_password: str | None = None,
    ca_db_password: str | None = None,
    fronts: Collection[str] = (),
    token: NewKeysIn | None = None,
) -> Deployment:
    """Make a new deployment in `directory`.

    Args:
        message_db: URL of the message database, without a password; SQLite in `directory`/messages by default.
        ca_db: URL of the CA's own database, without a password; SQLite in the CA's folder by default.
        tls_ca: PEM file of the CAs of the database servers' certificates; both folders get a copy.
        message_db_password, ca_db_password: of the users in the URLs; kept in a file of its own.
        token: where all keys are made: the CA's, the worker's, the RA's; in files and the CA's database by default.
        fronts: keys in `FRONTS`: the enrolment servers that the RA host runs; its role gets the rights for them only.

    Raises:
        ConfigurationError: there is a deployment already (it is left as it is), a URL is wrong or unsafe, or a front is
            unknown.
        Unavailable: a database cannot be reached, or the token cannot be used.
    """
    deployment = Deployment(directory.absolute())
    chosen = _chosen(fronts)
    with building_site(deployment) as site:
        authorities = None if tls_ca is None else b"".join(map(certificate_pem, read_certificates(tls_ca)))
        messages = location("message-db", message_db, MESSAGES_DEFAULT, message_db_password, authorities)
        ca_database = location("ca-db", ca_db, CA_DEFAULT, ca_db_password, authorities)
        Builder(Deployment(site), messages, ca_database, chosen, token).build()
        for folder in site.iterdir():
            folder.rename(deployment.directory / folder.name)
    return deployment


def _chosen(keys: Collection[str]) -> Sequence[Front]:
    """The fronts with these keys, in the order of the table."""
    if unknown := set(keys) - set(FRONTS):
        raise ConfigurationError(f"no enrolment server is called {', '.join(sorted(unknown))}")
    return [front for key, front in FRONTS.items() if key in keys]
