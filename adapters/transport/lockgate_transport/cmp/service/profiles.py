"""The profiles that a sender's certificates are issued under."""

from dataclasses import dataclass

from lockgate.certification.endentity import EndEntity
from lockgate.ports import Rules
from lockgate.reasons import Rejected
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_transport.cmp.service.aliases import CmpAlias, ProfilePair
from lockgate_transport.cmp.service.exchange import Exchange
from lockgate_transport.cmp.service.failures import Refused, of_rejection
from lockgate_transport.cmp.service.senders import SenderKind


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of a sender's requests.

    Attributes:
        end_entity: the sender itself, where the CA knows it; None where the sender describes end entities.
    """

    rules: Rules
    end_entity: EndEntity | None


def chosen_profiles(alias: CmpAlias, named: str | None) -> ProfilePair:
    """The profiles that a request's certProfile (RFC 9810, 5.1.1.4) stands for; the alias' own where it has none.

    Raises:
        Refused: the alias has none of that name.
    """
    if named is None:
        return alias.profiles
    if named not in alias.named_profiles:
        raise Refused(FailInfo.ADD_INFO_NOT_AVAILABLE, f"There is no certificate profile {named[:64]!a}.")
    return alias.named_profiles[named]


def expected_of(exchange: Exchange) -> Expected:
    """What the profiles say about requests of the sender: of the end entity that it is, or of those that it describes.

    Raises:
        Refused: the header names an unknown profile or several, or the CA's configuration is wrong.
    """
    names = exchange.header.certificate_profiles
    if len(names) > 1:
        raise Refused(FailInfo.BAD_REQUEST, "A question is about one certificate profile.")
    pair = chosen_profiles(exchange.alias, names[0] if names else None)
    end_entity = _end_entity(exchange)
    rules = _rules(exchange, pair if end_entity is None else _pair_of(end_entity))
    if isinstance(rules, Rejected):
        raise refused(rules)
    return Expected(rules, end_entity)


def distribution_points(exchange: Exchange) -> frozenset[str]:
    """The URLs of the CRLs for certificates that are issued to senders of the alias; `{generation}` stands in them for
    the suffix of a generation."""
    alias, end_entity = exchange.alias, _end_entity(exchange)
    pairs = {alias.profiles, *alias.named_profiles.values()}
    if end_entity is not None:
        pairs.add(_pair_of(end_entity))
    known = (rules for pair in pairs if not isinstance(rules := _rules(exchange, pair), Rejected))
    return frozenset(url for rules in known for url in rules.certificate.crl_distribution_points)


def refused(rejected: Rejected) -> Refused:
    """What the sender of a question is told that the registry rejects."""
    failure = of_rejection(rejected)
    return Refused(failure.fail_info, failure.text, failure.internal)


def _rules(exchange: Exchange, pair: ProfilePair) -> Rules | Rejected:
    return exchange.work.profiles.rules(pair.end_entity_profile, pair.certificate_profile)


def _pair_of(end_entity: EndEntity) -> ProfilePair:
    return ProfilePair(end_entity.end_entity_profile, end_entity.certificate_profile)


def _end_entity(exchange: Exchange) -> EndEntity | None:
    """The end entity that the sender is. An RA and a vendor's device speak for others, or for one not known yet."""
    sender, work = exchange.sender, exchange.work
    username = sender.username
    if sender.kind is SenderKind.CERTIFICATE and sender.fingerprint:
        username = work.certificates.holder(sender.fingerprint)
    return None if username is None else work.end_entities.get(username)
