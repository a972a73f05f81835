Feature: CAs outside that answer by OCSP: their certificates stand as the last answer that was kept says
  A CA outside may say by OCSP how a certificate stands, in place of CRLs. It is asked by the CA's side, never while a
  message is handled, and only about certificates that it has issued and that have signed something here. An answer is
  judged before it is kept. Without one that counts a request is neither carried out nor refused, but waits.

  Background:
    Given a worker that requires signatures and encryption
    And a CA outside, PartnerCA
    And PartnerCA answers by OCSP

  Rule: A certificate stands as the answer about it says, and nothing is asked while a message is handled

    Background:
      Given the RA and the worker have certificates of PartnerCA

    Scenario: A good certificate
      When questions are asked
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the message waits
      And nothing is in the journal
      And PartnerCA was asked nothing
      When questions are asked
      And a minute passes
      And the worker runs
      Then the answer is: a certificate
      And PartnerCA was asked once, about the RA's certificate
      When the RA requests a certificate for "bob"
      And the worker runs
      Then the answer is: a certificate

    Scenario Outline: A certificate that does not stand
      Given PartnerCA answers that the RA is <said>
      And PartnerCA was asked about the RA
      When the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: signer_revoked
      And nobody has a certificate

      Examples:
        | said                  |
        | revoked without reason |
        | revoked as superseded |
        | on hold               |

    Scenario: A certificate that PartnerCA does not know
      Given PartnerCA answers that it does not know the certificate
      And PartnerCA was asked about the RA
      When the RA requests a certificate for "alice"
      And the worker runs
      Then the message waits
      And the question has failed because "does not know the certificate"

    Scenario: A certificate whose key was reported compromised here
      Given the RA's key was reported compromised here
      And PartnerCA was asked about the RA
      When the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: signer_revoked

    Scenario: Of certificates that PartnerCA has not issued nothing is stored, and nothing is asked
      When somebody with a certificate of another PartnerCA requests a certificate for "alice"
      And the worker runs
      Then the answer is: signer_untrusted
      When questions are asked
      Then PartnerCA was asked nothing
      And no question is stored

    Scenario: PartnerCA is away
      Given PartnerCA is away
      And PartnerCA was asked about the RA
      When the RA requests a certificate for "alice"
      And the worker runs
      Then the message waits
      And the question has failed because "cannot be reached"

  Rule: Answers are kept up to date while somebody needs them

    Background:
      Given the RA and the worker have certificates of PartnerCA
      And PartnerCA was asked about the RA

    Scenario: A revocation counts from when PartnerCA is asked next, and a hold that is over is over
      When PartnerCA answers that the RA is on hold
      And questions are asked
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: a certificate
      When an hour passes
      And questions are asked
      And the RA requests a certificate for "bob"
      And the worker runs
      Then the answer is: signer_revoked
      When PartnerCA answers that the RA is good
      And an hour passes
      And questions are asked
      And the RA requests a certificate for "carol"
      And the worker runs
      Then the answer is: a certificate

    Scenario: The answer has ended
      When 7 hours pass
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the message waits

    Scenario: The answer is older than the configuration allows
      Given an answer of PartnerCA counts for 2 hours at most
      When 3 hours pass
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the message waits

    Scenario: An answer that counts for a short time is asked for before it ends
      Given PartnerCA's answers count for 20 minutes
      When an hour passes
      And questions are asked
      And 11 minutes pass
      And questions are asked
      And 11 minutes pass
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: a certificate

    Scenario: What nobody has wished to know for long is forgotten
      When 8 days pass
      And questions are asked
      Then no question is stored

    Scenario: Who still asks is not forgotten
      When 5 days pass
      And questions are asked
      And the RA requests a certificate for "alice"
      And the worker runs
      And 5 days pass
      And questions are asked
      Then the question about the RA is stored

  Rule: Decisions of administrators wait for an answer, too

    Background:
      Given an administrator "olga" with a certificate of PartnerCA
      And ManagementCA asks for 1 approval of issue

    Scenario: An approval counts once PartnerCA has said that its certificate stands
      When the RA requests a certificate for "alice"
      And the worker runs
      And somebody stores a decision by "olga"
      And a minute passes
      And the worker runs
      Then the message waits
      When questions are asked
      And a minute passes
      And the worker runs
      Then the answer is: a certificate

  Rule: An answer is judged before it is kept

    Background:
      Given the RA and the worker have certificates of PartnerCA
      And PartnerCA answers that the RA is revoked as superseded
      And PartnerCA was asked about the RA

    Scenario Outline: An answer that is not kept
      When PartnerCA answers with <another>
      And an hour passes
      And questions are asked
      Then the question has failed because "<reason>"
      When the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: signer_revoked

      Examples:
        | another                                  | reason                                         |
        | an older answer                          | older than the one before                      |
        | a good answer of the same moment         | says that the certificate is revoked           |
        | an answer of the future                  | the answer is of the future                    |
        | an answer that has ended                 | its answer has ended                           |
        | an answer without end                    | no nextUpdate                                  |
        | an answer older than max_age             | older than max_age                             |
        | an answer about another certificate      | about another certificate                      |
        | an answer about the certificate of another CA | about another certificate                 |
        | an answer by another hash                | about another certificate                      |
        | an answer about two certificates         | about 2 certificates                           |
        | the answer to another request            | the nonce of another request                   |
        | an answer by another key                 | neither the CA nor a responder of the CA's     |
        | an answer that was changed               | neither the CA nor a responder of the CA's     |
        | an answer with a weak signature          | which is not accepted here                     |
        | an answer by a responder of another CA   | the CA's key has not signed the certificate    |
        | an answer by the RA                      | not the purpose id-kp-OCSPSigning              |
        | an answer by a responder for any purpose | not the purpose id-kp-OCSPSigning              |
        | an answer by a responder that may not sign | does not allow signatures                    |
        | an answer by a responder that may be revoked | no id-pkix-ocsp-nocheck                    |
        | an answer by a responder of yesterday    | the responder is not valid at this time        |
        | an answer by a responder of tomorrow     | the responder is not valid at this time        |
        | an unknown critical extension            | critical extension 1.2.3.4                     |
        | unknown                                  | does not know the certificate                  |
        | a refusal                                | does not answer: UNAUTHORIZED                  |
        | a request to come back later             | does not answer: TRY_LATER                     |
        | an answer that is too large              | more than 65536 octets                         |
        | garbage                                  | this is no OCSP answer                         |

    Scenario Outline: An answer that is kept
      When PartnerCA answers with <another>
      And an hour passes
      And questions are asked
      And the RA requests a certificate for "alice"
      And the worker runs
      Then the answer is: a certificate

      Examples:
        | another                                      |
        | an answer without a nonce                    |
        | an answer by its responder                   |
        | an answer by a responder that lives for days |

  Rule: One of all workers asks, on a schedule

    Background:
      Given the RA and the worker have certificates of PartnerCA
      And the RA has requested a certificate for "alice", which waits

    Scenario: Two workers
      When both workers ask
      Then PartnerCA was asked once, about the RA's certificate
      When both workers ask
      Then PartnerCA was asked once, about the RA's certificate
      When an hour passes
      And both workers ask
      Then PartnerCA was asked twice, about the RA's certificate

    Scenario: A question that was not answered, or whose worker has died, is asked again
      Given PartnerCA answers with garbage
      When both workers ask
      Then the question has failed because "this is no OCSP answer"
      When 5 minutes pass
      And a worker begins to ask and dies
      And PartnerCA answers that the RA is good
      And 5 minutes pass
      And both workers ask
      And the worker runs
      Then the answer is: a certificate
