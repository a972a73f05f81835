"""The port `Profiles`."""

from datetime import timedelta

from lockgate.certification.endentity import KeystoreRules
from lockgate.ports import Profiles, RenewalTerms, Rules
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.registry.store import Store


class SqlProfiles(Profiles):
    """Certificate profiles in one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keystore_rules(self, certificate_profile: str) -> KeystoreRules | Rejected:
        """As the stored profile says."""
        profile = self._store.profiles.certificate_profile(certificate_profile)
        if profile is None:
            return Rejected(Reason.UNKNOWN_PROFILE, f"{certificate_profile!a}")
        keeps = self._store.facilities.escrow is not None and profile.key_recovery
        return KeystoreRules(profile.made_keys, profile.keystore_encryption == "legacy", keeps)

    def renewal_terms(self, certificate_profile: str) -> RenewalTerms | Rejected:
        """As the stored profile says."""
        profile = self._store.profiles.certificate_profile(certificate_profile)
        if profile is None:
            return Rejected(Reason.UNKNOWN_PROFILE, f"{certificate_profile!a}")
        window = None if profile.renewal_days is None else timedelta(days=profile.renewal_days)
        return RenewalTerms(window, same_key=profile.renewal_same_key)

    def rules(self, end_entity_profile: str, certificate_profile: str) -> Rules | Rejected:
        """The stored profiles."""
        found = self._store.profiles.pair(end_entity_profile, certificate_profile)
        return Rejected(Reason.UNKNOWN_PROFILE, f"{found!a}") if isinstance(found, str) else Rules(*found)
