Feature: Devices ask for their first certificate with the one that their vendor has issued
  An alias may know CAs of vendors (3GPP TS 33.310). A certificate of one of them protects a request for a first certificate, in
  RA mode: the end entity that it describes is the device that the vendor has named, whatever the request says.

  Background:
    Given the alias "ra" knows the vendor "Vendor"
    And the device "sensor" of the vendor "Vendor"

  Scenario: A device gets a certificate for the name that its vendor has given it
    When the device "sensor" asks for a certificate
    Then it gets a certificate for its key
    And the certificate is for the subject of the vendor's certificate
    When the client "sensor" confirms its certificate
    Then it is told that this has arrived

  Scenario: A device that asks in another's name gets its own
    When the device "sensor" asks for a certificate in the name of "router"
    Then it gets a certificate for its key
    And the certificate is for the subject of the vendor's certificate
    And there is no end entity "router"

  Scenario Outline: Whose devices an alias accepts
    Given <condition>
    When the device "sensor" asks for a certificate
    Then <outcome>

    Examples:
      | condition                                                  | outcome                                                                                |
      | the alias "ra" accepts the vendor's devices named: sensor  | it gets a certificate for its key                                                      |
      | the alias "ra" accepts the vendor's device with its number | it gets a certificate for its key                                                      |
      | the alias "ra" accepts the vendor's devices named: gauge   | it is refused as notAuthorized: "The vendor's certificate is not on the alias's list." |
      | the device "sensor" of the vendor "Another"                | it is refused as signerNotTrusted                                                      |
      | the vendor's certificate has expired                       | it is refused as signerNotTrusted                                                      |
      | the client "sensor" at the alias "two"                     | it is refused as signerNotTrusted                                                      |

  Scenario Outline: A vendor's certificate asks for nothing else
    Given the client "router" with a certificate
    And the alias "client" knows the vendor "Vendor"
    When the device "sensor" asks for <what>
    Then its request is refused as <failure>: "<sentence>"
    And exactly 1 certificate was issued, to "router"

    Examples:
      | what                          | failure        | sentence                                                              |
      | a certificate in client mode  | notAuthorized  | In client mode each end entity enrols with its own one-time password. |
      | the next certificate by a kur | wrongIntegrity | A kur is protected by the certificate that it updates.                |
      | the revocation of "router"    | badCertId      | The template does not match a certificate that the sender may revoke. |
