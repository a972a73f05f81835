"""What the requests share whose answer is a keystore: a key made by the CA or kept by it, its certificate, packed."""

from dataclasses import dataclass

from lockgate.audit import AuditEvent, Event
from lockgate.endentity import CertificationRequest, EndEntity, IssuedCertificate, Possession, TokenType
from lockgate.keyspec import KeySpecification
from lockgate.ports import KeptKey, KeyPair, KeystoreFile
from lockgate.processors.case import Case
from lockgate.reasons import Reason, Rejected


@dataclass(frozen=True, slots=True)
class MadeKeystore:
    """A keystore, and the certificate in it."""

    file: KeystoreFile
    issued: IssuedCertificate


@dataclass(frozen=True, slots=True)
class KeystoreOrder:
    """A keystore to be made.

    Attributes:
        end_entity: as it shall be stored; its token names a keystore.
        password: protects the keystore; a secret.
        specification: None for the certificate profile's default.
        keep: whether the CA shall keep the key; None for what the certificate profile says.
    """

    end_entity: EndEntity
    password: str
    specification: KeySpecification | None = None
    keep: bool | None = None

    def __repr__(self) -> str:
        return "KeystoreOrder(…)"


def make_keystore(case: Case, order: KeystoreOrder) -> MadeKeystore | Rejected:
    """A new key, certified, in a keystore of the format that the end entity's token names.

    Rejections: those of `CaTransaction.issue`.
    """
    rules = case.work.keystore_rules(order.end_entity.certificate_profile)
    if isinstance(rules, Rejected):
        return rules
    specification = order.specification or rules.default_key
    if specification is None:
        return Rejected(Reason.PROFILE_VIOLATION, "The certificate profile allows no key that the CA makes.")
    keep = rules.keeps_keys if order.keep is None else order.keep
    return certify_and_pack(case, order, case.instruments.keys.generate(specification), keep=keep, legacy=rules.legacy)


def certify_and_pack(
    case: Case, order: KeystoreOrder, key: KeyPair, *, keep: bool, legacy: bool
) -> MadeKeystore | Rejected:
    """`key`, certified for the end entity of `order`, in a keystore. Rejections: those of `CaTransaction.issue`."""
    request = CertificationRequest(public_key=key.public_key, possession=Possession.MADE)
    issued = case.work.issue(case.order(order.end_entity, request, kept_key=key if keep else None))
    if isinstance(issued, Rejected):
        return issued
    return MadeKeystore(pack(case, order, KeptKey(key, issued), legacy=legacy), issued)


def pack(case: Case, order: KeystoreOrder, kept: KeptKey, *, legacy: bool) -> KeystoreFile:
    """Key and certificate in a keystore of the format that the end entity's token names; for a bare one PKCS#12."""
    its = order.end_entity
    token = TokenType.P12 if its.token is TokenType.USER_GENERATED else its.token
    return case.instruments.keystores.write(token, kept.key, kept.issued, its.username, order.password, legacy=legacy)


def audit_recovery(case: Case, username: str, recovered: IssuedCertificate, handed_out: IssuedCertificate) -> None:
    """That the key kept with the certificate `recovered` was handed out, with which certificate."""
    reused = recovered.fingerprint == handed_out.fingerprint
    details = {"fingerprint": recovered.fingerprint, "certificate": "reused" if reused else handed_out.fingerprint}
    case.work.audit(AuditEvent(Event.KEY_RECOVERED, case.who.name, username, details))
