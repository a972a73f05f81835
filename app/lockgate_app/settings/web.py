"""The settings of the enrolment page of an RA host."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from lockgate.names.hosts import is_loopback
from lockgate.names.keyspec import KeySpecification
from lockgate_app.settings.fronts import FrontTable

LOOPBACK = "127.0.0.1"
KeyName = Annotated[KeySpecification, Field(strict=False)]
"""By its name, which a strict table would not take for a `KeySpecification`."""
DEFAULT_KEYS = (KeySpecification.RSA_3072, KeySpecification.P_256)


class WebTable(FrontTable):
    """The enrolment page (docs/web-enrolment.md).

    Where other hosts reach it, it needs `tls_certificate` and `tls_key`, or `proxies`.

    Attributes:
        host: where it listens: this host alone, unless the settings say otherwise.
        keystore_keys: the kinds of keys that people can choose from for a keystore; empty where there are no keystores.
    """

    host: str = LOOPBACK
    keystore_keys: list[KeyName] = Field(default_factory=lambda: list(DEFAULT_KEYS))

    @model_validator(mode="after")
    def _passwords_are_encrypted(self) -> Self:
        self.judge_host(self.host)
        return self

    def judge_host(self, host: str) -> None:
        """Find that nobody sends passwords in clear to where the page listens.

        Raises:
            ValueError: other hosts would.
        """
        if self.tls_key is None and not self.proxies and not is_loopback(host):
            raise ValueError(
                f"host: other hosts reach {host}, and would send passwords in clear; set tls_certificate and"
                f" tls_key, or proxies where a reverse proxy speaks TLS, or name {LOOPBACK}"
            )
