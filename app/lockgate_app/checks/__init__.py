"""`lockgate check`: the rules of a sound deployment, zone by zone. A zone is judged by what its own host can see."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from lockgate.errors import ConfigurationError
from lockgate.reasons import Rejected
from lockgate.requests.request_types import REQUEST_TYPES, RequestTypes
from lockgate_app.checks.certificates import check_certificate, check_in_no_role, check_purpose
from lockgate_app.checks.cmp_proxy import check_cmp_proxy
from lockgate_app.checks.cmp_service import check_cmp_service
from lockgate_app.checks.console import check_console
from lockgate_app.checks.crls import check_crls
from lockgate_app.checks.databases import check_database
from lockgate_app.checks.files import check_private, check_secret
from lockgate_app.checks.finding import Finding, Severity, good, guarded, warning, wrong
from lockgate_app.checks.issuers import check_issuers, check_issuers_of_cas, check_operations
from lockgate_app.checks.notices import check_notices
from lockgate_app.checks.ocsp import check_ocsp_answers, check_ocsp_responder
from lockgate_app.checks.outside import check_outside
from lockgate_app.checks.scep import check_scep
from lockgate_app.checks.tokens import check_ca_token, check_token_key
from lockgate_app.checks.tracing import check_tracing
from lockgate_app.checks.unsettled import check_unsettled
from lockgate_app.checks.web import check_web
from lockgate_app.checks.work import check_work
from lockgate_app.container.ca import CaContainer, escrow_sealer, issuer_certificates, key_rules
from lockgate_app.container.databases import database_name
from lockgate_app.container.keystores import previous_worker_keystores, ra_keystore, worker_keystore
from lockgate_app.container.trust import trust_in
from lockgate_app.keys import read_certificate
from lockgate_app.settings import CaZone, RaZone, WorkerProperties
from lockgate_keys.replacing import previous_of

__all__ = ["Finding", "Severity", "examine"]

INSECURE = {
    "signature.required": "unsigned requests act as superadministrator",
    "encryption.required": "an owner of the message database can read requests and answers",
}


def examine(path: Path, zone: CaZone | RaZone, now: datetime | None = None) -> Iterator[Finding]:
    """Check the deployment that the configuration `path` describes.

    Args:
        now: UTC; this host's clock by default.
    """
    now = now or datetime.now(UTC)
    return _ca(path, zone, now) if isinstance(zone, CaZone) else _ra(path, zone, now)


def _ca(path: Path, zone: CaZone, now: datetime) -> Iterator[Finding]:
    container = CaContainer(zone=zone)
    try:
        yield from _ca_host(path, zone, container, now)
    finally:
        with suppress(ConfigurationError):  # then nothing was opened, and it is among the findings
            container.engine().dispose()


def _ca_host(path: Path, zone: CaZone, container: CaContainer, now: datetime) -> Iterator[Finding]:
    yield from guarded("CA token", partial(_ca_token, path, zone, container))
    yield from guarded(database_name(None), partial(_ca_database, path, zone, container))
    yield from guarded("key encryption", partial(check_secret, "key encryption", zone.ca.key_encryption_secret, path))
    if zone.ca.escrow_secret is not None:
        yield from guarded("key escrow", partial(_escrow, path, zone))
    if zone.ca.key_blocklist is not None:
        yield from guarded("key blocklist", partial(_blocklist, zone))
    for name, source in zone.data_sources.items():
        yield from guarded(database_name(name), partial(check_database, name, source, path))
    yield from check_issuers(zone)
    yield from check_crls(zone.crls)
    yield from check_notices(zone.notices)
    yield from check_console(zone.console, container, now)
    yield from check_ocsp_answers(zone.ocsp, container)
    yield from check_tracing(path, zone.tracing)
    yield from check_cmp_service(path, zone, container, now)
    yield from _workers(path, zone, container, now)


def _workers(path: Path, zone: CaZone, container: CaContainer, now: datetime) -> Iterator[Finding]:
    types = container.request_types()
    yield from _further_types(types)
    for name, properties in zone.workers.items():
        subject = f"worker {name}"
        if not properties.active:
            yield good(subject, "switched off")
            continue
        if properties.nodes:
            yield good(subject, zone.elsewhere().get(name, f"pinned to {', '.join(properties.nodes)}: runs here"))
        yield from _requirements(subject, properties)
        yield from guarded(subject, partial(_unsigned, subject, properties, container))
        yield from _whitelist(subject, properties, types)
        yield from guarded(subject, partial(_worker_keystore, subject, path, properties, container, now))
    for odd, leader in zone.at_odds():
        same = "signature.required, encryption.required and legacy_devices"
        yield wrong(f"worker {odd}", f"does not start: {same} must be those of worker {leader} on the same data source")
    if not zone.active_workers():
        yield warning("workers", "none is active: nothing will be processed")
    elif not zone.active_workers().keys() - zone.elsewhere():
        yield warning("workers", f"all are pinned to other nodes than this one, {zone.node}")


def _ca_token(path: Path, zone: CaZone, container: CaContainer) -> Iterator[Finding]:
    if zone.ca.token is not None:
        yield from check_secret("CA token", zone.ca.token.pin, path)
        yield from check_ca_token("CA token", container)


def _ca_database(path: Path, zone: CaZone, container: CaContainer) -> Iterator[Finding]:
    """About the CA's database. The conflicts that a migration has left are read only if the database is sound."""
    found = list(check_database(None, zone.ca.database, path))
    yield from found
    if all(finding.verdict is not Severity.WRONG for finding in found):
        yield from check_unsettled(container.inspection().unsettled())
        yield from guarded("secrets", partial(_secrets, container))
        yield from check_issuers_of_cas(container.inspection().authorities(), zone)
        yield from guarded("CAs outside", partial(_outside, container))
        yield from guarded("work", partial(check_work, zone))
        yield from guarded("operations", lambda: check_operations(container.administration().open_operations()))


def _outside(container: CaContainer) -> Iterator[Finding]:
    yield from check_outside(container, container.inspection().now())


def _secrets(container: CaContainer) -> Iterator[Finding]:
    """A worker does not start if a secret is wrong."""
    checks = container.secret_checks()
    problems = checks.problems()
    yield from (wrong("secrets", problem) for problem in problems)
    yield from (
        wrong(f"CA {name}", f"a key does not sign, and what needs it waits: {why}")
        for name, why in sorted(checks.away.items())
    )
    yield from (good(f"CA {name}", "its keys in the token sign") for name in sorted(checks.in_token))
    if not problems:
        yield good("secrets", "they open every CA's keys, and every kept key")


def _escrow(path: Path, zone: CaZone) -> Iterator[Finding]:
    secrets = [secret for secret in (zone.ca.escrow_secret, zone.ca.previous_escrow_secret) if secret is not None]
    for secret in secrets:
        yield from check_secret("key escrow", secret, path)
    escrow_sealer(zone)


def _blocklist(zone: CaZone) -> Iterator[Finding]:
    yield good("key blocklist", f"keys that are never certified: {len(key_rules(zone).blocklist)}")


def _requirements(subject: str, properties: WorkerProperties) -> Iterator[Finding]:
    for (key, risk), required in zip(INSECURE.items(), properties.requirements, strict=True):
        yield good(subject, f"{key} = true") if required else warning(subject, f"{key} = false: {risk}")
    if properties.legacy_devices:
        yield warning(subject, "legacy_devices = true: SHA-1 and triple DES of old SCEP devices are accepted")


def _unsigned(subject: str, properties: WorkerProperties, container: CaContainer) -> Iterator[Finding]:
    asking = () if properties.signature_required else container.inspection().asking_for_approvals()
    if asking:
        refused = "unsigned requests that need an approval are refused"
        yield warning(subject, f"signature.required = false: {refused}; asked for by {', '.join(asking)}")


def _further_types(types: RequestTypes) -> Iterator[Finding]:
    further = [name for name in types if name not in REQUEST_TYPES]
    if further:
        yield good("request types", f"besides the built-in ones: {', '.join(further)}")


def _whitelist(subject: str, properties: WorkerProperties, types: RequestTypes) -> Iterator[Finding]:
    for name in sorted(properties.accepted_types - types.keys()):
        yield warning(subject, f"whitelist: {name} is no request type installed here; there are {', '.join(types)}")


def _worker_keystore(
    subject: str, path: Path, properties: WorkerProperties, container: CaContainer, now: datetime
) -> Iterator[Finding]:
    if properties.keystore_password is not None:
        yield from check_token_key(subject, properties.keystore_path, properties.keystore_password)
    keystore = worker_keystore(properties)
    if keystore is None or properties.keystore_password is None:
        yield good(subject, "no keystore: nothing is signed or decrypted")
        return
    yield from check_private(subject, properties.keystore_path)
    yield from check_secret(subject, properties.keystore_password, path)
    roles = container.inspection().roles()
    if properties.previous_keystore_path is not None and properties.previous_keystore_password is not None:
        yield from check_private(subject, properties.previous_keystore_path)
        yield from check_secret(subject, properties.previous_keystore_password, path)
        for previous in previous_worker_keystores(properties):
            yield from check_in_no_role(subject, properties.previous_keystore_path, previous.certificate, roles)
        yield good(subject, f"{properties.previous_keystore_path.name} decrypts messages that were encrypted to it")
    issuers = issuer_certificates(container.inspection(), properties.ra_issuer, container.outside())
    yield from check_certificate(subject, keystore.certificate, trust_in(issuers), properties.ra_issuer, now)
    yield from check_in_no_role(subject, properties.keystore_path, keystore.certificate, roles)


def _ra(path: Path, zone: RaZone, now: datetime) -> Iterator[Finding]:
    source = zone.ra.data_source
    yield from guarded(database_name(source), partial(check_database, source, zone.data_source, path))
    yield from guarded("RA keystore", partial(_ra_keystore, path, zone, now))
    yield from guarded("worker certificate", partial(_pinned, zone, now))
    yield from _insistence(zone)
    yield from check_tracing(path, zone.tracing)
    if zone.scep is not None:
        yield from check_scep(path, zone, zone.scep, now)
    if zone.cmp is not None:
        yield from check_cmp_proxy(path, zone.cmp, now)
    yield from check_ocsp_responder(zone.ocsp, now)
    if zone.web is not None:
        yield from check_web(path, zone.web, now)


def _issuers(zone: RaZone) -> Sequence[bytes]:
    return [read_certificate(path) for path in zone.ra.ca_certificates]


def _ra_keystore(path: Path, zone: RaZone, now: datetime) -> Iterator[Finding]:
    if zone.ra.keystore_path is not None and zone.ra.keystore_password is not None:
        yield from check_token_key("RA keystore", zone.ra.keystore_path, zone.ra.keystore_password)
    keystore = ra_keystore(zone)
    if keystore is None or zone.ra.keystore_path is None or zone.ra.keystore_password is None:
        yield warning("RA keystore", "there is none: requests cannot be signed, and their answers cannot be encrypted")
        return
    for private in (zone.ra.keystore_path, previous_of(zone.ra.keystore_path)):
        if private.exists():
            yield from check_private("RA keystore", private)
    yield from check_secret("RA keystore", zone.ra.keystore_password, path)
    trust = trust_in(_issuers(zone))
    yield from check_certificate("RA keystore", keystore.certificate, trust, "one of ca_certificates", now)
    yield from check_purpose("RA keystore", keystore.certificate, trust)


def _pinned(zone: RaZone, now: datetime) -> Iterator[Finding]:
    """The pinned worker certificates, and that the RA's own one is issued by the same CA (`raissuer`)."""
    if not zone.ra.worker_certificates:
        yield warning("worker certificate", "none is named: answers cannot be verified, requests not encrypted")
    trust, keystore = trust_in(_issuers(zone)), ra_keystore(zone)
    own = trust.path(keystore.certificate) if keystore else None
    for subject, path in zone.ra.pinned().items():
        certificate = read_certificate(path)
        yield from check_certificate(subject, certificate, trust, "one of ca_certificates", now)
        pinned = trust.path(certificate)
        if own is None or isinstance(own, Rejected) or isinstance(pinned, Rejected):
            continue
        if pinned.fingerprint == own.fingerprint:
            yield wrong(subject, "this is the RA's own certificate, not the worker's")
        elif pinned.issuer_dn != own.issuer_dn:
            yield wrong(subject, "another CA than raissuer issued it: RA and worker need certificates of the same CA")


def _insistence(zone: RaZone) -> Iterator[Finding]:
    for key, insists in (("insist_signed", zone.ra.insist_signed), ("insist_encrypted", zone.ra.insist_encrypted)):
        text = f"{key} = {str(insists).lower()}"
        yield good("answers", text) if insists else warning("answers", f"{text}: weaker answers are accepted")
