"""The contract suites of the ports, as somebody uses them whose adapter is none of this project's."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAILED = re.compile(r"^(?:FAILED|ERROR) \S*::(Test\w+)::(test_\w+)", re.MULTILINE)
NOTICED = {
    "TestOutboxWithRecordsInDisorder": {"test_lists_what_it_keeps_in_the_order_of_keeping"},
    "TestCoordinatorThatGivesALeaseTwice": {
        "test_a_lease_that_ends_later_than_any_may_is_free",
        "test_a_live_lease_has_one_holder",
        "test_renewing_prolongs",
        "test_of_many_at_once_one_wins",
    },
    "TestMessageStoreThatProlongsNoLease": {"test_a_renewed_lease_runs_from_now"},
    "TestHistoriesOfMessageStoreThatTellsNoDuplicate": {
        "test_every_history_reads_the_same_on_the_store_and_on_the_double"
    },
    "TestWakeUpThatNeverSleeps": {"test_no_flood_makes_it_look_more_often_than_fast_polling_would"},
    "TestIssuerThatSignsForTooLong": {"test_a_certificate_says_what_was_ordered"},
    "TestIssuerThatSignsWithItsOwnKey": {"test_the_cas_key_signs"},
    "TestSentRecordsWithoutEarlierMessages": {"test_what_was_encoded_is_read"},
    "TestEnvelopesThatSayWhyTheyStayClosed": {"test_only_the_recipient_opens", "test_garbage_is_unreadable"},
    "TestRegistryThatCommitsWhatHasFailed": {
        "test_a_body_that_fails_leaves_nothing",
        "test_a_holder_that_is_overtaken_while_issuing_commits_nothing",
        "test_a_retry_after_a_rollback_ends_with_one_certificate",
        "test_of_two_that_open_the_same_approval_one_does",
        "test_what_is_rolled_back_has_spent_nothing",
        "test_what_is_rolled_back_is_not_found",
        "test_what_is_rolled_back_was_not_counted",
    },
    "TestOperationsInDisorder": {"test_the_oldest_operations_come_first_and_no_more_than_the_limit"},
    "TestRemoteIssuerThatCertifiesAnotherKey": {
        "test_a_certificate_carries_the_ordered_key_and_names",
        "test_several_calls_at_a_time",
    },
    "TestRemoteIssuerThatNamesEveryDraftAlike": {"test_people_find_a_draft_at_the_ca_by_its_reference"},
    "TestRemoteIssuerThatForgetsWhatComesLater": {
        "test_an_answer_that_comes_later",
        "test_a_poll_whose_answer_is_lost",
    },
    "TestRemoteIssuerThatConfirmsByItself": {
        "test_a_certificate_counts_once_it_is_accepted",
        "test_a_rejected_certificate_is_void",
        "test_it_says_that_no_confirmation_has_reached_the_ca",
        "test_an_order_is_given_anew",
    },
    "TestRemoteIssuerThatCallsTooEarly": {"test_nothing_of_a_draft_reaches_the_ca"},
    "TestRemoteIssuerThatDoesNotKnowWhatWasSent": {"test_it_says_that_nothing_has_reached_the_ca"},
    "TestRemoteIssuerThatRaisesRefusals": {"test_a_refusal_is_a_value"},
    "TestRemoteIssuerThatIssuesTwice": {
        "test_the_same_draft_brings_the_same_certificate",
        "test_the_same_draft_several_times_at_once",
        "test_a_hold_that_is_over_does_not_come_back",
    },
    "TestRemoteIssuerThatFindsWhatItWasNotToldToDo": {
        "test_a_certificate_is_found_after_the_call",
        "test_a_lookup_has_no_effect",
        "test_a_revocation_is_found_after_the_call",
    },
    "TestRemoteIssuerThatAcceptsEverything": {"test_a_rejected_certificate_is_void"},
    "TestRemoteIssuerWhosePromiseIsNotTested": {"test_the_suites_are_those_of_its_traits"},
    "TestClockInLocalTime": {"test_now_is_utc"},
    "TestClockThatDoesNotSleep": {
        "test_a_sleep_lasts_as_long_as_it_was_asked_to",
        "test_one_that_cannot_be_read_does_not",
    },
    "TestRandomThatIsNot": {"test_no_two_are_alike", "test_every_octet_comes"},
    "TestKeystoreThatNamesAnotherScheme": {"test_the_scheme_fits_the_key_and_what_is_signed_verifies_by_it"},
    "TestTrustInNames": {
        "test_the_cas_own_certificate_is_no_end_entitys",
        "test_another_key_under_the_cas_name_is_not_the_ca",
        "test_a_changed_octet_is_noticed",
    },
    "TestGeneratorOfOneKey": {"test_no_two_keys_are_alike"},
    "TestKeystoresWithoutAChain": {
        "test_a_pkcs12_holds_key_certificate_and_chain",
        "test_a_pem_holds_the_same",
    },
    "TestRequestsWhoseSignatureIsNotVerified": {"test_a_changed_signature_proves_nothing"},
    "TestRenewalsOfAnyCertificate": {"test_it_counts_for_that_certificate_only"},
    "TestTracerThatLetsOthersDecide": {"test_this_sides_share_decides_but_on_what_it_has_begun"},
    "TestContentsInWholeSeconds": {"test_a_request_is_read_as_it_was_written"},
}
"""For each wrong adapter, every test that notices it."""


def run_pytest(*arguments: str | Path, cwd: Path, path: Path) -> str:
    """What pytest says in a process of its own, with `path` on the module path."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments]
    environment = os.environ | {"PYTHONPATH": str(path), "COLUMNS": "200"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=250, check=False)
    assert not done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def on_wrong_adapters() -> str:
    modules = ("wrong_adapters.py", "wrong_registries.py", "wrong_remote_issuers.py", "wrong_small_adapters.py")
    return run_pytest(*(f"tests/integration/{module}" for module in modules), cwd=ROOT, path=ROOT)


@pytest.mark.parametrize("adapter", NOTICED)
def test_a_wrong_adapter_fails(on_wrong_adapters: str, adapter: str) -> None:
    assert {test for name, test in FAILED.findall(on_wrong_adapters) if name == adapter} == NOTICED[adapter]


def test_a_failure_shows_what_was_compared(on_wrong_adapters: str) -> None:
    assert "assert [b'a', b'b'] == [b'b', b'a']" in on_wrong_adapters


def test_a_suite_without_an_adapter_says_what_to_supply(on_wrong_adapters: str) -> None:
    assert "NotImplementedError: supply the fixture `outbox`: an outbox that keeps nothing yet" in on_wrong_adapters
