@every-issuer
Feature: Signed requests have their signer's rights, unsigned ones a superadministrator's, and only where allowed
  A signer must be an RA administrator with the action, the CA and the end entity profile, all from one role. An end
  entity counts as it is stored and as it is asked for. An empty set of rules allows nothing.

  Scenario Outline: Every right is needed
    Given a worker that requires signatures and encryption
    And an RA with one role: <role>
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: <answer>
    And the missing right named is "<missing>"

    Examples:
      | role                                                                                    | answer                   | missing                 |
      | /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/create               | a certificate            |                         |
      | /administrator, /ca/*, /endentityprofile/*, /action/*                                   | a certificate            |                         |
      | /                                                                                       | a certificate            |                         |
      | nothing                                                                                 | signer_not_administrator | /administrator          |
      | /ca/ManagementCA, /endentityprofile/EMPTY, /action/create                               | signer_not_administrator | /administrator          |
      | /administrator, /ca/ManagementCA                                                        | not_authorized           | /action/create, /endentityprofile/EMPTY |
      | /administrator                                                                          | not_authorized           | /action/create, /ca/ManagementCA, /endentityprofile/EMPTY |
      | /administrator, /endentityprofile/EMPTY, /action/create                                 | not_authorized           | /ca/ManagementCA        |
      | /administrator, /ca/ManagementCA, /action/create                                        | not_authorized           | /endentityprofile/EMPTY |
      | /administrator, /ca/ManagementCA, /endentityprofile/EMPTY                               | not_authorized           | /action/create          |
      | /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit                 | not_authorized           | /action/create          |
      | /administrator, /ca/ManagementCA2, /endentityprofile/EMPTY, /action/create              | not_authorized           | /ca/ManagementCA        |
      | /administrator, /ca/Management, /endentityprofile/EMPTY, /action/create                 | not_authorized           | /ca/ManagementCA        |
      | /administrator, /ca/managementca, /endentityprofile/EMPTY, /action/create               | not_authorized           | /ca/ManagementCA        |
      | /administrator, /ca/*, /action/*                                                        | not_authorized           | /endentityprofile/EMPTY |

  Scenario: A signer with no role at all is no administrator
    Given a worker that requires signatures and encryption
    And an RA in no role
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: signer_not_administrator

  Scenario Outline: The CA's audit log says whose request was refused
    Given a worker that requires signatures and encryption
    And an RA in no role
    When the RA sends a submessage, but <deviation>
    And the worker runs
    Then the answer is: <answer>
    And the audit log says that the signer was "<signer>"

    Examples:
      | deviation                           | answer                   | signer       |
      | it asks for nothing it may not have | signer_not_administrator | CN=ra        |
      | its signer's certificate is revoked | signer_revoked           | CN=second ra |

  Scenario Outline: Two roles that are each half sufficient do not add up
    Given a worker that requires signatures and encryption
    And an RA with two roles: "<first>" and "<second>"
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: not_authorized

    Examples:
      | first                                            | second                                                    |
      | /administrator, /ca/ManagementCA, /action/create | /administrator, /endentityprofile/EMPTY                   |
      | /administrator                                   | /ca/ManagementCA, /endentityprofile/EMPTY, /action/create |

  Scenario Outline: Editing an end entity needs the rights on what is stored
    Given a worker that requires signatures and encryption
    And the end entity "alice" is stored with the CA "<stored CA>" and the end entity profile "<stored profile>"
    And an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/create, <further>
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: <answer>
    And the missing right named is "<missing>"

    Examples:
      | stored CA    | stored profile | further                                | answer         | missing                   |
      | ManagementCA | EMPTY          | /action/edit                           | a certificate  |                           |
      | ManagementCA | EMPTY          | /action/view                           | not_authorized | /action/edit              |
      | OtherCA      | EMPTY          | /action/edit                           | not_authorized |                           |
      | ManagementCA | GUARDED        | /action/edit                           | not_authorized |                           |
      | OtherCA      | GUARDED        | /action/edit, /ca/*, /endentityprofile/* | a certificate |                           |

  Scenario: Where signatures are not required, an unsigned request acts as superadministrator
    Given a worker that requires neither signatures nor encryption
    And an RA in no role
    When the RA sends a plain PKCS10Request for "alice"
    And the worker runs
    Then the answer is: a certificate
    And the audit log says that "superadministrator" asked for it

  Scenario: Even there, a signed request has no more than its signer's rights
    Given a worker that requires neither signatures nor encryption
    And an RA in no role
    When the RA sends a signed PKCS10Request for "alice"
    And the worker runs
    Then the answer is: signer_not_administrator

  Scenario: Even there, a broken signature is never taken for no signature
    Given a worker that requires neither signatures nor encryption
    When the database holds a submessage that is signed with a changed signature
    And the worker runs
    Then the CA answers "unreadable" in a signed notice that says nothing of the request
    And nothing was issued

  Scenario Outline: A right that is taken away after the worker has taken the message up is missing
    Given a worker that requires signatures and encryption
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker takes the message up, and then <change>
    Then the answer is: <answer>
    And nothing was issued

    Examples:
      | change                               | answer                   |
      | the role of the RA is taken away     | signer_not_administrator |
      | the certificate of the RA is revoked | signer_revoked           |

  Scenario: A role's member is one certificate, not a name
    Given a worker that requires signatures and encryption
    And another certificate with the RA's subject, issued by the CA to somebody else
    When that somebody sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: signer_not_administrator

  Scenario Outline: An administrator may name a member by issuer and serial number, if that certificate is stored
    Given a worker that requires signatures and encryption
    And an RA in no role
    When an administrator adds a role with every right for the certificate with <issuer> and <serial number>
    Then the administration <outcome>
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: <answer>

    Examples:
      | issuer                  | serial number               | outcome                                           | answer                   |
      | the CA's name           | the RA's serial number      | accepts it                                        | a certificate            |
      | the CA's name           | a serial number of nobody's | refuses it: no certificate with the serial number | signer_not_administrator |
      | the name of the OtherCA | the RA's serial number      | refuses it: no certificate with the serial number | signer_not_administrator |
      | the name of no CA       | the RA's serial number      | refuses it: no certificate with the serial number | signer_not_administrator |

  # chosen-serial-number: a CA that speaks CMP chooses serial numbers itself (RFC 4211, 5).
  @chosen-serial-number
  Scenario: A chosen serial number makes nobody a member
    Given a worker that requires signatures and encryption
    And certificates of ENDUSER may have chosen serial numbers
    When an administrator adds a role with every right for the certificate with the CA's name and the serial number 7
    Then the administration refuses it: no certificate with the serial number 7
    When the RA has a certificate with the serial number 7 issued to "mallory"
    And mallory sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: signer_not_administrator
