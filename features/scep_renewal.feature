Feature: SCEP devices renew, and ask for what the CA publishes

  Background:
    Given a SCEP server that asks for the challenge password "open sesame"

  @every-issuer
  Scenario: The holder of a certificate renews it with a new key
    Given the device "router" has a certificate
    When the device "router" asks for its renewal with a new key
    Then it is told to wait
    When the worker runs
    And the device "router" polls with its current certificate
    Then it gets a certificate for its new key, with the CA's chain
    And 2 certificates were issued

  Scenario: Devices that renew as before RFC 8894, with a PKCSReq, are renewed too
    Given the device "router" has a certificate
    When the device "router" asks for its renewal with a new key, in a PKCSReq without a challenge password
    Then it is told to wait
    When the worker runs
    And the device "router" polls with its current certificate
    Then it gets a certificate for its new key, with the CA's chain
    And 2 certificates were issued

  Scenario Outline: Routers that ask for their configured name in a PKCSReq are renewed, also under another certified name
    Given a SCEP server where each device has a challenge password of its own
    And it makes usernames of the common name or the unstructuredName
    And the end entity "router" with the password "its own password" that waits for its certificate
    And the RA may view the end entities of its profile
    And the device "router" has a certificate for <name>, got with "its own password"
    When the device "router" asks for its renewal with a new key, in a PKCSReq without a challenge password
    And the worker runs
    And the device "router" polls for that renewal
    Then it gets a certificate for its new key, with the CA's chain
    And the certificate is for "CN=router,O=Example,C=SE"
    And 2 certificates were issued

    Examples:
      | name                                              |
      | an unstructuredName                               |
      | an unstructuredName in the RDN of its common name |
      | serial number and unstructuredName in one RDN     |
      | its organization in another order                 |
      | another organization                              |

  Scenario: A device that enrols others with its certificate does not renew that certificate for their keys
    Given the device "router" has a certificate
    When the device "router" asks for the name "gateway" and a new key, in a PKCSReq
    And the worker runs
    And the device "router" polls for that renewal
    Then it is refused as badRequest: "The request names another end entity than the holder of the certificate that signed it."
    And 1 certificate was issued

  Scenario Outline: A PKCSReq for another key than its signer's is no renewal without a certificate of this CA
    Given the device "router" has a certificate
    When <who> asks for a renewal, in a PKCSReq
    Then it is refused as badMessageCheck: "The message's content cannot be read or does not belong to it."
    And 1 certificate was issued

    Examples:
      | who                                                  |
      | the device "intruder" with a self-signed certificate |
      | the device "intruder" with another CA's certificate  |

  Scenario Outline: A holder who asks for the key that it has gets no certificate, not the old one either, and is told why
    Given the device "router" has a certificate
    When the device "router" asks for its own key again, in <a message>
    And the worker runs
    And the device "router" polls for that renewal
    Then it is refused as badRequest: "A certificate was issued for that key before; renewal takes a new one."
    And 1 certificate was issued

    Examples:
      | a message                                         |
      | a RenewalReq                                      |
      | a PKCSReq                                         |
      | a PKCSReq, under the id of its first request      |
      | its first PKCSReq, signed with the certificate    |

  Scenario Outline: Each renewal for the same key brings a new certificate, if the profile allows the key again
    Given certificates of "ENDUSER" can be renewed for the key that they have
    And the device "router" has a certificate
    When the device "router" asks for its own key again, in <a message>
    And the worker runs
    And the device "router" polls for that renewal
    Then it gets a certificate for its key, with the CA's chain
    And it is another one than before
    When the device "router" asks for its own key again, in <a message>
    Then it is told to wait
    When the worker runs
    And the device "router" polls for that renewal
    Then it gets a certificate for its key, with the CA's chain
    And it is another one than before
    And 3 certificates were issued

    Examples:
      | a message                                         |
      | a RenewalReq                                      |
      | a PKCSReq                                         |
      | a PKCSReq, under the id of its first request      |
      | its first PKCSReq, signed with the certificate    |

  Scenario: A renewed certificate is renewed in its turn, though the device makes each id of the key asked for
    Given certificates of "ENDUSER" can be renewed for the key that they have
    And the device "router" has a certificate
    When the device "router" asks for its renewal with a new key
    And the worker runs
    And the device "router" polls with its current certificate
    And the device "router" goes on with its new key and certificate
    And the device "router" asks for its own key again, under the id of that renewal
    Then it is told to wait
    When the worker runs
    And the device "router" polls for that renewal
    Then it gets a certificate for its key, with the CA's chain
    And it is another one than before
    And 3 certificates were issued

  Scenario: Nobody takes over the id of another holder's renewal
    Given the devices "gateway" and "router" have certificates
    When the device "router" asks for its renewal with a new key
    And the worker runs
    And the device "gateway" asks for its own key again, under the id of that renewal
    And the device "gateway" asks for its own key again, under the id of that renewal
    Then it is refused as badRequest: "The transaction id belongs to another request."
    When the device "router" polls with its current certificate
    Then it gets a certificate for its new key, with the CA's chain

  Scenario Outline: No signature is verified with a new key that is weak or slow to verify with
    Given the device "router" has a certificate
    When the device "router" asks for its renewal for <a key>
    Then it is refused as badMessageCheck: "The message's content cannot be read or does not belong to it."
    And 1 certificate was issued

    Examples:
      | a key                                    |
      | an RSA key of 1024 bits                  |
      | an RSA key with an exponent of 257 bits  |
      | a key on P-521                           |

  Scenario Outline: Keys that only sign are renewed under a challenge password that the device makes up
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "MFRGGZDFMZTWQ2LKNNWG23TPOA" that waits for its certificate
    And the RA may view the end entities of its profile
    And the device "router" with <key> key has a certificate, got with "MFRGGZDFMZTWQ2LKNNWG23TPOA"
    When the device "router" asks for its renewal with a new key, and the challenge password "<challenge>"
    And the worker runs
    And the device "router" polls with its current certificate
    Then <outcome>
    And nothing that was logged holds a challenge password

    Examples:
      | key        | challenge                  | outcome                                                         |
      | an EC      | GEZDGNBVGY3TQOJQGEZDGNBVGY | it gets a certificate for its new key, with the CA's chain      |
      | a P-384    | GEZDGNBVGY3TQOJQGEZDGNBVGY | it gets a certificate for its new key, with the CA's chain      |
      | an Ed25519 | GEZDGNBVGY3TQOJQGEZDGNBVGY | it gets a certificate for its new key, with the CA's chain      |
      | an RSA     | GEZDGNBVGY3TQOJQGEZDGNBVGY | it gets a certificate for its new key, with the CA's chain      |
      | an RSA     | a guess at anything        | it gets a certificate for its new key, with the CA's chain      |

  Scenario Outline: A challenge password that others may know or guess encrypts no answer of a renewal
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "MFRGGZDFMZTWQ2LKNNWG23TPOA" that waits for its certificate
    And the RA may view the end entities of its profile
    And the device "router" with an EC key has a certificate, got with "MFRGGZDFMZTWQ2LKNNWG23TPOA"
    And <server>
    When the device "router" asks for its renewal with a new key, and the challenge password "<challenge>"
    Then it is refused as badAlg: "Keys that cannot be encrypted to need a challenge password of 26 random A-Z and 2-7."
    When the worker runs
    Then 1 certificate was issued

    Examples:
      | server                                                                   | challenge                  |
      | a SCEP server where each device has a challenge password of its own      | a password                 |
      | a SCEP server where each device has a challenge password of its own      | gezdgnbvgy3tqojqgezdgnbvgy |
      | a SCEP server that asks for the challenge password "GEZDGNBVGY3TQOJQGEZDGNBVGY" | GEZDGNBVGY3TQOJQGEZDGNBVGY |

  Scenario: A question is refused if its answer cannot be encrypted
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "MFRGGZDFMZTWQ2LKNNWG23TPOA" that waits for its certificate
    And the RA may view the end entities of its profile
    And the device "router" with an EC key has a certificate, got with "MFRGGZDFMZTWQ2LKNNWG23TPOA"
    When the device "router" asks for the CRL that covers it
    Then it is refused as badAlg: "Keys that cannot be encrypted to are sent no CRLs in answer to GetCRL."

  Scenario Outline: Nobody renews without a certificate of this CA
    Given the device "router" has a certificate
    When <who> asks for a renewal
    And the worker runs
    Then it is refused as badRequest: "The message must be signed with a certificate that this CA has issued."
    And 1 certificate was issued

    Examples:
      | who                                                 |
      | the device "intruder" with a self-signed certificate |
      | the device "intruder" with another CA's certificate  |

  Scenario: A certificate that has expired authenticates nobody
    Given the device "router" has a certificate
    When 800 days pass
    And the device "router" asks for its renewal with a new key
    Then it is refused as badRequest: "The message must be signed with a certificate that this CA has issued."
    When the device "router" asks for the CRL that covers it
    Then it is refused as badRequest: "The message must be signed with a certificate that this CA has issued."

  @every-issuer
  Scenario: A revoked certificate renews nothing
    Given the device "router" has a certificate
    And that certificate is revoked
    When the device "router" asks for its renewal with a new key
    And the worker runs
    And the device "router" polls with its current certificate
    Then it is refused as badRequest, because its certificate's standing does not allow it
    And 1 certificate was issued

  Scenario Outline: Holders are given certificates and CRLs through the message database
    Given the device "router" has a certificate
    And the CA has issued a CRL
    When the device "router" asks for <what>
    And the worker runs
    And the device "router" asks once more for <what>
    Then it gets <got>

    Examples:
      | what                                  | got                                                          |
      | the certificate with its own serial   | its own certificate                                          |
      | a certificate that never was          | a refusal, badCertId: "There is no such certificate."        |

    # in-process-ca: a remote CA issues its CRLs itself.
    @in-process-ca
    Examples: What a CA publishes
      | what                                  | got                                                          |
      | the CRL that covers it                | the CA's CRL                                                 |

  Scenario Outline: Strangers are given nothing
    When the device "intruder" asks for <what>
    Then it is refused as badRequest: "The message must be signed with a certificate that this CA has issued."
    And the message database holds nothing

    Examples:
      | what                                |
      | the certificate with its own serial |
      | the CRL that covers it              |

  Scenario Outline: No serial number goes to the CA that none of its certificates can have
    Given the device "router" has a certificate
    When the device "router" asks for a <what> with the serial number <number>
    Then it is refused as badCertId: "A certificate's serial number is positive, at most 20 octets (RFC 5280, 4.1.2.2)."
    And the message database holds nothing new

    Examples:
      | what        | number           |
      | certificate | 0                |
      | certificate | -1               |
      | certificate | of 21 octets     |
      | certificate | of 60,000 octets |
      | CRL         | 0                |
      | CRL         | -1               |
      | CRL         | of 21 octets     |

  Scenario Outline: A question names this CA's certificates only
    Given the device "router" has a certificate
    When the device "router" asks for a <what> of another CA with its own serial number
    Then it is refused as badCertId: "The question names another issuer than this CA."
    And the message database holds nothing new

    Examples:
      | what        |
      | certificate |
      | CRL         |

  # in-process-ca: a remote issuer renews the CA's key itself.
  @in-process-ca
  Scenario: The CA's next certificate is handed on as the CA has signed it
    When somebody asks for the CA's next certificate
    And the worker runs
    Then the server answers that the CA has announced no next certificate
    When half an hour has passed, and the CA has announced its next certificate
    And somebody asks for the CA's next certificate
    And the worker runs
    Then the server hands on the CA's next certificate, signed with the CA's current key
