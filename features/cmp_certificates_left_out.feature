Feature: Certificates that later messages of a CMP transaction leave out

  A client may leave its certificate out of the messages that go on with a transaction (RFC 9483, 3.3). The CA then
  verifies them with the certificate that has opened it, and with no other one.

  Background:
    Given the client "router" with a certificate
    And it has asked for the next one

  Scenario Outline: What goes on with a transaction is verified with the certificate that has opened it
    When it sends <message> without extraCerts
    Then the answer is a <answer>
    And the answer is signed by the service
    And the new certificate is <standing>

    Examples:
      | message                       | answer  | standing |
      | a certConf                    | pkiconf | good     |
      | a certConf that rejects       | pkiconf | revoked  |
      | an error in place of certConf | pkiconf | revoked  |
      | a pollReq                     | kup     | good     |

  Scenario Outline: No other key's signature counts
    When <who> sends a certConf without extraCerts
    Then it is refused as badMessageCheck: "<sentence>"
    And the new certificate is good

    Examples:
      | who                                            | sentence                                                |
      | another key under the same name and identifier | The signature is wrong, or the message was changed.     |
      | the holder of another certificate              | extraCerts does not hold the certificate that protects. |
      | the client, in a transaction that nobody began | extraCerts does not hold the certificate that protects. |

  Scenario: Nothing is left out of the message that opens a transaction
    When it asks for another one without extraCerts, under the same transactionID
    Then it is refused as badMessageCheck: "extraCerts does not hold the certificate that protects."
    And exactly 2 certificates were issued

  Scenario: A certificate that was revoked meanwhile confirms nothing
    Given its first certificate is revoked
    When it sends a certConf without extraCerts
    Then it is refused as certRevoked: "The certificate that protects is revoked or unknown to the CA that issued it."
