Feature: Traces tell operators where a message spends its time, and let no sender decide or learn anything

  Background:
    Given a collector of traces

  Scenario: Nothing is traced until the operator has said so
    Given a worker that requires signatures and encryption
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    Then the request that was sent names no trace
    And neither host has a collector

  Scenario Outline: The CA goes on with a trace that the sender has signed, and with no other
    Given a worker that requires <requirement>
    And the CA's host records 1 of the traces
    When somebody puts <message>, which names a recorded trace
    And the worker runs
    Then the CA has recorded the message, <whose>

    Examples:
      | requirement                       | message                                    | whose                       |
      | signatures and encryption         | a signed and encrypted request             | as a part of that trace     |
      | neither signatures nor encryption | an unsigned request                        | in a trace of its own       |
      | signatures and encryption         | a request that a stranger has signed       | in a trace of its own       |

  Scenario Outline: A request that names its trace in another form than the one that is published is refused
    Given a worker that requires signatures and encryption
    And the CA's host records 1 of the traces
    When somebody puts a signed and encrypted request, which names the trace <value>
    And the worker runs
    Then the CA answers "malformed_request" in a signed notice that says nothing of the request
    And the CA has recorded the message, in a trace of its own

    Examples:
      | value                                                   |
      | 00-00000000000000000000000000000000-cdcdcdcdcdcdcdcd-01 |
      | 00-ABABABABABABABABABABABABABABABAB-cdcdcdcdcdcdcdcd-01 |
      | 01-abababababababababababababababab-cdcdcdcdcdcdcdcd-01 |
      | alice                                                   |

  Scenario: An RA that marks everything as recorded makes the CA record no more than its share
    Given a worker that requires signatures and encryption
    And the CA's host records 0 of the traces
    When somebody puts a signed and encrypted request, which names a recorded trace
    And the worker runs
    Then the answer is: a certificate
    And the CA has recorded nothing

  Scenario: A trace tells nothing of what was asked for
    Given a worker that requires signatures and encryption
    And the CA's host records 1 of the traces
    And the RA's host records 1 of the traces
    When the RA sends a request with a password, and one that is refused
    And the worker runs
    And the RA reads the answers
    Then both sides have recorded the messages in the same traces
    And the collector has got nothing but ids, types, reasons, and times

  Scenario: A type that is none becomes no part of a trace
    Given a worker that requires signatures and encryption
    And the CA's host records 1 of the traces
    When somebody puts a request of the type "HuflattichRequest", which names a recorded trace
    And the worker runs
    Then the CA answers "unknown_request_type" in a signed and encrypted verdict
    And the CA has recorded the message, as a part of that trace
    And nothing that the collector has got holds the word "Huflattich"

  Scenario Outline: No trace is sent where somebody may read it on the way
    Given the lockgate.toml of the <host> sends traces to <url>
    Then the configuration is refused, because somebody on the way reads them

    Examples:
      | host      | url                                              |
      | CA's host | http://collector.example.org:4318/v1/traces      |
      | RA's host | http://127.0.0.1:4318@collector.example.org/     |

  Scenario Outline: A collector that does not do its work stops no message
    Given a worker that requires signatures and encryption
    And the collector <fault>
    And the CA's host records 1 of the traces
    And the RA's host records 1 of the traces
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: a certificate
    And the log says once for each host that traces are lost

    Examples:
      | fault                |
      | is away              |
      | refuses everything   |
      | names another place  |
