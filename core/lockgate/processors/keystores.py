"""What the requests share whose answer is a keystore: a key made by the CA, certified and packed."""

from dataclasses import dataclass

from lockgate.endentity import CertificationRequest, EndEntity, IssuedCertificate
from lockgate.keyspec import KeySpecification
from lockgate.ports import KeystoreFile
from lockgate.processors.case import Case
from lockgate.reasons import Reason, Rejected


@dataclass(frozen=True, slots=True)
class MadeKeystore:
    """A keystore, and the certificate in it."""

    file: KeystoreFile
    issued: IssuedCertificate


def make_keystore(
    case: Case, end_entity: EndEntity, password: str, specification: KeySpecification | None
) -> MadeKeystore | Rejected:
    """A new key for `end_entity`, certified, in a keystore of the format that its token names.

    Args:
        end_entity: as it shall be stored; its token names a keystore.
        password: protects the keystore.
        specification: None for the certificate profile's default.

    Rejections: those of `CaTransaction.issue`.
    """
    rules = case.work.keystore_rules(end_entity.certificate_profile)
    if isinstance(rules, Rejected):
        return rules
    specification = specification or rules.default_key
    if specification is None:
        return Rejected(Reason.PROFILE_VIOLATION, "The certificate profile allows no key that the CA makes.")
    key = case.instruments.keys.generate(specification)
    issued = case.work.issue(case.order(end_entity, CertificationRequest(public_key=key.public_key)))
    if isinstance(issued, Rejected):
        return issued
    write = case.instruments.keystores.write
    file = write(end_entity.token, key, issued, end_entity.username, password, legacy=rules.legacy)
    return MadeKeystore(file, issued)
