"""Publications of a CA, requested through the message database: certificates, CRLs, a CA's next certificate.

SCEP's GetCert, GetCRL and GetNextCACert need them (RFC 8894, 3.3.4 to 3.3.6 and 4.7).
"""

from dataclasses import dataclass, field

from lockgate.requests.submessages.base import MAX_DN_LENGTH, Request, Response, text


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedRequest(Request):
    """The fields of every request that names an issued certificate.

    Attributes:
        certificate_sn: the serial number, hexadecimal.
    """

    issuer_dn: str = field(metadata=text(MAX_DN_LENGTH))
    certificate_sn: str = field(metadata=text(40))

    def concerns(self) -> str:
        """The certificate's serial number and issuer."""
        return f"{self.certificate_sn} of {self.issuer_dn}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCertRequest(IssuedRequest):
    """An issued certificate, with any standing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCertResponse(Response):
    """The answer to a `GetCertRequest`.

    Attributes:
        certificate: DER, None on failure.
    """

    certificate: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCRLRequest(IssuedRequest):
    """The last CRL on which an issued certificate would stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCRLResponse(Response):
    """The answer to a `GetCRLRequest`.

    Attributes:
        crl: DER CertificateList (RFC 5280, 5.1), None on failure.
    """

    crl: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetNextCACertRequest(Request):
    """The certificate that a CA has announced as its next one, vouched for by its current key."""

    ca_name: str = field(metadata=text())

    def concerns(self) -> str:
        """The CA."""
        return self.ca_name


@dataclass(frozen=True, slots=True, kw_only=True)
class GetNextCACertResponse(Response):
    """The answer to a `GetNextCACertRequest`.

    Attributes:
        signed_certificates: DER SignedData by the CA's current key over certs-only SignedData with the next
            certificate and its chain (RFC 8894, 4.7.1); None on failure.
    """

    signed_certificates: bytes | None = None
