"""One message of each kind that a CMP client sends, and what it must come to, once."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from cryptography import x509

from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateTemplate, RevocationRequest
from lockgate_formats.cmp.controls import text_control
from lockgate_formats.cmp.vocabulary import BodyType, ControlType
from lockgate_formats.public_keys import ALGORITHMS
from tests.crash.cmp_site import CmpSite, new_key
from tests.crash.nodes import Answer
from tests.crash.site import Effects, more
from tests.support.scenarios.cmp_site import shared
from tests.support.wire.cmp_answers import CmpAnswer
from tests.support.wire.cmp_messages import (
    IMPLICIT_CONFIRM,
    REJECTED,
    CmpClient,
    CmpMessage,
    Secret,
    confirmed,
    updates,
)

IMPLICIT = (IMPLICIT_CONFIRM,)


@dataclass(frozen=True)
class CmpJob:
    """A message that waits for its answer.

    Attributes:
        kind: the name of the answer's body.
        effects: what there is more of when it is answered.
        before: what there was of the client before.
    """

    client: CmpClient
    message: CmpMessage
    kind: str
    effects: Effects
    before: Effects

    @property
    def alias(self) -> str:
        return self.client.alias

    @property
    def task(self) -> Answer:
        """For a node."""
        return Answer(self.alias, self.message.octets)

    def gained(self, site: CmpSite) -> Effects:
        """What there is more of by now."""
        return more(self.before, site.of(self.client))


def said(answer: CmpAnswer) -> tuple[str, bytes, bytes | None]:
    """What an answer says, however it is protected: the name of its body, the body, and its senderNonce."""
    return answer.kind, answer.message.body, answer.header.sender_nonce


def by_secret(site: CmpSite) -> CmpJob:
    """An ir of a client that shares the secret of its alias."""
    return _enrolling(site, site.client())


def by_password(site: CmpSite) -> CmpJob:
    """An ir under an end entity's one-time password."""
    return _enrolling(site, site.expected())


def by_shown_password(site: CmpSite) -> CmpJob:
    """An ir without protection, which shows the password itself."""
    client = site.expected().with_(alias="clear")
    assert isinstance(client.protection, Secret)
    token = text_control(ControlType.REG_TOKEN, client.protection.secret.decode())
    request = client.request(client.cert_req_msg(controls=(token,)), infos=IMPLICIT)
    return _job(site, client, request.with_(protection=None, sender_kid=None), "ip", **_ISSUED, **_BEGUN)


def without_key(site: CmpSite) -> CmpJob:
    """An ir for a key that the CA makes."""
    client = site.client(alias="central")
    template = replace(client.template, public_key=der.sequence(ALGORITHMS["P-256"], der.bit_string(b"")))
    return _enrolling(site, client, client.cert_req_msg(template=template, possession=b""))


def _enrolling(site: CmpSite, client: CmpClient, *asked: bytes) -> CmpJob:
    return _job(site, client, client.request(*asked, infos=IMPLICIT), "ip", **_ISSUED, **_BEGUN)


def update(site: CmpSite) -> CmpJob:
    """A kur with another key."""
    client, answer = enrolled(site)
    holder = site.holder(client, answer).with_(key=new_key())
    control = updates(_certificate(answer))
    asked = holder.cert_req_msg(controls=(control,))
    message = holder.request(asked, body_type=BodyType.KUR, infos=IMPLICIT)
    return _job(site, holder, message, "kup", **_ISSUED, **_BEGUN)


def revocation(site: CmpSite) -> CmpJob:
    """An rr, signed by the key of the certificate that it is about."""
    client, answer = enrolled(site)
    certificate = _certificate(answer)
    template = CertificateTemplate(issuer=certificate.issuer.public_bytes(), serial_number=certificate.serial_number)
    holder = site.holder(client, answer)
    return _job(site, holder, holder.revocation(RevocationRequest(template=template)), "rp", **_REVOKED, **_BEGUN)


def confirmation(site: CmpSite) -> CmpJob:
    """A certConf that takes the certificate."""
    return taking(site, *unconfirmed(site))


def rejection(site: CmpSite) -> CmpJob:
    """A certConf that rejects the certificate."""
    return rejecting(site, *unconfirmed(site))


def poll(site: CmpSite) -> CmpJob:
    """A pollReq that takes up a request that was approved."""
    client = site.client(alias="watched")
    answer = site.ask(client.request(infos=IMPLICIT), client.alias)
    site.approve()
    return polling(site, client, answer)


JOBS: Mapping[str, Callable[[CmpSite], CmpJob]] = {
    "ir, a shared secret": by_secret,
    "ir, a one-time password": by_password,
    "ir, a password that it shows": by_shown_password,
    "ir, a key that the CA makes": without_key,
    "kur": update,
    "rr": revocation,
    "certConf": confirmation,
    "a certConf that rejects": rejection,
    "pollReq": poll,
}


def enrolled(site: CmpSite) -> tuple[CmpClient, CmpAnswer]:
    """A client that has got a certificate, and the answer that holds it."""
    client = site.client()
    return client, site.ask(client.request(infos=IMPLICIT), client.alias)


def unconfirmed(site: CmpSite) -> tuple[CmpClient, CmpAnswer]:
    """The same for a client that has to confirm it."""
    client = site.client(alias="explicit")
    return client, site.ask(client.request(), client.alias)


def taking(site: CmpSite, client: CmpClient, answer: CmpAnswer) -> CmpJob:
    """The certConf that takes what is in the answer."""
    message = client.confirmation(answer.header.sender_nonce, confirmed(answer.certificates[0]))
    return _job(site, client, message, "pkiconf", **_ENDED)


def rejecting(site: CmpSite, client: CmpClient, answer: CmpAnswer) -> CmpJob:
    """The certConf that rejects it."""
    message = client.confirmation(answer.header.sender_nonce, confirmed(answer.certificates[0], status=REJECTED))
    return _job(site, client, message, "pkiconf", **_REVOKED, **_ENDED)


def polling(site: CmpSite, client: CmpClient, answer: CmpAnswer) -> CmpJob:
    """The pollReq of a client whose request was approved."""
    return _job(site, client, client.poll(answer.header.sender_nonce), "ip", **_ISSUED, **_ENDED)


def only_one(site: CmpSite) -> CmpJob:
    """An ir of a sender that may have one transaction open."""
    client = site.client(alias="single")
    own = client.with_(protection=shared(client.name))
    return _job(site, own, own.request(), "ip", **_ISSUED, **_BEGUN, **{"open transaction": 1})


def _certificate(answer: CmpAnswer) -> x509.Certificate:
    (certificate,) = answer.certificates
    return x509.load_der_x509_certificate(certificate)


def _job(site: CmpSite, client: CmpClient, message: CmpMessage, kind: str, **effects: int) -> CmpJob:
    return CmpJob(client, message, kind, Counter(effects), site.of(client))


_ISSUED = {"certificate": 1, "certificate.issued": 1}
_REVOKED = {"revocation": 1, "certificate.revoked": 1}
_BEGUN = {"transaction": 1, "kept answer": 1}
_ENDED = {"open transaction": -1, "kept answer": 1}
