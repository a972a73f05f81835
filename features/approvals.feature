Feature: What administrators must approve waits until they have
  CAs, certificate profiles and end entity profiles say how many administrators must approve adding or editing an end
  entity, issuing, key recovery and revocation. An approval is for one requester and one exact action. It is given by
  signatures over that action, which are verified when it is carried out; a stored row approves nothing. It is used
  once.

  Background:
    Given a worker that requires signatures and encryption
    And the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 1 approval of issue

  Rule: A request waits, and is carried out once it is approved

    Scenario: An approved request leads to a certificate
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      Then the message waits
      And nobody has a certificate
      When "ann" approves
      And the worker runs
      Then the answer is: a certificate
      And the audit log names "ann" behind the approval

    Scenario: While it waits, nobody looks at it
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      Then the message waits
      And nothing is due for the worker

    Scenario: Decisions on messages that are gone keep no other decision unseen
      Given ManagementCA asks for 2 approvals of issue
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And whoever owns the message database deletes the message
      And the RA sends a signed and encrypted PKCS10Request for "bob"
      And the worker runs
      And "ann" approves
      And whoever owns the message database deletes the message
      And the RA sends a signed and encrypted PKCS10Request for "carol"
      And the worker runs
      And "ann" approves
      And a worker that takes one message at a time looks 3 times
      And "ben" approves
      And that worker looks 3 times more
      Then the message waits
      When that worker looks 1 time more
      Then the answer is: a certificate

    Scenario: Nothing waits where nobody asks for an approval
      Given ManagementCA asks for 0 approvals of issue
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      Then the answer is: a certificate

    Scenario Outline: CAs and profiles can ask
      Given ManagementCA asks for 0 approvals of issue
      And <who> asks for 1 approval of issue
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      Then the message waits

      Examples:
        | who                             |
        | ManagementCA                    |
        | the certificate profile ENDUSER |
        | the end entity profile EMPTY    |

    Scenario: The highest number counts
      Given the certificate profile ENDUSER asks for 2 approvals of issue
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And the worker runs
      Then the message waits
      When "ben" approves
      And the worker runs
      Then the answer is: a certificate

    Scenario Outline: Every kind of action can need it
      Given ManagementCA asks for 0 approvals of issue
      And ManagementCA asks for 1 approval of <kind>
      When the RA asks for <action>
      And the worker runs
      Then the message waits
      When "ann" approves
      And the worker runs
      Then the answer is: <answer>

      Examples:
        | kind       | action                        | answer        |
        | endentity  | a new end entity              | done          |
        | endentity  | a certificate of a new entity | a certificate |
        | issue      | a keystore of a new entity    | a certificate |
        | revocation | a revocation                  | done          |

    Scenario: Submessages that wait do not hold back the effects of the others
      Given the RA may do everything
      When the RA sends a message that asks for a certificate and for an end entity
      And the worker runs
      Then the message waits
      And "eve" is stored
      When "ann" approves
      And the worker runs
      Then both answers report success
      And the journal holds 2 verdicts

  Rule: One action is approved once, whoever sends it again

    Scenario: A repeated request joins the pending one
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the RA sends the same request in another message
      And the worker runs
      Then there is 1 approval
      When "ann" approves
      And the worker runs
      Then both messages get the same certificate
      And one certificate was issued

    Scenario: After it was used, the same request needs another approval
      Given the RA may do everything
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And the worker runs
      And the RA sends the same request in another message
      And the worker runs
      Then the message waits
      And there are 2 approvals

    Scenario: Another requester's approval is no one else's
      Given another RA with the same rights
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the other RA sends the same request
      And the worker runs
      Then there are 2 approvals

    Scenario Outline: A request that differs is another one
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And the RA sends the request with another <field>
      And the worker runs
      Then the message waits

      Examples:
        | field      |
        | subject_dn |
        | pkcs10     |
        | email      |

    Scenario Outline: What changes while it waits must be approved anew
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And <change>
      And the worker runs
      Then the message waits
      And there are 2 approvals
      And nobody has a certificate

      Examples:
        | change                                          |
        | the certificate profile ENDUSER changes         |
        | ManagementCA asks for 2 approvals of issue      |
        | the end entity "alice" is stored meanwhile      |

  Rule: A rejection ends it, with the administrator's reason

    Scenario: The client is told why
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ben" rejects because "the host name is mistyped"
      And the worker runs
      Then the answer is: approval_rejected
      And the answer says "the host name is mistyped"
      And nobody has a certificate

    Scenario: One rejection is enough, whatever others think
      Given ManagementCA asks for 2 approvals of issue
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And "ben" rejects because "no"
      And the worker runs
      Then the answer is: approval_rejected

    Scenario: For 30 minutes the same request fails at once
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ben" rejects because "no"
      And the worker runs
      And 29 minutes pass
      And the RA sends the same request in another message
      And the worker runs
      Then the answer is: approval_rejected
      When 2 minutes pass
      And the RA sends the same request in another message
      And the worker runs
      Then the message waits
      And there are 2 approvals

    Scenario: A failure after the approval is remembered likewise
      When the RA sends a signed and encrypted PKCS10Request with a weak key
      And the worker runs
      And "ann" approves
      And the worker runs
      Then the answer is: weak_key
      When the RA sends the same request in another message
      And the worker runs
      Then the answer is: weak_key
      And there is 1 approval

  Rule: An approval is valid for an hour

    Scenario: It is opened anew while its message waits
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And 61 minutes pass
      And the worker runs
      Then the message waits
      And there are 2 approvals
      When "ann" approves
      And the worker runs
      Then the answer is: a certificate

    Scenario: What came too late approves nothing
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And 61 minutes pass
      Then "ann" cannot approve any more: "nothing to decide"

    Scenario: How long is a setting
      Given approvals are valid for 10 minutes
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And 11 minutes pass
      And the worker runs
      Then there are 2 approvals

    Scenario: A request that was fresh when it came may be approved later
      When the RA sends a PKCS10Request that expires in 10 minutes
      And the worker runs
      And 20 minutes pass
      And "ann" approves
      And the worker runs
      Then the answer is: a certificate

    Scenario: A request whose approval is gone has to be fresh again
      When the RA sends a PKCS10Request that expires in 10 minutes
      And the worker runs
      And 20 minutes pass
      And the approval is deleted
      And the worker runs
      Then the answer is: expired
      And there are 0 approvals

  Rule: Only the right administrators approve, each once, nobody for themselves

    Scenario: Two approvals of one administrator are one
      Given ManagementCA asks for 2 approvals of issue
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      Then "ann" cannot approve any more: "decided the same before"
      And even if the database holds "ann" twice, the message waits

    Scenario Outline: Whoever lacks a right does not approve
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      Then "ray" with the role <role> cannot approve: "<why>"
      And even if the database holds the approval of "ray", the message waits

      Examples:
        | role                                                                     | why                         |
        | /ca/*, /endentityprofile/*, /action/approve                              | The signer is no RA administrator |
        | /administrator, /ca/*, /endentityprofile/*, /action/edit                 | /action/approve             |
        | /administrator, /ca/OtherCA, /endentityprofile/*, /action/approve        | /ca/ManagementCA            |
        | /administrator, /ca/*, /endentityprofile/SERVICE, /action/approve        | /endentityprofile/EMPTY     |

    Scenario: The requester does not approve
      Given the RA may do everything
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      Then the RA cannot approve its own request
      And even if the database holds the approval of the RA, the message waits

    Scenario Outline: An approver must still be good when it is used
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And <change>
      And the worker runs
      Then the message waits
      And nobody has a certificate

      Examples:
        | change                            |
        | the certificate of "ann" is revoked |
        | the role of "ann" is taken away   |

    Scenario: So must the requester
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And the role of the RA is taken away
      And the worker runs
      Then the answer is: signer_not_administrator
      And nobody has a certificate

  Rule: A row in the database approves nothing

    Scenario Outline: Forged and moved decisions do not count
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And the database holds a decision that is <forged>
      And the worker runs
      Then the message waits
      And nobody has a certificate

      Examples:
        | forged                                       |
        | garbage                                      |
        | unsigned                                     |
        | signed by a stranger                         |
        | signed as a request                          |
        | changed after it was signed                  |
        | about another approval                       |
        | about another action                         |
        | dated before the approval was opened         |
        | dated after the approval has expired         |

    Scenario Outline: Rewritten approvals do not count
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And the approval's row is rewritten: <column> is <value>
      And the worker runs
      Then nobody has a certificate

      Examples:
        | column  | value |
        | quorum  | 0     |
        | action  | {}    |

    Scenario: An approval whose life was prolonged in the database is none
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And 61 minutes pass
      And the approval's row is rewritten: expires is 9999999999999
      And the worker runs
      Then nobody has a certificate
