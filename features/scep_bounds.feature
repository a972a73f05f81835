Feature: The number of transactions that SCEP devices can open is bounded

  Background:
    Given a SCEP server that asks for the challenge password "open sesame"

  Scenario Outline: Open transactions are bounded
    Given a SCEP server that keeps at most <bound> open
    When 3 devices at <clients> ask for a certificate
    Then the first 2 are told to wait
    And the last one is refused as badRequest: "Too many transactions are open; try again later."
    When the worker runs
    And 2 minutes pass
    And another device asks for a certificate
    Then it is told to wait

    Examples:
      | bound                     | clients                     |
      | 2 transactions per client | one address                 |
      | 2 transactions per client | one IPv6 network            |
      | 2 transactions per client | one address, also as IPv6's |
      | 2 transactions            | several addresses           |

  Scenario Outline: The transactions opened in an hour are bounded, even if they are answered
    Given a SCEP server that opens at most <bound> in an hour
    When 3 devices at <clients> ask for a certificate
    Then the first 2 are told to wait
    And the last one is refused as badRequest: "Too many requests in this hour; try again later."
    When the worker runs
    And another device asks for a certificate
    Then it is refused as badRequest: "Too many requests in this hour; try again later."
    When 61 minutes pass
    And another device asks for a certificate
    Then it is told to wait

    Examples:
      | bound                     | clients           |
      | 2 transactions per client | one address       |
      | 2 transactions per client | one IPv6 network  |
      | 2 transactions            | several addresses |

  Scenario Outline: Strangers, renewals and questions are bounded separately
    Given the device "router" has a certificate
    And a SCEP server that <does> at most 1 transaction <what>
    When the device "gateway" asks for a certificate
    And the device "intruder" asks for a certificate
    Then it is refused as badRequest: "<told>"
    When the device "router" asks for its renewal with a new key
    Then it is told to wait
    When the device "router" asks for the certificate with its own serial
    Then it is told to wait
    When the device "router" asks for another renewal
    Then it is refused as badRequest: "<told>"
    When the device "router" asks for the CRL that covers it
    Then it is refused as badRequest: "<told>"

    Examples:
      | does  | what       | told                                             |
      | keeps | open       | Too many transactions are open; try again later. |
      | opens | in an hour | Too many requests in this hour; try again later. |

  Scenario: One holder does not use up the hourly bound of others
    Given the device "router" has a certificate
    And a SCEP server that opens at most 1 transaction per holder in an hour
    When the device "router" asks for its renewal with a new key
    Then it is told to wait
    When the device "router" asks for another renewal
    Then it is refused as badRequest: "Too many requests in this hour; try again later."
    When the device "gateway" asks for a certificate
    And the device "intruder" asks for a certificate
    Then it is told to wait

  Scenario: The renewal of a renewed certificate counts for the same holder
    Given the device "router" has a certificate
    And a SCEP server that opens at most 1 transaction per holder in an hour
    When the device "router" asks for its renewal with a new key
    And the worker runs
    And the device "router" polls with its current certificate
    And the device "router" asks for the renewal of its new certificate
    Then it is refused as badRequest: "Too many requests in this hour; try again later."

  Scenario: The same question under two transaction ids is put once
    Given the device "router" has a certificate
    When the device "router" asks for the CRL that covers it
    And the device "router" asks for the CRL that covers it, under the id of its first request
    Then it is told to wait
    And 2 messages were put

  Scenario: The same question of another holder is put, too
    Given the devices "gateway" and "router" have certificates
    When the device "gateway" asks for the certificate with the serial of "router"
    And the device "router" asks for the certificate with its own serial
    Then it is told to wait
    And 4 messages were put

  Scenario: Questions about the CA's next certificate count for no client
    Given a SCEP server that opens at most 1 transaction in an hour
    When the device "gateway" asks for a certificate
    And the device "intruder" asks for a certificate
    Then it is refused as badRequest: "Too many requests in this hour; try again later."
    When somebody asks for the CA's next certificate
    And somebody asks for the CA's next certificate
    Then 2 messages were put

  Scenario: A request that may be made again counts as another one
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" that waits for its certificate
    And the RA may view the end entities of its profile
    And a SCEP server that opens at most 1 transaction per client in an hour
    When the device "router" asks for a certificate with the challenge password "a wrong guess"
    And the worker runs
    And the device "router" polls
    Then it is refused as badRequest: "Unknown end entity or wrong password."
    When 31 minutes pass
    And the device "router" asks again, with the same request
    Then it is refused as badRequest: "Too many requests in this hour; try again later."
    When 30 minutes pass
    And the device "router" asks again, with the same request
    Then it is told to wait
    When 31 minutes pass
    And another device asks for a certificate
    Then it is refused as badRequest: "Too many requests in this hour; try again later."

  Scenario: A request that the CA refuses because its RA sends too many does not count for the device
    Given a worker that takes 1 request in an hour from the RA
    When the device "gateway" asks for a certificate
    And the device "router" asks for a certificate
    And the worker runs
    And the device "router" polls
    Then it is refused as badRequest: "The CA takes no more requests in this hour; try again later."
    When the CA's next hour begins
    And the device "router" asks again, with the same request
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain

  Scenario: A question about the CA's next certificate is not put again while its answer is a refusal
    Given a worker that takes 1 request in an hour from the RA
    When the device "gateway" asks for a certificate
    And somebody asks for the CA's next certificate
    And the worker runs
    Then the server answers that the CA takes no more requests in this hour
    And the server answers that the CA takes no more requests in this hour
    And 2 messages were put

  Scenario: A transaction that has expired is forgotten
    When the device "router" asks for a certificate
    And 8 days pass
    And the device "router" polls
    Then it is refused as badRequest: "There is no such transaction of this key."
