Feature: The effects of a request decide which rights it needs, and which CAs and profiles can ask for approvals
  Each row follows from four questions (docs/threat-model.md, rules 8 and 9; docs/administration.md, Statuses):

  1. Which actions? Those of the change of status; revocation, key recovery or view for what is revoked, handed out or
     read; certifyunproven for a key whose possession nobody shows.
  2. On which objects? The CA and the profiles that the request names, even where it is carried out without them; those
     of an end entity as it is stored; for a certificate that is named, vouches or is revoked, those under which it was
     issued and those of its owner as stored now; for a key that is handed out, or named by an end entity with the status
     KEYRECOVERY before or after the change, those of every certificate on that key.
  3. What is told? A missing right to an action is told, unless only the stored status asks for that action; a missing
     right on an object is told where the request names that CA or end entity profile.
  4. Who can ask for approvals, and of what? Every CA, certificate profile and end entity profile of question 2: of
     endentity for create and edit, of issue for a certificate that is made, of keyrecovery and of revocation.

  The right /administrator is needed everywhere, and stands in no row. Somebody has no row of their own where it would be
  that of somebody above who was never moved, or whose certificates and storing are in the same places.

  In the tables, "here" is ManagementCA with the end entity profile EMPTY and the certificate profile KEEPING; "there" is
  OtherCA with GUARDED and ELSEWHERE. Requests that describe an end entity describe it as it should be here; an
  EditUserRequest sets NEW where no status is said. All of these people have a password, and a certificate whose key the
  CA keeps; those that are NEW have a card besides:

  nina is nobody yet; olga is NEW, her certificates were issued here and she is stored here;
  oscar's certificates were issued here, and he is stored there now; otto's were issued there, and he is stored here now;
  oda is like olga, but somebody there has a certificate on her kept key, too;
  kim, karl, kurt and kora are like olga, oscar, otto and oda, but have the status KEYRECOVERY; rita is REVOKED.

  Background:
    Given a worker that requires encryption only

  Scenario Outline: Each of these rights is needed, and no other one
    When the RA sends <request> for <whose>, each time with every right but one of: <told>
    Then each time it is refused as not_authorized, and the missing right is named
    And nothing has changed, and the audit log names each missing right
    When the RA sends <request> for <whose>, each time with every right but one of: <not told>
    Then each time it is refused as <answer>, and the missing right is not told
    And nothing has changed, and the audit log names each missing right
    When the RA sends <request> for <whose>, with the rights <told>, and <not told> besides
    Then the request succeeds

    Examples:
      | request                                      | whose | told                                                                               | not told                                                                          | answer              |
      | PKCS10Request                                | nina  | /action/create, /ca/ManagementCA, /endentityprofile/EMPTY                          | none                                                                              | none                |
      | PKCS10Request                                | olga  | /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY                            | none                                                                              | none                |
      | PKCS10Request                                | oscar | /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY                            | /ca/OtherCA, /endentityprofile/GUARDED                                            | not_authorized      |
      | PKCS10Request with the password              | olga  | /action/view, /ca/ManagementCA, /endentityprofile/EMPTY                            | none                                                                              | none                |
      | PKCS10Request with the password              | oscar | /action/view, /ca/ManagementCA, /endentityprofile/EMPTY                            | /ca/OtherCA, /endentityprofile/GUARDED                                            | wrong_credentials   |
      | PKCS12Request                                | nina  | /action/create, /ca/ManagementCA, /endentityprofile/EMPTY                          | none                                                                              | none                |
      | PKCS12Request                                | olga  | /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY                            | none                                                                              | none                |
      | PKCS12Request                                | oscar | /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY                            | /ca/OtherCA, /endentityprofile/GUARDED                                            | not_authorized      |
      | CertificateRequestRequest                    | nina  | /action/create, /ca/ManagementCA, /endentityprofile/EMPTY                          | none                                                                              | none                |
      | CertificateRequestRequest                    | olga  | /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY                            | none                                                                              | none                |
      | CertificateRequestRequest                    | oscar | /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY                            | /ca/OtherCA, /endentityprofile/GUARDED                                            | not_authorized      |
      | CertificateRequestRequest for a bare key     | nina  | /action/certifyunproven, /action/create, /ca/ManagementCA, /endentityprofile/EMPTY | none                                                                              | none                |
      | CertificateRequestRequest for a bare key     | olga  | /action/certifyunproven, /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY   | none                                                                              | none                |
      | CertificateRequestRequest for a bare key     | oscar | /action/certifyunproven, /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY   | /ca/OtherCA, /endentityprofile/GUARDED                                            | not_authorized      |
      | CertificateRequestRequest with the password  | olga  | /action/view, /ca/ManagementCA, /endentityprofile/EMPTY                            | none                                                                              | none                |
      | CertificateRequestRequest with the password  | oscar | /action/view, /ca/ManagementCA, /endentityprofile/EMPTY                            | /ca/OtherCA, /endentityprofile/GUARDED                                            | wrong_credentials   |
      | CardRenewalRequest                           | olga  | /action/certifyunproven, /action/view                                              | /ca/ManagementCA, /endentityprofile/EMPTY                                         | unknown_certificate |
      | CardRenewalRequest                           | oscar | /action/certifyunproven, /action/view                                              | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_certificate |
      | CardRenewalRequest                           | otto  | /action/certifyunproven, /action/view                                              | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_certificate |
      | CardRenewalRequest that names ENDUSER        | olga  | /action/certifyunproven, /action/edit, /action/view                                | /ca/ManagementCA, /endentityprofile/EMPTY                                         | unknown_certificate |
      | CardRenewalRequest that names ENDUSER        | oscar | /action/certifyunproven, /action/edit, /action/view                                | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_certificate |
      | CardRenewalRequest that names ENDUSER        | otto  | /action/certifyunproven, /action/edit, /action/view                                | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_certificate |
      | CardRenewalRequest that names OtherCA        | olga  | /action/certifyunproven, /action/edit, /action/view, /ca/OtherCA                   | /ca/ManagementCA, /endentityprofile/EMPTY                                         | unknown_certificate |
      | CardRenewalRequest that names OtherCA        | oscar | /action/certifyunproven, /action/edit, /action/view, /ca/OtherCA                   | /ca/ManagementCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED              | unknown_certificate |
      | CardRenewalRequest that names OtherCA        | otto  | /action/certifyunproven, /action/edit, /action/view, /ca/OtherCA                   | /ca/ManagementCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED              | unknown_certificate |
      | RenewalRequest                               | olga  | /action/view                                                                       | /ca/ManagementCA, /endentityprofile/EMPTY                                         | unknown_certificate |
      | RenewalRequest                               | oscar | /action/view                                                                       | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_certificate |
      | RenewalRequest                               | otto  | /action/view                                                                       | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_certificate |
      | KeyRecoveryRequest with the same certificate | olga  | /action/keyrecovery, /ca/ManagementCA, /endentityprofile/EMPTY                     | none                                                                              | none                |
      | KeyRecoveryRequest with the same certificate | oscar | /action/keyrecovery, /ca/ManagementCA, /endentityprofile/EMPTY                     | /ca/OtherCA, /endentityprofile/GUARDED                                            | unknown_certificate |
      | KeyRecoveryRequest with the same certificate | otto  | /action/keyrecovery, /ca/ManagementCA, /endentityprofile/EMPTY                     | /ca/OtherCA, /endentityprofile/GUARDED                                            | unknown_certificate |
      | KeyRecoveryRequest with the same certificate | oda   | /action/keyrecovery, /ca/ManagementCA, /endentityprofile/EMPTY                     | /ca/OtherCA, /endentityprofile/GUARDED                                            | unknown_certificate |
      | KeyRecoveryRequest with a new certificate    | olga  | /action/edit, /action/keyrecovery, /ca/ManagementCA, /endentityprofile/EMPTY       | none                                                                              | none                |
      | KeyRecoveryRequest with a new certificate    | oscar | /action/edit, /action/keyrecovery, /ca/ManagementCA, /endentityprofile/EMPTY       | /ca/OtherCA, /endentityprofile/GUARDED                                            | unknown_certificate |
      | KeyRecoveryRequest with a new certificate    | otto  | /action/edit, /action/keyrecovery, /ca/ManagementCA, /endentityprofile/EMPTY       | /ca/OtherCA, /endentityprofile/GUARDED                                            | unknown_certificate |
      | KeyRecoveryRequest with a new certificate    | oda   | /action/edit, /action/keyrecovery, /ca/ManagementCA, /endentityprofile/EMPTY       | /ca/OtherCA, /endentityprofile/GUARDED                                            | unknown_certificate |
      | KeyStoreRetrievalRequest                     | olga  | /action/view                                                                       | /ca/ManagementCA, /endentityprofile/EMPTY                                         | wrong_credentials   |
      | KeyStoreRetrievalRequest                     | oscar | /action/view                                                                       | /ca/OtherCA, /endentityprofile/GUARDED                                            | wrong_credentials   |
      | KeyStoreRetrievalRequest                     | karl  | /action/view                                                                       | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | wrong_credentials   |
      | KeyStoreRetrievalRequest                     | kurt  | /action/view                                                                       | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | wrong_credentials   |
      | KeyStoreRetrievalRequest                     | kora  | /action/view                                                                       | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | wrong_credentials   |
      | EditUserRequest                              | nina  | /action/create, /ca/ManagementCA, /endentityprofile/EMPTY                          | none                                                                              | none                |
      | EditUserRequest                              | olga  | /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY                            | none                                                                              | none                |
      | EditUserRequest                              | oscar | /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY                            | /ca/OtherCA, /endentityprofile/GUARDED                                            | not_authorized      |
      | EditUserRequest                              | kim   | /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY                            | /action/keyrecovery                                                               | not_authorized      |
      | EditUserRequest                              | karl  | /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY                            | /action/keyrecovery, /ca/OtherCA, /endentityprofile/GUARDED                       | not_authorized      |
      | EditUserRequest                              | kurt  | /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY                            | /action/keyrecovery, /ca/OtherCA, /endentityprofile/GUARDED                       | not_authorized      |
      | EditUserRequest                              | kora  | /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY                            | /action/keyrecovery, /ca/OtherCA, /endentityprofile/GUARDED                       | not_authorized      |
      | EditUserRequest                              | rita  | /action/edit, /ca/ManagementCA, /endentityprofile/EMPTY                            | /action/revocation                                                                | not_authorized      |
      | EditUserRequest to KEYRECOVERY               | olga  | /action/edit, /action/keyrecovery, /ca/ManagementCA, /endentityprofile/EMPTY       | none                                                                              | none                |
      | EditUserRequest to KEYRECOVERY               | oscar | /action/edit, /action/keyrecovery, /ca/ManagementCA, /endentityprofile/EMPTY       | /ca/OtherCA, /endentityprofile/GUARDED                                            | not_authorized      |
      | EditUserRequest to KEYRECOVERY               | otto  | /action/edit, /action/keyrecovery, /ca/ManagementCA, /endentityprofile/EMPTY       | /ca/OtherCA, /endentityprofile/GUARDED                                            | not_authorized      |
      | EditUserRequest to KEYRECOVERY               | oda   | /action/edit, /action/keyrecovery, /ca/ManagementCA, /endentityprofile/EMPTY       | /ca/OtherCA, /endentityprofile/GUARDED                                            | not_authorized      |
      | EditUserRequest to REVOKED                   | nina  | /action/create, /action/revocation, /ca/ManagementCA, /endentityprofile/EMPTY      | none                                                                              | none                |
      | EditUserRequest to REVOKED                   | olga  | /action/edit, /action/revocation, /ca/ManagementCA, /endentityprofile/EMPTY        | none                                                                              | none                |
      | EditUserRequest to REVOKED                   | oscar | /action/edit, /action/revocation, /ca/ManagementCA, /endentityprofile/EMPTY        | /ca/OtherCA, /endentityprofile/GUARDED                                            | not_authorized      |
      | EditUserRequest to REVOKED                   | kurt  | /action/edit, /action/revocation, /ca/ManagementCA, /endentityprofile/EMPTY        | /ca/OtherCA, /endentityprofile/GUARDED                                            | not_authorized      |
      | EditUserRequest to REVOKED                   | kora  | /action/edit, /action/revocation, /ca/ManagementCA, /endentityprofile/EMPTY        | /ca/OtherCA, /endentityprofile/GUARDED                                            | not_authorized      |
      | RevocationRequest for one certificate        | olga  | /action/revocation                                                                 | /ca/ManagementCA, /endentityprofile/EMPTY                                         | unknown_certificate |
      | RevocationRequest for one certificate        | oscar | /action/revocation                                                                 | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_certificate |
      | RevocationRequest for one certificate        | otto  | /action/revocation                                                                 | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_certificate |
      | RevocationRequest for all certificates       | olga  | /action/revocation                                                                 | /ca/ManagementCA, /endentityprofile/EMPTY                                         | unknown_end_entity  |
      | RevocationRequest for all certificates       | oscar | /action/revocation                                                                 | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_end_entity  |
      | RevocationRequest for all certificates       | otto  | /action/revocation                                                                 | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_end_entity  |
      | RevocationRequest for the end entity         | olga  | /action/revocation                                                                 | /ca/ManagementCA, /endentityprofile/EMPTY                                         | unknown_end_entity  |
      | RevocationRequest for the end entity         | oscar | /action/revocation                                                                 | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_end_entity  |
      | RevocationRequest for the end entity         | otto  | /action/revocation                                                                 | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_end_entity  |
      | RevocationRequest for the end entity         | kora  | /action/revocation                                                                 | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_end_entity  |
      | GetCertRequest                               | olga  | /action/view                                                                       | /ca/ManagementCA, /endentityprofile/EMPTY                                         | unknown_certificate |
      | GetCertRequest                               | oscar | /action/view                                                                       | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_certificate |
      | GetCertRequest                               | otto  | /action/view                                                                       | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_certificate |

    # in-process-ca: a remote CA issues its CRLs, and renews its key, itself.
    @in-process-ca
    Examples: What a CA publishes
      | request                                      | whose | told                                                                               | not told                                                                          | answer              |
      | GetCRLRequest                                | olga  | /action/view                                                                       | /ca/ManagementCA, /endentityprofile/EMPTY                                         | unknown_certificate |
      | GetCRLRequest                                | oscar | /action/view                                                                       | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_certificate |
      | GetCRLRequest                                | otto  | /action/view                                                                       | /ca/ManagementCA, /ca/OtherCA, /endentityprofile/EMPTY, /endentityprofile/GUARDED | unknown_certificate |
      | GetNextCACertRequest                         | nina  | /action/view, /ca/ManagementCA                                                     | none                                                                              | none                |

  Scenario Outline: Without the right to add end entities, a refusal does not tell whether a name is stored elsewhere
    Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, <actions>
    When the RA sends <request> for nina, and for oscar
    Then both are refused as not_authorized, and the missing right named is "/action/create"

    Examples:
      | request                                  | actions                                                                              |
      | PKCS10Request                            | /action/view, /action/keyrecovery, /action/revocation, /action/certifyunproven       |
      | PKCS10Request                            | /action/edit, /action/keyrecovery, /action/revocation, /action/certifyunproven       |
      | PKCS12Request                            | /action/view, /action/keyrecovery, /action/revocation, /action/certifyunproven       |
      | PKCS12Request                            | /action/edit, /action/keyrecovery, /action/revocation, /action/certifyunproven       |
      | CertificateRequestRequest                | /action/view, /action/keyrecovery, /action/revocation, /action/certifyunproven       |
      | CertificateRequestRequest                | /action/edit, /action/keyrecovery, /action/revocation, /action/certifyunproven       |
      | CertificateRequestRequest for a bare key | /action/view, /action/keyrecovery, /action/revocation, /action/certifyunproven       |
      | CertificateRequestRequest for a bare key | /action/edit, /action/keyrecovery, /action/revocation, /action/certifyunproven       |
      | EditUserRequest                          | /action/view, /action/keyrecovery, /action/revocation, /action/certifyunproven       |
      | EditUserRequest                          | /action/edit, /action/keyrecovery, /action/revocation, /action/certifyunproven       |
      | EditUserRequest to KEYRECOVERY           | /action/view, /action/keyrecovery, /action/revocation, /action/certifyunproven       |
      | EditUserRequest to KEYRECOVERY           | /action/edit, /action/keyrecovery, /action/revocation, /action/certifyunproven       |
      | EditUserRequest to REVOKED               | /action/view, /action/keyrecovery, /action/revocation, /action/certifyunproven       |
      | EditUserRequest to REVOKED               | /action/edit, /action/keyrecovery, /action/revocation, /action/certifyunproven       |

  Scenario Outline: Each of these CAs and profiles can ask for approvals of these kinds
    Given the administrators "ann", "ben" and "ray", where "ray" may not approve
    And the RA may do everything
    When the RA sends <request> for <whose>, each time while one of these asks for 1 approval of one of <kinds>: the CAs <CAs>, the certificate profiles <certificate profiles>, the end entity profiles <end entity profiles>
    Then each time the request waits for an approval, and nothing has changed
    When the RA sends <request> for <whose>, while all of them ask for 1 approval of each kind
    Then the message waits
    When "ann" approves
    And the worker runs
    Then the request succeeds

    Examples:
      | request                                      | whose | CAs                   | certificate profiles        | end entity profiles | kinds                         |
      | PKCS10Request                                | nina  | ManagementCA          | KEEPING                     | EMPTY               | endentity, issue              |
      | PKCS10Request                                | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, issue              |
      | PKCS10Request with the password              | olga  | ManagementCA          | KEEPING                     | EMPTY               | issue                         |
      | PKCS10Request with the password              | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | issue                         |
      | PKCS12Request                                | nina  | ManagementCA          | KEEPING                     | EMPTY               | endentity, issue              |
      | PKCS12Request                                | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, issue              |
      | CertificateRequestRequest                    | nina  | ManagementCA          | KEEPING                     | EMPTY               | endentity, issue              |
      | CertificateRequestRequest                    | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, issue              |
      | CertificateRequestRequest for a bare key     | nina  | ManagementCA          | KEEPING                     | EMPTY               | endentity, issue              |
      | CertificateRequestRequest for a bare key     | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, issue              |
      | CertificateRequestRequest with the password  | olga  | ManagementCA          | KEEPING                     | EMPTY               | issue                         |
      | CertificateRequestRequest with the password  | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | issue                         |
      | CardRenewalRequest                           | olga  | ManagementCA          | KEEPING                     | EMPTY               | issue                         |
      | CardRenewalRequest                           | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | issue                         |
      | CardRenewalRequest                           | otto  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | issue                         |
      | CardRenewalRequest that names ENDUSER        | olga  | ManagementCA          | ENDUSER, KEEPING            | EMPTY               | endentity, issue              |
      | CardRenewalRequest that names ENDUSER        | oscar | ManagementCA, OtherCA | ELSEWHERE, ENDUSER, KEEPING | EMPTY, GUARDED      | endentity, issue              |
      | CardRenewalRequest that names ENDUSER        | otto  | ManagementCA, OtherCA | ELSEWHERE, ENDUSER, KEEPING | EMPTY, GUARDED      | endentity, issue              |
      | CardRenewalRequest that names OtherCA        | olga  | ManagementCA, OtherCA | KEEPING                     | EMPTY               | endentity, issue              |
      | CardRenewalRequest that names OtherCA        | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, issue              |
      | CardRenewalRequest that names OtherCA        | otto  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, issue              |
      | RenewalRequest                               | olga  | ManagementCA          | KEEPING                     | EMPTY               | issue                         |
      | RenewalRequest                               | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | issue                         |
      | RenewalRequest                               | otto  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | issue                         |
      | KeyRecoveryRequest with the same certificate | olga  | ManagementCA          | KEEPING                     | EMPTY               | keyrecovery                   |
      | KeyRecoveryRequest with the same certificate | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | keyrecovery                   |
      | KeyRecoveryRequest with the same certificate | otto  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | keyrecovery                   |
      | KeyRecoveryRequest with the same certificate | oda   | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | keyrecovery                   |
      | KeyRecoveryRequest with a new certificate    | olga  | ManagementCA          | KEEPING                     | EMPTY               | endentity, issue, keyrecovery |
      | KeyRecoveryRequest with a new certificate    | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, issue, keyrecovery |
      | KeyRecoveryRequest with a new certificate    | otto  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, issue, keyrecovery |
      | KeyRecoveryRequest with a new certificate    | oda   | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, issue, keyrecovery |
      | KeyStoreRetrievalRequest                     | olga  | ManagementCA          | KEEPING                     | EMPTY               | issue                         |
      | KeyStoreRetrievalRequest                     | oscar | OtherCA               | ELSEWHERE                   | GUARDED             | issue                         |
      | EditUserRequest                              | nina  | ManagementCA          | KEEPING                     | EMPTY               | endentity                     |
      | EditUserRequest                              | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity                     |
      | EditUserRequest                              | kim   | ManagementCA          | KEEPING                     | EMPTY               | endentity, keyrecovery        |
      | EditUserRequest                              | karl  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, keyrecovery        |
      | EditUserRequest                              | kurt  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, keyrecovery        |
      | EditUserRequest                              | kora  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, keyrecovery        |
      | EditUserRequest                              | rita  | ManagementCA          | KEEPING                     | EMPTY               | endentity, revocation         |
      | EditUserRequest to KEYRECOVERY               | olga  | ManagementCA          | KEEPING                     | EMPTY               | endentity, keyrecovery        |
      | EditUserRequest to KEYRECOVERY               | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, keyrecovery        |
      | EditUserRequest to KEYRECOVERY               | otto  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, keyrecovery        |
      | EditUserRequest to KEYRECOVERY               | oda   | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, keyrecovery        |
      | EditUserRequest to REVOKED                   | nina  | ManagementCA          | KEEPING                     | EMPTY               | endentity, revocation         |
      | EditUserRequest to REVOKED                   | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, revocation         |
      | EditUserRequest to REVOKED                   | kurt  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, revocation         |
      | EditUserRequest to REVOKED                   | kora  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | endentity, revocation         |
      | RevocationRequest for one certificate        | olga  | ManagementCA          | KEEPING                     | EMPTY               | revocation                    |
      | RevocationRequest for one certificate        | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | revocation                    |
      | RevocationRequest for one certificate        | otto  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | revocation                    |
      | RevocationRequest for all certificates       | olga  | ManagementCA          | KEEPING                     | EMPTY               | revocation                    |
      | RevocationRequest for all certificates       | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | revocation                    |
      | RevocationRequest for all certificates       | otto  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | revocation                    |
      | RevocationRequest for the end entity         | olga  | ManagementCA          | KEEPING                     | EMPTY               | revocation                    |
      | RevocationRequest for the end entity         | oscar | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | revocation                    |
      | RevocationRequest for the end entity         | otto  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | revocation                    |
      | RevocationRequest for the end entity         | kora  | ManagementCA, OtherCA | ELSEWHERE, KEEPING          | EMPTY, GUARDED      | revocation                    |

  Scenario Outline: Unsigned, it needs no right where the worker allows that; signed, it needs them even there
    Given an RA in no role
    When the RA sends <request> for <whose>, unsigned
    And the worker runs
    Then the request succeeds
    When the RA sends <request> for <whose>, signed
    And the worker runs
    Then the request is refused as signer_not_administrator, and nothing has changed

    Examples:
      | request                                      | whose |
      | PKCS10Request                                | nina  |
      | PKCS10Request with the password              | olga  |
      | PKCS12Request                                | nina  |
      | CertificateRequestRequest                    | nina  |
      | CertificateRequestRequest for a bare key     | nina  |
      | CertificateRequestRequest with the password  | olga  |
      | CardRenewalRequest                           | olga  |
      | CardRenewalRequest that names ENDUSER        | olga  |
      | CardRenewalRequest that names OtherCA        | olga  |
      | RenewalRequest                               | olga  |
      | KeyRecoveryRequest with the same certificate | olga  |
      | KeyRecoveryRequest with a new certificate    | olga  |
      | KeyStoreRetrievalRequest                     | olga  |
      | EditUserRequest                              | nina  |
      | EditUserRequest to KEYRECOVERY               | olga  |
      | EditUserRequest to REVOKED                   | nina  |
      | RevocationRequest for one certificate        | olga  |
      | RevocationRequest for all certificates       | olga  |
      | RevocationRequest for the end entity         | olga  |
      | GetCertRequest                               | olga  |

    # in-process-ca: a remote CA issues its CRLs, and renews its key, itself.
    @in-process-ca
    Examples:
      | request                                      | whose |
      | GetCRLRequest                                | olga  |
      | GetNextCACertRequest                         | nina  |

  Scenario Outline: Where the worker does not allow it, nothing comes unsigned
    Given a worker that requires signatures and encryption
    And an RA with one role: /
    When the RA sends <request> for <whose>, unsigned
    And the worker runs
    Then the CA answers "signature_required" in a signed notice that says nothing of the request

    Examples:
      | request                                      | whose |
      | PKCS10Request                                | nina  |
      | PKCS12Request                                | nina  |
      | CertificateRequestRequest                    | nina  |
      | CardRenewalRequest                           | olga  |
      | RenewalRequest                               | olga  |
      | KeyRecoveryRequest with the same certificate | olga  |
      | KeyStoreRetrievalRequest                     | olga  |
      | EditUserRequest                              | nina  |
      | RevocationRequest for one certificate        | olga  |
      | GetCertRequest                               | olga  |
      | GetCRLRequest                                | olga  |
      | GetNextCACertRequest                         | nina  |
