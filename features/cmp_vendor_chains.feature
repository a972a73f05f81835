Feature: Devices ask for their first certificate with the one that their vendor has given them

  A device comes with a certificate of its vendor (3GPP TS 33.310). An alias names the vendors' CAs. The device signs its
  messages, and brings the vendor's CAs in between in extraCerts, without the root. Which names it gets, the CA decides: the
  registered ones in client mode, those of the vendor's certificate in RA mode, and never those in the template.

  Background:
    Given a vendor with a root CA, a CA for products and a CA for sensors
    And the alias "client" trusts the vendor's root CA

  Scenario Outline: A chain leads from the device's certificate to the vendor's CA that the alias trusts
    Given the end entity "sensor" is registered
    And the device "sensor" with a certificate of <issuer>
    When it asks for the certificate of "somebody else", with <brought> in extraCerts
    Then it gets a certificate for its key
    And the certificate is for "CN=sensor,O=Example,C=SE"
    When the client "sensor" confirms its certificate
    Then it is told that this has arrived
    And the certificate of "sensor" is good

    Examples:
      | issuer          | brought                                  |
      | the root CA     | nothing else                             |
      | the product CA  | the product CA                           |
      | the sensor CA   | the sensor CA and the product CA         |
      | the sensor CA   | the product CA and the sensor CA         |
      | the sensor CA   | the sensor CA, the product CA and the root CA |

  Scenario: The messages that follow may leave all certificates out
    Given the end entity "sensor" is registered
    And the device "sensor" with a certificate of the sensor CA
    When it asks for the certificate of "sensor", with the sensor CA and the product CA in extraCerts
    And it confirms its certificate without extraCerts
    Then it is told that this has arrived
    And the certificate of "sensor" is good

  Scenario: In RA mode the device is added under the name that its vendor has given it
    Given the alias "ra" trusts the vendor's root CA
    And the device "sensor" with a certificate of the product CA
    And it sends its messages to the alias "ra"
    When it asks for the certificate of "somebody else", with the product CA in extraCerts
    Then it gets a certificate for its key
    And the certificate is for "CN=sensor,O=Lockgate tests,C=SE"

  Scenario Outline: No chain leads to the vendor's CA
    Given the end entity "sensor" is registered
    And the device "sensor" with a certificate of <issuer>
    When it asks for the certificate of "sensor", with <brought> in extraCerts
    Then it is refused as signerNotTrusted: "The certificate that protects was not issued by a CA that the alias trusts."
    And nobody has a certificate

    Examples:
      | issuer                                | brought                          |
      | the sensor CA                         | nothing else                     |
      | the sensor CA                         | the sensor CA                    |
      | the sensor CA                         | the product CA                   |
      | another device                        | that device and the product CA   |
      | a product CA that may sign no certificates | that CA                     |
      | a product CA that has expired         | that CA                          |
      | a product CA that may have no CA below | the sensor CA and that CA       |
      | another vendor                        | that vendor's CA                 |

  Scenario Outline: Which devices may ask, the alias and the registration say
    Given <case>
    When it asks for the certificate of "sensor", with the product CA in extraCerts
    Then <told>
    And nobody has a certificate

    Examples:
      | case                                                             | told                                                                                |
      | the device "sensor" of the product CA, for which nobody is registered | its request is refused as notAuthorized: "The signer lacks a right that the request needs. No end entity is registered for the device." |
      | the device "sensor" of the product CA, whose end entity is of another CA | its request is refused as notAuthorized                                       |
      | the device "sensor" of the product CA, which has got its certificate before | its request is refused as badRequest                                       |
      | the device "sensor" of the product CA, which is not on the alias's list | it is refused as notAuthorized: "The vendor's certificate is not on the alias's list." |
      | the device "sensor" of the product CA, which sends no senderKID  | it is refused as badRequest: "A message under a vendor's certificate needs senderKID." |

  Scenario Outline: A device that is on the alias's list may ask
    Given the end entity "sensor" is registered
    And the device "sensor" with a certificate of the product CA
    And the alias "client" lists only <listed>
    When it asks for the certificate of "sensor", with the product CA in extraCerts
    Then it gets a certificate for its key

    Examples:
      | listed              |
      | its common name     |
      | its serial number   |
