Feature: Signed requests have their signer's rights, unsigned ones a superadministrator's, and only where allowed
  Whoever signs must be an RA administrator with the action, the CA and the end entity profile, all from one role. What
  is stored counts as well as what is asked. An empty set of rules allows nothing.

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
      | /administrator                                                                          | not_authorized           | any                     |
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
    When the RA sends a submessage, but <twist>
    And the worker runs
    Then the answer is: <answer>
    And the audit log says that the signer was "<signer>"

    Examples:
      | twist                               | answer                   | signer       |
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
      | OtherCA      | EMPTY          | /action/edit                           | not_authorized | /ca/OtherCA               |
      | ManagementCA | GUARDED        | /action/edit                           | not_authorized | /endentityprofile/GUARDED |
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

  Scenario: A role's member is one certificate, not a name
    Given a worker that requires signatures and encryption
    And another certificate with the RA's subject, issued by the CA to somebody else
    When that somebody sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: signer_not_administrator

  Scenario Outline: A role's member may be named by issuer and serial number, and both count
    Given a worker that requires signatures and encryption
    And an RA in a role whose member is named by <issuer> and <serial number>
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: <answer>

    Examples:
      | issuer         | serial number             | answer                   |
      | the CA's name  | the RA's serial number    | a certificate            |
      | the CA's name  | another's serial number   | signer_not_administrator |
      | another's name | the RA's serial number    | signer_not_administrator |

  Rule: Each request type needs exactly its rights, whoever asks

    Scenario Outline: These rights suffice
      Given a worker that requires signatures and encryption
      And an RA with one role: /administrator, <rights>
      When the RA sends, signed, a <request>
      And the worker runs
      Then the request succeeds

      Examples:
        | request                                                        | rights                                                                                          |
        | PKCS10Request for somebody new                                 | /ca/ManagementCA, /endentityprofile/EMPTY, /action/create                                       |
        | PKCS10Request for somebody stored                              | /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit                                         |
        | PKCS10Request with the password of somebody stored             | /ca/ManagementCA, /endentityprofile/EMPTY, /action/view                                         |
        | PKCS12Request for somebody new                                 | /ca/ManagementCA, /endentityprofile/EMPTY, /action/create                                       |
        | PKCS12Request for somebody stored                              | /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit                                         |
        | CertificateRequestRequest for somebody new                     | /ca/ManagementCA, /endentityprofile/EMPTY, /action/create                                       |
        | CertificateRequestRequest for somebody stored                  | /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit                                         |
        | CertificateRequestRequest with the password of somebody stored | /ca/ManagementCA, /endentityprofile/EMPTY, /action/view                                         |
        | CardRenewalRequest                                             | /ca/ManagementCA, /endentityprofile/EMPTY, /action/view, /action/certifyunproven              |
        | CardRenewalRequest that names a profile                        | /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit, /action/certifyunproven              |
        | CardRenewalRequest that names another CA                       | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /action/edit, /action/certifyunproven |
        | KeyRecoveryRequest with the same certificate                   | /ca/ManagementCA, /endentityprofile/EMPTY, /action/keyrecovery                                  |
        | KeyRecoveryRequest with a new certificate                      | /ca/ManagementCA, /endentityprofile/EMPTY, /action/keyrecovery, /action/edit                    |
        | KeyStoreRetrievalRequest                                       | /ca/ManagementCA, /endentityprofile/EMPTY, /action/view                                         |
        | EditUserRequest for somebody new                               | /ca/ManagementCA, /endentityprofile/EMPTY, /action/create                                       |
        | EditUserRequest for somebody stored                            | /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit                                         |
        | EditUserRequest that moves somebody to another CA and profile  | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED, /action/edit |
        | EditUserRequest to the status KEYRECOVERY                      | /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit, /action/keyrecovery                    |
        | EditUserRequest to the status REVOKED                          | /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit, /action/revocation                     |
        | EditUserRequest for somebody new, with the status REVOKED      | /ca/ManagementCA, /endentityprofile/EMPTY, /action/create, /action/revocation                   |
        | RevocationRequest for one certificate                          | /ca/ManagementCA, /endentityprofile/EMPTY, /action/revocation                                   |
        | RevocationRequest for all certificates of somebody             | /ca/ManagementCA, /endentityprofile/EMPTY, /action/revocation                                   |
        | RevocationRequest for somebody and all certificates            | /ca/ManagementCA, /endentityprofile/EMPTY, /action/revocation                                   |

    Scenario Outline: Without one of them, all others that there are do not help
      Given a worker that requires signatures and encryption
      And an RA with one role that has every right but <missing>
      When the RA sends, signed, a <request>
      And the worker runs
      Then the request is refused for lack of <missing>, and nothing has changed
      And the audit log says that the RA was denied the <type> on "<whom>" for lack of <missing>

      Examples:
        | request                                                        | missing                   | type                      | whom               |
        | PKCS10Request for somebody new                                 | /administrator            | PKCS10Request             | nina               |
        | PKCS10Request for somebody new                                 | /ca/ManagementCA          | PKCS10Request             | nina               |
        | PKCS10Request for somebody new                                 | /endentityprofile/EMPTY   | PKCS10Request             | nina               |
        | PKCS10Request for somebody new                                 | /action/create            | PKCS10Request             | nina               |
        | PKCS10Request for somebody stored                              | /administrator            | PKCS10Request             | olga               |
        | PKCS10Request for somebody stored                              | /ca/ManagementCA          | PKCS10Request             | olga               |
        | PKCS10Request for somebody stored                              | /endentityprofile/EMPTY   | PKCS10Request             | olga               |
        | PKCS10Request for somebody stored                              | /action/edit              | PKCS10Request             | olga               |
        | PKCS10Request with the password of somebody stored             | /administrator            | PKCS10Request             | paul               |
        | PKCS10Request with the password of somebody stored             | /ca/ManagementCA          | PKCS10Request             | paul               |
        | PKCS10Request with the password of somebody stored             | /endentityprofile/EMPTY   | PKCS10Request             | paul               |
        | PKCS10Request with the password of somebody stored             | /action/view              | PKCS10Request             | paul               |
        | PKCS12Request for somebody new                                 | /administrator            | PKCS12Request             | nina               |
        | PKCS12Request for somebody new                                 | /ca/ManagementCA          | PKCS12Request             | nina               |
        | PKCS12Request for somebody new                                 | /endentityprofile/EMPTY   | PKCS12Request             | nina               |
        | PKCS12Request for somebody new                                 | /action/create            | PKCS12Request             | nina               |
        | PKCS12Request for somebody stored                              | /administrator            | PKCS12Request             | olga               |
        | PKCS12Request for somebody stored                              | /ca/ManagementCA          | PKCS12Request             | olga               |
        | PKCS12Request for somebody stored                              | /endentityprofile/EMPTY   | PKCS12Request             | olga               |
        | PKCS12Request for somebody stored                              | /action/edit              | PKCS12Request             | olga               |
        | CertificateRequestRequest for somebody new                     | /administrator            | CertificateRequestRequest | nina               |
        | CertificateRequestRequest for somebody new                     | /ca/ManagementCA          | CertificateRequestRequest | nina               |
        | CertificateRequestRequest for somebody new                     | /endentityprofile/EMPTY   | CertificateRequestRequest | nina               |
        | CertificateRequestRequest for somebody new                     | /action/create            | CertificateRequestRequest | nina               |
        | CertificateRequestRequest for somebody stored                  | /administrator            | CertificateRequestRequest | olga               |
        | CertificateRequestRequest for somebody stored                  | /ca/ManagementCA          | CertificateRequestRequest | olga               |
        | CertificateRequestRequest for somebody stored                  | /endentityprofile/EMPTY   | CertificateRequestRequest | olga               |
        | CertificateRequestRequest for somebody stored                  | /action/edit              | CertificateRequestRequest | olga               |
        | CertificateRequestRequest with the password of somebody stored | /administrator            | CertificateRequestRequest | paul               |
        | CertificateRequestRequest with the password of somebody stored | /ca/ManagementCA          | CertificateRequestRequest | paul               |
        | CertificateRequestRequest with the password of somebody stored | /endentityprofile/EMPTY   | CertificateRequestRequest | paul               |
        | CertificateRequestRequest with the password of somebody stored | /action/view              | CertificateRequestRequest | paul               |
        | CardRenewalRequest                                             | /administrator            | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest                                             | /ca/ManagementCA          | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest                                             | /endentityprofile/EMPTY   | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest                                             | /action/view              | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest                                             | /action/certifyunproven   | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest that names a profile                        | /administrator            | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest that names a profile                        | /ca/ManagementCA          | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest that names a profile                        | /endentityprofile/EMPTY   | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest that names a profile                        | /action/edit              | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest that names a profile                        | /action/certifyunproven   | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest that names another CA                       | /administrator            | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest that names another CA                       | /ca/ManagementCA          | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest that names another CA                       | /ca/OtherCA               | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest that names another CA                       | /endentityprofile/EMPTY   | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest that names another CA                       | /action/edit              | CardRenewalRequest        | vera's card        |
        | CardRenewalRequest that names another CA                       | /action/certifyunproven   | CardRenewalRequest        | vera's card        |
        | KeyRecoveryRequest with the same certificate                   | /administrator            | KeyRecoveryRequest        | olga               |
        | KeyRecoveryRequest with the same certificate                   | /ca/ManagementCA          | KeyRecoveryRequest        | olga               |
        | KeyRecoveryRequest with the same certificate                   | /endentityprofile/EMPTY   | KeyRecoveryRequest        | olga               |
        | KeyRecoveryRequest with the same certificate                   | /action/keyrecovery       | KeyRecoveryRequest        | olga               |
        | KeyRecoveryRequest with a new certificate                      | /administrator            | KeyRecoveryRequest        | olga               |
        | KeyRecoveryRequest with a new certificate                      | /ca/ManagementCA          | KeyRecoveryRequest        | olga               |
        | KeyRecoveryRequest with a new certificate                      | /endentityprofile/EMPTY   | KeyRecoveryRequest        | olga               |
        | KeyRecoveryRequest with a new certificate                      | /action/keyrecovery       | KeyRecoveryRequest        | olga               |
        | KeyRecoveryRequest with a new certificate                      | /action/edit              | KeyRecoveryRequest        | olga               |
        | KeyStoreRetrievalRequest                                       | /administrator            | KeyStoreRetrievalRequest  | paul               |
        | KeyStoreRetrievalRequest                                       | /ca/ManagementCA          | KeyStoreRetrievalRequest  | paul               |
        | KeyStoreRetrievalRequest                                       | /endentityprofile/EMPTY   | KeyStoreRetrievalRequest  | paul               |
        | KeyStoreRetrievalRequest                                       | /action/view              | KeyStoreRetrievalRequest  | paul               |
        | EditUserRequest for somebody new                               | /administrator            | EditUserRequest           | nina               |
        | EditUserRequest for somebody new                               | /ca/ManagementCA          | EditUserRequest           | nina               |
        | EditUserRequest for somebody new                               | /endentityprofile/EMPTY   | EditUserRequest           | nina               |
        | EditUserRequest for somebody new                               | /action/create            | EditUserRequest           | nina               |
        | EditUserRequest for somebody stored                            | /administrator            | EditUserRequest           | olga               |
        | EditUserRequest for somebody stored                            | /ca/ManagementCA          | EditUserRequest           | olga               |
        | EditUserRequest for somebody stored                            | /endentityprofile/EMPTY   | EditUserRequest           | olga               |
        | EditUserRequest for somebody stored                            | /action/edit              | EditUserRequest           | olga               |
        | EditUserRequest that moves somebody to another CA and profile  | /administrator            | EditUserRequest           | maxi               |
        | EditUserRequest that moves somebody to another CA and profile  | /ca/ManagementCA          | EditUserRequest           | maxi               |
        | EditUserRequest that moves somebody to another CA and profile  | /ca/OtherCA               | EditUserRequest           | maxi               |
        | EditUserRequest that moves somebody to another CA and profile  | /endentityprofile/EMPTY   | EditUserRequest           | maxi               |
        | EditUserRequest that moves somebody to another CA and profile  | /endentityprofile/GUARDED | EditUserRequest           | maxi               |
        | EditUserRequest that moves somebody to another CA and profile  | /action/edit              | EditUserRequest           | maxi               |
        | EditUserRequest to the status KEYRECOVERY                      | /administrator            | EditUserRequest           | olga               |
        | EditUserRequest to the status KEYRECOVERY                      | /ca/ManagementCA          | EditUserRequest           | olga               |
        | EditUserRequest to the status KEYRECOVERY                      | /endentityprofile/EMPTY   | EditUserRequest           | olga               |
        | EditUserRequest to the status KEYRECOVERY                      | /action/edit              | EditUserRequest           | olga               |
        | EditUserRequest to the status KEYRECOVERY                      | /action/keyrecovery       | EditUserRequest           | olga               |
        | EditUserRequest to the status REVOKED                          | /administrator            | EditUserRequest           | olga               |
        | EditUserRequest to the status REVOKED                          | /ca/ManagementCA          | EditUserRequest           | olga               |
        | EditUserRequest to the status REVOKED                          | /endentityprofile/EMPTY   | EditUserRequest           | olga               |
        | EditUserRequest to the status REVOKED                          | /action/edit              | EditUserRequest           | olga               |
        | EditUserRequest to the status REVOKED                          | /action/revocation        | EditUserRequest           | olga               |
        | EditUserRequest for somebody new, with the status REVOKED      | /administrator            | EditUserRequest           | nina               |
        | EditUserRequest for somebody new, with the status REVOKED      | /ca/ManagementCA          | EditUserRequest           | nina               |
        | EditUserRequest for somebody new, with the status REVOKED      | /endentityprofile/EMPTY   | EditUserRequest           | nina               |
        | EditUserRequest for somebody new, with the status REVOKED      | /action/create            | EditUserRequest           | nina               |
        | EditUserRequest for somebody new, with the status REVOKED      | /action/revocation        | EditUserRequest           | nina               |
        | RevocationRequest for one certificate                          | /administrator            | RevocationRequest         | olga's certificate |
        | RevocationRequest for one certificate                          | /ca/ManagementCA          | RevocationRequest         | olga's certificate |
        | RevocationRequest for one certificate                          | /endentityprofile/EMPTY   | RevocationRequest         | olga's certificate |
        | RevocationRequest for one certificate                          | /action/revocation        | RevocationRequest         | olga's certificate |
        | RevocationRequest for all certificates of somebody             | /administrator            | RevocationRequest         | olga               |
        | RevocationRequest for all certificates of somebody             | /ca/ManagementCA          | RevocationRequest         | olga               |
        | RevocationRequest for all certificates of somebody             | /endentityprofile/EMPTY   | RevocationRequest         | olga               |
        | RevocationRequest for all certificates of somebody             | /action/revocation        | RevocationRequest         | olga               |
        | RevocationRequest for somebody and all certificates            | /administrator            | RevocationRequest         | olga               |
        | RevocationRequest for somebody and all certificates            | /ca/ManagementCA          | RevocationRequest         | olga               |
        | RevocationRequest for somebody and all certificates            | /endentityprofile/EMPTY   | RevocationRequest         | olga               |
        | RevocationRequest for somebody and all certificates            | /action/revocation        | RevocationRequest         | olga               |

    Scenario Outline: Unsigned, it needs none where the worker allows that; signed, it needs them even there
      Given a worker that requires encryption only
      And an RA in no role
      When the RA sends, unsigned, a <request>
      And the worker runs
      Then the request succeeds
      When the RA sends, signed, a <request>
      And the worker runs
      Then the request is refused for lack of /administrator, and nothing has changed

      Examples:
        | request                                                        |
        | PKCS10Request for somebody new                                 |
        | PKCS10Request for somebody stored                              |
        | PKCS10Request with the password of somebody stored             |
        | PKCS12Request for somebody new                                 |
        | PKCS12Request for somebody stored                              |
        | CertificateRequestRequest for somebody new                     |
        | CertificateRequestRequest for somebody stored                  |
        | CertificateRequestRequest with the password of somebody stored |
        | CardRenewalRequest                                             |
        | CardRenewalRequest that names a profile                        |
        | CardRenewalRequest that names another CA                       |
        | KeyRecoveryRequest with the same certificate                   |
        | KeyRecoveryRequest with a new certificate                      |
        | KeyStoreRetrievalRequest                                       |
        | EditUserRequest for somebody new                               |
        | EditUserRequest for somebody stored                            |
        | EditUserRequest that moves somebody to another CA and profile  |
        | EditUserRequest to the status KEYRECOVERY                      |
        | EditUserRequest to the status REVOKED                          |
        | EditUserRequest for somebody new, with the status REVOKED      |
        | RevocationRequest for one certificate                          |
        | RevocationRequest for all certificates of somebody             |
        | RevocationRequest for somebody and all certificates            |

    Scenario Outline: Where the worker does not allow it, nothing comes unsigned
      Given a worker that requires signatures and encryption
      And an RA with one role: /
      When the RA sends, unsigned, a <request>
      And the worker runs
      Then the CA answers "signature_required" in a signed notice that says nothing of the request

      Examples:
        | request                                                        |
        | PKCS10Request for somebody new                                 |
        | PKCS12Request for somebody new                                 |
        | CertificateRequestRequest for somebody new                     |
        | CardRenewalRequest                                             |
        | KeyRecoveryRequest with the same certificate                   |
        | KeyStoreRetrievalRequest                                       |
        | EditUserRequest for somebody new                               |
        | RevocationRequest for one certificate                          |
