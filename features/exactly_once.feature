@every-issuer
Feature: Every request has exactly one effect and one answer
  The message database and the CA's database share no transaction. The effect and its journal entry commit together in
  the CA's database, guarded by the worker's fencing token. Leases in the message database are hints.

  Background:
    Given a worker that requires signatures and encryption

  Scenario: A worker that dies after the effect and before the write-back answers the same later
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker dies after committing the effect
    And its lease on the message runs out and another worker runs
    Then the answer is: a certificate
    And one certificate was issued

  Scenario: A worker that dies before the effect leaves nothing behind
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker dies before committing the effect
    Then nothing was issued
    When its lease on the message runs out and another worker runs
    Then the answer is: a certificate
    And one certificate was issued

  # in-process-ca: the scenario looks at the certificates of the worker's own transactions.
  @in-process-ca
  Scenario: A message with more submessages than share a transaction is answered whole, even if the worker dies in between
    Given a worker that answers 2 submessages a transaction
    When the RA sends one message with requests for "alice", "bob", "carol", "dave" and "erin"
    And the worker dies after its first transaction
    Then 2 certificates were issued
    When its lease on the message runs out and another worker runs
    Then every submessage is answered with a certificate
    And 5 certificates were issued
    And each certificate was issued by an operation of its own

  Scenario: Two workers that hold the same message issue once
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And a worker takes the message up, its lease runs out, and before it answers another worker answers
    Then the slower worker writes no answer
    And one certificate was issued
    And the answer is: a certificate

  Scenario: A worker that was fenced off can no longer commit
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker has taken the message up, and before its transaction begins another host takes the worker over
    Then the worker that was taken over can carry nothing out
    And nothing was issued

  Scenario: A processed message put into its row again is answered with the stored answer
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    And the old request is written into its row again
    And the worker runs
    Then the answer is the same as before
    And one certificate was issued
    And the audit log says that the answer was repeated

  Scenario: A request copied into another row is refused there
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the request is copied into another row
    And the worker runs
    Then the copy is answered "misplaced"
    And the client of the original gets its certificate
    And the copy's answer, moved to the original's row, does not deceive the client
    And one certificate was issued

  Scenario: A refusal by another data source's worker says nothing of a request that was carried out in this one
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    And the old request is written into a row of the same id in another data source, and its worker runs
    And that worker's answer is moved to the original's row
    Then the CA answers "wrong_recipient" in a signed notice that says nothing of the request
    And the client of the original does not believe that answer
    And one certificate was issued

  Scenario: A re-encoded envelope around the same content yields no second certificate
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    And the same signed content is encrypted anew and written into its row again
    And the worker runs
    Then the answer is the same as before
    And one certificate was issued

  Scenario: The same nonce with other content is refused
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    And the RA signs another request for "bob" with the same nonce
    And the worker runs
    Then the CA answers "replayed" in a signed notice that says nothing of the request
    And one certificate was issued

  Scenario: The same nonce under another RA's signature is another request
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    And another RA signs a request for "bob" with the same nonce
    And the worker runs
    Then the answer is: a certificate
    And 2 certificates were issued

  Scenario: A copy of an unsigned request's nonce does not block that request
    Given a worker that requires neither signatures nor encryption
    When somebody sends an unsigned request for "bob" with the nonce of an unsigned request for "alice" that comes later
    Then both are answered with a certificate
    And 2 certificates were issued

  Scenario: The journal keeps a verdict for longer than its request is taken for fresh
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the journal keeps the verdict for a day at least

  Scenario: A refusal is final: the same request stays refused when the reason is gone
    Given an RA in no role
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: signer_not_administrator
    When the RA is given the rights it needs
    And the old request is written into its row again
    And the worker runs
    Then the answer is: signer_not_administrator
    And nothing was issued

  Scenario: A refusal for a certificate on hold stays when the hold is lifted
    When the RA sends a submessage, but its signer's certificate is on hold
    And the worker runs
    Then the CA answers "signer_revoked" in a signed notice that says nothing of the request
    When the hold is lifted
    And the old request is written into its row again
    And the worker runs
    Then the CA answers "signer_revoked" in a signed notice that says nothing of the request
    And nothing was issued

  Scenario: An unsigned request that is played again is answered from the journal
    Given a worker that requires neither signatures nor encryption
    When the RA sends a plain PKCS10Request for "alice"
    And the worker runs
    And the old request is written into its row again
    And the worker runs
    Then the answer is the same as before
    And one certificate was issued

  Scenario: An answer for a row that was replaced meanwhile is dropped
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker's lease runs out and the message is replaced by a request for "bob" before it writes back
    Then the late answer is dropped
    When the worker runs
    Then the client of the replacement gets its certificate

  Scenario: An answer for a row that was replaced and taken up by another worker meanwhile is dropped
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker's lease runs out and another worker holds a request for "bob" in its place before it writes back
    Then the late answer does not disturb the other worker
    And the client of the replacement gets its certificate
