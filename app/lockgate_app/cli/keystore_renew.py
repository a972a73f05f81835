"""`lockgate keystore renew`: an RA's next keystore, without a human."""

from datetime import timedelta
from typing import Annotated

import typer

from lockgate.errors import ConfigurationError, NoAnswer
from lockgate.names.counted import counted
from lockgate_app.cli.options import Json
from lockgate_app.cli.pickup import NO_ANSWER, REFUSED
from lockgate_app.cli.presentation import report
from lockgate_app.cli.requests import Wait
from lockgate_app.cli.terminal import complain, configuration
from lockgate_app.container.ra import RaContainer
from lockgate_app.keystore_renewal import KeystoreRenewal
from lockgate_app.settings import RaZone, load_ra
from lockgate_app.words import moment


def renew(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, help="Do nothing while more days than that are left.")] = 30,
    as_json: Json = False,
    wait: Wait = 60,
) -> None:
    """On an RA host: have the certificate of its own keystore renewed by its key, for a new one, if it ends soon.

    The new keystore takes the old one's place, under the same password; programs that run go on with the old one until
    they end. Run it daily, as the RA's user: it does nothing while nothing is due, and goes on where it was ended. The
    RA's role needs /action/ownrenewal. Exit codes as for `request pkcs10`; 0, too, where nothing is due.

    Example: lockgate --config deployment/ra/lockgate.toml keystore renew
    """
    zone = load_ra(configuration(context))
    renewal = _renewal(zone)
    renewal.tidy()
    container = RaContainer(zone=zone)
    left = renewal.ends - container.clock().now()
    end = f"{renewal.ends:%Y-%m-%d %H:%M} UTC"
    if left > timedelta(days=days):
        said = (
            f"{renewal.path}: nothing to do: the certificate is valid until {end}, {counted(left.days, 'day')} from now"
        )
        report(said, {"renewed": False, "valid_until": moment(renewal.ends)}, as_json=as_json)
        return
    with container.client() as ra:
        try:
            response = renewal.ask(ra, timedelta(seconds=wait))
        except NoAnswer:
            complain(f"no answer within {wait} s; run it again later. The certificate is valid until {end}")
            raise typer.Exit(NO_ANSWER) from None
    if not response.success:
        complain(f"refused by the CA ({response.reason}): {response.fail_info}")
        complain(
            f"the certificate is valid until {end}; run it again when the cause is gone, or have `keystore issue ra` on"
        )
        complain("the CA host issue the next one (docs/operation.md)")
        raise typer.Exit(REFUSED)
    ends = _renewal(zone).ends
    said = f"{renewal.path}: renewed, valid until {ends:%Y-%m-%d %H:%M} UTC; start the programs that use it again"
    report(said, {"renewed": True, "valid_until": moment(ends)}, as_json=as_json)


def _renewal(zone: RaZone) -> KeystoreRenewal:
    if zone.ra.keystore_path is None or zone.ra.keystore_password is None:
        raise ConfigurationError("[ra]: there is no keystore_path, and so nothing to renew")
    return KeystoreRenewal.of(zone.ra.keystore_path, zone.ra.keystore_password)
