Feature: An RA renews the certificate that signs its requests, and gets nothing else by it
  Whoever may do so (/action/ownrenewal) asks for the next certificate of the very one that signs the request. The CA
  certifies the same end entity under the same CA and profiles, and the new certificate becomes a member of the roles that
  the old one is a member of. No right to the end entity profile of RAs is needed, which would let an RA have
  certificates of RAs and workers issued. Each certificate leads to one next one, so that whoever renews a stolen key
  keeps its owner from renewing it, who then knows.

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

  Scenario: It takes the right to do so
    Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/view, /action/create, /action/edit
    When the RA renews its own certificate
    And the worker runs
    Then the answer is: not_authorized
    And the missing right named is "/action/ownrenewal"
    And the RA has 1 certificate

  Scenario Outline: It is the right to no other certificate
    When the RA asks for the renewal that <whose> key has signed
    And the worker runs
    Then the answer is: <answer>
    And the new key has no role

    Examples:
      | whose        | answer              |
      | another RA's | unknown_certificate |
      | the worker's | unknown_certificate |

  Scenario: Nor does whoever may renew another RA's certificate get it into a role
    Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/SERVICE, /action/view, /action/ownrenewal
    When the RA asks for the renewal that another RA's key has signed
    And the worker runs
    Then the answer is: a certificate
    And the new key has no role

  Scenario Outline: The next certificate is of no other kind
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

  Scenario Outline: It ends where the RA's rights end
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

  Scenario: Each certificate leads to one next one
    When the RA renews its own certificate
    And the worker runs
    Then the answer is: a certificate
    When the RA renews its own certificate for another key
    And the worker runs
    Then the answer is: wrong_standing
    And the RA has 2 certificates

  Scenario: Who renews is asked for again: the same answer, and no second certificate
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
