"""Answers about what the alias' CA publishes: its certificates, the root's rollovers, its CRLs (RFC 9810, 5.3.19)."""

from collections.abc import Iterable, Iterator, Sequence

from lockgate.administration.authorities import generation_suffix
from lockgate.ports import ChainMember, KeyChange, PublishedCrl
from lockgate.reasons import Rejected
from lockgate_formats.cmp.distribution_points import names_of, url_name
from lockgate_formats.cmp.general_values import (
    CrlStatus,
    RootUpdate,
    read_crl_status,
    read_structure,
    root_update_info,
    sequence_info,
)
from lockgate_formats.cmp.key_infos import key_announcement_info
from lockgate_formats.cmp.messages import InfoValue, well_formed
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.possession import same_name
from lockgate_formats.cmp.vocabulary import FailInfo, InfoType
from lockgate_transport.cmp.service.certificates import subject
from lockgate_transport.cmp.service.exchange import Exchange
from lockgate_transport.cmp.service.failures import Refused
from lockgate_transport.cmp.service.profiles import distribution_points, refused

# ---- certificates


def ca_certificates(exchange: Exchange, _: InfoValue) -> InfoValue:
    """caCerts: the CA's certificate, and those above it."""
    return sequence_info(InfoType.CA_CERTS, (member.certificate for member in _chain(exchange)))


def root_update(exchange: Exchange, asked: InfoValue) -> InfoValue:
    """rootCaCert: the certificate that has replaced the root's one that is asked about; without one, the last that was
    replaced. A client with an older one goes from one to the next: each is certified by the one before."""
    old = None if asked.value is None else read_structure(asked)
    changes = [change for change in _root_changes(exchange) if old in (None, change.old)]
    if not changes:
        return InfoValue(InfoType.ROOT_CA_KEY_UPDATE)
    change = changes[-1]
    return root_update_info(RootUpdate(change.new, change.new_with_old, change.old_with_new))


def key_announcement(exchange: Exchange, _: InfoValue) -> InfoValue:
    """caKeyUpdateInfo: the root's last rollover, if old and new key have certified each other."""
    for change in _root_changes(exchange)[-1:]:
        if change.new_with_old is not None and change.old_with_new is not None:
            return key_announcement_info(change.new, change.new_with_old, change.old_with_new)
    return InfoValue(InfoType.CA_KEY_UPDATE_INFO)


def _chain(exchange: Exchange) -> Sequence[ChainMember]:
    chain = exchange.work.publications.chain(exchange.alias.ca_name)
    if isinstance(chain, Rejected):
        raise refused(chain)
    return chain


def _root_changes(exchange: Exchange) -> Sequence[KeyChange]:
    root = _chain(exchange)[-1]
    return () if root.ca_name is None else exchange.work.publications.key_changes(root.ca_name)


# ---- CRLs


def current_crl(exchange: Exchange, _: InfoValue) -> InfoValue:
    """currentCRL: the CA's last one."""
    for last in exchange.work.publications.crls(exchange.alias.ca_name)[:1]:
        return InfoValue(InfoType.CURRENT_CRL, last.crl)
    return InfoValue(InfoType.CURRENT_CRL)


def newer_crls(exchange: Exchange, asked: InfoValue) -> InfoValue:
    """crlStatusList: of each CRL that is named, the last one if it is newer than the client's. Each stands there once.

    Known are the CRLs of the alias' CA and of those above it by their issuer, and those of the alias' CA by the
    distribution points in certificates, too.
    """
    wanted = read_crl_status(asked)
    if not wanted:
        raise Refused(FailInfo.BAD_REQUEST, "crlStatusList names no CRL.")
    found = dict.fromkeys(crl for status in wanted for crl in _newer(exchange, status))
    return sequence_info(InfoType.CRLS, found) if found else InfoValue(InfoType.CRLS)


def _newer(exchange: Exchange, status: CrlStatus) -> Iterator[bytes]:
    point = status.distribution_point
    names = status.issuers if point is None else names_of(point)
    for last in (*_of_issuers(exchange, names), *_of_points(exchange, names)):
        if status.this_update is None or last.issued > status.this_update:
            yield last.crl


def _of_issuers(exchange: Exchange, names: Iterable[bytes]) -> Iterator[PublishedCrl]:
    """The last CRLs of the CAs in the chain that have one of those DER GeneralNames."""
    for member in _chain(exchange):
        own = directory_name(subject(member.certificate))
        if member.ca_name is not None and any(_is_same(own, name) for name in names):
            yield from exchange.work.publications.crls(member.ca_name)[:1]


def _of_points(exchange: Exchange, names: Iterable[bytes]) -> Iterator[PublishedCrl]:
    """The last CRLs of the generations whose distribution points have one of those DER GeneralNames."""
    urls = distribution_points(exchange)
    for last in exchange.work.publications.crls(exchange.alias.ca_name) if urls else ():
        suffix = generation_suffix(last.generation)
        if not {url_name(url.replace("{generation}", suffix)) for url in urls}.isdisjoint(names):
            yield last


def _is_same(one: bytes, other: bytes) -> bool:
    with well_formed("The name of a CRL's issuer"):
        return same_name(one, other)
