Feature: A program of the operator as a remote issuer
  A program of the operator may stand between Lockgate and a CA. It may have faults, and may fall into an attacker's hands. So
  it gets a request and nothing else, is bounded in time and in what it writes, and leaves nothing behind. A whole answer to
  the request counts, and nothing less; only the answer that refuses is a refusal. What it brings is judged as what any other
  issuer brings.

  Background:
    Given a worker that requires signatures and encryption
    And a CA "RemoteCA" whose certificates a program issues

  Scenario: The program brings the certificate
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the answer is: a certificate
    And the program has issued one certificate

  Scenario: A refusal is an answer of its own
    Given the program refuses in its answer
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the CA answers "issuer_refused"
    And the refusal says "not today"

  Scenario Outline: A run without an answer refuses nothing, and is not repeated
    Given the program issues, and then <fails>
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    And the program has issued one certificate
    When a minute passes
    And the runner and the worker run
    Then the message waits
    And the operation for "alice" is in doubt
    And the program was called once
    And no process of the program is left

    Examples:
      | fails                                   |
      | ends with an error                      |
      | is killed                               |
      | hangs                                   |
      | answers nothing                         |
      | answers twice                           |
      | answers with text behind it             |
      | says in its answer one thing twice      |
      | answers about another operation         |
      | answers what is none of the answers     |
      | writes without end                      |
      | complains without end                   |

  Scenario Outline: With the promise to look up, the certificate is found
    Given the program looks up
    And the program issues, and then <fails>
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    Given the program does what it is asked for
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the program has issued one certificate
    And the program was called once

    Examples:
      | fails              |
      | ends with an error |
      | hangs              |
      | answers twice      |

  Scenario Outline: Where nothing was done, the program is started again
    Given the program <fails>
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    Given the program does what it is asked for
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the program has issued one certificate

    Examples:
      | fails                           |
      | says that it has done nothing   |
      | cannot be started               |

  Scenario: What it has started ends with it
    Given the program leaves a child behind, which keeps its output open
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the answer is: a certificate
    And no process of the program is left

  Scenario: It gets a request, and nothing else
    Given the program notes its arguments and its environment
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the answer is: a certificate
    And its arguments and its environment are those of the configuration

  Scenario: Its complaints are logged within bounds, without secrets
    Given the program complains in 1000 lines, and tells a secret
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the answer is: a certificate
    And the log holds 20 of its lines, and no secret

  Scenario: A certificate for another key does not count
    Given the program certifies another key
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    And the operation for "alice" is in doubt
    And its certificate is revoked in the CA of the program
