Feature: Every refusal of a CMP message has its bit of PKIFailureInfo, and a sentence
  A message that breaks a rule is answered with an error. Nothing is done for it. Each bit that has a meaning in CMP is used,
  and stands for one kind of fault; the sentence says what was wrong, and tells no secret.

  # ---- what cannot be read

  Scenario Outline: Octets that are no message are refused at once
    When somebody sends <octets>
    Then it is refused as badDataFormat
    And the answer is signed by the service
    And nobody has a certificate

    Examples:
      | octets                                |
      | seven octets of garbage               |
      | one octet                             |
      | a message that is cut                 |
      | a message with an octet behind it     |
      | a message of indefinite length        |
      | a message whose length is not minimal |
      | an empty sequence                     |

  # ---- the header

  Scenario Outline: The rules of the header
    Given the alias "ra" wants a time
    When the client "router" sends a message that <deviation>
    Then it is refused as <failure>: "<sentence>"
    And the answer is protected by the secret of the message
    And nobody has a certificate

    Examples:
      | deviation                              | failure            | sentence                                                                                             |
      | has the version 1                      | unsupportedVersion | pvno is 2 or 3, not 1.                                                                               |
      | has the version 4                      | unsupportedVersion | pvno is 2 or 3, not 4.                                                                               |
      | has no senderNonce                     | badSenderNonce     | senderNonce is needed, 16 octets at least.                                                           |
      | has a senderNonce of 15 octets         | badSenderNonce     | senderNonce is needed, 16 octets at least.                                                           |
      | has no transactionID                   | badDataFormat      | transactionID is needed.                                                                             |
      | has an empty transactionID             | badDataFormat      | transactionID is needed.                                                                             |
      | says no time                           | missingTimeStamp   | messageTime is needed.                                                                               |
      | has a recipNonce                       | badRecipientNonce  | The first message of a transaction has no recipNonce.                                                |
      | has an implicitConfirm that is no NULL | badRequest         | The value of implicitConfirm in generalInfo must be NULL.                                            |
      | names two profiles for one request     | badRequest         | certProfile names as many profiles as there are requests, or none.                                   |
      | has a confirmWaitTime that is no time  | badDataFormat      | The value of confirmWaitTime in generalInfo cannot be read: an element with the tag 0x18 is missing. |
      | has a certProfile that is no list      | badDataFormat      | The value of certProfile in generalInfo cannot be read: an element with the tag 0x30 is missing.     |

  Scenario Outline: What is out of bounds in the header cannot be read
    When the client "router" sends a message that <deviation>
    Then it is refused as badDataFormat: "<sentence>"
    And nobody has a certificate

    Examples:
      | deviation                        | sentence                                                             |
      | has a transactionID of 65 octets | The header cannot be read: a transactionID of more than 64 octets. |
      | has a senderNonce of 129 octets  | The header cannot be read: a senderNonce of more than 128 octets.  |
      | has 33 members in generalInfo    | The header cannot be read: more than 32 members in generalInfo.      |

  Scenario Outline: The time of a message may differ by some minutes from the CA's
    When the client "router" sends a message that <deviation>
    Then it is refused as badTime
    And nobody has a certificate

    Examples:
      | deviation                   |
      | says a time six minutes ago |
      | says a time in six minutes  |

  Scenario: A message need not say its time, where the alias does not ask for it
    When the client "router" sends a message that says no time
    Then it gets a certificate for its key

  Scenario Outline: The answer to a version that is not spoken has the one that is nearest to it
    When the client "router" sends a message that <deviation>
    Then the answer has the version <version>

    Examples:
      | deviation         | version |
      | has the version 1 | 2       |
      | has the version 4 | 3       |

  # ---- the protection

  Scenario Outline: The protection by a secret
    When the client "router" sends a message that <deviation>
    Then it is refused as <failure>: "<sentence>"
    And the answer is signed by the service
    And nobody has a certificate

    Examples:
      | deviation                                  | failure         | sentence                                                                                     |
      | has no protection                          | badMessageCheck | The message has no protection.                                                               |
      | has a MAC with 99 iterations               | badAlg          | The protection algorithm is not accepted: an iteration count that is not from 100 to 10000.  |
      | has a MAC with 10,001 iterations           | badAlg          | The protection algorithm is not accepted: an iteration count that is not from 100 to 10000.  |
      | has a MAC with 2,147,483,647 iterations    | badAlg          | The protection algorithm is not accepted: an iteration count that is not from 100 to 10000.  |
      | has a PBMAC1 with 2,147,483,647 iterations | badAlg          | The protection algorithm is not accepted: an iteration count that is not from 100 to 10000.  |
      | has a MAC with a salt of 7 octets          | badAlg          | The protection algorithm is not accepted: a salt of less than 8 octets.                      |
      | has a MAC with a salt of 129 octets        | badAlg          | The protection algorithm is not accepted: a salt of more than 128 octets.                    |
      | has a MAC by HMAC-SHA1                     | badAlg          | The protection algorithm is not accepted: SHA-1, which is switched off.                      |
      | has a MAC by SHA-1                         | badAlg          | The protection algorithm is not accepted: SHA-1, which is switched off.                      |
      | has a DHBasedMac                           | badAlg          | The protection algorithm is not accepted: DHBasedMac is not used here.                       |
      | has a KemBasedMac                          | badAlg          | The protection algorithm is not accepted: KemBasedMac is not used here.                      |
      | has a MAC of an unknown kind               | badAlg          | The protection algorithm is not accepted: this kind is not used here.                        |
      | has a MAC under an unknown reference       | badMessageCheck | The protection is wrong: the secret or its reference is unknown, or the message was changed. |
      | has a MAC that is cut                      | badMessageCheck | The protection is wrong: the secret or its reference is unknown, or the message was changed. |

  Scenario: More iterations count where the alias says so
    Given the alias "ra" takes 20,000 iterations
    When the client "router" sends a message with a MAC of 10,001 iterations
    Then it gets a certificate for its key

  Scenario: HMAC-SHA1 counts where the alias says so
    Given the alias "ra" takes HMAC-SHA1
    When the client "router" sends a message with a MAC by HMAC-SHA1
    Then it gets a certificate for its key

  Scenario Outline: The protection by a signature
    When the client "router" sends a message <signed>
    Then it is refused as <failure>: "<sentence>"
    And no certificate was issued that nobody was told of

    Examples:
      | signed                                             | failure          | sentence                                                                                 |
      | signed with another key                            | badMessageCheck  | The signature is wrong, or the message was changed.                                      |
      | signed with SHA-1                                  | badAlg           | The protection algorithm is not accepted: a signature needs SHA-256, SHA-384 or SHA-512. |
      | without its certificate                            | badMessageCheck  | extraCerts does not hold the certificate that protects.                                  |
      | whose sender is not the subject of its certificate | badMessageCheck  | extraCerts does not hold the certificate that protects.                                  |
      | whose senderKID is that of another key             | badMessageCheck  | extraCerts does not hold the certificate that protects.                                  |
      | with a certificate of another CA                   | signerNotTrusted | The certificate that protects was not issued by a CA that the alias trusts.              |
      | with a certificate that has signed itself          | signerNotTrusted | The certificate that protects was not issued by a CA that the alias trusts.              |
      | with the certificate of the CA itself              | signerNotTrusted | The certificate that protects was not issued by a CA that the alias trusts.              |
      | with a certificate that the CA does not know       | certRevoked      | The certificate that protects is revoked or unknown to the CA that issued it.            |
      | with a certificate that has expired                | signerNotTrusted | The certificate that protects is not valid at this time.                                 |
      | with a certificate that is not valid yet           | signerNotTrusted | The certificate that protects is not valid at this time.                                 |
      | with a certificate that is revoked                 | certRevoked      | The certificate that protects is revoked or unknown to the CA that issued it.            |
      | with a certificate that is on hold                 | certRevoked      | The certificate that protects is revoked or unknown to the CA that issued it.            |
      | with a certificate that is a worker's, too         | signerNotTrusted | The certificate that protects authenticates nobody: it is a worker's.                    |
      | with a certificate that is not for signatures      | signerNotTrusted | The certificate that protects does not allow digital signatures.                         |
      | at an alias that takes no certificates             | notAuthorized    | The alias ra takes no signatures of end entities.                                        |

  # ---- the body

  Scenario Outline: Messages that the CA does not answer are refused by name
    When the client "router" sends a message that is <kind>
    Then it is refused as badRequest: "The alias ra answers no such message: unsupported body <name>."

    Examples:
      | kind      | name    |
      | a krr     | krr     |
      | a ccr     | ccr     |
      | a popdecr | popdecr |
      | a ckuann  | ckuann  |
      | a cann    | cann    |
      | a rann    | rann    |
      | a crlann  | crlann  |
      | an ip     | ip      |
      | a pkiconf | pkiconf |
      | a genp    | genp    |
      | a pollRep | pollRep |

  Scenario Outline: Bodies
    When the client "router" sends a message that <deviation>
    Then it is refused as <failure>: "<sentence>"
    And nobody has a certificate

    Examples:
      | deviation                           | failure       | sentence                                                                         |
      | is nested, though no RA sends it    | notAuthorized | Only an RA may send a nested message.                                            |
      | is an ir without a request          | badDataFormat | The certificate request cannot be read: no request is in the message.            |
      | is an ir that cannot be read        | badDataFormat | The certificate request cannot be read: an element with the tag 0x30 is missing. |
      | is a p10cr that cannot be read      | badDataFormat | The PKCS#10 request cannot be read: an element with the tag 0x30 is missing.     |
      | is an rr that cannot be read        | badDataFormat | The revocation request cannot be read: an element with the tag 0x30 is missing.  |
      | has two requests with one certReqId | badRequest    | Two requests have the same certReqId.                                            |
      | has 17 requests                     | badDataFormat | The certificate request cannot be read: more than 16 certificate requests.       |
      | has 21 certificates in extraCerts   | badDataFormat | The message cannot be read: more than 20 certificates in extraCerts.             |

  # ---- what the CA cannot do now, or has no part in

  Scenario: An alias that does not exist
    Given an RA with one role: /administrator, /action/deliver, /cmp/*
    When the client "router" asks the alias "none" for a certificate
    Then it is refused as badRequest: "There is no CMP alias 'none'."
    And the answer is signed by the service

  Scenario Outline: The CA that shall issue
    When the client "router" asks for a certificate, and <what>
    Then its request is refused as <failure>: "<sentence>"
    And nobody has a certificate

    Examples:
      | what                              | failure             | sentence                                                       |
      | the template names another issuer | wrongAuthority      | The template names another issuer than the CA of the alias ra. |
      | the alias's CA does not exist     | wrongAuthority      | There is no such CA. 'NoCA'                                    |
      | the alias's CA is switched off    | systemUnavail       | The CA cannot sign now.                                        |
      | its certProfile does not exist    | addInfoNotAvailable | There is no certificate profile 'NONE'.                        |

  Scenario: The issuer in a template may be the CA's own name
    When the client "router" asks for a certificate, and the template names the CA
    Then it gets a certificate for its key

  Scenario: A transaction id that is in use
    When the client "router" asks for a certificate
    And the client "gateway" asks for a certificate under the transaction id of "router"
    Then it is refused as transactionIdInUse

  Scenario: A certificate that is confirmed already
    When the client "router" asks for a certificate with implicit confirmation
    And the client "router" confirms its certificate
    Then it is refused as certConfirmed

  Scenario: A confirmation for another certificate
    When the client "router" asks for a certificate
    And the client "router" sends a confirmation with a wrong hash
    Then it is refused as badCertId

  Scenario: Another protection in the middle of a transaction
    Given the client "router" asks the alias "two" with a shared secret
    When the confirmation of "router" comes with the certificate that it confirms
    Then it is refused as wrongIntegrity

  Scenario: A request whose key was not shown
    When the client "router" asks for a certificate, and does not show that it has the key
    Then its request is refused as badPOP

  Scenario: A request for a key that is too weak
    When the client "router" asks for a certificate, and its key is too weak
    Then its request is refused as badCertTemplate

  Scenario: A key that is certified already
    Given the client "router" with a certificate
    And the alias "client" lets a kur keep its key
    When the client "router" asks for a certificate for its own key
    Then its request is refused as duplicateCertReq
