Feature: CMP transactions: the same message again brings the same answer, and nobody takes a transaction over
  A client whose connection broke cannot know whether its message has arrived. It sends the same octets again, and gets the
  answer that the CA gave before: no certificate is issued twice, none is lost, and none is answered as a refusal after it was
  issued. A transaction belongs to the sender of its first message, as the protection showed it.

  # ---- the same octets again

  Scenario Outline: The same octets bring the same answer
    Given the client "router" with <what>
    When the client "router" asks for a certificate by <how>
    And the client "router" sends its last message again
    Then it gets the same answer again
    And it gets a certificate for its key
    And no certificate was issued that nobody was told of

    Examples:
      | what                | how                              |
      | a shared secret     | an ir                            |
      | a shared secret     | a cr                             |
      | a shared secret     | a p10cr                          |
      | a shared secret     | an ir with implicit confirmation |
      | a one-time password | an ir                            |
      | a certificate       | a kur                            |

  # in-process-ca: the scenario counts the rounds of one worker; a runner has rounds of its own.
  @in-process-ca
  Scenario: Two copies of a message that come in at once have one effect
    When two copies of a request of the client "router" come in at once
    Then both get the same answer
    And exactly 1 certificate was issued, to "router"

  Scenario: Any worker gives the same answer
    When the client "router" asks for a certificate
    And the client "router" sends its last message again, to another worker
    Then it gets the same answer again
    And exactly 1 certificate was issued, to "router"

  Scenario: Any worker goes on with a transaction
    When the client "router" asks for a certificate
    And the client "router" confirms its certificate, to another worker
    Then it is told that this has arrived

  Scenario: The same octets bring the same answer after the certificate is confirmed
    When the client "router" asks for a certificate
    And the client "router" confirms its certificate
    And the client "router" sends its first message again
    Then it gets the same answer again
    And the certificate of "router" is good

  # in-process-ca: where a remote issuer signs, the same octets bring the same answer too, which is to wait; the client polls for the rest.
  @in-process-ca
  Scenario: The same octets bring the same answer after the certificate was revoked, since nobody has confirmed it
    When the client "router" asks for a certificate
    And the time for the confirmation passes
    And the client "router" sends its first message again
    Then it gets the same answer again
    And it gets a certificate for its key
    And the certificate of "router" is revoked

  Scenario: A confirmation that is sent again is answered again
    When the client "router" asks for a certificate
    And the client "router" confirms its certificate
    And the client "router" sends its last message again
    Then it is told that this has arrived

  Scenario: A client that has revoked its own certificate is told so again, though this certificate signs nothing any more
    Given the client "router" with a certificate
    When the client "router" asks to revoke its certificate
    Then it is told that the certificate is revoked
    When the client "router" sends its last message again
    Then it is told that the certificate is revoked

  Scenario: A refusal of a request is kept, too
    When the client "router" asks for a certificate for a name that is not accepted
    Then its request is refused as badCertTemplate
    When the client "router" sends its last message again
    Then it gets the same answer again

  Scenario: A message that was refused as a whole has opened no transaction
    Given the alias "ra" keeps at most 1 transaction open in all
    When the client "gateway" asks for a certificate
    And the client "router" asks for a certificate
    Then it is refused as systemUnavail: "Too many transactions are open."
    When the client "gateway" confirms its certificate
    And the client "router" sends its last message again
    Then it gets a certificate for its key

  Scenario: Only another protection is made for an answer that is given again
    When the client "router" asks for a certificate
    And the client "router" sends its last message again
    Then it gets the same answer again
    And both answers have the same senderNonce, and each has a protection of its own

  Scenario: The same octets without a transaction id bring the same answer, where the alias makes one
    Given the alias "ra" makes transaction ids
    When the client "router" asks for a certificate without a transaction id
    And the client "router" sends its last message again
    Then it gets the same answer again
    And both answers have the same transaction id
    And exactly 1 certificate was issued, to "router"

  Scenario Outline: A transaction id may be short or long
    Given the client "router" chooses a transaction id of <octets> octets
    When the client "router" asks for a certificate
    And the client "router" sends its last message again
    Then it gets the same answer again
    When the client "router" confirms its certificate
    Then it is told that this has arrived

    Examples:
      | octets |
      | 1      |
      | 16     |
      | 64     |

  # ---- other octets under the same id

  Scenario Outline: Other octets under the id of a transaction are refused, and change nothing
    When the client "router" asks for a certificate
    And the client "router" sends <other> in the same transaction
    Then it is refused as transactionIdInUse: "Another message has opened a transaction of that transactionID."
    When the client "router" confirms its certificate
    Then it is told that this has arrived
    And exactly 1 certificate was issued, to "router"

    Examples:
      | other                              |
      | the same request, protected anew   |
      | the same request, with a new nonce |
      | a request for another name         |
      | a request for another key          |
      | the request as a cr                |
      | the request as a p10cr             |
      | an rr                              |
      | a genm                             |

  Scenario: Other octets under the id of a transaction that has ended are refused, too
    When the client "router" asks for a certificate
    And the client "router" confirms its certificate
    And the client "router" sends a request for another key in the same transaction
    Then it is refused as transactionIdInUse

  Scenario: The id of somebody else's transaction is in use for everybody
    Given the client "gateway" with a one-time password
    And the client "router" with a one-time password
    When the client "router" asks for a certificate
    And the client "gateway" asks for a certificate under the transaction id of "router"
    Then it is refused as transactionIdInUse
    And exactly 1 certificate was issued, to "router"

  Scenario: Aliases share the ids: a message that was recorded at one alias is no new message at another
    When the client "router" asks for a certificate
    And the client "router" sends its last message again, to the alias "two"
    Then it is refused as transactionIdInUse
    And exactly 1 certificate was issued, to "router"

  Scenario: A transaction goes on at the alias that has begun it
    When the client "router" asks for a certificate
    And the client "router" confirms its certificate, at the alias "two"
    Then it is refused as badRequest: "The transaction belongs to another alias."
    And the time for the confirmation passes
    And the certificate of "router" is revoked

  # ---- whose transaction it is

  Scenario: The password of a transaction shows only the end entity that has opened it
    Given the client "router" asks the alias "two" with a one-time password
    When the confirmation of "router" comes with its own one-time password in the name of another
    Then it is refused as badMessageCheck: "The protection is wrong: the secret or its reference is unknown, or the message was changed."

  Scenario Outline: A transaction belongs to the first authenticator: no other one confirms
    Given the client "router" asks the alias "two" with <first>
    When the confirmation of "router" comes with <other>
    Then it is refused as <failure>
    When the client "router" confirms its certificate
    Then it is told that this has arrived
    And the certificate of "router" is good

    Examples:
      | first               | other                                            | failure         |
      | a shared secret     | another shared secret                            | badMessageCheck |
      | a shared secret     | a wrong secret                                   | badMessageCheck |
      | a shared secret     | the secret under another reference               | badMessageCheck |
      | a shared secret     | no protection                                    | badMessageCheck |
      | a shared secret     | the one-time password of another                 | wrongIntegrity  |
      | a shared secret     | the certificate of another                       | wrongIntegrity  |
      | a shared secret     | the certificate that it confirms                 | wrongIntegrity  |
      | a one-time password | another shared secret                            | wrongIntegrity  |
      | a one-time password | the one-time password of another                 | badMessageCheck |
      | a one-time password | its own one-time password in the name of another | badMessageCheck |
      | a one-time password | the certificate that it confirms                 | wrongIntegrity  |
      | a certificate       | a shared secret                                  | wrongIntegrity  |
      | a certificate       | the certificate of another                       | badMessageCheck |
      | a certificate       | the certificate that it confirms                 | badMessageCheck |
      | a certificate       | the certificate of an RA                         | wrongIntegrity  |

  Scenario Outline: No other one gives a transaction up, nor polls for its answer
    Given the client "router" asks the alias "two" with a shared secret
    When <message> of "router" comes with another shared secret
    Then it is refused as badMessageCheck
    When the client "router" confirms its certificate
    Then it is told that this has arrived
    And the certificate of "router" is good

    Examples:
      | message  |
      | an error |
      | a poll   |

  Scenario: Who sends another's first message again gets no answer of it
    Given the client "router" asks the alias "two" with a shared secret
    When the first message of "router" comes again with another shared secret
    Then it is refused as transactionIdInUse

  # ---- nonces

  Scenario Outline: A later message answers an answer
    When the client "router" asks for a certificate
    And the confirmation of "router" has <nonce>
    Then it is refused as badRecipientNonce: "recipNonce is not the senderNonce of an answer."
    When the client "router" confirms its certificate
    Then it is told that this has arrived

    Examples:
      | nonce                             |
      | no recipNonce                     |
      | a recipNonce that never was       |
      | its own first nonce as recipNonce |

  Scenario: The first message answers nothing
    When the client "router" asks for a certificate, with a recipNonce
    Then it is refused as badRecipientNonce: "The first message of a transaction has no recipNonce."
    And nobody has a certificate

  # ---- no such transaction, and transactions that are forgotten

  Scenario Outline: What goes on with no transaction is refused
    When <message> of the client "router" comes, and there is no such transaction
    Then it is refused as badRequest: "There is no transaction of that transactionID."

    Examples:
      | message        |
      | an error       |
      | a poll         |
      | a confirmation |

  Scenario: A transaction that has ended is forgotten, and its messages are too old then
    Given the alias "ra" remembers transactions for 1 day
    When the client "router" asks for a certificate
    And the client "router" confirms its certificate
    And 2 days pass
    And the worker tidies up
    And the client "router" sends its first message again
    Then it is refused as badTime
    And exactly 1 certificate was issued, to "router"

  # in-process-ca: where a remote issuer signs, the same octets bring the same answer too, which is to wait; the client polls for the rest.
  @in-process-ca
  Scenario: A transaction that is not forgotten yet answers, however old the message is
    When the client "router" asks for a certificate
    And the client "router" confirms its certificate
    And 20 days pass
    And the worker tidies up
    And the client "router" sends its first message again
    Then it gets the same answer again
    And it gets a certificate for its key

  Scenario: A message that tells no time is remembered for longer than a year: nothing else shows that it is old
    Given the alias "ra" remembers transactions for 1 day
    When the client "router" asks for a certificate, with no time
    And the client "router" confirms its certificate
    And 365 days pass
    And the worker tidies up
    And the client "router" sends its first message again
    Then it gets the same answer again

  # in-process-ca: where a remote issuer signs, the same octets bring the same answer too, which is to wait; the client polls for the rest.
  @in-process-ca
  Scenario: An open transaction is not forgotten
    Given the alias "ra" remembers transactions for 1 day
    When the client "router" asks for a certificate
    And 2 days pass
    And the worker tidies up
    Then the certificate of "router" is revoked
    When the client "router" sends its first message again
    Then it gets the same answer again

  # ---- bounds

  Scenario: A sender has a bounded number of open transactions
    Given the alias "two" keeps at most 2 transactions per sender open
    And the client "router" asks the alias "two" with a shared secret
    And the client "gateway" asks the alias "two" with a shared secret
    And the client "switch" asks the alias "two" with a shared secret
    Then it is refused as systemUnavail: "Too many transactions of this sender are open."
    And exactly 2 certificates were issued
    Given the client "printer" asks the alias "two" with another shared secret
    Then it gets a certificate for its key

  Scenario Outline: A transaction that has ended is not open
    Given the alias "ra" keeps at most 1 transaction per sender open
    When the client "gateway" asks for a certificate
    And <end>
    And the client "router" asks for a certificate
    Then it gets a certificate for its key

    Examples:
      | end                                           |
      | the client "gateway" confirms its certificate |
      | the client "gateway" sends an error           |
      | the time for the confirmation passes          |
