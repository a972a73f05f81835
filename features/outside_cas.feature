Feature: CAs outside: their certificates count as their CRLs say, and what they revoke on their own counts here
  RAs, workers and administrators may have certificates of a CA that is not this installation's. How such a certificate
  stands is that CA's word alone: its last CRL, which the CA's side fetches on a schedule, never while a message is
  handled. A CRL is judged before it is kept. One that is too old says nothing: then a request is neither carried out nor
  refused, but waits, because nobody but the CA outside can say whether its signer was revoked.

  Background:
    Given a worker that requires signatures and encryption
    And a CA outside, PartnerCA

  Rule: A certificate of a CA outside stands as that CA's CRL says

    Background:
      Given the RA and the worker have certificates of PartnerCA

    Scenario: An RA whose CA is outside
      Given PartnerCA has published a CRL
      When CRLs are fetched
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: a certificate

    Scenario Outline: A certificate that stands on the CRL
      Given PartnerCA has published a CRL on which the RA is <listed>
      When CRLs are fetched
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: signer_revoked
      And nobody has a certificate

      Examples:
        | listed                  |
        | revoked without reason  |
        | revoked as superseded   |
        | on hold                 |

    Scenario: A revocation counts from when the next CRL is fetched, and a hold that is over is over
      Given PartnerCA has published a CRL on which the RA is on hold
      And CRLs were fetched
      And PartnerCA has published a CRL
      When an hour passes
      And CRLs are fetched
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: a certificate
      When PartnerCA publishes a CRL on which the RA is revoked as superseded
      And an hour passes
      And CRLs are fetched
      And the RA requests a certificate for "bob"
      And the worker runs
      Then the answer is: signer_revoked

    Scenario Outline: An entry with a number that no certificate here has keeps no other revocation from counting
      Given PartnerCA has published a CRL that lists the number <number>, and the RA as superseded
      When CRLs are fetched
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: signer_revoked

      Examples:
        | number                |
        | 0                     |
        | -1860029628           |
        | 2 to the power of 160 |

    Scenario: A certificate of a CA outside has the rights of its roles, and no others
      Given PartnerCA has published a CRL
      And the RA is in no role
      When CRLs are fetched
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: signer_not_administrator

    Scenario: A certificate whose key was reported compromised here
      Given PartnerCA has published a CRL
      And the RA's key was reported compromised here
      When CRLs are fetched
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: signer_revoked

    Scenario: A CA outside that raissuer does not name
      Given PartnerCA has published a CRL
      And raissuer names ManagementCA
      When CRLs are fetched
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: signer_untrusted

  Rule: Without a CRL that counts a request waits, and is neither carried out nor refused

    Background:
      Given the RA and the worker have certificates of PartnerCA

    Scenario: No CRL was fetched yet
      When the RA requests a certificate for "alice"
      And the worker runs
      Then the message waits
      And nothing is in the journal
      Given PartnerCA has published a CRL
      When CRLs are fetched
      And a minute passes
      And the worker runs
      Then the answer is: a certificate

    Scenario: The last CRL has ended
      Given PartnerCA has published a CRL
      And CRLs were fetched
      When 7 hours pass
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the message waits
      And nothing is in the journal
      When PartnerCA publishes a CRL
      And CRLs are fetched
      And a minute passes
      And the worker runs
      Then the answer is: a certificate

    Scenario: The last CRL is older than the configuration allows
      Given a CRL of PartnerCA counts for 2 hours at most
      And PartnerCA has published a CRL
      And CRLs were fetched
      When the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: a certificate
      When 3 hours pass
      And the RA requests a certificate for "bob"
      And the worker runs
      Then the message waits

    Scenario: The certificate was revoked while its request waited
      When the RA requests a certificate for "alice"
      And the worker runs
      Then the message waits
      Given PartnerCA has published a CRL on which the RA is revoked as superseded
      When CRLs are fetched
      And a minute passes
      And the worker runs
      Then the answer is: signer_revoked

    Scenario: What waits for the word of one CA keeps nobody else's requests
      Given PartnerCA has published a CRL
      And CRLs were fetched
      And an administrator "olga" with a certificate of another CA outside, whose CRL was never fetched
      And ManagementCA asks for 1 approval of issue
      When the RA requests a certificate for "alice"
      And the worker runs
      And somebody stores a decision by "olga"
      And ManagementCA asks for 0 approvals of issue
      And the RA requests a certificate for "bob"
      And the worker runs
      Then the answer is: a certificate
      And the message before waits
      And the administration shows the approval as pending

  Rule: Administrators of a CA outside approve as long as their certificates stand

    Background:
      Given an administrator "olga" with a certificate of PartnerCA
      And ManagementCA asks for 1 approval of issue

    Scenario: An approval counts
      Given PartnerCA has published a CRL
      And CRLs were fetched
      When the RA requests a certificate for "alice"
      And the worker runs
      And "olga" approves
      And the worker runs
      Then the answer is: a certificate

    Scenario: The administrator's certificate was revoked after she approved
      Given PartnerCA has published a CRL
      And CRLs were fetched
      When the RA requests a certificate for "alice"
      And the worker runs
      And "olga" approves
      And PartnerCA publishes a CRL on which "olga" is revoked as superseded
      And an hour passes
      And CRLs are fetched
      And the worker runs
      Then the message waits
      And nobody has a certificate

    Scenario: While nobody can judge her decision it does not count, and counts again once PartnerCA says how she stands
      Given an approval can be given for a day
      And PartnerCA has published a CRL
      And CRLs were fetched
      When the RA requests a certificate for "alice"
      And the worker runs
      And "olga" approves
      And 7 hours pass
      And the worker runs
      Then the message waits
      And the administration shows the approval as pending
      When PartnerCA publishes a CRL
      And CRLs are fetched
      And a minute passes
      And the worker runs
      Then the answer is: a certificate

    Scenario: While nobody can judge her decision an administrator of this installation rejects
      Given an approval can be given for a day
      And the administrators "ann", "ben" and "ray", where "ray" may not approve
      And PartnerCA has published a CRL
      And CRLs were fetched
      When the RA requests a certificate for "alice"
      And the worker runs
      And "olga" approves
      And 7 hours pass
      And "ann" rejects because "no"
      And the worker runs
      Then the answer is: approval_rejected
      And the administration shows the approval as rejected
      And "ben" can no longer decide, because "there is nothing to decide"

    Scenario: While nobody can judge her decision the others' are enough, each once
      Given an approval can be given for a day
      And the administrators "ann", "ben" and "ray", where "ray" may not approve
      And ManagementCA asks for 2 approvals of issue
      And PartnerCA has published a CRL
      And CRLs were fetched
      When the RA requests a certificate for "alice"
      And the worker runs
      And "olga" approves
      And 7 hours pass
      And "ann" approves
      And the worker runs
      Then the message waits
      And "ann" can no longer decide, because "has decided the same before"
      When "ben" approves
      And the worker runs
      Then the answer is: a certificate

    Scenario: While nobody can judge a rejection of hers, nothing that others have approved is carried out
      Given an approval can be given for a day
      And the administrators "ann", "ben" and "ray", where "ray" may not approve
      And PartnerCA has published a CRL
      And CRLs were fetched
      When the RA requests a certificate for "alice"
      And the worker runs
      And somebody stores a rejection by "olga"
      And 7 hours pass
      And "ann" approves
      And the worker runs
      Then the message waits
      And the administration shows the approval as pending
      When PartnerCA publishes a CRL
      And CRLs are fetched
      And a minute passes
      And the worker runs
      Then the answer is: approval_rejected

  Rule: A CRL is judged before it is kept

    Background:
      Given the RA and the worker have certificates of PartnerCA
      And PartnerCA has published its CRL number 7 on which the RA is revoked as superseded
      And CRLs were fetched

    Scenario Outline: A CRL that is not kept
      When there is <another> where PartnerCA publishes
      And an hour passes
      And CRLs are fetched
      Then the fetch has failed because "<reason>"
      And the CRL number 7 is kept
      When the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: signer_revoked

      Examples:
        | another                                   | reason                                            |
        | an older CRL                              | older than the one before                         |
        | a CRL with a lower number                 | number 6 is lower than that of the one before, 7  |
        | a CRL without a number                    | number (none) is lower                            |
        | a CRL of the same moment without the RA   | other content                                     |
        | a CRL of the future                       | the CRL is of the future                          |
        | a CRL that has ended                      | the CRL has ended                                 |
        | a CRL by another key                      | none of the trusted issuers has signed the CRL    |
        | a CRL of another issuer                   | the CRL is of another issuer                      |
        | a delta CRL                               | a delta CRL                                       |
        | an indirect CRL                           | an indirect CRL                                   |
        | a part of a list                          | a part of a list                                  |
        | a list of some reasons only               | reasons only                                      |
        | a list of CA certificates only            | CA certificates only                              |
        | a list with an unknown critical extension | critical extension 1.2.3.4                        |
        | an entry of another CA                    | an indirect CRL                                   |
        | an entry with an unknown critical extension | an entry has the critical extension 1.2.3.4     |
        | an entry to be removed                    | to be removed, as delta CRLs alone do             |
        | a CRL that is too large                   | more than 2048 octets                             |
        | garbage                                   | this is no CRL                                    |
        | nothing                                   | cannot be read                                    |

    Scenario: A newer CRL replaces the one before
      When there is a newer CRL without the RA where PartnerCA publishes
      And an hour passes
      And CRLs are fetched
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: a certificate
      And the CRL number 8 is kept

  Rule: One of all workers fetches, on a schedule

    Scenario: Two workers
      Given PartnerCA has published a CRL
      When both workers fetch CRLs
      Then one of them has fetched
      When PartnerCA publishes a CRL
      And both workers fetch CRLs
      Then neither of them has fetched
      When an hour passes
      And both workers fetch CRLs
      Then one of them has fetched

    Scenario: A fetch that has failed, or whose worker has died, is tried again
      When both workers fetch CRLs
      Then the fetch has failed because "cannot be read"
      When 5 minutes pass
      And a worker begins to fetch and dies
      And 5 minutes pass
      Given PartnerCA has published a CRL
      When both workers fetch CRLs
      Then one of them has fetched

    Scenario: The same CRL again is the same CRL
      Given PartnerCA has published a CRL
      And CRLs were fetched
      When an hour passes
      And CRLs are fetched
      Then one CRL was kept, by the audit log

  Rule: What a CA revokes on its own, for which a remote issuer signs, counts here

    Background:
      Given a CA "RemoteCA" whose certificates a remote issuer signs
      And the configuration says where RemoteCA publishes its CRLs
      And "alice" has a certificate of RemoteCA

    Scenario Outline: A revocation is recorded once, with the CA's reason and time
      Given RemoteCA has published a CRL on which alice's certificate is <listed>
      When the CRLs of RemoteCA are fetched
      Then alice's certificate is <standing>, as the CRL says
      And the audit log has one revocation by RemoteCA
      When RemoteCA publishes the same list again
      And the CRLs of RemoteCA are fetched
      Then the audit log has one revocation by RemoteCA
      And the issuer was told of no revocation

      Examples:
        | listed                                  | standing |
        | revoked without reason                  | revoked  |
        | revoked as superseded                   | revoked  |
        | revoked because its key was compromised | revoked  |
        | on hold                                 | on hold  |

    Scenario Outline: What the last CRL lists before it is recorded here counts when it is recorded
      When the RA requests a certificate of RemoteCA for "bob"
      And the worker runs
      And RemoteCA publishes a CRL on which the certificate that is ordered for bob is <listed>
      And CRLs are fetched
      And the issuer of RemoteCA works
      Then bob's certificate is <standing>, as the CRL says
      And the audit log has one revocation by RemoteCA
      And the issuer was told of no revocation

      Examples:
        | listed                | standing |
        | revoked as superseded | revoked  |
        | on hold               | on hold  |

    Scenario: A hold of the CA's own is lifted when its CRL lists the certificate no more
      Given RemoteCA has published a CRL on which alice's certificate is on hold
      And the CRLs of RemoteCA were fetched
      And RemoteCA has published a CRL
      When the CRLs of RemoteCA are fetched
      Then alice's certificate is good

    Scenario: A hold that was asked for here is not lifted by a CRL
      Given alice's certificate was put on hold here
      And RemoteCA has published a CRL
      When the CRLs of RemoteCA are fetched
      Then alice's certificate is on hold

    Scenario: A revocation for ever is not taken back by a CRL
      Given RemoteCA has published a CRL on which alice's certificate is revoked as superseded
      And the CRLs of RemoteCA were fetched
      And RemoteCA has published a CRL
      When the CRLs of RemoteCA are fetched
      Then alice's certificate is revoked

    Scenario: The same serial number of another CA
      Given RemoteCA has published a CRL on which every certificate of ManagementCA is revoked
      When the CRLs of RemoteCA are fetched
      Then alice's certificate is good
      And every certificate of ManagementCA is good

    Scenario: A long CRL is compared part by part, whoever dies in between
      Given RemoteCA has published a CRL with 5000 entries, alice's certificate the last of them
      When a worker fetches it and dies after the first part
      Then alice's certificate is good
      When the CRLs of RemoteCA are fetched
      Then alice's certificate is revoked

    Scenario: The last CRL that was fetched is given out
      Given RemoteCA has published a CRL on which alice's certificate is revoked as superseded
      When the RA asks for the CRL for alice's certificate of RemoteCA
      And the worker runs
      Then the answer is: no_crl
      When the CRLs of RemoteCA are fetched
      And the RA asks for the CRL for alice's certificate of RemoteCA
      And the worker runs
      Then it gets the CRL that RemoteCA has published

    Scenario: The adapter of the issuer fetches the CRL
      Given RemoteCA lets the adapter of its issuer fetch CRLs
      And RemoteCA has published a CRL on which alice's certificate is revoked as superseded
      When the runner of the issuer fetches CRLs
      Then alice's certificate is revoked

  Rule: A CA that speaks CMP gives out its CRLs by CMP, where the issuer is set so

    Background:
      Given a CA "RemoteCA" that speaks CMP
      And the CRLs of RemoteCA come by its issuer alone
      And "alice" has a certificate of RemoteCA
      And RemoteCA has published a CRL on which alice's certificate is revoked as superseded

    Scenario Outline: A CRL that counts
      When the runner of the issuer asks for <question>
      Then alice's certificate is revoked

      Examples:
        | question      |
        | currentCRL    |
        | crlStatusList |

    Scenario: The full one by the CA's key, out of several
      Given RemoteCA gives out a CRL by another key, and a part of its own, before that one
      When the runner of the issuer asks for crlStatusList
      Then alice's certificate is revoked

    Scenario Outline: What is not the CA's word counts as nothing
      Given RemoteCA seems to say <what>
      When the runner of the issuer asks for currentCRL
      Then no CRL of RemoteCA is kept, and the fetch has failed
      And alice's certificate is good

      Examples:
        | what                            |
        | its CRL without protection      |
        | its CRL under another secret    |
        | an error without protection     |
        | an answer to another message    |
        | the first half of its answer    |
        | more than is read               |
        | nothing                         |
        | a rejection                     |
        | that it has none                |
        | no word about CRLs              |
        | octets that are no CRL          |
        | a structure that is no CRL      |

    Scenario: A place that the configuration names goes before
      Given the configuration names a place of RemoteCA's CRLs
      When the runner of the issuer asks for currentCRL
      Then RemoteCA was not asked for CRLs
      And alice's certificate is good
