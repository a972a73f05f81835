Feature: For whom a sender of CMP messages may ask, and what it must show
  Each end entity asks for itself. An RA that the alias knows asks for others, vouches for their keys, and carries their messages
  in its own. A vendor's device asks with the certificate that its vendor has given it. Nobody asks for more by naming somebody else.

  # ---- RAs

  Scenario: A certificate for other purposes makes no RA
    Given the client "gateway" with a certificate
    And the client "router" with a certificate
    And the alias "desk" takes every certificate for RAs
    When the client "router" asks the alias "desk" to revoke the certificate of "gateway"
    Then its request is refused as badCertId
    And the certificate of "gateway" is good

  # ---- possession of the key

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

  Scenario: A certificate for RAs vouches, where the alias takes every such certificate
    Given the alias "desk" takes every certificate for RAs
    And the alias "desk" lets RAs vouch, and the profile certifies unproven keys
    When the RA "desk" vouches for the key of "router"
    Then it gets a certificate for its key

  # ---- nested messages

  # in-process-ca: the answers come in one nested message; where a remote issuer signs, each client polls for its own.
  @in-process-ca
  Scenario: A nested message holds so many messages
    When the RA "desk" carries 16 requests
    Then the answers in its nested answer are 16 certificates
    When the RA "desk" carries 17 requests
    Then it is refused as badDataFormat: "The nested message cannot be read: more than 16 messages in a nested one."

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

  Scenario: In client mode, a vendor's device for which nobody is registered asks for nothing
    Given the device "sensor" of a vendor that the alias "ra" knows
    And the alias "ra" is in client mode
    When the client "sensor" asks for a certificate by an ir
    Then its request is refused as notAuthorized: "The signer lacks a right that the request needs. No end entity is registered for the device."
    And nobody has a certificate

  # ---- requests that are no CRMF

  Scenario: A p10cr that waits is polled for as -1
    Given the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 1 approval of issue
    When the client "router" asks for a certificate by a p10cr
    And the client "router" polls
    Then the pollRep is for the certReqId -1
