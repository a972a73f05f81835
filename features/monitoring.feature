Feature: Monitoring learns how a host does, and a stranger who reaches it learns and adds as little as can be

  Scenario Outline: Nothing listens until the operator has said so
    Given the lockgate.toml of the <host> as it was written first
    Then nothing of the <host> listens for monitoring

    Examples:
      | host      |
      | CA's host |
      | RA's host |

  Scenario Outline: An address that other hosts reach must be wanted
    Given the lockgate.toml of the <host> says that monitoring listens on <address>, exposed = <exposed>
    Then <outcome>

    Examples:
      | host      | address          | exposed | outcome                                |
      | CA's host | 127.0.0.1:9464   | false   | monitoring listens on 127.0.0.1        |
      | RA's host | [::1]:9464       | false   | monitoring listens on ::1              |
      | CA's host | 0.0.0.0:9464     | false   | the configuration of the CA's host is refused |
      | CA's host | [::]:9464        | false   | the configuration of the CA's host is refused |
      | CA's host | 192.0.2.17:9464  | false   | the configuration of the CA's host is refused |
      | RA's host | 192.0.2.17:9464  | false   | the configuration of the RA's host is refused |
      | CA's host | 192.0.2.17:9464  | true    | monitoring listens on 192.0.2.17       |

  Scenario: Nobody who sends messages adds a time series
    Given a worker that requires signatures and encryption
    And monitoring watches the CA's host
    When the RA sends a signed and encrypted PKCS10Request for "stranger1"
    And the worker runs
    And a request for "stranger2" is refused for the reason "stranger3"
    And the RA puts a message with the id "stranger4" that nobody takes up
    Then monitoring counts 1 certificate issued, and 1 refusal for another reason
    And monitoring counts 1 message that is due
    And there are as many time series as before
    And none of them holds the word "stranger"
