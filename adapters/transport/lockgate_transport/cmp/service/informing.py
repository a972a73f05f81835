"""genm (RFC 9810, 5.3.19; RFC 9483, 4.3): what a client asks about the CA.

Questions are answered in their order. Who may send messages to an alias may ask all of them: what a CA publishes, and
what it expects of requests, is no secret.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType

from lockgate_formats.cmp.general import write_general
from lockgate_formats.cmp.general_values import read_texts, texts_info, unsupported_info
from lockgate_formats.cmp.messages import InfoValue, MalformedMessage
from lockgate_formats.cmp.vocabulary import FailInfo, InfoType
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import algorithm
from lockgate_transport.cmp.service.exchange import Exchange
from lockgate_transport.cmp.service.expectations import (
    encryption_keys,
    key_parameters,
    request_template,
    signing_keys,
)
from lockgate_transport.cmp.service.failures import Refused
from lockgate_transport.cmp.service.incoming import Questions
from lockgate_transport.cmp.service.published import (
    ca_certificates,
    current_crl,
    key_announcement,
    newer_crls,
    root_update,
)

Answer = Callable[[Exchange, InfoValue], InfoValue]
ENGLISH = "en"
PREFERRED_CIPHER = algorithm(oids.AES256_CBC)
"""In which private keys that the CA has made are encrypted to their holders."""


class Informing:
    """Answers questions about the CA."""

    def answer(self, exchange: Exchange, questions: Questions) -> bytes:
        """The body of the genp.

        Raises:
            Refused: a question has a value that it must not have or that cannot be read, or asks about a profile that
                does not exist.
        """
        asked = questions.infos or tuple(map(InfoValue, EVERYTHING))
        _judge(asked)
        try:
            known = [ANSWERS[question.oid](exchange, question) for question in asked if question.oid in ANSWERS]
        except MalformedMessage as error:
            raise Refused(error.fail_info, error.text) from None
        unknown = dict.fromkeys(question.oid for question in asked if question.oid not in ANSWERS)
        return write_general((*known, *([unsupported_info(unknown)] if unknown else ())))


def _judge(asked: tuple[InfoValue, ...]) -> None:
    times = Counter(question.oid for question in asked)
    if any(times[kind] > 1 for kind in ONCE):
        raise Refused(FailInfo.BAD_REQUEST, "A message asks for CRLs once: crlStatusList names several.")
    for question in asked:
        if question.oid not in ANSWERS or question.oid in VALUE_OPTIONAL:
            continue
        needed = question.oid in WITH_VALUE
        if needed != (question.value is not None):
            name = InfoType(question.oid).rfc_name
            raise Refused(FailInfo.BAD_REQUEST, f"A question {name} has {'a' if needed else 'no'} value.")


def _nothing(_: Exchange, asked: InfoValue) -> InfoValue:
    """caProtEncCert: no message holds anything that only the CA may read, so it has no key for that."""
    return InfoValue(asked.oid)


def _preferred_cipher(_: Exchange, asked: InfoValue) -> InfoValue:
    return InfoValue(asked.oid, PREFERRED_CIPHER)


def _language(_: Exchange, asked: InfoValue) -> InfoValue:
    """suppLangTags: the first tag (RFC 5646) of those that the client speaks that is English."""
    spoken = (tag for tag in read_texts(asked) if tag.lower().partition("-")[0] == ENGLISH)
    tag = next(spoken, None)
    if tag is None:
        raise Refused(FailInfo.BAD_REQUEST, f"Texts for people are in English ({ENGLISH}) only.")
    return texts_info(InfoType.SUPP_LANG_TAGS, (tag,))


def _profile_names(exchange: Exchange, asked: InfoValue) -> InfoValue:
    """certProfile: the names that the alias knows; of those that are asked about, where there are such."""
    known = exchange.alias.named_profiles
    names = sorted(known) if asked.value is None else [name for name in read_texts(asked) if name in known]
    return texts_info(InfoType.CERT_PROFILE, names) if names else InfoValue(InfoType.CERT_PROFILE)


ANSWERS: Mapping[str, Answer] = MappingProxyType(
    {
        InfoType.CA_PROT_ENC_CERT: _nothing,
        InfoType.SIGN_KEY_PAIR_TYPES: signing_keys,
        InfoType.ENC_KEY_PAIR_TYPES: encryption_keys,
        InfoType.PREFERRED_SYMM_ALG: _preferred_cipher,
        InfoType.CA_KEY_UPDATE_INFO: key_announcement,
        InfoType.CURRENT_CRL: current_crl,
        InfoType.KEY_PAIR_PARAM_REQ: key_parameters,
        InfoType.SUPP_LANG_TAGS: _language,
        InfoType.CA_CERTS: ca_certificates,
        InfoType.ROOT_CA_CERT: root_update,
        InfoType.CERT_REQ_TEMPLATE: request_template,
        InfoType.CERT_PROFILE: _profile_names,
        InfoType.CRL_STATUS_LIST: newer_crls,
    }
)
"""The questions. Every other type is listed as unsupported: unknown ones, answers, and what belongs into headers."""
WITH_VALUE = frozenset({InfoType.KEY_PAIR_PARAM_REQ, InfoType.SUPP_LANG_TAGS, InfoType.CRL_STATUS_LIST})
VALUE_OPTIONAL = frozenset({InfoType.ROOT_CA_CERT, InfoType.CERT_PROFILE})
"""The other questions have no value."""
ONCE = frozenset({InfoType.CURRENT_CRL, InfoType.CRL_STATUS_LIST})
"""CRLs are long."""
EVERYTHING = (
    InfoType.CA_PROT_ENC_CERT,
    InfoType.SIGN_KEY_PAIR_TYPES,
    InfoType.ENC_KEY_PAIR_TYPES,
    InfoType.PREFERRED_SYMM_ALG,
    InfoType.CA_KEY_UPDATE_INFO,
)
"""What a client is told that sends no question: it asks for everything (RFC 9810, D.5), without the CRL, which is long
and optional there."""
