Feature: No message harms the others in its batch, and a worker keeps its lease during long work

  Background:
    Given a worker that requires signatures and encryption

  Scenario: A message that kills the worker is set aside alone
    When the RA sends PKCS10Requests for "ann", "mallory", "bob" and "carol"
    And 11 workers take them up, one after the other, and die when they come to "mallory"
    And a worker runs that does not die
    Then "ann", "bob" and "carol" have their certificates
    And the message for "mallory" is set aside: too_many_attempts

  Scenario: A message that kills the worker while it is read is set aside alone, too
    When the RA sends PKCS10Requests for "mallory", "ann", "bob" and "carol"
    And 11 workers take them up, one after the other, and die when they read the request for "mallory"
    And a worker runs that does not die
    Then "ann", "bob" and "carol" have their certificates
    And the first message is set aside: too_many_attempts

  Scenario: If a worker is killed, no attempt is counted for the messages that it had not begun
    When the RA sends PKCS10Requests for "ann", "bob" and "carol"
    And 30 workers take them up, one after the other, and die before they begin any of them
    And a worker runs that does not die
    Then "ann", "bob" and "carol" have their certificates

  Scenario: If a worker is killed, an attempt is counted only for the message that it had begun
    When the RA sends PKCS10Requests for "ann", "bob" and "carol"
    And 25 workers take them up, one after the other, and die when they come to any of them
    And a worker runs that does not die
    Then "ann", "bob" and "carol" have their certificates

  Scenario: Answers that are too large together are set aside alone
    Given a message database that holds answers of 14000 octets
    When the RA sends PKCS10Requests for "ann" and "bob"
    And the RA sends PKCS10Requests for "carol", "dave", "eve" and "frank" in one message
    And the worker runs
    Then the first 2 messages are answered
    And the last message is set aside: answer_too_large

  Scenario: Work that takes longer than the lease keeps it, piece by piece
    Given answering one submessage takes 25 seconds, and the lease is a minute
    And another host stands by to take the worker over
    When the RA sends PKCS10Requests for "ann", "bob", "carol", "dave" and "eve" in one message
    And the worker runs
    Then the answers are: a certificate, a certificate, a certificate, a certificate, a certificate
    And the other host was never given the worker
