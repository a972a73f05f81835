"""The keys that effects certify and hand out: brought by a request, made by the CA, or kept by it."""

from dataclasses import dataclass

from lockgate.certification.endentity import CertificationRequest, IssuedCertificate, KeystoreRules, Possession
from lockgate.effects.statement import Certify, HandOut, KeptKeyOf, KeystoreWish, KeyWish, MadeKey
from lockgate.errors import Defect
from lockgate.ports import Instruments, KeptKey, KeyPair, KeystoreDelivery, KeystoreFile, RegistryTransaction
from lockgate.reasons import Reason, Rejected


@dataclass(frozen=True, slots=True)
class ReadyKey:
    """A key that can be certified.

    Attributes:
        pair: None where the CA does not know the private key.
        keep: whether the CA keeps the private key.
        legacy: whether a PKCS#12 keystore is encrypted as old readers need it.
    """

    request: CertificationRequest
    pair: KeyPair | None = None
    keep: bool = False
    legacy: bool = False


@dataclass(frozen=True, slots=True)
class ReadyKept:
    """A kept key that can be handed out."""

    kept: KeptKey
    legacy: bool


def ready_to_certify(certify: Certify, work: RegistryTransaction, instruments: Instruments) -> ReadyKey | Rejected:
    """The key of `certify`. Rejections: `unknown_profile`, `profile_violation`, and those of `KeyEscrow.kept_key`."""
    if isinstance(certify.key, CertificationRequest):
        return ReadyKey(certify.key)
    rules = work.profiles.keystore_rules(certify.described.certificate_profile)
    if isinstance(rules, Rejected):
        return rules
    pair = _pair(certify.key, rules, work, instruments)
    if isinstance(pair, Rejected):
        return pair
    request = CertificationRequest(public_key=pair.public_key, possession=Possession.MADE)
    keep = rules.keeps_keys if certify.keep is None else certify.keep
    return ReadyKey(request, pair, keep, rules.legacy)


def _pair(
    key: MadeKey | KeptKeyOf, rules: KeystoreRules, work: RegistryTransaction, instruments: Instruments
) -> KeyPair | Rejected:
    if isinstance(key, KeptKeyOf):
        kept = work.kept_keys.get(key.certificate)
        return kept if isinstance(kept, Rejected) else kept.key
    if key.specification is not None and key.specification not in rules.made:
        # Making it first would cost the worker seconds for nothing.
        return Rejected(Reason.PROFILE_VIOLATION, f"The certificate profile allows no {key.specification} key.")
    allowed = (made for made in rules.made if key.kind in (None, made.kind))
    specification = key.specification or next(allowed, None)
    if specification is None:
        kind = "" if key.kind is None else f"{key.kind} "
        return Rejected(Reason.PROFILE_VIOLATION, f"The certificate profile allows no {kind}key that the CA makes.")
    return instruments.keys.generate(specification)


def ready_to_hand_out(hand_out: HandOut, work: RegistryTransaction) -> ReadyKept | Rejected:
    """The kept key of `hand_out`. Rejections: `unknown_profile`, and those of `KeyEscrow.kept_key`."""
    kept, rules = work.kept_keys.get(hand_out.certificate), work.profiles.keystore_rules(hand_out.profile)
    if isinstance(kept, Rejected):
        return kept
    return rules if isinstance(rules, Rejected) else ReadyKept(kept, rules.legacy)


def packed(
    wish: KeystoreWish | KeyWish | None,
    key: ReadyKey | ReadyKept,
    issued: IssuedCertificate,
    instruments: Instruments,
) -> KeystoreFile | KeyPair | None:
    """Key, certificate and CA chain in the requested keystore, or the key alone; None if neither was requested."""
    if wish is None:
        return None
    pair = key.kept.key if isinstance(key, ReadyKept) else key.pair
    if pair is None:
        raise Defect("a keystore needs a private key")
    if isinstance(wish, KeyWish):
        return pair
    return instruments.keystores.write(wish.token, pair, issued, wish.name, wish.password, legacy=key.legacy)


def delivery(wish: KeystoreWish | KeyWish | None, key: ReadyKey) -> KeystoreDelivery | None:
    """What `packed` will need once the certificate is there; None if no keystore was requested."""
    if wish is None:
        return None
    if key.pair is None:
        raise Defect("a keystore needs a private key")
    return KeystoreDelivery(wish, key.pair, key.legacy)
