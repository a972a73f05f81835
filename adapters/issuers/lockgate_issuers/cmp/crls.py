"""The CRLs of a CA that speaks CMP, asked for by general messages (RFC 9810, 5.3.19.6 and 5.3.19.17)."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeVar

from lockgate.errors import PeerError, Unavailable
from lockgate.ports import Clock, PublishedCrls, Traits
from lockgate_formats.cmp.general_values import CrlStatus, crl_status_info, read_structure, read_structures
from lockgate_formats.cmp.messages import InfoValue, MalformedMessage
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.vocabulary import InfoType
from lockgate_formats.cmp_client import CmpClient, State
from lockgate_formats.cms.certificates import read_certificate
from lockgate_formats.crls import UnusableRevocationList, read_revocation_list
from lockgate_issuers.cmp.answers import words
from lockgate_issuers.cmp.issuer import CmpClients, CmpIssuer
from lockgate_issuers.cmp.writing import Writing

Value = TypeVar("Value")


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
            return _read(read_structure, self._told(InfoValue(InfoType.CURRENT_CRL), InfoType.CURRENT_CRL))
        issuer = directory_name(read_certificate(ca_certificate).subject)
        asked = crl_status_info([CrlStatus(issuers=(issuer,))])
        return _of_key(_read(read_structures, self._told(asked, InfoType.CRLS)), ca_certificate)

    def _told(self, asked: InfoValue, expected: InfoType) -> InfoValue:
        """What the CA says of `expected`; it has a value."""
        answered = self._client.send(self._client.genm([asked]))
        if answered.state is State.WAITING:
            raise Unavailable("the CA answers later")
        if answered.state is State.REFUSED:
            raise PeerError(f"the CA gives out no CRL by CMP: {words(answered.refusals)}")
        for info in answered.infos:
            if info.oid == expected:
                if info.value is None:
                    raise Unavailable("the CA has no CRL now")
                return info
        raise PeerError(f"the CA does not answer {self._question}")


def _read(read: Callable[[InfoValue], Value], told: InfoValue) -> Value:
    try:
        return read(told)
    except MalformedMessage as error:
        raise PeerError(f"what the CA has answered is no CRL: {error}") from None


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
