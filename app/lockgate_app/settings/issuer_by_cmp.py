"""`[ca.issuers.NAME]` with `kind = "cmp"`: a CA that speaks CMP (RFC 9810)."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from lockgate_app.settings.values import DAY, LONGEST_WAIT, FilePath, Secret, Table
from lockgate_transport.crls import DEFAULT_LIMIT


class CmpIssuerOptions(Table):
    """How the CA is reached, what protects messages, and what the CA promises.

    Attributes:
        url: of the CA's CMP service, with its alias.
        urls: another address for the orders of a certificate profile, by the profile's name.
        certificate_profiles: the CA's own name of a certificate profile (certProfile in the header), by the profile's
            name.
        message: `cr` or `ir`: everything as ordered, and Lockgate vouches for the key (raVerified). `p10cr`: the
            PKCS#10 that has proved possession of the key; the CA decides on names and extensions, and a request without
            a PKCS#10 that may be passed on is refused.
        reference: what the CA finds the secret by (senderKID).
        secret: shared with the CA.
        mac: the MAC under the secret; `password_based_mac` for older CAs.
        hmac_sha1: whether a MAC in answers may use SHA-1.
        keystore_path: the PKCS#12 of a key that signs messages, in place of a secret. The CA knows its certificate as
            an RA's.
        keystore_password: of that keystore.
        ca_certificates: PEM file of CAs; a signature on an answer counts if a chain leads to one of them, and the
            signer's certificate has the purpose id-kp-cmcCA or the name `sender`. The first one is the recipient in the
            header.
        signer_certificates: PEM file of the certificates that sign answers.
        sender: DN of the signer of answers.
        tls_certificates: PEM file of the CAs of the service's TLS certificate; the system's without.
        pvno: version of CMP.
        answer_within: seconds for a message and its answer.
        settled_after: seconds after which a message that was sent has no effect any more; more than `answer_within`.
        calls: messages in flight at a time.
        longest_wait: seconds for which the CA may put off an answer, or a confirmation; then the operation is in doubt
            (docs/issuers.md#an-operation-in-doubt).
        answers_again: the CA's promise: the same octets again have no second effect, and bring the same answer.
        revokes_unconfirmed: the CA's promise: a certificate that is not confirmed is revoked by the CA.
        asks_implicit_confirm: ask the CA not to wait for confirmations; a certificate counts there as soon as it is
            issued.
        asks_crls: the general message that asks the CA for its CRL.
        max_crl_size: octets of a CRL that comes so, at most.
    """

    url: str
    urls: Mapping[str, str] = Field(default_factory=dict)
    certificate_profiles: Mapping[str, str] = Field(default_factory=dict)
    message: Literal["cr", "ir", "p10cr"] = "cr"
    reference: str | None = None
    secret: Secret | None = None
    mac: Literal["pbmac1", "password_based_mac"] = "pbmac1"
    hmac_sha1: bool = False
    keystore_path: FilePath | None = Field(default=None, alias="keyStorePath")
    keystore_password: Secret | None = Field(default=None, alias="keyStorePassword")
    ca_certificates: FilePath | None = None
    signer_certificates: FilePath | None = None
    sender: str | None = None
    tls_certificates: FilePath | None = None
    pvno: Literal[2, 3] = 2
    answer_within: int = Field(default=30, ge=1, le=3600)
    settled_after: int = Field(default=60, ge=2, le=DAY)
    calls: int = Field(default=4, ge=1, le=100)
    longest_wait: int = Field(default=LONGEST_WAIT, ge=DAY, le=366 * DAY)
    answers_again: bool = False
    revokes_unconfirmed: bool = False
    asks_implicit_confirm: bool = False
    asks_crls: Literal["none", "currentCRL", "crlStatusList"] = "none"
    max_crl_size: int = Field(default=DEFAULT_LIMIT, ge=1024, le=256 * 1024 * 1024)

    @model_validator(mode="after")
    def _protected(self) -> Self:
        """Messages have a MAC or a signature, and somebody's signatures on answers count where there is no MAC."""
        shared = self.reference is not None, self.secret is not None
        keystore = self.keystore_path is not None, self.keystore_password is not None
        if any(shared) == any(keystore) or any(shared) != all(shared) or any(keystore) != all(keystore):
            raise ValueError("needs reference and secret, or keyStorePath and keyStorePassword")
        trusted = self.ca_certificates or self.signer_certificates
        if any(keystore) and not trusted:
            raise ValueError("keyStorePath: ca_certificates or signer_certificates say whose answers count")
        if self.sender is not None and self.ca_certificates is None:
            raise ValueError("sender: needs ca_certificates")
        return self

    @model_validator(mode="after")
    def _promised(self) -> Self:
        """What nobody confirms cannot go unconfirmed; and a call that is waited for can have an effect."""
        if self.revokes_unconfirmed and self.asks_implicit_confirm:
            raise ValueError("revokes_unconfirmed: asks_implicit_confirm lets certificates count at once")
        if self.settled_after <= self.answer_within:
            raise ValueError("settled_after: must be more than answer_within")
        if self.tls_certificates is not None and not self.url.startswith("https:"):
            raise ValueError("tls_certificates: url is none of https")
        return self


class CmpIssuerTable(Table):
    """A remote issuer that speaks CMP (docs/issuers.md#a-ca-that-speaks-cmp). NAME must not be a worker's."""

    kind: Literal["cmp"]
    options: CmpIssuerOptions
