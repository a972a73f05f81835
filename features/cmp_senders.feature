Feature: For whom a sender of CMP messages may ask, and what it must show
  Each end entity asks for itself. An RA that the alias knows asks for others, vouches for their keys, and carries their messages
  in its own. A vendor's device asks with the certificate that its vendor has given it. Nobody asks for more by naming somebody else.

  # ---- RAs

  Scenario: Whoever has a certificate for RAs is one, where the alias says so
    Given the alias "desk" takes every certificate for RAs
    When the RA "desk" asks for a certificate for "router"
    Then it gets a certificate for its key
    And exactly 1 certificate was issued, to "router"

  Scenario: Elsewhere the holder of such a certificate asks for itself alone
    Given the alias "desk" names no RA
    When the RA "desk" asks for a certificate for "router"
    Then its request is refused as badCertId
    And nobody has a certificate

  Scenario: A certificate for other purposes makes no RA
    Given the client "gateway" with a certificate
    And the client "router" with a certificate
    And the alias "desk" takes every certificate for RAs
    When the client "router" asks the alias "desk" to revoke the certificate of "gateway"
    Then its request is refused as badCertId
    And the certificate of "gateway" is good

  # ---- possession of the key

  Scenario Outline: An RA vouches for keys where the alias and the certificate profile say so
    Given the alias "desk" <alias>, and the profile <profile>
    When the RA "desk" vouches for the key of "router"
    Then <outcome>

    Examples:
      | alias             | profile                    | outcome                                   |
      | lets RAs vouch    | certifies unproven keys    | it gets a certificate for its key         |
      | lets RAs vouch    | certifies no unproven keys | its request is refused as badCertTemplate |
      | lets nobody vouch | certifies unproven keys    | its request is refused as badPOP          |

  Scenario Outline: Other proofs of possession than a signature are refused by name
    When the client "router" asks for a certificate with <possession> as its proof of possession
    Then its request is refused as badPOP, and the sentence names "<kind>"
    And nobody has a certificate

    Examples:
      | possession    | kind                            |
      | nothing       | no proof of possession          |
      | raVerified    | raVerified                      |
      | encrCert      | subsequentMessage encrCert      |
      | challengeResp | subsequentMessage challengeResp |
      | thisMessage   | thisMessage                     |

  Scenario Outline: Without a subject, the sender of the message is what the key signs
    Given the client "router" with a certificate
    When the client "router" asks without a subject, and its key signs <signed>
    Then <outcome>

    Examples:
      | signed                    | outcome                           |
      | its own name              | it gets a certificate for its key |
      | the name of another       | its request is refused as badPOP  |
      | its own name, another key | its request is refused as badPOP  |

  Scenario: A certificate for RAs vouches, where the alias takes every such certificate
    Given the alias "desk" takes every certificate for RAs
    And the alias "desk" lets RAs vouch, and the profile certifies unproven keys
    When the RA "desk" vouches for the key of "router"
    Then it gets a certificate for its key

  # ---- nested messages

  Scenario: A message travels in that of an RA, and its sender gets the answer
    When the RA "desk" carries a request of "router"
    Then "router" gets its certificate, under its own secret

  Scenario: Several messages travel in one, and each has an answer of its own
    When the RA "desk" carries requests of "router", "gateway" and one that a wrong secret protects
    Then the answers in its nested answer are: a certificate for "router", a certificate for "gateway", badMessageCheck
    And exactly 2 certificates were issued

  Scenario: A nested message in another one is refused
    When the RA "desk" carries a nested message
    Then it is refused as badRequest: "A nested message holds another nested message."

  Scenario: A nested message holds so many messages
    When the RA "desk" carries 16 requests
    Then the answers in its nested answer are 16 certificates
    When the RA "desk" carries 17 requests
    Then it is refused as badDataFormat: "The nested messages cannot be read: more than 16 nested messages."

  Scenario Outline: Who is no RA carries no messages, and is told so under protection, for the message that it has sent
    When <who> carries a request of "router"
    Then it is refused as <failure>
    And the answer is signed by the service
    And nobody has a certificate

    Examples:
      | who                               | failure          |
      | an RA of another CA               | signerNotTrusted |
      | the RA "desk", which was revoked, | certRevoked      |

  # ---- vendors

  Scenario: A vendor's device gets a certificate for the name that its vendor has given it
    Given the device "sensor" of a vendor that the alias "ra" knows
    When the client "sensor" asks for a certificate for "boss"
    Then it gets a certificate for the name "sensor"
    And exactly 1 certificate was issued, to "sensor"
    And the answer holds no root

  Scenario: A device of another vendor
    Given the device "sensor" of a vendor that the alias "ra" does not know
    When the client "sensor" asks for a certificate by an ir
    Then it is refused as signerNotTrusted
    And nobody has a certificate

  Scenario Outline: An alias may list the devices of a vendor
    Given the device "sensor" of a vendor that the alias "ra" knows
    And the alias "ra" lists <listed>
    When the client "sensor" asks for a certificate by an ir
    Then <outcome>

    Examples:
      | listed                        | outcome                                                                                |
      | the serial number of "sensor" | it gets a certificate for the name "sensor"                                            |
      | the common name of "sensor"   | it gets a certificate for the name "sensor"                                            |
      | another device                | it is refused as notAuthorized: "The vendor's certificate is not on the alias's list." |

  Scenario: In client mode, a vendor's device asks for nothing
    Given the device "sensor" of a vendor that the alias "ra" knows
    And the alias "ra" is in client mode
    When the client "sensor" asks for a certificate by an ir
    Then its request is refused as notAuthorized: "In client mode each end entity enrols with its own one-time password."
    And nobody has a certificate

  # ---- revocation

  Scenario Outline: The reason that an rr gives stands in the CRL
    Given the client "router" with a certificate
    When the client "router" asks to revoke its certificate, for the reason <reason>
    Then it is told that the certificate is revoked
    And the CRL says of it: <told>

    Examples:
      | reason | told                 |
      | none   | no reason            |
      | 1      | keyCompromise        |
      | 4      | superseded           |
      | 5      | cessationOfOperation |

  Scenario: What an rr says of the certificate may be all that it is
    Given the client "router" with a certificate
    When the client "router" asks to revoke its certificate, with all that stands in it
    Then it is told that the certificate is revoked

  Scenario Outline: What an rr says of the certificate must be so
    Given the client "router" with a certificate
    When the client "router" asks to revoke its certificate, with another <field>
    Then its request is refused as badCertId: "The template does not match a certificate that the sender may revoke."
    And the certificate of "router" is good

    Examples:
      | field         |
      | serial number |
      | issuer        |
      | subject       |
      | key           |
      | end           |
      | version       |
      | extension     |

  Scenario Outline: Who may not revoke a certificate
    Given the client "router" with a certificate
    When an rr for the certificate of "router" comes with <protection>
    Then <outcome>
    And the certificate of "router" is good

    Examples:
      | protection                 | outcome                             |
      | no protection              | it is refused as badMessageCheck    |
      | a shared secret            | its request is refused as badCertId |
      | the certificate of another | its request is refused as badCertId |

  Scenario: An RA revokes for others, once
    Given the client "router" with a certificate
    When the RA "desk" asks to revoke the certificate of "router"
    Then it is told that the certificate is revoked
    And the certificate of "router" is revoked
    When the RA "desk" asks once more to revoke the certificate of "router"
    Then its request is refused as certRevoked

  # ---- the next certificate

  Scenario Outline: A kur is for the certificate that protects it
    Given the client "router" with a certificate
    When a kur for the certificate of "router" comes with <protection>
    Then its request is refused as <failure>
    And no certificate was issued that nobody was told of

    Examples:
      | protection                 | failure        |
      | the certificate of another | badCertId      |
      | a shared secret            | wrongIntegrity |

  Scenario Outline: An alias says whether a kur may keep the key, and so does the certificate profile
    Given the client "router" with a certificate
    And the alias "client" <alias> a kur keep its key, and the profile <profile>
    When the client "router" asks for the next certificate of its key
    Then <outcome>

    Examples:
      | alias    | profile               | outcome                                    |
      | lets     | certifies a key again | it gets a certificate for its key          |
      | lets     | certifies a key once  | its request is refused as duplicateCertReq |
      | lets not | certifies a key again | its request is refused as badCertTemplate  |

  # ---- the name of an end entity

  Scenario Outline: In client mode, senderKID or a part of the sender's name says which end entity it is
    Given the client "router" with a one-time password
    And the alias "client" looks for the end entity in <place>
    When the client "router" names itself in <named>
    Then <outcome>

    Examples:
      | place     | named     | outcome                           |
      | senderKID | senderKID | it gets a certificate for its key |
      | the name  | the name  | it gets a certificate for its key |
      | the name  | senderKID | it is refused as badMessageCheck  |

  Scenario Outline: In RA mode, an alias says how usernames are made
    Given the alias "ra" makes usernames of <scheme>
    When the client "router" asks for a certificate
    Then it gets a certificate for its key
    And exactly 1 certificate was issued, to "<username>"

    Examples:
      | scheme                        | username      |
      | the common name               | router        |
      | the common name with a prefix | device-router |

  # ---- requests that are no CRMF

  Scenario: A p10cr that waits is polled for as -1
    Given the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate by a p10cr
    And the client "router" polls
    Then the pollRep is for the certReqId -1
