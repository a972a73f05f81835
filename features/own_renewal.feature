Feature: An RA renews the certificate that signs its requests, and gets nothing else by it
  An RA with the right /action/ownrenewal asks to renew the certificate that signs the request. The CA certifies the same
  end entity under the same CA and profiles, and the new certificate becomes a member of the roles of the old one. The
  RA needs no right to the end entity profile of RAs, which would let it have certificates of RAs and workers issued.
  Each certificate is renewed once. If a thief of the key renews first, the RA's own renewal fails, which tells of the
  theft.

  Background:
    Given a worker that requires signatures and encryption
    And certificates of "RA" can be renewed in their last 3650 days
    And an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/view, /action/create, /action/ownrenewal

  Scenario: The next certificate is that of the same end entity, and has the same roles
    When the RA renews its own certificate
    And the worker runs
    Then the answer is: a certificate
    And both certificates of the RA have the same end entity, subject, CA and profiles
    And both certificates of the RA are members of its role
    And the audit log says that the next certificate has joined the role
    When the RA goes on with its next keystore
    And the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: a certificate

  Scenario: It needs the right /action/ownrenewal
    Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/view, /action/create, /action/edit
    When the RA renews its own certificate
    And the worker runs
    Then the answer is: not_authorized
    And the missing right named is "/action/ownrenewal"
    And the RA has 1 certificate

  Scenario Outline: The right covers no other certificate
    When the RA asks for the renewal that <whose> key has signed
    And the worker runs
    Then the answer is: <answer>
    And the new key has no role

    Examples:
      | whose        | answer              |
      | another RA's | unknown_certificate |
      | the worker's | unknown_certificate |

  Scenario Outline: An RA that delivers CMP messages and does nothing else renews its own certificate, and no other
    Given an RA with one role: /administrator, /cmp/cmp, /action/deliver, /action/ownrenewal
    When the RA asks for the renewal that <whose> key has signed
    And the worker runs
    Then the answer is: not_authorized
    And the new key has no role
    When the RA renews its own certificate
    And the worker runs
    Then the answer is: a certificate

    Examples:
      | whose        |
      | another RA's |
      | the worker's |

  Scenario: An RA that may renew another RA's certificate does not get the new one into a role
    Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/SERVICE, /action/view, /action/ownrenewal
    When the RA asks for the renewal that another RA's key has signed
    And the worker runs
    Then the answer is: a certificate
    And the new key has no role

  Scenario Outline: A renewal is refused if the end entity's profile, CA or status was changed
    Given the end entity of the RA <change>
    When the RA renews its own certificate
    And the worker runs
    Then the answer is: <answer>
    And the RA has 1 certificate

    Examples:
      | change                                      | answer            |
      | has the certificate profile "WORKER" now    | profile_violation |
      | has the CA "OtherCA" now                    | profile_violation |
      | has the status REVOKED now                  | wrong_status      |

  Scenario Outline: A renewal is refused if the RA's certificate, key or role no longer counts, or too early
    Given <event>
    When the RA renews its own certificate
    And the worker runs
    Then the answer is: <answer>
    And the RA has 1 certificate

    Examples:
      | event                                                       | answer                   |
      | the RA's certificate is revoked                             | signer_revoked           |
      | the RA's certificate is on hold                             | signer_revoked           |
      | the RA's key is condemned                                   | signer_revoked           |
      | the RA's certificate belongs to no role any more            | signer_not_administrator |
      | certificates of "RA" can be renewed in their last 30 days   | too_early                |

  Scenario: Each certificate is renewed once
    When the RA renews its own certificate
    And the worker runs
    Then the answer is: a certificate
    When the RA renews its own certificate for another key
    And the worker runs
    Then the answer is: wrong_standing
    And the RA has 2 certificates

  Scenario: A renewal that is played again gets the same answer, and no second certificate
    When the RA renews its own certificate
    And the worker runs
    And the message is played again
    And the worker runs
    Then the answer is: a certificate
    And the RA has 2 certificates

  Scenario: Where issuing needs an approval, so does this
    Given the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 1 approval of issue
    When the RA renews its own certificate
    And the worker runs
    Then the message waits
    When "ann" approves
    And the worker runs
    Then the answer is: a certificate
    And both certificates of the RA are members of its role
