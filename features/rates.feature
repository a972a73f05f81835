Feature: A worker may bound how many requests each signer makes in an hour
  A compromised RA host signs as the RA. The worker's setting `max_per_hour` bounds the requests that it can make in an
  hour. The CA's database counts, by its own clock, for all workers together.

  Background:
    Given a worker that requires signatures and encryption, and takes 2 requests an hour from each signer

  Scenario: A request over the bound is refused
    When the RA sends PKCS10Requests for "alice", "bob" and "carol"
    And the worker runs
    Then the outcomes are: a certificate, a certificate, too_many_requests
    And there is no end entity "carol"

  Scenario: It holds within one message, too
    When the RA sends PKCS10Requests for "alice", "bob" and "carol" in one message
    And the worker runs
    Then the answers are: a certificate, a certificate, too_many_requests

  Scenario: It begins anew with the next hour
    When the RA sends PKCS10Requests for "alice", "bob" and "carol"
    And the worker runs
    And an hour passes
    And the RA sends a signed and encrypted PKCS10Request for "dave"
    And the worker runs
    Then the answer is: a certificate

  Scenario: Another signer's requests are counted by themselves
    Given another RA with the same rights
    When the RA sends PKCS10Requests for "alice" and "bob"
    And the other RA sends a PKCS10Request for "carol"
    And the worker runs
    Then every message is answered with a certificate

  Scenario: A request that is played again is answered as before, and not counted
    When the RA sends PKCS10Requests for "alice" and "bob"
    And the worker runs
    And the owner of the message database lets the message for "bob" wait again
    And the worker runs
    Then the outcomes are: a certificate, a certificate

  Scenario: Waiting for an approval counts once
    Given the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 2 approvals of issue
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    And "ann" approves
    And the worker runs
    And "ben" approves
    And the worker runs
    Then the answer is: a certificate

  Scenario: Refused requests count as well
    When the RA sends PKCS10Requests for "alice", "bob" and "carol", each with a key that is too small
    And the worker runs
    Then the outcomes are: weak_key, weak_key, too_many_requests
