Feature: CMP messages are delivered by an RA, and act by their own sender's authentication
  An RA passes the messages of CMP clients on to the CA, and the CA's answers back. The protection of a message runs from
  the client to the CA: who has sent it, and what it may ask for, is judged by that protection and by the rights of the alias
  that answers. The RA that delivers counts for nothing. So an owner of the RA's host can delay, drop, repeat and cross
  messages, and do nothing else.

  # ---- what a client gets

  @every-issuer
  Scenario Outline: A client asks for a certificate, and confirms that it has got it
    When the client "router" asks for a certificate by <request>
    Then it gets a certificate for its key
    When the client "router" confirms its certificate
    Then it is told that this has arrived
    And exactly 1 certificate was issued, to "router"
    And the certificate of "router" is good

    Examples:
      | request |
      | an ir   |
      | a cr    |
      | a p10cr |

  @every-issuer
  Scenario: A client with a one-time password asks for the certificate that the CA holds ready for it
    Given the client "router" with a one-time password
    When the client "router" asks for a certificate
    Then it gets a certificate for its key
    And the answer is protected by the secret of the message

  @every-issuer
  Scenario: A client with a certificate asks for the next one
    Given the client "router" with a certificate
    When the client "router" asks for a certificate by a kur
    Then it gets a certificate for its key
    And the answer is signed by the service

  @every-issuer
  Scenario: An RA that signs asks for its clients
    When the RA "desk" asks for a certificate for "router"
    Then it gets a certificate for its key
    And exactly 1 certificate was issued, to "router"

  # ---- who delivers

  Scenario Outline: To deliver, an RA needs the right to do so, and the right to the alias
    Given an RA with one role: <rights>
    When the client "router" asks for a certificate
    Then the message is not delivered: <reason>
    And nobody has a certificate

    Examples:
      | rights                                                                            | reason                   |
      | /administrator, /cmp/ra                                                           | not_authorized           |
      | /administrator, /cmp/ra, /action/create, /action/edit, /ca/*, /endentityprofile/* | not_authorized           |
      | /administrator, /action/deliver                                                   | not_authorized           |
      | /administrator, /action/deliver, /cmp/client                                      | not_authorized           |
      | /action/deliver, /cmp/ra                                                          | signer_not_administrator |

  Scenario: An RA with every right but this one cannot deliver
    Given an RA with one role: /administrator, /cmp/*, /ca/*, /endentityprofile/*, /action/view, /action/create, /action/edit, /action/delete, /action/keyrecovery, /action/revocation, /action/approve, /action/certifyunproven, /action/ownrenewal
    When the client "router" asks for a certificate
    Then the message is not delivered: not_authorized
    And nobody has a certificate

  Scenario: An RA that may only deliver, delivers requests for what it may not ask for itself
    When the client "router" asks for a certificate
    Then it gets a certificate for its key
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the CA answers "not_authorized"
    And exactly 1 certificate was issued, to "router"

  Scenario: An RA whose certificate is revoked delivers nothing
    Given the certificate of the RA is revoked
    When the client "router" sends a request that nobody answers
    Then the CA answers "signer_revoked"
    And nobody has a certificate

  # ---- who acts, and with which rights

  Scenario Outline: The rights of the RA that delivers add nothing
    Given the RA may do everything
    And the client "router" with a certificate
    When the client "router" <asks>
    Then <refused>
    And exactly 1 certificate was issued, to "router"

    Examples:
      | asks                                                  | refused                          |
      | sends an ir that a wrong secret protects              | it is refused as badMessageCheck |
      | sends an ir without protection                        | it is refused as badMessageCheck |
      | asks the alias "client" for somebody else by a secret | it is refused as badMessageCheck |

  Scenario: The certificate of an RA that delivers acts as no RA in the messages
    Given the alias "ra" takes every certificate of an RA
    When the RA that delivers asks for a certificate for "router"
    Then it is refused as notAuthorized: "A certificate that delivers messages acts as no RA in them."
    And nobody has a certificate

  Scenario: A certificate acts as an RA by its purpose at aliases of its own CA
    Given the alias "ra" takes every certificate of an RA
    When an RA of OtherCA asks for a certificate for "router"
    Then it is refused as notAuthorized: "The RA's certificate was not issued by the CA of the alias ra."
    And nobody has a certificate

  Scenario: A certificate without the purpose acts as no RA
    Given the alias "ra" takes every certificate of an RA
    And the client "router" with a certificate
    And the client "router" at the alias "ra"
    When the client "router" asks for a certificate for "gateway"
    Then its request is refused as badCertId
    And exactly 1 certificate was issued, to "router"

  Scenario Outline: An alias acts on its own CA and its own profiles, whoever asks
    Given the RA may do everything
    And the client "router" with a certificate
    And the end entity "router" is moved to <place>
    When the client "router" asks for a certificate by a kur
    Then its request is refused as badCertId
    And exactly 1 certificate was issued, to "router"

    Examples:
      | place                          |
      | OtherCA                        |
      | the end entity profile GUARDED |

  Scenario Outline: In RA mode, an alias edits no end entity of another CA or profile
    Given the RA may do everything
    And the client "router" with a certificate
    And the end entity "router" is moved to <place>
    When the client "gateway" asks for a certificate for "router"
    Then its request is refused as notAuthorized
    And exactly 1 certificate was issued, to "router"

    Examples:
      | place                          |
      | OtherCA                        |
      | the end entity profile GUARDED |

  Scenario: An end entity's one-time password counts at aliases for its CA and profile
    Given the client "router" with a one-time password
    And the end entity "router" is moved to OtherCA
    When the client "router" asks for a certificate
    Then its request is refused as badMessageCheck
    And nobody has a certificate

  Scenario: An alias answers only the kinds of message that it lists
    Given the alias "ra" answers only: ir, kur
    When the client "router" asks for a certificate by a cr
    Then it is refused as badRequest: "The alias ra answers no such message: unsupported body cr."
    When the client "router" asks for a certificate by an ir
    Then it gets a certificate for its key

  Scenario: An alias that answers no rr gives its RAs no right to revoke
    Given the alias "desk" answers only: ir, cr, p10cr, kur
    And the client "router" with a certificate
    When the RA "desk" asks to revoke the certificate of "router"
    Then it is refused as badRequest: "The alias desk answers no such message: unsupported body rr."
    And the certificate of "router" is good

  Scenario: What one alias knows, another one does not
    When the client "router" asks the alias "client" for a certificate
    Then it is refused as badMessageCheck
    And nobody has a certificate

  Scenario: In client mode nobody describes an end entity
    Given the alias "client" knows the shared secret, too
    When the client "router" asks the alias "client" for a certificate
    Then its request is refused as notAuthorized: "In client mode each end entity enrols with its own one-time password."
    And there is no end entity "router"

  # ---- what an owner of the RA's host can do

  Scenario Outline: Nobody changes a message on its way
    When the client "router" asks for a certificate, and on the way its <part> is changed
    Then it is refused as badMessageCheck
    And nobody has a certificate

    Examples:
      | part                 |
      | version              |
      | sender               |
      | recipient            |
      | time                 |
      | protection algorithm |
      | reference            |
      | transaction id       |
      | nonce                |
      | general information  |
      | kind of body         |
      | body                 |
      | protection           |

  Scenario Outline: Nobody changes a signed message on its way
    Given the client "router" with a certificate
    When the client "router" asks for a certificate by a kur, and on the way its <part> is changed
    Then it is refused as badMessageCheck
    And exactly 1 certificate was issued, to "router"

    Examples:
      | part                 |
      | version              |
      | sender               |
      | recipient            |
      | time                 |
      | protection algorithm |
      | reference            |
      | transaction id       |
      | nonce                |
      | general information  |
      | kind of body         |
      | body                 |
      | protection           |

  Scenario: A message that is delayed for longer than clocks may differ is refused
    When the client "router" asks for a certificate, and its message is held back for 6 minutes
    Then it is refused as badTime
    And nobody has a certificate

  Scenario: A message that is dropped has done nothing, and can be sent again
    When the message of the client "router" is dropped on its way
    Then nobody has a certificate
    When the client "router" sends its last message again
    Then it gets a certificate for its key

  # in-process-ca: where a remote issuer signs, the same octets bring the same answer too, which is to wait; the client polls for the rest.
  @in-process-ca
  Scenario: An answer that is dropped is there for the client when it sends its message again
    When the client "router" asks for a certificate, and the answer is dropped
    And the client "router" sends its last message again
    Then it gets a certificate for its key
    And exactly 1 certificate was issued, to "router"

  # in-process-ca: where a remote issuer signs, the same octets bring the same answer too, which is to wait; the client polls for the rest.
  @in-process-ca
  Scenario: A message that is repeated has no second effect
    When the client "router" asks for a certificate
    And the RA's host puts the message 3 times more
    Then it got the same answer each time
    And exactly 1 certificate was issued, to "router"

  Scenario: A message of another transaction moves nothing in this one
    When the client "router" asks for a certificate
    And the client "gateway" asks for a certificate
    And the RA's host puts the confirmation of "gateway" under the transaction id of "router"
    Then it is refused as badMessageCheck
    When the client "router" confirms its certificate
    Then it is told that this has arrived
    And exactly 2 certificates were issued

  Scenario: A message that is brought to an alias with another secret is refused there
    When the client "router" asks for a certificate
    And the RA's host brings the message to the alias "client"
    Then it is refused as badMessageCheck
    And exactly 1 certificate was issued, to "router"

  @every-issuer
  Scenario: What a one-time password has protected counts once, at whichever alias
    Given the client "router" with a one-time password
    When the client "router" asks for a certificate
    And the RA's host brings the message to the alias "ra"
    Then it is refused as transactionIdInUse
    And exactly 1 certificate was issued, to "router"

  # ---- the worker, and the audit log

  Scenario: A worker on whose whitelist CMPRequest alone stands
    Given a worker that requires signatures and encryption, with the whitelist "CMPRequest"
    And the RA may do everything
    When the client "router" asks for a certificate
    Then it gets a certificate for its key
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the CA answers "not_whitelisted"

  Scenario: A worker on whose whitelist CMPRequest does not stand
    Given a worker that requires signatures and encryption, with the whitelist "PKCS10Request"
    When the client "router" asks for a certificate
    Then the message is not delivered: not_whitelisted
    And nobody has a certificate

  Scenario: The audit log names the one that has delivered, and the one that has asked
    When the client "router" asks for a certificate
    Then the audit log says that "ra" has delivered the message
    And the audit log says that "shared secret factory" has asked at the alias "ra", for the certificate of "router"

  Scenario: The audit log names both of a message that is refused, and nothing secret
    When the client "router" sends an ir that a wrong secret protects
    Then the audit log says that "ra" has delivered the message
    And the audit log says that a message at the alias "ra" was refused as badMessageCheck
    And the entry says that the sender claims to be "factory"
    And the log of the process that answers says the same
    And no log holds a secret

  Scenario: What is refused of a message is in both logs, too
    Given the RA may do everything
    And the client "router" with a certificate
    And the end entity "router" is moved to OtherCA
    When the client "gateway" asks for a certificate for "router"
    Then its request is refused as notAuthorized
    And the audit log says that a message at the alias "ra" was refused as notAuthorized
    And the log of the process that answers says the same

  Scenario: A revocation that is refused is in both logs, too
    Given the client "router" with a certificate
    And the end entity "router" is moved to OtherCA
    When the RA "desk" asks to revoke the certificate of "router"
    Then its request is refused as badCertId
    And the audit log says that a message at the alias "desk" was refused as badCertId
    And the log of the process that answers says the same

  Scenario Outline: What a sender claims to be is cut and escaped
    When the client "router" sends an ir that a wrong secret protects, and claims to be <claim>
    Then it is refused as badMessageCheck
    And the entry says that the sender claims to be "<told>"

    Examples:
      | claim                     | told                                                             |
      | two lines                 | two\\nlines                                                      |
      | a name of 65 letters      | aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa |
      | octets that are no text   | ff00                                                             |
