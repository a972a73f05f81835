"""`[ca.outside.NAME]`: CAs outside this installation, where they publish their CRLs, or answer by OCSP."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from lockgate.errors import ConfigurationError
from lockgate.outside.cas import FETCH_EVERY
from lockgate_app.settings.values import FilePath, Table, base_directory
from lockgate_transport.crls import DEFAULT_LIMIT
from lockgate_transport.places import A_CRL, AN_OCSP_ANSWER
from lockgate_transport.urls import Url

_SCHEMES = ("http://", "https://")


def _place(value: object, info: ValidationInfo) -> "str | Path":
    """A URL, or a path that starts at the directory of the file."""
    if not isinstance(value, str) or not value:
        raise ValueError("must be a URL or a path in quotes")
    if not value.startswith(_SCHEMES):
        return base_directory(info) / Path(value).expanduser()
    return _url(value, A_CRL)


def _url(value: str, what: str) -> str:
    try:
        Url.of(value, what)
    except ConfigurationError as error:
        raise ValueError(str(error)) from None
    return value


def _responder(value: str) -> str:
    return _url(value, AN_OCSP_ANSWER)


CrlPlace = Annotated[str | Path, BeforeValidator(_place)]
"""Where a CRL is: a URL of HTTP or HTTPS, or a file."""
OcspUrl = Annotated[str, AfterValidator(_responder)]


class OutsideTable(Table):
    """A CA outside (docs/issuers.md#cas-outside). NAME is the name of the CA.

    Attributes:
        ca_certificates: PEM files of its certificates, the current one and those it had before, if RAs, administrators
            and workers have certificates of it; none for a CA for which a remote issuer signs.
        crls: where its CRLs are: URLs of HTTP or HTTPS, or files; one place for each of its keys.
        ocsp: in place of `crls`: the URL of HTTP or HTTPS where it answers how its certificates stand.
        fetch_every: seconds between two fetches, or two questions about one certificate; after one that failed at most
            300.
        max_age: seconds after its thisUpdate for which a CRL or an answer counts at most; 0 until its nextUpdate.
        max_crl_size: octets of a CRL at most; on MariaDB, `max_allowed_packet` of the server must be larger.
        timeout: seconds that a fetch, or a question, may take.
    """

    ca_certificates: list[FilePath] = Field(default_factory=list)
    crls: list[CrlPlace] = Field(default_factory=list)
    ocsp: OcspUrl | None = None
    fetch_every: int = Field(default=FETCH_EVERY // timedelta(seconds=1), ge=60, le=7 * 86_400)
    max_age: int = Field(default=0, ge=0, le=366 * 86_400)
    max_crl_size: int = Field(default=DEFAULT_LIMIT, ge=1024, le=256 * 1024 * 1024)
    timeout: int = Field(default=30, ge=1, le=600)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.ocsp and self.crls:
            raise ValueError("ocsp: certificates stand either as ocsp says or on crls; state one of them")
        if self.ocsp and not self.ca_certificates:
            raise ValueError("ocsp: it says how certificates of ca_certificates stand, and there are none")
        if self.ca_certificates and not self.crls and not self.ocsp:
            raise ValueError("crls: there is none, and no ocsp, so none of its certificates would ever be accepted")
        return self

    @property
    def pause(self) -> timedelta:
        """Between two fetches."""
        return timedelta(seconds=self.fetch_every)

    @property
    def oldest(self) -> timedelta | None:
        """How old a CRL or an answer may be; None until its nextUpdate."""
        return timedelta(seconds=self.max_age) if self.max_age else None
