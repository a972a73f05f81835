Feature: GetCertRequest, GetCRLRequest, GetNextCACertRequest: what a CA publishes crosses the message database, too
  An RA's host never talks to the CA, so the worker answers with certificates, with the last CRL on which a certificate
  would stand, and with the next certificate that a CA has announced, for which its current key vouches.

  Background:
    Given a worker that requires signatures and encryption
    And "alice" has a certificate
    And an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/view

  Scenario: A certificate
    When the RA asks for alice's certificate
    And the worker runs
    Then it gets alice's certificate

  Scenario: A revoked certificate, too
    Given alice's certificate is revoked
    When the RA asks for alice's certificate
    And the worker runs
    Then it gets alice's certificate

  # in-process-ca: a remote CA issues its CRLs itself.
  @in-process-ca
  Scenario: The last CRL
    Given alice's certificate is revoked
    And ManagementCA has issued two CRLs
    When the RA asks for the CRL for alice's certificate
    And the worker runs
    Then it gets the second CRL, on which alice's certificate stands

  Scenario: There is no CRL yet
    When the RA asks for the CRL for alice's certificate
    And the worker runs
    Then the answer is: no_crl

  # in-process-ca: a remote issuer renews the CA's key itself.
  @in-process-ca
  Scenario: The next certificate of a CA, vouched for by its current key
    Given a next certificate of ManagementCA is announced
    When the RA asks for the next certificate of ManagementCA
    And the worker runs
    Then it gets the announced certificate, signed by ManagementCA's current key

  # in-process-ca: a remote issuer renews the CA's key itself.
  @in-process-ca
  Scenario: After a rollover, the CRL for an old certificate is the one that its verifiers accept
    Given alice's certificate is revoked
    And a next certificate of ManagementCA has taken over
    And ManagementCA has issued a CRL with each of its keys
    When the RA asks for the CRL for alice's certificate
    And the worker runs
    Then it gets the CRL that the key behind alice's certificate has signed

  Scenario: Certificates of two CAs with the same serial number are told apart
    Given an RA with one role: /administrator, /ca/*, /endentityprofile/EMPTY, /action/*
    And OtherCA has issued a certificate for "bob" with the serial number of alice's
    When the RA asks for alice's certificate
    And the worker runs
    Then it gets alice's certificate
    When the RA asks for the certificate of OtherCA with that serial number
    And the worker runs
    Then it gets bob's certificate

  Scenario Outline: A question about something that does not exist is refused
    When the RA asks for <what>
    And the worker runs
    Then the answer is: <reason>

    Examples:
      | what                                       | reason                 |
      | OtherCA's certificate with the serial number of alice's | unknown_certificate |
      | a certificate that does not exist          | unknown_certificate    |
      | the CRL for a certificate of another CA    | unknown_certificate    |
      | a certificate whose issuer cannot be read  | bad_name               |
      | the next certificate of ManagementCA       | no_next_ca_certificate |

  Scenario Outline: A CA that does not exist is refused like one on which the requester has no right
    Given an RA with one role: /administrator, /ca/OtherCA, /action/view
    When the RA asks for <what>
    And the worker runs
    Then the missing right named is "<missing>"

    Examples:
      | what                                 | missing          |
      | the next certificate of ManagementCA | /ca/ManagementCA |
      | the next certificate of NoCA         | /ca/NoCA         |
