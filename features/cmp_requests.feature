Feature: CMP requests: for whom certificates are issued, and what of a request is believed
  In client mode an end entity exists and enrols for itself: the CA certifies what it has stored. In RA mode a request describes
  the end entity. A certificate asks for its holder's next one, and for nobody else's. What is not done is refused by name, or
  told: granted with modifications.

  # ---- client mode: the end entity is stored

  Scenario Outline: The CA certifies the names that it has stored, and tells where others were asked for
    Given the client "router" with a one-time password
    When the client "router" asks for a certificate with <name>
    Then it gets a certificate for its key, <how>
    And the certificate is for "CN=router,O=Example,C=SE"

    Examples:
      | name                 | how                                                         |
      | the stored subject   | as it has asked                                             |
      | its common name only | with modifications: "Otherwise than asked for: subject."    |
      | another's name       | with modifications: "Otherwise than asked for: subject."    |
      | alternative names    | with modifications: "Otherwise than asked for: extensions." |

  Scenario: A one-time password is good for one certificate
    Given the client "router" with a one-time password
    When the client "router" asks for a certificate
    And the client "router" asks for a certificate in another transaction
    Then it is refused as badMessageCheck
    And exactly 1 certificate was issued, to "router"

  Scenario: Of two requests under one password, one gets a certificate
    Given the client "router" with a one-time password
    When the client "router" asks for two certificates
    Then the first request is granted, and the second one is refused as badMessageCheck
    And exactly 1 certificate was issued, to "router"

  Scenario Outline: What is no one-time password of an end entity protects nothing, and nobody learns which ones there are
    Given <password>
    When the client "router" asks the alias "client" for a certificate
    Then it is refused as badMessageCheck: "The protection is wrong: the secret or its reference is unknown, or the message was changed."
    And nobody has a certificate

    Examples:
      | password                                                          |
      | the end entity "router" with a one-time password that has expired |
      | the end entity "router" with a password that somebody has chosen  |
      | the end entity "router" with another one-time password            |
      | an end entity "router" that does not exist                        |

  Scenario: A username in the sender's name, where the alias says so
    Given the client "router" with a one-time password
    And the alias "client" takes usernames from the sender's name
    When the client "router" asks for a certificate, its name in the header, and "factory" as its reference
    Then it gets a certificate for its key

  # ---- RA mode: the request describes the end entity

  Scenario Outline: How usernames are made
    Given the alias "ra" makes usernames by <scheme>
    When the client "router" asks for a certificate for the name "UID=r-17,CN=router"
    Then it gets a certificate for its key
    And exactly 1 certificate was issued, to "<username>"

    Examples:
      | scheme                       | username   |
      | DN with CN                   | router     |
      | DN with UID;CN               | r-17       |
      | USERNAME                     | router     |
      | FIXED with lab               | lab        |
      | DN with CN, before it "vpn-" | vpn-router |
      | DN with CN, behind it "@lab" | router@lab |

  Scenario: A random username is made once for a message
    Given the alias "ra" makes usernames by RANDOM
    And ManagementCA asks for 1 approval of issue, which "ann" may give
    When the client "router" asks for a certificate
    And "ann" approves
    And the client "router" polls
    Then it gets a certificate for its key
    And the end entity has a name of random characters

  Scenario Outline: A name that cannot be certified is refused with the reason
    When the client "router" asks for a certificate for the name <name>
    Then its request is refused as badCertTemplate: "<sentence>"
    And nobody has a certificate

    Examples:
      | name                      | sentence                                                                                  |
      | that is empty             | A subject is needed.                                                                      |
      | "O=Example"               | The subject holds no usable CN.                                                           |
      | with a line break         | The subject makes no username: username: control or invisible characters are not allowed. |
      | with an unknown attribute | The subject cannot be certified: no known attribute at '1.2.3=x'.                         |

  Scenario: Without a subject, a signature over the request alone shows nothing
    When the client "router" asks for a certificate, with no subject
    Then its request is refused as badPOP: "The certificate request is not signed by its own key. Without a subject, the signing key's input is needed."

  Scenario: Alternative names are certified as they were asked for
    When the client "router" asks for a certificate with alternative names
    Then it gets a certificate for its key, as it has asked
    And the certificate has the alternative names that it has asked for

  Scenario Outline: What the CA decides otherwise is told
    When the client "router" asks for a certificate with <what>
    Then it gets a certificate for its key, with modifications: "Otherwise than asked for: <changed>."

    Examples:
      | what                  | changed             |
      | an end of its own     | validity            |
      | a key usage           | extensions          |
      | a serial number       | serial number       |
      | a signature algorithm | signature algorithm |
      | a unique identifier   | unique identifiers  |

  Scenario Outline: The profiles that a request names
    Given the alias "ra" names the profiles ENDUSER and KEEPING
    When the client "router" asks for a certificate of the named profile <named>
    Then it gets a certificate for its key
    And the certificate was issued by the certificate profile <named>

    Examples:
      | named   |
      | ENDUSER |
      | KEEPING |

  Scenario: Each request of a message may name a profile of its own
    Given the alias "ra" names the profiles ENDUSER and KEEPING
    When the client "router" asks for a certificate of the profile ENDUSER, and for another one of the profile KEEPING
    Then both requests are granted, by the profile that each has named

  Scenario: The profile of the alias counts where a request names none
    Given the alias "ra" has the certificate profile KEEPING
    When the client "router" asks for a certificate
    Then the certificate was issued by the certificate profile KEEPING

  Scenario: In RA mode the end entity of a name may be edited, and gets another certificate
    When the client "router" asks for a certificate with implicit confirmation
    And the client "router" asks for a certificate for another key
    Then it gets a certificate for its key
    And exactly 2 certificates were issued

  Scenario Outline: Kinds of keys
    When the client "router" asks for a certificate for <key>
    Then it gets a certificate for its key

    Examples:
      | key            |
      | an RSA key     |
      | a P-384 key    |
      | an Ed25519 key |

  # ---- RAs that sign

  Scenario Outline: Who is an RA
    Given <who>
    When the RA "second desk" asks the alias "<alias>" for a certificate for "router"
    Then <outcome>

    Examples:
      | who                                             | alias | outcome                             |
      | an RA that the alias names                      | desk  | it gets a certificate for its key   |
      | the alias "ra" takes every certificate of an RA | ra    | it gets a certificate for its key   |
      | an RA that the alias does not name              | ra    | its request is refused as badCertId |

  Scenario Outline: The word of an RA that it has verified possession
    Given certificates of "ENDUSER" <unproven>
    And the alias "desk" <believes>
    When the RA "desk" asks for a certificate for "router", which has shown that it has the key
    Then <outcome>

    Examples:
      | unproven                                          | believes                           | outcome                                   |
      | may be for keys whose possession nobody has shown | believes RAs that have verified it | it gets a certificate for its key         |
      | may be for keys whose possession nobody has shown | believes nobody                    | its request is refused as badPOP          |
      | are only for keys whose possession was shown      | believes RAs that have verified it | its request is refused as badCertTemplate |

  Scenario: The word of a client that it has verified possession
    Given certificates of "ENDUSER" may be for keys whose possession nobody has shown
    And the alias "ra" believes RAs that have verified it
    When the client "router" asks for a certificate, and says that possession was verified
    Then its request is refused as badPOP

  # ---- nested messages of an RA

  # in-process-ca: the answers come in one nested message; where a remote issuer signs, each client polls for its own.
  @in-process-ca
  Scenario: A nested message with one message gets the answer to that
    When the RA "desk" sends on the request of "router"
    Then the answer is for "router", and protected by its secret
    And it holds a certificate for its key

  # in-process-ca: the answers come in one nested message; where a remote issuer signs, each client polls for its own.
  @in-process-ca
  Scenario: Each of several nested messages gets its own answer
    When the RA "desk" sends on the requests of "router" and "gateway" together
    Then the answer is nested, and signed by the service
    And it holds an answer for each, protected by its secret, with a certificate

  # in-process-ca: the answers come in one nested message; where a remote issuer signs, each client polls for its own.
  @in-process-ca
  Scenario: What is wrong with one of them is told to that one
    When the RA "desk" sends on the requests of "router" and "gateway" together, and that of "gateway" has a wrong secret
    Then the answer is nested, and signed by the service
    And "router" gets a certificate, and "gateway" is refused as badMessageCheck

  Scenario: An RA gives the messages that it sends on no rights
    When the RA "desk" sends on a request of "router" that nobody has protected
    Then it is refused as badMessageCheck: "The message has no protection."
    And nobody has a certificate

  # in-process-ca: the answers come in one nested message; where a remote issuer signs, each client polls for its own.
  @in-process-ca
  Scenario: The same nested message again brings the same certificates
    When the RA "desk" sends on the requests of "router" and "gateway" together
    And the RA "desk" sends on the same once more
    Then it holds an answer for each, protected by its secret, with a certificate
    And exactly 2 certificates were issued

  Scenario: A nested message in a nested message
    When the RA "desk" sends on a nested message
    Then it is refused as badRequest: "A nested message holds another nested message."

  Scenario: An RA that is revoked sends nothing on
    Given the certificate of the RA "desk" is revoked
    When the RA "desk" sends on the requests of "router" and "gateway" together
    Then it is refused as certRevoked
    And nobody has a certificate

  Scenario: An RA whose certificate is not trusted learns so, in a protected answer
    When an RA of another CA sends on the request of "router"
    Then it is refused as signerNotTrusted
    And the answer is signed by the service
    And nobody has a certificate

  # ---- the next certificate

  Scenario Outline: What a certificate's key may ask for, is the next certificate of its holder
    Given the client "router" with a certificate
    When the client "router" asks for the next one by <how>
    Then <outcome>

    Examples:
      | how                             | outcome                                                                                            |
      | a kur                           | it gets a certificate for its key                                                                  |
      | a kur without oldCertId         | it gets a certificate for its key                                                                  |
      | a kur with no subject           | it gets a certificate for its key                                                                  |
      | a cr                            | it gets a certificate for its key                                                                  |
      | an ir                           | it gets a certificate for its key                                                                  |
      | a p10cr                         | it gets a certificate for its key                                                                  |
      | a kur for another's certificate | its request is refused as badCertId: "oldCertId is not the certificate that protects the message." |
      | a kur in another's name         | its request is refused as badCertId                                                                |
      | a cr in another's name          | its request is refused as badCertId                                                                |
      | a p10cr in another's name       | its request is refused as badCertId                                                                |
      | a kur for the same key          | its request is refused as badCertTemplate: "The alias client certifies no key a second time."      |

  Scenario Outline: A kur without the certificate that it updates
    Given the client "router" with a certificate
    When a kur for the certificate of "router" comes with <protection>
    Then its request is refused as wrongIntegrity: "A kur is protected by the certificate that it updates."
    And exactly 1 certificate was issued, to "router"

    Examples:
      | protection               |
      | a shared secret          |
      | the certificate of an RA |

  Scenario: A certificate is renewed as late as its profile says
    Given certificates of "ENDUSER" can be renewed in their last 30 days
    And the client "router" with a certificate
    When the client "router" asks for the next one by a kur
    Then its request is refused as badTime
    And exactly 1 certificate was issued, to "router"

  Scenario: The same key again, where alias and profile allow it
    Given certificates of "ENDUSER" can be renewed for the same key
    And the alias "client" lets a kur keep its key
    And the client "router" with a certificate
    When the client "router" asks for the next one by a kur for the same key
    Then it gets a certificate for its key

  Scenario: The next certificate has the stored names, each once
    Given the client "router" with a certificate
    And the end entity "router" has the alternative names "DNSNAME=router.example"
    When the client "router" asks for the next one by a kur
    Then the certificate has the alternative names "router.example"

  # ---- possession of the key

  Scenario Outline: Proofs of possession that show nothing
    When the client "router" asks for a certificate, with <proof>
    Then its request is refused as badPOP
    And nobody has a certificate

    Examples:
      | proof                                              |
      | no proof of possession                             |
      | a signature by another key                         |
      | a signature over another request                   |
      | raVerified                                         |
      | thisMessage                                        |
      | an encrypted certificate                           |
      | a challenge                                        |
      | a MAC of a key for key agreement                   |
      | an input of the signature, though it has a subject |

  Scenario Outline: Without a subject, the sender signs who it is
    Given the client "router" with <what>
    When the client "router" asks for a certificate without a subject, and signs <input>
    Then <outcome>

    Examples:
      | what                | input                                 | outcome                           |
      | a one-time password | a MAC of its key under the password   | it gets a certificate for its key |
      | a one-time password | a MAC of its key under another secret | its request is refused as badPOP  |
      | a one-time password | a MAC of another key                  | its request is refused as badPOP  |
      | a one-time password | another key                           | its request is refused as badPOP  |
      | a one-time password | another name                          | its request is refused as badPOP  |
      | a certificate       | its name                              | it gets a certificate for its key |
      | a certificate       | another name                          | its request is refused as badPOP  |
      | a certificate       | a MAC of its key under another secret | its request is refused as badPOP  |
      | a certificate       | another key                           | its request is refused as badPOP  |

  # ---- what else is in a request

  Scenario Outline: Controls that this CA does not honour are refused by name
    When the client "router" asks for a certificate with the control <control>
    Then its request is refused as badRequest: "The control <control> is not supported here."
    And nobody has a certificate

    Examples:
      | control            |
      | regToken           |
      | authenticator      |
      | pkiArchiveOptions  |
      | protocolEncrKey    |
      | altCertTemplate    |
      | pkiPublicationInfo |
      | oldCertId          |
      | 1.2.3.4            |

  Scenario: Not to publish is what the CA does
    When the client "router" asks for a certificate that shall not be published
    Then it gets a certificate for its key

  Scenario Outline: Registration information
    When the client "router" asks for a certificate with the registration information <info>
    Then its request is refused as badRequest: "<sentence>"

    Examples:
      | info                     | sentence                                                                |
      | utf8Pairs of an org_unit | The pair 'org_unit' in utf8Pairs is not supported here.                 |
      | certReq                  | The registration information 1.3.6.1.5.5.7.5.2.2 is not supported here. |
