Feature: Which status an end entity may take, from which, and what that needs
  In NEW, FAILED, INITIALIZED and IN_PROCESS an end entity waits for a certificate: these are the open statuses. Every
  change that is not listed here is refused. Nobody comes back from REVOKED without the right to revoke, and nobody gets
  a kept key without the right to recover keys.

  Background:
    Given a worker that requires signatures and encryption

  Rule: An EditUserRequest gives a status

    Scenario Outline: Each of these rights is needed, and no other one
      Given "olga" has a certificate whose key is kept
      When the RA edits somebody from each of <from> to each of <to>, without one of <rights>
      Then each of these edits is refused as not_authorized
      When the RA edits somebody from each of <from> to each of <to>, with the rights <rights>
      Then each of these edits succeeds, and the status is the one that was asked for

      Examples:
        | from                                            | to                                                          | rights            |
        | nobody                                          | NEW, FAILED, INITIALIZED, IN_PROCESS, GENERATED, HISTORICAL | create            |
        | nobody                                          | REVOKED                                                     | create, revocation |
        | NEW, FAILED, INITIALIZED, IN_PROCESS, GENERATED | NEW, FAILED, INITIALIZED, IN_PROCESS, GENERATED, HISTORICAL | edit              |
        | NEW, FAILED, INITIALIZED, IN_PROCESS, GENERATED | KEY_RECOVERY                                                | edit, keyrecovery |
        | NEW, FAILED, INITIALIZED, IN_PROCESS, GENERATED | REVOKED                                                     | revocation        |
        | REVOKED, HISTORICAL, KEY_RECOVERY               | REVOKED                                                     | revocation        |
        | REVOKED                                         | NEW, HISTORICAL                                             | edit, revocation  |
        | HISTORICAL                                      | NEW                                                         | edit, revocation  |
        | KEY_RECOVERY                                    | NEW, FAILED, INITIALIZED, IN_PROCESS, GENERATED, HISTORICAL | edit, keyrecovery |
        | KEY_RECOVERY                                    | KEY_RECOVERY                                                | edit, keyrecovery |

    Scenario Outline: Every other change is refused, even with every right
      Given "olga" has a certificate whose key is kept
      When the RA edits somebody from each of <from> to each of <to>, with every right
      Then each of these edits is refused as wrong_status

      Examples:
        | from       | to                                                                      |
        | nobody     | KEY_RECOVERY                                                            |
        | REVOKED    | FAILED, INITIALIZED, IN_PROCESS, GENERATED, KEY_RECOVERY                |
        | HISTORICAL | FAILED, INITIALIZED, IN_PROCESS, GENERATED, HISTORICAL, KEY_RECOVERY    |

    Scenario Outline: A change to an open status, or to KEYRECOVERY, from another kind ends the password if none is given
      Given "olga" has a certificate whose key is kept
      And "olga" is <before>, and her password is "an old password"
      When the RA edits "olga" to <after> with <password>
      Then "olga" is <after>, and her password is <one>

      Examples:
        | before       | after | password     | one               |
        | GENERATED    | NEW   | no password  | none              |
        | REVOKED      | NEW   | no password  | none              |
        | HISTORICAL   | NEW   | no password  | none              |
        | KEY_RECOVERY | NEW   | no password  | none              |
        | NEW          | KEY_RECOVERY | no password  | none              |
        | GENERATED    | KEY_RECOVERY | no password  | none              |
        | GENERATED    | KEY_RECOVERY | "some donkey" | "some donkey"     |
        | KEY_RECOVERY | KEY_RECOVERY | no password  | "an old password" |
        | GENERATED    | NEW   | "some donkey" | "some donkey"     |
        | REVOKED      | NEW   | "some donkey" | "some donkey"     |
        | NEW          | NEW   | no password  | "an old password" |
        | FAILED       | NEW   | no password  | "an old password" |
        | NEW          | GENERATED | no password  | "an old password" |

    Scenario Outline: Where a CA asks for approvals of revocations, nobody comes back from REVOKED without them
      Given the administrators "ann", "ben" and "ray", where "ray" may not approve
      And the RA may do everything
      And ManagementCA asks for 2 approvals of revocation
      And "olga" is REVOKED, and her password is "an old password"
      When the RA asks for an edit of "olga" to <status>
      And the worker runs
      Then the message waits
      When "ann" approves
      And the worker runs
      Then the message waits
      When "ben" approves
      And the worker runs
      Then "olga" is <status>, and her password is <one>

      Examples:
        | status     | one               |
        | NEW        | none              |
        | HISTORICAL | "an old password" |

    Scenario Outline: Nobody comes back from REVOKED through another status
      Given "olga" is REVOKED, and her password is "an old password"
      And an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/create, /action/edit, /action/view
      When the RA asks for an edit of "olga" to <first>
      And the RA asks for an edit of "olga" to <second>
      And the RA asks for an edit of "olga" to NEW
      And the worker runs
      Then "olga" is REVOKED, and her password is "an old password"

      Examples:
        | first      | second    |
        | HISTORICAL | FAILED    |
        | GENERATED  | GENERATED |

  Rule: Every other request leads to GENERATED or to REVOKED

    Scenario Outline: From these statuses it does
      Given "olga" has two certificates for a key of her own, and one whose key is kept
      And "olga" is <before>, with the password that she gives
      When the RA sends <request> for "olga"
      Then the request succeeds, and "olga" is <after>

      Examples:
        | request                              | before       | after     |
        | PKCS10Request                        | NEW          | GENERATED |
        | PKCS10Request                        | FAILED       | GENERATED |
        | PKCS10Request                        | INITIALIZED  | GENERATED |
        | PKCS10Request                        | IN_PROCESS   | GENERATED |
        | PKCS10Request                        | GENERATED    | GENERATED |
        | PKCS10Request with the password      | NEW          | GENERATED |
        | PKCS10Request with the password      | INITIALIZED  | GENERATED |
        | PKCS10Request with the password      | IN_PROCESS   | GENERATED |
        | KeyStoreRetrievalRequest             | NEW          | GENERATED |
        | KeyStoreRetrievalRequest             | INITIALIZED  | GENERATED |
        | KeyStoreRetrievalRequest             | IN_PROCESS   | GENERATED |
        | KeyStoreRetrievalRequest             | KEY_RECOVERY | GENERATED |
        | RenewalRequest                       | NEW          | GENERATED |
        | RenewalRequest                       | GENERATED    | GENERATED |
        | CardRenewalRequest                   | NEW          | GENERATED |
        | RevocationRequest for the end entity | NEW          | REVOKED   |
        | RevocationRequest for the end entity | FAILED       | REVOKED   |
        | RevocationRequest for the end entity | INITIALIZED  | REVOKED   |
        | RevocationRequest for the end entity | IN_PROCESS   | REVOKED   |
        | RevocationRequest for the end entity | GENERATED    | REVOKED   |
        | RevocationRequest for the end entity | REVOKED      | REVOKED   |
        | RevocationRequest for the end entity | HISTORICAL   | REVOKED   |
        | RevocationRequest for the end entity | KEY_RECOVERY | REVOKED   |

    Scenario Outline: From all others it is refused
      Given "olga" has two certificates for a key of her own, and one whose key is kept
      When the RA sends <request> for "olga", once while she is each of <statuses>
      Then each time it is refused as wrong_status, and her status stays

      Examples:
        | request                         | statuses                                                             |
        | PKCS10Request                   | REVOKED, HISTORICAL, KEY_RECOVERY                                    |
        | PKCS10Request with the password | FAILED, GENERATED, REVOKED, HISTORICAL, KEY_RECOVERY                 |
        | KeyStoreRetrievalRequest        | FAILED, GENERATED, REVOKED, HISTORICAL                               |
        | RenewalRequest                  | FAILED, INITIALIZED, IN_PROCESS, REVOKED, HISTORICAL, KEY_RECOVERY   |
        | CardRenewalRequest              | FAILED, INITIALIZED, IN_PROCESS, GENERATED, REVOKED, HISTORICAL, KEY_RECOVERY |

    Scenario Outline: An end entity is not put on hold
      Given "olga" has two certificates for a key of her own, and one whose key is kept
      When the RA revokes "olga" and all her certificates with the reason <reason>
      Then the CA answers "incomplete_request"
      And "olga" is still NEW, and all her certificates are good

      Examples:
        | reason          |
        | certificateHold |
        | removeFromCRL   |
