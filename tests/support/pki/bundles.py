"""Reads certs-only SignedData as BER, whose members may stand in any order."""

from asn1crypto import cms
from cryptography import x509


def bundled(der: bytes) -> list[x509.Certificate]:
    """The certificates of a ContentInfo with SignedData, in the order in which they stand."""
    members = cms.ContentInfo.load(der, strict=True)["content"]["certificates"]
    return [x509.load_der_x509_certificate(member.chosen.dump()) for member in members]
