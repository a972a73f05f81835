Feature: Devices that deviate from the RFCs are served if the deviation does no harm
  Each of these was seen with devices or client libraries in use. No deviation is accepted that weakens a signature or a
  proof of possession.

  Background:
    Given a SCEP server that asks for the challenge password "open sesame"

  Scenario Outline: A device with a harmless deviation is enrolled
    When the device "router" asks for a certificate, and writes <deviation>
    And the worker runs
    And the device "router" asks again, with the same request
    Then it gets a certificate for its key, with the CA's chain

    Examples:
      | deviation                                                    |
      | key transport without NULL                                   |
      | digest with NULL in one place alone                          |
      | an empty set of CRLs                                         |
      | unsigned attributes                                          |
      | a senderNonce of 8 octets                                    |
      | a transaction id as UTF8String                               |
      | a transaction id with an underscore                          |
      | a certificate with the serial number 0                       |
      | a certificate for a country of three letters                 |
      | a certificate with an underscore in a PrintableString        |
      | a certificate with an at sign in a PrintableString           |
      | a certificate with an underscore in a name of its extensions |
      | a PKCS#10 with an underscore in a PrintableString            |
      | a PKCS#10 with an at sign in a PrintableString               |

  Scenario Outline: A device whose algorithms are not accepted is told so
    When the device "router" asks for a certificate, and writes <deviation>
    Then it is refused as badAlg
    And the log has one line on it, with its client and transaction: <reason>

    Examples:
      | deviation                                | reason                   |
      | AES-GCM                                  | unaccepted_cipher        |
      | key transport RSA-OAEP with its defaults | unaccepted_key_transport |

  Scenario: RSA-OAEP with SHA-1 is accepted where the configuration says so, without old devices
    Given a SCEP server that accepts RSA-OAEP with SHA-1
    When the device "router" asks for a certificate, and writes key transport RSA-OAEP with its defaults
    And the worker runs
    And the device "router" asks again, with the same request
    Then it gets a certificate for its key, with the CA's chain

  Scenario: A device whose own certificate cannot be read is told so
    When the device "router" asks for a certificate, and writes something else in its certificate's place
    Then it is refused as badMessageCheck: "The signer's certificate cannot be read."
    And the log has one line on it, with its client and transaction: unreadable_signer_certificate

  Scenario: A device that writes names differently from the CA can poll, and ask for what the CA publishes
    Given the device "router" writes names in capitals, as PrintableString, with spaces around them
    And the device "router" has a certificate
    When the device "router" asks for the certificate with its own serial
    And the worker runs
    And the device "router" asks once more for the certificate with its own serial
    Then it gets its own certificate

  Scenario: A senderNonce that is too short to be one is refused
    When the device "router" asks for a certificate, and writes a senderNonce of 7 octets
    Then it is refused as badRequest: "The senderNonce has less than 8 octets."
    And the answer repeats its senderNonce
    And the log has one line on it, with its client and transaction: wrong_nonce

  Scenario: A message without a messageType is refused, and the device is told so
    When the device "router" asks for a certificate, and writes no messageType
    Then it is refused as badRequest: "The messageType is missing or malformed."
    And the answer repeats its senderNonce
    And the log has one line on it, with its client and transaction: no_message_type

  Scenario: A message without a senderNonce is refused, and the device is told so
    When the device "router" asks for a certificate, and writes no senderNonce
    Then it is refused as badRequest: "The senderNonce is missing or malformed."
    And the answer repeats no senderNonce
    And the log has one line on it, with its client and transaction: no_nonce
