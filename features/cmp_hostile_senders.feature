Feature: CMP senders who may do something, and try more
  An RA's host delivers messages, and has no other rights by that. An RA that acts by its purpose is one of the CA of the alias. A
  vendor's device gets its first certificate, and that of nobody else. A message whose parts cannot be read does nothing, and is
  answered like any other.

  # ---- who acts as an RA

  Scenario Outline: The certificate that delivers messages acts as no RA in them
    Given the alias "ra" takes as an RA <who>
    When the RA that delivers <asks>
    Then it is refused as notAuthorized: "A certificate that delivers messages acts as no RA in them."
    And nobody has a certificate

    Examples:
      | who                                           | asks                                              |
      | every certificate with the purpose            | asks for a certificate for "router"               |
      | every certificate with the purpose            | sends on the request of "router" and of "gateway" |
      | the certificate that delivers, which it names | asks for a certificate for "router"               |
      | the certificate that delivers, which it names | sends on the request of "router" and of "gateway" |

  Scenario: It revokes no certificate by that, either
    Given the client "router" with a certificate
    And the alias "ra" takes as an RA every certificate with the purpose
    When the RA that delivers asks to revoke the certificate of "router"
    Then it is refused as notAuthorized: "A certificate that delivers messages acts as no RA in them."
    And the certificate of "router" is good

  Scenario Outline: By its purpose, a certificate acts as an RA where the CA of the alias has issued it
    Given the alias "ra" takes as an RA every certificate with the purpose
    When an RA with a certificate of <ca> asks for a certificate for "router"
    Then <outcome>

    Examples:
      | ca           | outcome                                                                                          |
      | ManagementCA | it gets a certificate for its key                                                                |
      | OtherCA      | it is refused as notAuthorized: "The RA's certificate was not issued by the CA of the alias ra." |

  Scenario: An alias may name an RA of another CA
    Given the alias "ra" names an RA with a certificate of OtherCA
    When an RA with a certificate of OtherCA asks for a certificate for "router"
    Then it gets a certificate for its key

  Scenario: An RA whose CA is outside waits for that CA's word
    Given the alias "ra" names an RA with a certificate of PartnerCA, a CA outside
    When an RA with a certificate of PartnerCA asks, and no CRL of PartnerCA was fetched
    Then the message waits
    And nobody has a certificate
    When the client "gateway" asks for a certificate with implicit confirmation
    Then it gets a certificate for its key
    When a CRL of PartnerCA is fetched, and a minute later the worker runs
    Then the RA of PartnerCA gets a certificate for "router"

  Scenario: An RA whose CA answers by OCSP waits for that CA's word
    Given the alias "ra" names an RA with a certificate of PartnerCA, a CA outside
    And PartnerCA answers by OCSP
    When an RA with a certificate of PartnerCA asks, and no CRL of PartnerCA was fetched
    Then the message waits
    When PartnerCA is asked, and a minute later the worker runs
    Then the RA of PartnerCA gets a certificate for "router"

  Scenario Outline: A certificate of a CA outside, which is good there, is nobody's here
    Given PartnerCA is a CA outside that has published a CRL
    And the alias "ra" takes as an RA every certificate with the purpose
    And the end entity "router" has a one-time password
    When somebody with a certificate of PartnerCA <asks> for "router" at the alias "<alias>"
    Then the CA has refused it
    And nobody has a certificate

    Examples:
      | asks                 | alias  |
      | asks                 | ra     |
      | asks                 | client |
      | asks for a key update | ra     |
      | asks for a key update | client |

  # ---- vendors' devices

  Scenario: A vendor's device gets the name in its vendor's certificate, and no alternative names
    Given the device "sensor" of a vendor that the alias "ra" knows
    When the device "sensor" asks for a certificate with the alternative name "www.bank.example"
    Then it gets a certificate for its key
    And the certificate of "sensor" has no alternative names
    And the device is told that this is otherwise than asked for: subject, extensions

  Scenario: A vendor's device does not get the name of an end entity
    Given the device "sensor" of a vendor that the alias "ra" knows
    And the end entity "sensor" waits for its certificate
    When the client "sensor" asks for a certificate
    Then its request is refused as notAuthorized: "An end entity of the device's name exists already."
    And nobody has a certificate
    And the end entity "sensor" is as it was

  Scenario: A vendor's certificate is for the first certificate of a device
    Given the device "sensor" of a vendor that the alias "ra" knows
    When the client "sensor" asks for a certificate with implicit confirmation
    Then it gets a certificate for its key
    When the client "sensor" asks for a certificate in another transaction
    Then its request is refused as notAuthorized: "An end entity of the device's name exists already."
    And exactly 1 certificate was issued, to "sensor"

  Scenario: The request of a device waits like any other
    Given the device "sensor" of a vendor that the alias "ra" knows
    And the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 1 approval of issue
    When the client "sensor" asks for a certificate
    Then it is told to wait
    When "ann" approves
    And the client "sensor" polls
    Then it gets a certificate for its key

  # ---- templates that cannot be read

  Scenario Outline: A request whose template cannot be read brings no certificate
    When the client "router" asks for a certificate, and its template has <what>
    Then it is refused as badCertTemplate: "A name or an extension of the template cannot be read."
    And nobody has a certificate

    Examples:
      | what                             |
      | extensions that are numbers      |
      | an extension without content     |
      | an extension of a very long type |
      | an issuer that is no name        |
      | a subject that is no name        |

  Scenario Outline: A revocation whose template cannot be read revokes nothing
    Given the client "router" with a certificate
    When the client "router" asks to revoke its certificate, and its template has <what>
    Then it is refused as badCertTemplate: "A name or an extension of the template cannot be read."
    And the certificate of "router" is good

    Examples:
      | what                             |
      | extensions that are numbers      |
      | an extension without content     |
      | an extension of a very long type |
      | an issuer that is no name        |
      | a subject that is no name        |

  # in-process-ca: the answers come in one nested message; where a remote issuer signs, each client polls for its own.
  @in-process-ca
  Scenario Outline: In a nested message, the other message gets its answer
    When the RA "desk" sends on the requests of "router" and "gateway" together, and the template of "gateway" has <what>
    Then the answer is nested, and signed by the service
    And "router" gets a certificate, and "gateway" is refused as badCertTemplate

    Examples:
      | what                             |
      | an extension without content     |
      | an extension of a very long type |
      | a subject that is no name        |

  # ---- references that are no text

  Scenario Outline: A reference that is no text is one more reference of a secret for all
    Given the alias "ra" has one secret for every reference
    And the reference of the client "router" is the octets <octets>
    When the client "router" asks for a certificate
    Then it gets a certificate for its key
    When the client "router" sends its last message again
    Then it gets the same answer again
    When the client "router" sends an error
    Then it is told that this has arrived
    And the audit log names the client "shared secret <name> (CMP alias ra)"

    Examples:
      | octets   | name   |
      | 61 00 62 | 610062 |
      | 00       | 00     |
      | ff fe    | fffe   |
      | ed a0 80 | eda080 |
