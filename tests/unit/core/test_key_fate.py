"""The tables of keys' fates and of standings, whole."""

from itertools import product

import pytest

from lockgate.certification.endentity import Possession
from lockgate.certification.key_fate import CONDEMNED_KEY, GOOD_KEY, Candidate, Fate, KeyFate, judge_certification
from lockgate.certification.revocation import RevocationReason, next_standing
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import CertificateStanding

DOUBTED = KeyFate(Fate.IN_DOUBT, frozenset({"mallory"}))


@pytest.mark.parametrize(
    ("key", "username", "possession", "before", "approved", "reason"),
    [
        *(
            (GOOD_KEY, name, possession, *more, None)
            for name, possession, more in product(("alice", "mallory"), Possession, product((True, False), repeat=2))
        ),
        *(
            (CONDEMNED_KEY, name, possession, *more, Reason.WEAK_KEY)
            for name, possession, more in product(("alice", "mallory"), Possession, product((True, False), repeat=2))
        ),
        *(
            (DOUBTED, "mallory", possession, *more, Reason.WEAK_KEY)
            for possession, more in product(Possession, product((True, False), repeat=2))
        ),
        *((DOUBTED, "alice", Possession.NONE, *more, Reason.WEAK_KEY) for more in product((True, False), repeat=2)),
        (DOUBTED, "alice", Possession.PROVEN, False, False, Reason.KEY_IN_DOUBT),
        (DOUBTED, "alice", Possession.PROVEN, True, False, None),
        (DOUBTED, "alice", Possession.PROVEN, False, True, None),
    ],
)
def test_who_may_have_a_key_certified(
    key: KeyFate, username: str, possession: Possession, before: bool, approved: bool, reason: Reason | None
) -> None:
    candidate = Candidate(username, possession, certified_before=before, doubt_approved=approved)
    refused = judge_certification(key, candidate)
    assert (refused and refused.reason) is reason


GOOD, ON_HOLD, REVOKED = CertificateStanding.GOOD, CertificateStanding.ON_HOLD, CertificateStanding.REVOKED
FINAL = [
    reason
    for reason in RevocationReason
    if reason
    not in (RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL, RevocationReason.KEY_COMPROMISE)
]
NEXT = [
    *((GOOD, None, reason, REVOKED) for reason in (*FINAL, RevocationReason.KEY_COMPROMISE)),
    (GOOD, None, RevocationReason.CERTIFICATE_HOLD, ON_HOLD),
    (GOOD, None, RevocationReason.REMOVE_FROM_CRL, None),
    *(
        (ON_HOLD, RevocationReason.CERTIFICATE_HOLD, reason, REVOKED)
        for reason in (*FINAL, RevocationReason.KEY_COMPROMISE)
    ),
    (ON_HOLD, RevocationReason.CERTIFICATE_HOLD, RevocationReason.CERTIFICATE_HOLD, None),
    (ON_HOLD, RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL, GOOD),
    *((REVOKED, was, reason, None) for was in FINAL for reason in FINAL),
    *((REVOKED, was, RevocationReason.KEY_COMPROMISE, REVOKED) for was in FINAL),
    *((REVOKED, RevocationReason.KEY_COMPROMISE, reason, None) for reason in RevocationReason),
    (REVOKED, RevocationReason.SUPERSEDED, RevocationReason.CERTIFICATE_HOLD, None),
    (REVOKED, RevocationReason.SUPERSEDED, RevocationReason.REMOVE_FROM_CRL, None),
]


@pytest.mark.parametrize(("standing", "recorded", "reason", "expected"), NEXT)
def test_what_a_standing_becomes(
    standing: CertificateStanding,
    recorded: RevocationReason | None,
    reason: RevocationReason,
    expected: CertificateStanding | None,
) -> None:
    found = next_standing(standing, reason, recorded)
    if expected is None:
        assert isinstance(found, Rejected)
        assert found.reason is Reason.WRONG_STANDING
    else:
        assert found is expected


def test_a_condemned_key_is_not_told_as_weak_nor_whose_it_is() -> None:
    refused = judge_certification(KeyFate(Fate.CONDEMNED), Candidate("alice", Possession.PROVEN))
    assert refused is not None
    said = "The public key may not be certified. The key is compromised or belongs to another end entity."
    assert (refused.reason, refused.fail_info) == (Reason.WEAK_KEY, said)
