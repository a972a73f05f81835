"""One job of each request type: what is put into the message database, and what it must come to, once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography import x509

from lockgate.certification.endentity import EndEntityStatus, TokenType
from lockgate.requests.submessages import (
    CardRenewalRequest,
    CertificateRequestRequest,
    EditUserRequest,
    KeyRecoveryRequest,
    KeyStoreRetrievalRequest,
    PKCS10Request,
    PKCS10Response,
    PKCS12Request,
    PKCS12Response,
    RevocationRequest,
)
from lockgate_app.deployment import CA_NAME
from tests.crash.site import Effects, Site
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import ec_key
from tests.support.pki.key_forms import crmf

PASSWORD = "a password of the tests"
OLD, NEW = ec_key(1), ec_key(2)


@dataclass(frozen=True)
class Job:
    """A message that a worker is to work off.

    Attributes:
        put: prepares with healthy workers whatever the request needs, then puts the message; its id.
        effects: what there is more of when it is worked off.
        answered: whether the message has its answer then.
    """

    put: Callable[[Site], str]
    effects: Effects
    answered: bool = True


def _described(name: str, **more: Any) -> dict[str, Any]:
    described = {
        "request_id": 1,
        "username": name,
        "subject_dn": f"CN={name},O=Example",
        "end_entity_profile": "EMPTY",
        "certificate_profile": "ENDUSER",
        "ca_name": CA_NAME,
    }
    return described | more


def _pkcs10(name: str, **more: Any) -> PKCS10Request:
    return PKCS10Request(**_described(name, pkcs10=pkcs10(OLD), **more))


def _certificate(name: str) -> CertificateRequestRequest:
    described = _described(name, request_type="CRMF", request_data=crmf(OLD), password=PASSWORD)
    return CertificateRequestRequest(**described, create_or_edit_user=True)


def _keystore(name: str) -> PKCS12Request:
    described = _described(name, certificate_profile="KEEPING", password=PASSWORD)
    return PKCS12Request(**described, key_alg="ECDSA", key_spec="P-256", store_keys=True)


def _edit(name: str, **more: Any) -> EditUserRequest:
    return EditUserRequest(**_described(name, **more))


def _certified(site: Site) -> tuple[str, bytes]:
    """A new end entity and its certificate."""
    name = site.name()
    (response,) = site.work_off(site.send(_pkcs10(name)))
    assert isinstance(response, PKCS10Response)
    assert response.certificate
    return name, response.certificate


def _renewal(site: Site) -> str:
    name, first = _certified(site)
    (response,) = site.work_off(site.send(_pkcs10(name)))
    assert isinstance(response, PKCS10Response)
    assert response.certificate
    site.work_off(site.send(_edit(name)))
    proof = pkcs10(NEW, signed_by=OLD)
    return site.send(
        CardRenewalRequest(
            request_id=1, auth_cert=first, sign_cert=response.certificate, auth_pkcs10=proof, sign_pkcs10=proof
        )
    )


def _recovery(site: Site, *, reuse: bool) -> str:
    name = site.name()
    (response,) = site.work_off(site.send(_keystore(name)))
    assert isinstance(response, PKCS12Response)
    assert response.certificate
    certificate = x509.load_der_x509_certificate(response.certificate)
    described = _described(name, certificate_profile="KEEPING", password=PASSWORD)
    described |= {"issuer_dn": f"CN={CA_NAME},O=Lockgate", "certificate_sn": f"{certificate.serial_number:x}"}
    return site.send(KeyRecoveryRequest(**described, reuse_certificate=reuse))


def _retrieval(site: Site, status: EndEntityStatus) -> str:
    name = site.name()
    if status is EndEntityStatus.KEY_RECOVERY:
        site.work_off(site.send(_keystore(name)))
    site.work_off(
        site.send(
            _edit(name, status=status, token_name=TokenType.P12, password=PASSWORD, certificate_profile="KEEPING")
        )
    )
    return site.send(KeyStoreRetrievalRequest(request_id=1, username=name, password=PASSWORD))


def _revocation(site: Site) -> str:
    name, _ = _certified(site)
    return site.send(RevocationRequest(request_id=1, username=name, revoke_all=True, revoke_user=True))


def _approved(site: Site) -> str:
    message = site.send(_pkcs10(site.name(), certificate_profile="WATCHED"))
    site.prepare()
    site.approve()
    return message


def _several(site: Site) -> str:
    name, _ = _certified(site)
    revocation = RevocationRequest(request_id=1, username=name, revoke_all=True)
    unknown = RevocationRequest(request_id=2, username="nobody", revoke_all=True)
    return site.send(_pkcs10(site.name()), unknown, revocation, _edit(site.name()))


_ISSUED = {"certificate": 1, "certificate.issued": 1, "verdict": 1}
JOBS = {
    "PKCS10Request": Job(lambda site: site.send(_pkcs10(site.name())), Counter(_ISSUED | {"end entity": 1})),
    "PKCS12Request": Job(
        lambda site: site.send(_keystore(site.name())), Counter(_ISSUED | {"end entity": 1, "kept key": 1})
    ),
    "CertificateRequestRequest": Job(
        lambda site: site.send(_certificate(site.name())), Counter(_ISSUED | {"end entity": 1, "endentity.edited": 1})
    ),
    "CardRenewalRequest": Job(_renewal, Counter({"certificate": 2, "certificate.issued": 2, "verdict": 1})),
    "KeyRecoveryRequest, its certificate": Job(
        lambda site: _recovery(site, reuse=True), Counter({"key.recovered": 1, "verdict": 1})
    ),
    "KeyRecoveryRequest, a new certificate": Job(
        lambda site: _recovery(site, reuse=False), Counter(_ISSUED | {"key.recovered": 1, "kept key": 1})
    ),
    "KeyStoreRetrievalRequest, a new key": Job(
        lambda site: _retrieval(site, EndEntityStatus.NEW), Counter(_ISSUED | {"kept key": 1})
    ),
    "KeyStoreRetrievalRequest, a kept key": Job(
        lambda site: _retrieval(site, EndEntityStatus.KEY_RECOVERY), Counter({"key.recovered": 1, "verdict": 1})
    ),
    "EditUserRequest": Job(
        lambda site: site.send(_edit(site.name())), Counter({"end entity": 1, "endentity.added": 1, "verdict": 1})
    ),
    "RevocationRequest": Job(
        _revocation, Counter({"revocation": 1, "certificate.revoked": 1, "endentity.edited": 1, "verdict": 1})
    ),
    "several submessages": Job(
        _several,
        Counter(
            _ISSUED | {"end entity": 2, "endentity.added": 1, "revocation": 1, "certificate.revoked": 1, "verdict": 4}
        ),
    ),
    "a request that opens an approval": Job(
        lambda site: site.send(_pkcs10(site.name(), certificate_profile="WATCHED")),
        Counter({"open approval": 1, "pending request": 1}),
        answered=False,
    ),
    "a request that is approved": Job(
        _approved,
        Counter(_ISSUED | {"end entity": 1, "used approval": 1, "open approval": -1, "pending request": -1}),
    ),
}
