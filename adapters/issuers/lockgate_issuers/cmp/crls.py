"""The CRLs of a CA that speaks CMP, asked for by general messages (RFC 9810, 5.3.19.6 and 5.3.19.17)."""

from collections.abc import Sequence
from enum import StrEnum

from lockgate.errors import Unavailable
from lockgate.ports import Clock, PublishedCrls, Traits
from lockgate_formats.cmp.general_values import CrlStatus, crl_status_info, read_structure, read_structures
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.vocabulary import InfoType
from lockgate_formats.cmp_client import CmpClient
from lockgate_formats.cms.certificates import read_certificate
from lockgate_formats.crls import UnusableRevocationList, read_revocation_list
from lockgate_issuers.cmp.issuer import CmpClients, CmpIssuer
from lockgate_issuers.cmp.questions import ask, read
from lockgate_issuers.cmp.writing import Writing


class CrlQuestion(StrEnum):
    """How a CA is asked for its CRL."""

    CURRENT = "currentCRL"
    """For the only one that it has."""
    STATUS_LIST = "crlStatusList"
    """For those of the issuer that is named (RFC 9483, 4.3.4): several CAs may stand behind one service."""


class CmpCrls(PublishedCrls):
    """Asks for CRLs. What is not provably the CA's answer is an error.

    Args:
        client: its carry and its limits bound an answer.
    """

    def __init__(self, client: CmpClient, question: CrlQuestion) -> None:
        self._client = client
        self._question = question

    def crl(self, ca_certificate: bytes) -> bytes:
        """By one message. A CA that wants to be polled is asked anew at the next fetch."""
        if self._question is CrlQuestion.CURRENT:
            return read(read_structure, self._told(InfoValue(InfoType.CURRENT_CRL), InfoType.CURRENT_CRL), "a CRL")
        issuer = directory_name(read_certificate(ca_certificate).subject)
        asked = crl_status_info([CrlStatus(issuers=(issuer,))])
        return _of_key(read(read_structures, self._told(asked, InfoType.CRLS), "a list of CRLs"), ca_certificate)

    def _told(self, asked: InfoValue, expected: InfoType) -> InfoValue:
        """What the CA says of `expected`; it has a value."""
        told = ask(self._client, asked, expected, "its CRL")
        if told is None:
            raise Unavailable("the CA has no CRL now")
        return told


def _of_key(crls: Sequence[bytes], ca_certificate: bytes) -> bytes:
    """The full one by the CA's key; another one where there is none, so that whoever reads it says why."""
    if not crls:
        raise Unavailable("the CA has no CRL now")
    return next((crl for crl in crls if _is_of(crl, ca_certificate)), crls[0])


def _is_of(crl: bytes, ca_certificate: bytes) -> bool:
    try:
        read_revocation_list(crl, [ca_certificate])
    except UnusableRevocationList:
        return False
    return True


class CmpIssuerWithCrls(CmpIssuer, PublishedCrls):
    """A CA that speaks CMP, and gives out its CRLs by it."""

    def __init__(
        self, clients: CmpClients, clock: Clock, traits: Traits, writing: Writing | None, crls: CmpCrls
    ) -> None:
        super().__init__(clients, clock, traits, writing)
        self._crls = crls

    def crl(self, ca_certificate: bytes) -> bytes:
        """By a general message."""
        return self._crls.crl(ca_certificate)
