"""The standing of the CA's certificates."""

import sqlite3

from lockgate.certification.revocation import RevocationReason, next_standing
from lockgate.ports import RevocationOrder, Revoked
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import CertificateStanding


def change_standing(connection: sqlite3.Connection, order: RevocationOrder) -> Revoked | Rejected:
    """Change it as ordered. A certificate that stands so already stays as it is."""
    query = (
        "select certificates.serial, reason from certificates left join revocations using (serial)"
        " where certificate = ? and state = 'issued'"
    )
    row = connection.execute(query, (order.certificate,)).fetchone()
    if row is None:
        return Rejected(Reason.ISSUER_REFUSED, "There is no such certificate.")
    serial, recorded = row[0], None if row[1] is None else RevocationReason(row[1])
    wanted = None if order.reason is RevocationReason.REMOVE_FROM_CRL else order.reason
    if recorded is not wanted:
        standing = next_standing(_standing(recorded), order.reason, recorded)
        if isinstance(standing, Rejected):
            return Rejected(Reason.ISSUER_REFUSED, standing.detail)
        _record(connection, serial, wanted)
    return Revoked()


def _standing(recorded: RevocationReason | None) -> CertificateStanding:
    if recorded is None:
        return CertificateStanding.GOOD
    on_hold = recorded is RevocationReason.CERTIFICATE_HOLD
    return CertificateStanding.ON_HOLD if on_hold else CertificateStanding.REVOKED


def _record(connection: sqlite3.Connection, serial: str, reason: RevocationReason | None) -> None:
    connection.execute("delete from revocations where serial = ?", (serial,))
    if reason is not None:
        connection.execute("insert into revocations values (?, ?)", (serial, int(reason)))
