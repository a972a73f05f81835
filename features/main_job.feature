@every-issuer
Feature: A signed and encrypted PKCS#10 request crosses the message database and comes back as a certificate
  The RA writes a message into a database outside the CA's zone. The CA's worker reaches out, takes it, checks it,
  issues, and writes the answer back. Nothing ever connects into the CA's zone.

  Scenario: The main job
    Given a worker that requires signatures and encryption
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is signed and encrypted
    And it holds a certificate for the key of the PKCS#10 with the subject "CN=alice,O=Example,C=SE"
    And it holds a certs-only PKCS#7 with that certificate first, and the CA's chain after it
    And the message in the database is processed
    And the end entity "alice" is GENERATED
    And the audit log says that "CN=ra" asked for it

  Scenario: One message with several submessages: each is judged alone
    Given a worker that requires signatures and encryption
    When the RA sends one message with requests for "alice", "bob" and "carol", and bob's PKCS#10 is broken
    And the worker runs
    Then the answers are: a certificate, bad_proof_of_possession, a certificate
    And there is no end entity "bob"

  Scenario: One submessage that meets a defect of the CA's does not affect the others
    Given a worker that requires signatures and encryption
    And a CA that has a defect which any request for "bob" meets
    When the RA sends one message with requests for "alice", "bob" and "carol"
    And the worker runs
    Then the message waits, and its row says internal_error
    And "alice" and "carol" have one certificate each, and there is no end entity "bob"
    When the defect is mended, and an hour passes
    And the worker runs
    Then the answers are: a certificate, a certificate, a certificate
    And each of them has one certificate

  Scenario: One submessage that meets a defect while it is read does not affect the others
    Given a worker that requires signatures and encryption
    And a worker with a defect which reading any request for "bob" meets
    When the RA sends one message with requests for "alice", "bob" and "carol"
    And the worker runs
    Then the message waits, and its row says internal_error
    And "alice" and "carol" have one certificate each, and there is no end entity "bob"
    When the defect is mended, and an hour passes
    And the worker runs
    Then the answers are: a certificate, a certificate, a certificate
    And each of them has one certificate

  Scenario: A message that is not answered whole is not answered yet, and none of its requests is lost
    Given a worker that requires signatures and encryption
    And a CA that can commit nothing for "bob"
    When the RA sends one message with requests for "alice", "bob" and "carol"
    And the worker runs
    Then the message in the database is in process
    When the CA can commit everything again
    And the worker takes the message up again
    Then the answers are: a certificate, a certificate, a certificate
    And each of them has one certificate

  Scenario Outline: A message that a worker has taken up waits again if the CA's database cannot be used
    Given a worker that requires signatures and encryption
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker takes the message up, and then the CA's database <trouble>
    Then the message in the database is waiting
    When the CA's database is as before
    And the worker runs
    Then the answer is: a certificate

    Examples:
      | trouble           |
      | cannot be reached |
      | lacks a table     |

  Scenario: Trouble with the CA's database forgets no attempt
    Given a worker that requires signatures and encryption
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And 7 attempts at it have been counted
    And the worker takes the message up, and then the CA's database cannot be reached
    Then the message in the database is waiting
    And 7 attempts at it are counted

  Scenario Outline: The answer is as protected as the request was
    Given a worker that requires neither signatures nor encryption
    When the RA sends a <protection> PKCS10Request for "alice"
    And the worker runs
    Then the answer is <answer>
    And it holds a certificate for the key of the PKCS#10 with the subject "CN=alice,O=Example,C=SE"

    Examples:
      | protection           | answer               |
      | signed and encrypted | signed and encrypted |
      | encrypted            | signed and encrypted |
      | signed               | signed               |
      | plain                | signed               |

  Scenario: Without a keystore the worker takes and gives plain submessages only
    Given a worker without a keystore that requires neither signatures nor encryption
    When the RA sends a plain PKCS10Request for "alice"
    And the worker runs
    Then the answer is plain
    And it holds a certificate for the key of the PKCS#10 with the subject "CN=alice,O=Example,C=SE"

  Scenario: An end entity that exists authenticates itself by the challenge password in its PKCS#10
    Given a worker that requires signatures and encryption
    And the end entity "alice" with the password "correct horse" that waits for its certificate
    And the RA may view the end entities of its profile
    When the RA sends a PKCS10Request for the existing end entity "alice" with the challenge password "correct horse"
    And the worker runs
    Then it holds a certificate for the key of the PKCS#10 with the subject "CN=alice,O=Example,C=SE"

  Scenario Outline: A wrong password and an unknown name are refused with the same words
    Given a worker that requires signatures and encryption
    And the end entity "alice" with the password "correct horse" that waits for its certificate
    And the RA may view the end entities of its profile
    When the RA sends a PKCS10Request for the existing end entity "<name>" with the challenge password "<password>"
    And the worker runs
    Then the CA answers "wrong_credentials" in the words "Unknown end entity or wrong password."

    Examples:
      | name    | password      |
      | alice   | wrong donkey  |
      | alice   |               |
      | mallory | correct horse |

  Scenario: The right password does not help an end entity whose status does not let it enrol
    Given a worker that requires signatures and encryption
    And the end entity "alice" with the password "correct horse" that has the status GENERATED
    And the RA may view the end entities of its profile
    When the RA sends a PKCS10Request for the existing end entity "alice" with the challenge password "correct horse"
    And the worker runs
    Then the CA answers "wrong_status"
