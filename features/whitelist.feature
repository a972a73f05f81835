Feature: A worker accepts the request types on its whitelist only
  The original compared parts of names; here whole names count.

  Scenario Outline: The whitelist
    Given a worker that requires signatures and encryption, with the whitelist "<whitelist>"
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: <answer>

    Examples:
      | whitelist                                           | answer          |
      |                                                     | a certificate   |
      | PKCS10Request                                       | a certificate   |
      | RevocationRequest, PKCS10Request                    | a certificate   |
      | org.ejbca.extra.db.PKCS10Request                    | a certificate   |
      | RevocationRequest                                   | not_whitelisted |
      | MyPKCS10Request                                     | not_whitelisted |
      | PKCS10Request2                                      | not_whitelisted |
      | PKCS10                                              | not_whitelisted |
