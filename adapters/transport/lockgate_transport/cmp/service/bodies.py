"""Reads the bodies that the service answers, and verifies what they prove by themselves."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from lockgate.certification.endentity import CertificationRequest, Possession, WantedKey
from lockgate.ports import CertificateRequests
from lockgate.reasons import Reason, Rejected
from lockgate.requests.submessages import RequestKind
from lockgate_formats.cmp.confirmations import read_certificate_confirmations
from lockgate_formats.cmp.contents import CertificateRequestMessage
from lockgate_formats.cmp.errors import read_error
from lockgate_formats.cmp.general import read_general
from lockgate_formats.cmp.messages import PkiMessage
from lockgate_formats.cmp.polls import read_poll_requests
from lockgate_formats.cmp.possession import Authentication, judge_possession
from lockgate_formats.cmp.revocations import read_revocations
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PossessionKind
from lockgate_formats.public_keys import kind_of
from lockgate_formats.requests.requested_names import names_in_extensions
from lockgate_transport.cmp.service.aliases import CmpAlias
from lockgate_transport.cmp.service.asking import requests_in
from lockgate_transport.cmp.service.certificates import require_readable
from lockgate_transport.cmp.service.failures import Refused
from lockgate_transport.cmp.service.incoming import (
    Confirmed,
    Content,
    Polled,
    Questions,
    Requested,
    RequestedCertificate,
    Revocations,
    Stopped,
)
from lockgate_transport.cmp.service.passwords import password_in
from lockgate_transport.cmp.service.senders import Sender, SenderKind

Reader = Callable[["BodyReader", PkiMessage, CmpAlias, Sender], Content]


class BodyReader:
    """Reads bodies.

    Args:
        requests: reads PKCS#10 and verifies their proof of possession.
    """

    def __init__(self, requests: CertificateRequests) -> None:
        self._requests = requests

    def read(self, message: PkiMessage, alias: CmpAlias, sender: Sender) -> Content:
        """The content of the body.

        Raises:
            MalformedMessage: it cannot be read.
            Refused: it is of another kind.
        """
        reader = _READERS.get(message.body_type)
        if reader is None:
            raise Refused(FailInfo.BAD_REQUEST, f"unsupported body {message.body_type.rfc_name}")
        return reader(self, message, alias, sender)

    def requested(self, message: PkiMessage, alias: CmpAlias, sender: Sender) -> Requested:
        """The requests of an ir, cr or kur; whether possession of each key is shown."""
        read = requests_in(message, alias.limits)
        for one in read:
            require_readable(one.template)
        if len({one.cert_req_id for one in read}) != len(read):
            raise Refused(FailInfo.BAD_REQUEST, "Two requests have the same certReqId.")
        profiles = message.header.certificate_profiles
        return Requested(
            tuple(
                RequestedCertificate(
                    one, self._key(one, message, alias, sender), profile, _shown_password(one, alias, sender)
                )
                for one, profile in zip(read, _named_profiles(profiles, len(read)), strict=True)
            )
        )

    def _key(
        self, one: CertificateRequestMessage, message: PkiMessage, alias: CmpAlias, sender: Sender
    ) -> CertificationRequest | WantedKey | Rejected:
        """The word of an RA shows the CA no possession: such a key counts as unproven."""
        if one.template.asks_for_key:
            return _wanted(one)
        by_ra = alias.ra_verified and sender.is_ra
        shown = Authentication(message.header.sender, sender.secret)
        indirect = alias.encrypted_certificates
        key = judge_possession(one, shown, ra_verified=by_ra, indirect=indirect, limits=alias.protection)
        if isinstance(key, CertificationRequest) and one.possession.kind is PossessionKind.RA_VERIFIED:
            return replace(key, possession=Possession.NONE)
        return key

    def pkcs10(self, message: PkiMessage, alias: CmpAlias, sender: Sender) -> Requested:
        """The only request of a p10cr."""
        (request,) = requests_in(message, alias.limits)
        key = self._requests.read(RequestKind.PKCS10, request.request)
        (profile,) = _named_profiles(message.header.certificate_profiles, 1)
        return Requested((RequestedCertificate(request, key, profile, _shown_password(request, alias, sender)),))


def _shown_password(request: CertificateRequestMessage, alias: CmpAlias, sender: Sender) -> str | None:
    return password_in(request, alias) if sender.kind is SenderKind.SHOWN_PASSWORD else None


def _wanted(one: CertificateRequestMessage) -> WantedKey | Rejected:
    """A key that the CA shall make (RFC 9483, 4.1.6): of the algorithm that the template names, if it names one."""
    algorithm, extensions = one.template.key_algorithm, one.template.extensions
    kind = None if algorithm is None else kind_of(algorithm)
    if algorithm is not None and kind is None:
        return Rejected(Reason.BAD_KEY_SPECIFICATION, "The CA makes no keys of the algorithm that the template names.")
    return WantedKey(kind=kind, alternative_names=() if extensions is None else names_in_extensions(extensions))


def _named_profiles(names: tuple[str, ...], count: int) -> Iterator[str | None]:
    """The profile of each request: one name for each, or none (RFC 9810, 5.1.1.4)."""
    if names and len(names) != count:
        raise Refused(FailInfo.BAD_REQUEST, "certProfile names as many profiles as there are requests, or none.")
    return iter(names or (None,) * count)


def _revocations(message: PkiMessage, alias: CmpAlias) -> Revocations:
    read = tuple(read_revocations(message.body, alias.limits))
    for one in read:
        require_readable(one.template)
    return Revocations(read)


_READERS: Mapping[BodyType, Reader] = {
    BodyType.IR: BodyReader.requested,
    BodyType.CR: BodyReader.requested,
    BodyType.KUR: BodyReader.requested,
    BodyType.P10CR: BodyReader.pkcs10,
    BodyType.CERTCONF: lambda _, message, alias, __: Confirmed(
        read_certificate_confirmations(message.body, alias.limits)
    ),
    BodyType.POLLREQ: lambda _, message, alias, __: Polled(tuple(read_poll_requests(message.body, alias.limits))),
    BodyType.RR: lambda _, message, alias, __: _revocations(message, alias),
    BodyType.GENM: lambda _, message, alias, __: Questions(tuple(read_general(message.body, alias.limits))),
    BodyType.ERROR: lambda _, message, __, ___: Stopped(read_error(message.body)),
}
