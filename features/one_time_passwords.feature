@every-issuer
Feature: A one-time password is spent by the certificate that it was made for
  An operator has the CA make one for an end entity, for example as a device's challenge for SCEP. It is 128 random bits,
  shown once, expires, and is checked and spent in the transaction that issues. An RA that never saw it cannot have a
  certificate issued with it, and one that saw it used can do nothing more with it. The CA stores its hash, and the
  password itself encrypted under the installation's secret: a message that is protected by it can be verified by
  nobody else. Both are erased when it has ended.

  Background:
    Given a worker that requires signatures and encryption
    And the end entity "router" with a one-time password that is good for 2 hours

  Scenario: It brings one certificate
    When the RA sends a PKCS10Request for "router" with that password
    And the worker runs
    Then the answer is: a certificate
    And "router" has no password any more

  Scenario: It brings no second one, even where an administrator lets the end entity enrol again
    When the RA sends a PKCS10Request for "router" with that password
    And the worker runs
    And an administrator sets "router" to NEW
    And the RA sends a PKCS10Request for "router" with that password
    And the worker runs
    Then the answer is: wrong_credentials
    And one certificate was issued

  Scenario: Of two requests with it in one message, one gets a certificate
    When the RA sends two PKCS10Requests for "router" with that password in one message
    And the worker runs
    Then the answers are: a certificate, wrong_credentials

  Scenario: Of two requests with it that two workers have taken up, one gets a certificate
    When the RA sends two PKCS10Requests for "router" with that password, each in a message of its own
    And a worker takes up the first one, and before it answers another worker takes up and answers the second one
    Then the outcomes are: wrong_credentials, a certificate
    And one certificate was issued

  Scenario Outline: It expires, in the words of any wrong password
    When <hours> hours pass
    And the RA sends a PKCS10Request for "router" with that password
    And the worker runs
    Then the answer is: <answer>

    Examples:
      | hours | answer            |
      | 1     | a certificate     |
      | 3     | wrong_credentials |

  Scenario: Nobody locks it by guessing: 128 random bits need no limit of attempts
    When the RA sends 6 PKCS10Requests for "router" with wrong passwords
    And the RA sends a PKCS10Request for "router" with that password
    And the worker runs
    Then the last answer is: a certificate

  Scenario: A refused request does not spend it
    When the RA sends a PKCS10Request for "router" with that password, for a key that is too small
    And the worker runs
    Then the answer is: weak_key
    When the RA sends a PKCS10Request for "router" with that password
    And the worker runs
    Then the answer is: a certificate

  Scenario: The CA can say it again while it is good
    Then the CA can say the password of "router"
    But it stands nowhere in the CA's database

  Scenario: Once a certificate has spent it, the CA cannot say it any more
    When the RA sends a PKCS10Request for "router" with that password
    And the worker runs
    Then the answer is: a certificate
    And the CA cannot say the password of "router"
    And nothing is stored that it could be read from

  Scenario: Once an administrator has replaced it by an ordinary one, the CA can say neither
    When an administrator gives "router" the password "correct horse"
    Then the CA cannot say the password of "router"
    And nothing is stored that it could be read from

  Scenario: Once it has expired, the CA cannot say it any more, and the next housekeeping erases it
    When 3 hours pass
    Then the CA cannot say the password of "router"
    When the worker does its housekeeping
    Then nothing is stored that it could be read from
    And "router" has no password any more
    And the audit log tells that 1 one-time password was erased

  Scenario: Housekeeping erases none that is good
    When 1 hours pass
    And the worker does its housekeeping
    Then the CA can say the password of "router"

  Scenario: An ordinary password stays
    Given the end entity "alice" with the password "correct horse" that waits for its certificate
    And the RA may view the end entities of its profile
    When the RA sends a PKCS10Request for the existing end entity "alice" with the challenge password "correct horse"
    And the worker runs
    Then the answer is: a certificate
    And "alice" still has its password
