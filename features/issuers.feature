# in-process-ca: the rule is about what the CA in this process returns; that of a remote issuer stands in remote_issuers.feature.
@in-process-ca
Feature: A certificate that an issuer returns is checked before it is recorded
  The registry decides the content of a certificate, and orders it. The CA that signs may be a device or program of its
  own. So the certificate that it returns is checked before anything is committed.

  Scenario Outline: A certificate that was not ordered is not taken
    Given a worker that requires signatures and encryption
    And a CA that returns a certificate <certificate>
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the message waits, and its row says internal_error
    And nothing was issued
    And there is no end entity "alice"
    When the CA signs what was ordered again, and an hour passes
    And the worker runs
    Then the answer is: a certificate
    And one certificate was issued

    Examples:
      | certificate                          |
      | for another name                     |
      | for another key                      |
      | that ends a day later                |
      | with another serial number           |
      | with other extensions                |
      | that another key has signed          |
      | that another CA of ours has signed   |
      | of another order                     |
      | that names another algorithm outside |
      | that is none                         |
