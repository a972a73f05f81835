"""The CRLs that `lockgate serve` issues, by the table `[crls]`."""

from collections.abc import Iterator
from functools import partial

from lockgate_app.checks.finding import Finding, good, guarded, warning
from lockgate_app.serving.crls import require_directory
from lockgate_app.settings.crls import CrlsTable

SUBJECT = "CRLs"
WITHOUT_URLS = (
    "only delta CRLs tell revocations at once, and the full ones do not say where those are: name their URLs in"
    " freshest, unless every certificate profile has freshest_crl"
)


def check_crls(table: CrlsTable | None) -> Iterator[Finding]:
    """Whether they can be written."""
    if table is not None:
        yield from guarded(SUBJECT, partial(_directory, table))


def _directory(table: CrlsTable) -> Iterator[Finding]:
    require_directory(table)
    kinds = "full ones" if table.delta is None else "full ones and delta CRLs"
    yield good(SUBJECT, f"`lockgate serve` writes {kinds} to {table.directory}")
    if table.delta is not None and not table.freshest:
        yield warning(SUBJECT, WITHOUT_URLS)
