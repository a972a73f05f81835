Feature: Old messages, verdicts and approvals are deleted; waiting messages and the audit log are kept
  Settled messages, verdicts and approvals that led to nothing are deleted after a while. A verdict guards against a
  second effect until its request has expired; from then on the request's own expiry does. A transaction of a protocol
  whose messages the CA itself answers is forgotten when it has expired, unless the CA still has to act on it.

  Background:
    Given a worker that requires signatures and encryption

  Scenario: A request played again after its verdict is deleted is refused as expired
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: a certificate
    When 9 days pass
    And everything older than 1 day is deleted
    Then the journal is empty
    And the message is gone
    When the owner of the message database puts the old request again
    And the worker runs
    Then the answer is: expired
    And one certificate was issued

  Scenario: No verdict is deleted while its request could be played again, however short verdicts are kept
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    And everything is deleted as early as it ever may be
    Then the message is gone
    When the owner of the message database puts the old request again
    And the worker runs
    Then the answer is: a certificate
    And one certificate was issued

  Scenario: A refusal outlives the message too
    Given an RA in no role
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    And everything is deleted as early as it ever may be
    And the RA is given the rights it needs
    And the owner of the message database puts the old request again
    And the worker runs
    Then the answer is: signer_not_administrator
    And nothing was issued

  Scenario: A message that nobody has answered is never deleted
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And 1000 days pass
    And everything older than 1 day is deleted
    Then the message waits
    When the worker takes it up and dies
    And 1000 days pass
    And everything older than 1 day is deleted
    Then the message is still there

  Scenario: A request that waits for administrators keeps its approval
    Given ManagementCA asks for 1 approval of issue
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    And everything is deleted as early as it ever may be
    Then the message waits
    And its approval is still there

  Scenario: A poison message is set aside, and carried out once when it is tried again
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And 11 workers die over it
    And the worker runs
    Then the message is set aside: too_many_attempts
    And nothing was issued
    When the operator lets it wait again
    And the worker runs
    Then the answer is: a certificate
    And one certificate was issued

  Scenario: A message that was carried out and then set aside gets the same answer when it is tried again
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And 11 workers die over it after committing the effect
    And the worker runs
    Then the message is set aside: too_many_attempts
    When the operator lets it wait again
    And the worker runs
    Then the answer is: a certificate
    And one certificate was issued

  # in-process-ca: the scenario brings a remote issuer of its own beside the CA in this process.
  @in-process-ca
  Scenario: A request that waited for a remote issuer is forgotten only when it can no longer be played again
    Given a CA "RemoteCA" whose certificates a remote issuer signs
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker and the runner run
    And the message database loses the message
    And 365 days pass
    And everything older than 1 day is deleted
    Then the request is known to wait
    When 10 days pass
    And everything older than 1 day is deleted
    Then the request is not known any more
    When the owner of the message database puts the old request again
    And the worker runs
    Then the answer is: expired
    And the issuer has issued one certificate

  Scenario: Deletions in the CA's database leave an entry in the audit log, which itself is kept
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    And 9 days pass
    And everything older than 1 day is deleted
    Then the audit log tells of 1 deleted verdict
    And the audit log still tells of the certificate

  Scenario: A worker that was fenced off deletes nothing
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    And 9 days pass
    And a worker deletes everything older than 1 day after another took its place over
    Then the message is still there
    And the journal is not empty

  Scenario: A message that is always due does not keep old rows from being deleted
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    And 9 days pass
    And the worker keeps things for 1 day, and the owner of the message database puts a row before each of its rounds
    Then the message is still there after an hour less a minute
    But the message is gone after an hour
    And the journal is empty

  # in-process-ca: the scenario counts the rounds of one worker.
  @in-process-ca
  Scenario: A fault of a database sets no message aside
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the message database takes no answer for 20 rounds
    And the worker runs
    Then the answer is: a certificate
    And one certificate was issued

  Scenario Outline: A message that was set aside is kept for as long as the configuration says
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And 11 workers die over it
    And the worker runs
    Then the message is set aside: too_many_attempts
    When <hours> hours pass
    And everything older than 1 day is deleted
    Then the message is <result>

    Examples:
      | hours | result      |
      | 23    | still there |
      | 25    | gone        |

  Scenario Outline: An approval that came to nothing is kept for as long as the configuration says
    Given ManagementCA asks for 1 approval of issue
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the message waits
    When <hours> hours pass
    And everything older than 1 day is deleted
    Then <count> approvals are stored

    Examples: It expires after an hour
      | hours | count |
      | 24    | 1     |
      | 26    | 0     |

  Scenario Outline: A transaction of a protocol is forgotten with its answers when it has expired, and not before
    Given a transaction of a protocol that expires in 2 hours, and the answer to its message
    When <hours> hours pass
    And everything older than 1 day is deleted
    Then <count> transactions and <count> answers are stored

    Examples:
      | hours | count |
      | 1     | 1     |
      | 3     | 0     |

  Scenario: A transaction is not forgotten before the CA has acted on it, however old it is
    Given a transaction of a protocol that expires in 2 hours, and the answer to its message
    And the CA must act on that transaction in 1 hour
    When 1000 hours pass
    And everything older than 1 day is deleted
    Then 1 transactions and 1 answers are stored
    When the CA has acted on that transaction
    And everything older than 1 day is deleted
    Then 0 transactions and 0 answers are stored
    And the audit log tells of 1 forgotten transaction
