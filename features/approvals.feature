Feature: A request that administrators must approve waits until they have approved it
  CAs, certificate profiles and end entity profiles say how many administrators must approve adding or editing an end
  entity, issuing, key recovery and revocation. An approval is for one requester and one exact action. It is given by
  signatures over that action, which are verified when it is carried out; a stored row approves nothing. It is used
  once.

  Background:
    Given a worker that requires signatures and encryption
    And the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 1 approval of issue

  @every-issuer
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
      And the certificate names the operation that used the approval

    Scenario: While it waits, the worker does not take it up
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      Then the message waits
      And nothing is due for the worker

    # in-process-ca: the scenario counts the rounds of one worker; a runner has rounds of its own.
    @in-process-ca
    Scenario: Decisions on messages that were deleted do not keep the worker from other decisions
      Given ManagementCA asks for 2 approvals of issue
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And the message is deleted from the message database
      And the RA sends a signed and encrypted PKCS10Request for "bob"
      And the worker runs
      And "ann" approves
      And the message is deleted from the message database
      And the RA sends a signed and encrypted PKCS10Request for "carol"
      And the worker runs
      And "ann" approves
      And a worker that takes one message at a time looks 3 times
      And "ben" approves
      And that worker looks 3 times more
      Then the message waits
      When that worker looks 1 time more
      Then the answer is: a certificate

    Scenario: Where nobody asks for an approval, no request waits
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

  Rule: The same request of the same requester needs one approval, however often it is sent

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

    Scenario: It needs another one also where the first one has left everything as it would leave it again
      Given the RA may do everything
      And ManagementCA asks for 1 approval of endentity
      When the RA asks for a new end entity
      And the worker runs
      And "ann" approves
      And the worker runs
      And the RA sends the same request in another message
      And the worker runs
      And "ann" approves
      And the worker runs
      And the RA sends the same request in another message
      And the worker runs
      Then the message waits
      And there are 3 approvals

    Scenario: A request does not join the approval of another requester
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

    Scenario: A request that sets another password is another one
      When the RA asks for a keystore of a new entity
      And the worker runs
      And "ann" approves
      And the RA sends the same request with a different password
      And the worker runs
      Then the message waits
      And there are 2 approvals
      And the first message is answered: a certificate
      And one certificate was issued

    Scenario: A request that sets the same password is the same one
      When the RA asks for a keystore of a new entity
      And the RA sends the same request in another message
      And the worker runs
      Then there is 1 approval

    Scenario: A request whose answer somebody else can read is another one
      Given another RA with the same rights
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And the RA sends the same request, to be answered to the other RA
      And the worker runs
      Then the message waits
      And there are 2 approvals

    Scenario: Administrators are not shown the password
      When the RA asks for a keystore of a new entity
      And the worker runs
      Then there is 1 approval
      And the approval tells neither the password nor its SHA-256 digest

    Scenario Outline: A change while a request waits needs another approval
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
        | the end entity profile EMPTY changes            |
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

    Scenario: One rejection is enough, also where others approve
      Given ManagementCA asks for 2 approvals of issue
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And "ben" rejects because "no"
      And the worker runs
      Then the answer is: approval_rejected

    Scenario: Of two administrators who decide at the same time, both are heard
      Given ManagementCA asks for 2 approvals of issue
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves and "ben" rejects at the same time
      Then "ben" is told that the approval is rejected
      And "ann" is told that the approval is pending, or that it is rejected
      When the worker runs
      Then the answer is: approval_rejected

    Scenario: A decision that collides with another transaction is decided again
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ben" rejects because "no", and collides 2 times with another transaction
      And the worker runs
      Then the answer is: approval_rejected

    Scenario Outline: A rejection holds, also when its administrator may not decide any more
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And "ben" rejects because "no"
      And <change>
      And the worker runs
      Then the answer is: approval_rejected
      When the RA sends the same request in another message
      And the worker runs
      Then the answer is: approval_rejected
      And nobody has a certificate

      Examples:
        | change                              |
        | the certificate of "ben" is revoked |
        | the role of "ben" is taken away     |

    Scenario Outline: The same request written in another way is rejected, too
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ben" rejects because "no"
      And the RA sends the same request with the subject written <subject>
      And the worker runs
      Then the answer is: approval_rejected
      And there is 1 approval

      Examples:
        | subject                       |
        | CN=alice, O=Example, C=SE     |
        | cn=alice,o=Example,c=SE       |
        | CN = alice,O=Example,C=SE     |

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

    Scenario: The database keeps no keystore that an approval led to
      When the RA asks for a keystore of a new entity
      And the RA sends the same request in another message
      And the worker runs
      And "ann" approves
      And the worker runs
      Then one message is answered with a keystore, the other one: approval_used
      And the approval keeps no answer
      And one certificate was issued

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

    Scenario: While its message waits, an approval that has expired is opened anew
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And 61 minutes pass
      And the worker runs
      Then the message waits
      And there are 2 approvals
      When "ann" approves
      And the worker runs
      Then the answer is: a certificate

    Scenario: An approval that has expired cannot be given any more
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And 61 minutes pass
      Then "ann" cannot approve any more: "nothing to decide"

    Scenario: A setting says how long approvals are valid
      Given approvals are valid for 10 minutes
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And 11 minutes pass
      And the worker runs
      Then there are 2 approvals

  Rule: A request that has expired is carried out by the approval that it waits for, or not at all

    Scenario: A request may be approved after it has expired
      When the RA sends a PKCS10Request that expires in 10 minutes
      And the worker runs
      And 20 minutes pass
      And "ann" approves
      And the worker runs
      Then the answer is: a certificate

    Scenario Outline: Without that approval it is refused
      When the RA sends a PKCS10Request that expires in 10 minutes
      And the worker runs
      And "ann" approves
      And 20 minutes pass
      And <change>
      And the worker looks at the message again
      Then the answer is: expired
      And nobody has a certificate
      And there <are>
      And no request waits
      And the journal holds one verdict: expired

      Examples:
        | change                                      | are             |
        | ManagementCA asks for 0 approvals of issue  | is 1 approval   |
        | ManagementCA asks for 2 approvals of issue  | is 1 approval   |
        | the certificate profile ENDUSER changes     | is 1 approval   |
        | 45 minutes pass                             | is 1 approval   |
        | the approval is deleted                     | are 0 approvals |

    Scenario: It does not join an approval that was opened for the same request later
      When the RA sends a PKCS10Request that expires in 10 minutes
      And the worker runs
      And 61 minutes pass
      And the RA sends the same request in another message
      And the worker runs
      Then the first message is answered: expired
      And the message waits
      And there are 2 approvals

    Scenario: It joins none either when it is put into the database again
      When the RA sends a PKCS10Request that expires in 10 minutes
      And the worker runs
      And the message is deleted from the message database
      And 61 minutes pass
      And the RA sends the same request in another message
      And the worker runs
      And the first message is put into the database again
      And the worker runs
      Then the first message is answered: expired
      And there are 2 approvals

    Scenario: Put into the database again after 80 days, when no approval is asked for any more, it is refused
      When the RA sends a PKCS10Request that expires in 10 minutes
      And the worker runs
      And 80 days pass
      And ManagementCA asks for 0 approvals of issue
      And the worker looks at the message again
      And the first message is put into the database again
      And the worker runs
      Then the answer is: expired
      And nobody has a certificate

    @every-issuer
    Scenario: Its verdict is kept until the approval has expired, too
      When the RA sends a PKCS10Request that expires in 10 minutes
      And the worker runs
      And "ann" approves
      And the worker runs
      Then the answer is: a certificate
      And the verdict is kept until 5 minutes after the approval expires

  Rule: A request that needs an approval must be signed

    Scenario: An unsigned request opens no approval
      Given a worker that requires encryption only
      When the RA sends an encrypted PKCS10Request for "alice"
      And the worker runs
      Then the CA answers "signature_required" in a signed and encrypted verdict
      And the journal holds one verdict: signature_required
      And there are 0 approvals
      And nobody has a certificate

    Scenario: An unsigned request joins no approval
      Given a worker that requires encryption only
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And the RA sends an encrypted PKCS10Request for "alice"
      And the worker runs
      Then the CA answers "signature_required" in a signed and encrypted verdict
      And the first message is answered: a certificate

    Scenario: An approver cannot ask without a signature and approve alone
      Given a worker that requires encryption only
      When "ann" sends an encrypted PKCS10Request for "alice" without a signature
      And the worker runs
      Then the CA answers "signature_required" to "ann"
      And there are 0 approvals

    Scenario: Where nobody asks for an approval, an unsigned request is carried out
      Given a worker that requires encryption only
      And ManagementCA asks for 0 approvals of issue
      When the RA sends an encrypted PKCS10Request for "alice"
      And the worker runs
      Then the answer is: a certificate

  Rule: No requester hides others' approvals behind its own

    Scenario: A requester that has as many open approvals as are allowed is refused another one
      Given a requester may have 2 open approvals
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the RA sends a signed and encrypted PKCS10Request for "bob"
      And the RA sends a signed and encrypted PKCS10Request for "carol"
      And the worker runs
      Then the answer is: too_many_approvals
      And there are 2 approvals

    Scenario: Another message with the same request joins an approval that is open
      Given a requester may have 1 open approval
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the RA sends the same request in another message
      And the worker runs
      Then the message waits
      And there is 1 approval

    Scenario: Another requester may still open one
      Given a requester may have 1 open approval
      And another RA with the same rights
      When the RA sends a signed and encrypted PKCS10Request for "bob"
      And the other RA sends a request for "alice"
      And the worker runs
      Then the message waits
      And there are 2 approvals

    Scenario Outline: An approval that was rejected or used is not open any more
      Given a requester may have 1 open approval
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And <decided>
      And the worker runs
      And the RA sends a signed and encrypted PKCS10Request for "bob"
      And the worker runs
      Then the message waits
      And there are 2 approvals

      Examples:
        | decided                     |
        | "ann" approves              |
        | "ben" rejects because "no"  |

    Scenario: An approval that has expired is not open any more
      Given a requester may have 1 open approval
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And the message is deleted from the message database
      And 61 minutes pass
      And the RA sends a signed and encrypted PKCS10Request for "bob"
      And the worker runs
      Then the message waits
      And there are 2 approvals

    Scenario Outline: Page by page, the list holds every approval once
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And 1050 more approvals are opened by others
      Then the list of <which> approvals says after the first page that 1001 more follow
      And page by page it holds 1051 approvals, the one for "alice" last

      Examples:
        | which   |
        | all     |
        | pending |

    Scenario: A list of one status holds no other approvals
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ben" rejects because "no"
      And 60 more approvals are opened by others
      Then the list of rejected approvals holds the one for "alice" alone
      And the list of pending approvals holds 60

  @every-issuer
  Rule: Administrators who have the rights approve, each counts once, and no requester approves its own request

    Scenario: Two approvals of one administrator are one
      Given ManagementCA asks for 2 approvals of issue
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      Then "ann" cannot approve any more: "decided the same before"
      And even if the database holds "ann" twice, the message waits

    Scenario: Two certificates of one administrator are one administrator
      Given ManagementCA asks for 2 approvals of issue
      And "ann" has a second certificate with the same role
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      Then "ann's second certificate" cannot approve any more: "decided the same before"
      And even if the database holds the approval of "ann's second certificate", the message waits

    Scenario: The requester's second certificate does not approve either
      Given the RA has a second certificate that may approve
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      Then "the RA's second certificate" cannot approve any more: "of their own"
      And even if the database holds the approval of "the RA's second certificate", the message waits

    Scenario: An administrator's certificate must be meant for signatures
      Given the administrator "dora", whose certificate lacks the key usage digitalSignature
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      Then "dora" cannot approve any more: "may not be used for signatures"
      And even if the database holds the approval of "dora", the message waits

    Scenario: An administrator's certificate must still be valid when the approval is used
      Given approvals are valid for 3000 minutes
      And the administrator "dora", whose certificate is valid for a day
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "dora" approves
      And 2 days pass
      And the worker looks at the message again
      Then the message waits
      And nobody has a certificate
      When "ann" approves
      And the worker runs
      Then the answer is: a certificate

    Scenario Outline: An administrator who lacks a right does not approve
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

    Scenario: Who shows a password of their own in a request that an RA carries does not approve it
      Given the administrator "dora", who may enrol with a one-time password of her own
      When the RA sends a PKCS10Request for "dora" with the password of "dora"
      And the worker runs
      Then the message waits
      And "dora" cannot approve any more: "of their own"
      And even if the database holds the approval of "dora", the message waits
      When "ann" approves
      And the worker runs
      Then the answer is: a certificate

    Scenario Outline: An administrator who approved must still be allowed to when the approval is used
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

    Scenario: The requester must still have the rights when the approval is used
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

    Scenario: An approval whose expiry was put off in the database does not count
      When the RA sends a signed and encrypted PKCS10Request for "alice"
      And the worker runs
      And "ann" approves
      And 61 minutes pass
      And the approval's row is rewritten: expires is 9999999999999
      And the worker runs
      Then nobody has a certificate
