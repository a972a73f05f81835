Feature: CMP requests that wait, for administrators or for another CA
  The CA answers at once that a request waits, in the form that CMP has for it, and the client polls. What administrators have
  approved is carried out when the client polls for it, once. A transaction has at most one result, and no certificate is left
  that nobody knows of.

  Background:
    Given the administrators "ann", "ben" and "ray", where "ray" may not approve

  # ---- waiting and polling

  Scenario Outline: A request for a certificate waits until administrators have approved it
    Given the client "router" with <what>
    And ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate by <kind>
    Then it is told to wait, in <answer>
    When the client "router" polls
    Then it is told to wait, in a pollRep, and to poll again after 10 seconds
    When "ann" approves
    And the client "router" polls
    Then it gets a certificate for its key, in <answer>
    And no certificate was issued that nobody was told of
    When the client "router" confirms its certificate
    Then it is told that this has arrived
    And the certificate of "router" is good

    Examples:
      | what                | kind    | answer |
      | a shared secret     | an ir   | an ip  |
      | a shared secret     | a cr    | a cp   |
      | a shared secret     | a p10cr | a cp   |
      | a one-time password | an ir   | an ip  |
      | a certificate       | a kur   | a kup  |

  @every-issuer
  Scenario: A revocation waits in an error, and is polled for as a whole
    Given the client "router" with a certificate
    And ManagementCA asks for 1 approval of revocation
    When the client "router" asks to revoke its certificate
    Then it is told to wait, in an error
    And the certificate of "router" is good
    When the client "router" polls for the certReqId -1
    Then it is told to wait, in a pollRep, and to poll again after 10 seconds
    When "ann" approves
    And the client "router" polls for the certReqId -1
    Then it is told that the certificate is revoked
    And the certificate of "router" is revoked

  @every-issuer
  Scenario: Until enough administrators have approved, the client is told to wait
    Given ManagementCA asks for 2 approvals of issue
    When the client "router" asks for a certificate
    And "ann" approves
    And the client "router" polls
    Then it is told to wait
    When "ben" approves
    And the client "router" polls
    Then it gets a certificate for its key

  Scenario: The alias says when to poll again
    Given ManagementCA asks for 1 approval of issue
    And the alias "ra" says to poll again after 300 seconds
    When the client "router" asks for a certificate
    And the client "router" polls
    Then it is told to wait, in a pollRep, and to poll again after 300 seconds

  Scenario: A request of a transaction that is refused is told at once, and the others wait
    Given ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate, and for another one that cannot be granted
    Then the first request waits, and the second one is refused
    When the client "router" polls for the certReqId 0
    Then it is told to wait
    When "ann" approves
    And the client "router" polls for the certReqId 0
    Then the first request is granted, and the second one is refused

  # in-process-ca: where a remote issuer signs, what needs no approval waits, too.
  @in-process-ca
  Scenario: What is issued is told together with what still waits
    Given the certificate profile KEEPING asks for 1 approval of issue
    And the alias "ra" names the profiles ENDUSER and KEEPING
    When the client "router" asks for a certificate of the profile ENDUSER, and for another one of the profile KEEPING
    Then both requests wait
    When "ann" approves
    And the client "router" polls for the certReqId 1
    Then both requests are granted

  # ---- refusals

  Scenario: The client is told the administrator's reason
    Given ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate
    And "ann" rejects because "the router is not ours"
    And the client "router" polls
    Then its request is refused as notAuthorized: "An administrator has rejected the request. the router is not ours"
    And nobody has a certificate

  Scenario: A revocation that an administrator rejects
    Given the client "router" with a certificate
    And ManagementCA asks for 1 approval of revocation
    When the client "router" asks to revoke its certificate
    And "ann" rejects because "still needed"
    And the client "router" polls for the certReqId -1
    Then its request is refused as notAuthorized: "An administrator has rejected the request. still needed"
    And the certificate of "router" is good

  Scenario: What nobody has approved in time is refused
    Given ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate
    And 8 days pass
    And the worker tidies up
    And the client "router" polls
    Then its request is refused as notAuthorized
    And nobody has a certificate

  Scenario: A certificate that is revoked while its kur waits signs no poll
    Given the client "router" with a certificate
    And ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate by a kur
    And an administrator revokes the certificate of "router"
    And "ann" approves
    And the client "router" polls
    Then it is refused as certRevoked
    And exactly 1 certificate was issued, to "router"

  Scenario: The rules of the alias count when a request is carried out
    Given ManagementCA asks for 1 approval of issue
    And the alias "ra" names the profiles ENDUSER and KEEPING
    When the client "router" asks for a certificate of the profile ENDUSER
    And "ann" approves
    And the alias "ra" names other profiles
    And the client "router" polls
    Then its request is refused as addInfoNotAvailable
    And nobody has a certificate

  Scenario: What an alias does not answer any more is refused, although administrators have approved it
    Given ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate
    And "ann" approves
    And the alias "ra" answers only: rr
    And the client "router" polls
    Then its request is refused as badRequest: "The alias ra answers no such message: unsupported body ir."
    And nobody has a certificate

  Scenario: An approval covers what the administrators have seen
    Given ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate
    And "ann" approves
    And the alias "ra" has the certificate profile KEEPING
    And the client "router" polls
    Then it is told to wait
    And nobody has a certificate

  Scenario: An end entity that enrols with its one-time password approves nothing of that, whoever delivers its message
    Given the administrator "dora", who may enrol with a one-time password of her own
    And ManagementCA asks for 1 approval of issue
    When "dora" asks for a certificate with her one-time password
    Then it is told to wait
    And "dora" cannot approve that: "nobody decides about a request of their own"
    When the CA's database holds the approval of "dora"
    And the client "dora" polls
    Then it is told to wait
    And nobody has a certificate
    When "ann" approves
    And the client "dora" polls
    Then it gets a certificate for its key

  # ---- an approval is used once

  Scenario: The final answer is told again to those who poll again, and nothing is issued
    Given ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate
    And "ann" approves
    And the client "router" polls
    And the client "router" sends its last message again
    Then it gets the same answer again
    When the client "router" polls for the certReqId 0
    Then it gets a certificate for its key
    And no certificate was issued that nobody was told of
    And exactly 1 certificate was issued, to "router"

  Scenario: The first message again brings the first answer, and a poll the last one
    Given ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate
    And "ann" approves
    And the client "router" polls
    And the client "router" sends its first message again
    Then it is told to wait
    When the client "router" polls for the certReqId 0
    Then it gets a certificate for its key

  Scenario: A poll that is sent again while the request waits may bring more
    Given ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate
    And the client "router" polls
    And "ann" approves
    And the client "router" sends its last message again
    Then it gets a certificate for its key

  Scenario Outline: The same request in another transaction does not get the certificate of the first one
    Given the client "router" with <what>
    And ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate
    And the client "router" asks for the same once more in another transaction
    And "ann" approves
    And the client "router" polls in its first transaction
    Then it gets a certificate for its key
    When the client "router" polls in its second transaction
    Then its request is refused as <failure>
    And no certificate was issued that nobody was told of

    Examples:
      | what                | failure          |
      | a shared secret     | duplicateCertReq |
      | a certificate       | duplicateCertReq |
      | a one-time password | duplicateCertReq |

  Scenario: The same revocation in another transaction is told the same
    Given the client "router" with a certificate
    And ManagementCA asks for 1 approval of revocation
    When the RA "desk" asks to revoke the certificate of "router"
    And the RA "desk" asks to revoke the certificate of "router" in another transaction
    And "ann" approves
    And the RA "desk" polls for the certReqId -1 in both transactions
    Then it is told twice that the certificate is revoked

  Scenario: A rejection holds for the same request in another transaction
    Given ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate
    And "ann" rejects because "not ours"
    And the client "router" asks for the same once more in another transaction
    Then its request is refused as notAuthorized: "An administrator has rejected the request. not ours"

  # ---- what else comes while it waits

  Scenario Outline: What does not fit is refused, and the request still waits
    Given ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate
    And the client "router" sends <what> while it waits
    Then it is refused as badRequest: "<sentence>"
    When "ann" approves
    And the client "router" polls in its first transaction
    Then it gets a certificate for its key

    Examples:
      | what                       | sentence                                                     |
      | a confirmation             | A certConf does not fit a transaction that is waiting.       |
      | a poll for another request | The poll names a certReqId that is none of this transaction. |

  Scenario: A stranger does not take up what waits
    Given ManagementCA asks for 1 approval of issue
    And the client "router" asks the alias "two" with a shared secret
    When "ann" approves
    And a poll of "router" comes with another shared secret
    Then it is refused as badMessageCheck
    And nobody has a certificate

  Scenario: A client that has given up gets nothing, whatever administrators do
    Given ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate
    And the client "router" sends an error
    Then it is told that this has arrived
    When "ann" approves
    And the client "router" polls in its first transaction
    Then it is refused as badRequest: "The transaction was ended without an answer."
    When the worker tidies up
    Then nobody has a certificate

  # ---- nonces after polling

  # in-process-ca: the nonces are those of the messages that the scenario sends; where a remote issuer signs, a client polls besides.
  @in-process-ca
  Scenario Outline: The final answer returns the nonce that the alias says
    Given ManagementCA asks for 1 approval of issue
    And the client "router" at the alias "<alias>"
    When the client "router" asks for a certificate
    And "ann" approves
    And the client "router" polls
    Then it gets a certificate for its key
    And the answer returns the nonce of its <which> message

    Examples:
      | alias       | which |
      | ra          | last  |
      | first-nonce | first |

  # ---- other CAs

  Scenario: A request to a remote issuer waits until that has signed
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And the client "router" at the alias "remote"
    When the client "router" asks for a certificate
    Then it is told to wait, in an ip
    When the runner of the issuer runs
    And the client "router" polls
    Then it is granted a certificate of the remote issuer
    When the client "router" confirms its certificate
    Then it is told that this has arrived
    And the issuer has issued one certificate
    And the certificate of "router" is good

  Scenario: The remote issuer's refusal is told
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And the issuer refuses everything
    And the client "router" at the alias "remote"
    When the client "router" asks for a certificate
    And the runner of the issuer runs
    And the client "router" polls
    Then its request is refused as badRequest: "The CA that signs has refused. not today"

  Scenario Outline: What a remote issuer does already is told, whatever the alias says now
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And the alias "remote" names the profiles ENDUSER and KEEPING
    And the client "router" at the alias "remote"
    When the client "router" asks for a certificate of the profile ENDUSER
    And the alias "remote" <changes>
    And the runner of the issuer runs
    And the client "router" polls
    Then it is granted a certificate of the remote issuer

    Examples:
      | changes              |
      | names other profiles |
      | answers only: rr     |

  Scenario: What a remote issuer signs after the alias is gone is revoked
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And the client "router" at the alias "remote"
    When the client "router" asks for a certificate
    And the alias "remote" is taken out of the configuration
    And 16 minutes pass
    And the worker tidies up
    And the runner of the issuer runs
    Then the issuer has issued one certificate
    When 2 minutes pass
    And the worker tidies up
    And the runner of the issuer runs
    Then the issuer has revoked every certificate
    And the audit log says that "cmp" has not confirmed it: "the alias is gone"

  Scenario Outline: A certificate of a remote issuer that nobody takes is revoked there, too
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And the client "router" at the alias "remote"
    When the client "router" asks for a certificate
    And the runner of the issuer runs
    And the client "router" polls
    And <end>
    And the runner of the issuer runs
    Then the certificate of "router" is revoked
    And the issuer has revoked every certificate

    Examples:
      | end                                  |
      | the client "router" sends an error   |
      | the time for the confirmation passes |

  Scenario: A remote issuer's certificate for a client that does not poll is revoked
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And the client "router" at the alias "remote"
    When the client "router" asks for a certificate
    And the runner of the issuer runs
    And 11 minutes pass
    And the worker tidies up
    And the time for the confirmation passes
    And the runner of the issuer runs
    Then the issuer has issued one certificate
    And the issuer has revoked every certificate

  Scenario: A remote issuer's certificate for a client that has given up is revoked as soon as it is there
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And the client "router" at the alias "remote"
    When the client "router" asks for a certificate
    And the client "router" sends an error
    Then it is told that this has arrived
    When the runner of the issuer runs
    And 11 minutes pass
    And the worker tidies up
    And the runner of the issuer runs
    Then the issuer has issued one certificate
    And the issuer has revoked every certificate

  Scenario Outline: What a remote issuer carries out for a sender that may not go on is revoked as soon as it is there
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And the alias "remote" knows the RA "desk"
    When <sender> asks the alias "remote" for a certificate of "router" that counts without a confirmation
    Then it is told to wait
    When <before>
    And <lost>
    And 11 minutes pass
    And the worker tidies up
    And the runner of the issuer runs
    Then the issuer has issued one certificate
    And the issuer has revoked every certificate
    When the worker tidies up
    Then the last transaction has ended

    Examples:
      | sender          | before                        | lost                                       |
      | the RA "desk"   | the runner of the issuer runs | the certificate of "desk" is revoked       |
      | the RA "desk"   | a call to the issuer has left | the certificate of "desk" is revoked       |
      | a shared secret | the runner of the issuer runs | the alias "remote" has its secret no more  |

  Scenario: What no remote issuer was asked for is not issued to a sender that is revoked
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And the alias "remote" knows the RA "desk"
    When the RA "desk" asks the alias "remote" for a certificate of "router" that counts without a confirmation
    And the certificate of "desk" is revoked
    And 11 minutes pass
    And the worker tidies up
    And the runner of the issuer runs
    Then the issuer has issued no certificate
    And the last transaction has ended

  Scenario: What waits behind another request is not carried out for a sender that is revoked meanwhile
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And the alias "remote" knows the RA "desk"
    When a shared secret asks the alias "remote" for a certificate of "router" that counts without a confirmation
    And the RA "desk" asks the alias "remote" for a certificate of "router" that counts without a confirmation
    Then it is told to wait
    When the certificate of "desk" is revoked
    And the runner of the issuer runs
    And 11 minutes pass
    And the worker tidies up
    And the runner of the issuer runs
    Then the issuer has issued one certificate
    And the last transaction has ended

  Scenario: What was issued beside what still waits is revoked, too, where the sender is revoked
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And the alias "remote" knows the RA "desk"
    And the issuer is called for one certificate after the other
    When the RA "desk" asks the alias "remote" for two certificates that count without a confirmation
    And the runner calls the issuer, and commits what came back
    And the client "router" polls
    Then it is told to wait
    When the certificate of "desk" is revoked
    And 11 minutes pass
    And the worker tidies up
    And the runner of the issuer runs
    Then the issuer has issued one certificate
    And the issuer has revoked every certificate
    And the last transaction has ended

  Scenario: What waits is not carried out for a sender whose CA is known no more
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And a CA outside, PartnerCA
    And the alias "remote" knows an RA that has its certificate of PartnerCA
    When the RA of PartnerCA asks the alias "remote" for a certificate of "router" that counts without a confirmation
    And the configuration has PartnerCA no more
    And 11 minutes pass
    And the worker tidies up
    And the runner of the issuer runs
    Then the issuer has issued no certificate
    And the last transaction has ended

  Scenario: While the CA of the sender does not tell how its certificate stands, nothing is decided
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And a CA outside, PartnerCA
    And the alias "remote" knows an RA that has its certificate of PartnerCA
    When the RA of PartnerCA asks the alias "remote" for a certificate of "router" that counts without a confirmation
    And the runner of the issuer runs
    And 7 hours pass, in which PartnerCA publishes nothing
    And the worker tidies up
    Then the last transaction waits, and the certificate is good at the issuer
    When PartnerCA publishes that its RA is revoked
    And 2 minutes pass
    And the worker tidies up
    And the runner of the issuer runs
    Then the issuer has issued one certificate
    And the issuer has revoked every certificate
    And the last transaction has ended

  Scenario: Several certificates of a remote issuer that the client rejects
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And the client "router" at the alias "remote"
    When the client "router" asks for two certificates
    And the runner of the issuer runs
    And the client "router" polls
    And the client "router" sends an error
    And the runner of the issuer runs
    Then the issuer has issued two certificates
    And the issuer has revoked every certificate

  Scenario: A certificate of a remote issuer that revokes itself signs polls for that, although it counts no more
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And the client "router" with a certificate of the remote issuer
    When the client "router" asks to revoke its certificate
    Then it is told to wait, in an error
    And the certificate of "router" is revoked
    When the client "router" polls
    Then it is told to wait, in a pollRep, and to poll again after 10 seconds
    When the runner of the issuer runs
    And the client "router" polls
    Then it is told that the certificate is revoked
    And the issuer has revoked every certificate

  Scenario: A certificate that is revoked while a remote issuer works on its cr signs no poll
    Given a CA "RemoteCA" of a remote issuer, for the alias "remote"
    And the client "router" with a certificate of the remote issuer
    When the client "router" asks for a certificate by a cr
    Then it is told to wait, in a cp
    When an administrator revokes the certificate of "router"
    And the runner of the issuer runs
    And the client "router" polls
    Then it is refused as certRevoked

  Scenario: A certificate that an administrator revokes before its own rr is carried out signs no poll
    Given the client "router" with a certificate
    And ManagementCA asks for 1 approval of revocation
    When the client "router" asks to revoke its certificate
    And an administrator revokes the certificate of "router"
    And the client "router" polls
    Then it is refused as certRevoked
