Feature: RevocationRequest: certificates revoked, put on hold or taken from hold, and end entities revoked
  A request is carried out whole or not at all.

  Background:
    Given a worker that requires signatures and encryption
    And "alice" has two certificates and "bob" has one

  @every-issuer
  Scenario Outline: The request revokes what it names, and nothing else
    When the RA asks to revoke <what>
    And the worker runs
    Then the request succeeded
    And alice's certificates are <first> and <second>, bob's is good
    And the end entity "alice" is <status>

    Examples:
      | what                                            | first   | second  | status    |
      | alice's first certificate                       | revoked | good    | GENERATED |
      | alice's first certificate, naming alice too     | revoked | good    | GENERATED |
      | all certificates of alice                       | revoked | revoked | GENERATED |
      | all certificates of alice and alice             | revoked | revoked | REVOKED   |
      | all certificates of the holder of alice's first certificate    | revoked | revoked | GENERATED |
      | the holder of alice's first certificate, with all certificates | revoked | revoked | REVOKED |
      | alice's first certificate, for certificateHold  | on hold | good    | GENERATED |
      | all certificates of alice, for certificateHold  | on hold | on hold | GENERATED |

  @every-issuer
  Scenario: A certificate on hold is taken from hold
    Given alice's first certificate is on hold
    When the RA asks to revoke alice's first certificate, for removeFromCRL
    And the worker runs
    Then the request succeeded
    And alice's certificates are good and good, bob's is good

  @every-issuer
  Scenario: A certificate on hold is revoked for good
    Given alice's first certificate is on hold
    When the RA asks to revoke alice's first certificate
    And the worker runs
    Then the request succeeded
    And alice's certificates are revoked and good, bob's is good

  Scenario: Of all certificates those that are revoked already stay as they are
    Given alice's first certificate is revoked
    When the RA asks to revoke all certificates of alice
    And the worker runs
    Then the request succeeded
    And alice's certificates are revoked and revoked, bob's is good

  Scenario Outline: A request that cannot be carried out is refused with its reason, and nothing changes
    When the RA asks to revoke <what>
    And the worker runs
    Then the CA answers "<reason>"
    And alice's certificates are good and good, bob's is good
    And the end entity "alice" is GENERATED

    Examples:
      | what                                                    | reason              |
      | nothing that is named                                   | incomplete_request  |
      | a serial number without an issuer                       | incomplete_request  |
      | a username alone                                        | incomplete_request  |
      | all certificates of bob, by alice's first certificate                | unknown_certificate |
      | alice's first certificate, for the unused reason code 7 | incomplete_request  |
      | alice's first certificate, for the reason code 11       | malformed_request   |
      | alice's first certificate, for removeFromCRL            | wrong_standing      |
      | alice's first certificate, naming bob                   | unknown_certificate |
      | a certificate that does not exist                       | unknown_certificate |
      | a certificate of a CA that does not exist               | unknown_certificate |
      | a certificate whose issuer cannot be read               | bad_name            |
      | all certificates of mallory                             | unknown_end_entity  |

  Scenario: A request that names nothing is refused in the words that clients know
    When the RA asks to revoke nothing that is named
    And the worker runs
    Then the refusal says "Either username or issuer/serno is required"

  Scenario: Without the rights on an end entity that has no certificate, nobody learns of it
    Given the end entity "carol" of OtherCA, who has no certificate
    When the RA asks to revoke all certificates of carol
    And the worker runs
    Then the CA answers "unknown_end_entity"

  Scenario: Revoking all certificates again, when all are revoked, is a success, so that a client can retry
    Given alice's first certificate is revoked
    When the RA asks to revoke all certificates of alice
    And the worker runs
    And the RA asks to revoke all certificates of alice
    And the worker runs
    Then the request succeeded
    And alice's certificates are revoked and revoked, bob's is good

  @every-issuer
  Scenario: Revoking one certificate twice is refused the second time
    Given alice's first certificate is revoked
    When the RA asks to revoke alice's first certificate
    And the worker runs
    Then the CA answers "wrong_standing"

  Scenario Outline: Where a certificate profile asks for an approval, it does not matter how the certificate is named
    Given the certificate profile ENDUSER asks for 1 approval of revocations
    When the RA asks to revoke <what>
    And the worker runs
    Then the message waits
    And alice's certificates are good and good, bob's is good
    And the end entity "alice" is GENERATED

    Examples:
      | what                                        |
      | alice's first certificate                   |
      | alice's first certificate, naming alice too |
      | all certificates of alice                   |
      | all certificates of alice and alice         |

  Scenario Outline: No right reaches a certificate that a CA had issued before it was imported
    Given the CA OldCA, imported with two certificates that it had issued
    And an RA with the rights on every CA, profile and action
    When the RA asks to revoke <what>
    And the worker runs
    Then the CA answers "<reason>"
    And the next CRL of OldCA lists none of OldCA's certificates
    When the administrator of the CA revokes OldCA's first certificate
    Then the next CRL of OldCA lists the first of OldCA's certificates

    Examples:
      | what                                         | reason              |
      | OldCA's first certificate                    | unknown_certificate |
      | OldCA's first certificate, naming nobody     | unknown_certificate |
      | all certificates of the holder of OldCA's first certificate | unknown_certificate |
      | all certificates of nobody                   | unknown_end_entity  |
