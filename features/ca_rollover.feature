# in-process-ca: where a remote issuer has the key of the CA, it renews that key itself.
@in-process-ca
Feature: A CA's next key is announced before it takes over, and what the key before it signed stays verifiable
  The next key signs nothing until it is activated; from then on it signs every certificate. The key before it is kept for
  the CRLs that verifiers of its certificates accept. RA keystores of both generations work.

  Background:
    Given a worker that requires signatures and encryption

  Scenario: A next certificate that is announced signs nothing
    When an administrator prepares the next certificate of ManagementCA
    And the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the certificate of "alice" is signed by key 1 of ManagementCA
    And ManagementCA issues CRLs, one that verifies by each of its keys: 1
    When an administrator asks for a CRL by key 2
    Then the administration refuses it: has not taken over

  Scenario: A next certificate that has taken over signs every certificate
    Given a certificate of "alice"
    When an administrator prepares the next certificate of ManagementCA
    And an administrator activates the next certificate of ManagementCA
    And the RA sends a signed and encrypted PKCS10Request for "bob"
    And the worker runs
    Then the certificate of "alice" is signed by key 1 of ManagementCA
    And the certificate of "bob" is signed by key 2 of ManagementCA

  Scenario Outline: Every certificate can be revoked, and stands on a CRL that its verifier accepts
    Given a certificate of "alice"
    And ManagementCA has taken over with key 2
    And a certificate of "bob"
    When an administrator revokes the certificate of "<name>"
    Then the full and delta CRLs by key 1 verify by that key alone and list the certificate of "<name>"
    And the full and delta CRLs by key 2 verify by that key alone and list the certificate of "<name>"
    And ManagementCA issues CRLs, one that verifies by each of its keys: 2, 1

    Examples:
      | name  |
      | alice |
      | bob   |

  Scenario: An RA keystore issued by the key before still works
    Given ManagementCA has taken over with key 2
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: a certificate

  Scenario: An RA keystore issued by the next key works, too
    Given ManagementCA has taken over with key 2
    And the RA has a new keystore
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: a certificate

  Scenario: An RA keystore issued by the key before is refused once it is revoked
    Given ManagementCA has taken over with key 2
    When an administrator revokes the certificate of the RA
    And the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: signer_revoked

  Scenario: Nobody is refused because the CA's certificates cannot be looked up
    Given the CA's certificates cannot be looked up
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs in vain
    Then the message still waits
    When the CA's certificates can be looked up again
    And the worker runs
    Then the answer is: a certificate

  Scenario: There is one next certificate at a time
    When an administrator prepares the next certificate of ManagementCA
    And an administrator prepares the next certificate of ManagementCA
    Then the administration refuses it: has a next certificate already

  Scenario: No certificate takes over that was not prepared before
    When an administrator activates the next certificate of ManagementCA
    Then the administration refuses it: has no next certificate

  Scenario: A certificate that is not valid yet does not take over
    When an administrator prepares the next certificate of ManagementCA, valid from tomorrow
    And an administrator activates the next certificate of ManagementCA
    Then the administration refuses it: is valid from
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the certificate of "alice" is signed by key 1 of ManagementCA

  Scenario: A certificate that has become valid takes over
    When an administrator prepares the next certificate of ManagementCA, valid from tomorrow
    And two days pass
    And an administrator activates the next certificate of ManagementCA
    Then the administration accepts it

  Scenario Outline: A CA that is switched off signs no next certificate and takes none
    Given <state>
    When an administrator switches ManagementCA off
    And an administrator <act> the next certificate of ManagementCA
    Then the administration refuses it: cannot sign now

    Examples:
      | state                              | act       |
      | no next certificate                | prepares  |
      | a next certificate of ManagementCA | activates |

  Scenario: A cancelled certificate is revoked and never takes over
    When an administrator prepares the next certificate of ManagementCA
    And an administrator cancels the next certificate of ManagementCA
    Then the cancelled certificate is revoked, and its key is gone
    When an administrator activates the next certificate of ManagementCA
    Then the administration refuses it: has no next certificate

  Scenario: A revoked certificate does not take over
    When an administrator prepares the next certificate of ManagementCA
    And an administrator revokes the next certificate of ManagementCA
    And an administrator activates the next certificate of ManagementCA
    Then the administration refuses it: is revoked

  Scenario: Each step is audited
    When an administrator prepares the next certificate of ManagementCA
    And an administrator cancels the next certificate of ManagementCA
    And an administrator prepares the next certificate of ManagementCA
    And an administrator activates the next certificate of ManagementCA
    Then the audit log tells of the rollover: prepared, cancelled, prepared, activated
