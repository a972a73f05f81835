Feature: SCEP devices enrol through the RA, and a hostile one gains nothing

  Background:
    Given a SCEP server that asks for the challenge password "open sesame"

  # ---- what a device gets

  @every-issuer
  Scenario: A device asks, polls, and gets its certificate when the CA has answered
    When the device "router" asks for a certificate
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    And exactly 1 certificate was issued, to "router"

  Scenario: The RA's messages to the CA are signed and encrypted with other keys than SCEP's
    When the device "router" asks for a certificate
    Then the message waits for the CA, encrypted to the worker, and holds nothing of the request in clear
    When the worker runs
    Then the CA has issued on behalf of the RA's own certificate

  @every-issuer
  Scenario: A request that is sent again is answered from the same transaction
    When the device "router" asks for a certificate
    And the device "router" asks again, with the same request
    Then it is told to wait
    When the worker runs
    And the device "router" asks again, with the same request
    Then it gets a certificate for its key, with the CA's chain
    When the device "router" asks again, with the same request
    Then it gets the same certificate again
    And exactly 1 certificate was issued, to "router"

  Scenario: A device may poll another server than the one that it asked
    Given a second SCEP server on the same message database
    When the device "router" asks for a certificate
    And the worker runs
    And the device "router" polls the second server
    Then it gets a certificate for its key, with the CA's chain

  Scenario: A server that is started again knows what was asked before
    When the device "router" asks for a certificate
    And the SCEP server is started again
    And the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain

  Scenario: A server that dies before it has put the message loses nothing
    When the SCEP server dies between writing down the transaction of the device "router" and putting its message
    And the device "router" polls
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain

  Scenario Outline: While other servers interfere, a device is answered, or told that it cannot be
    When the device "router" asks for a certificate
    And 8 days pass
    And other servers <interfere>
    And the device "router" asks again, with the same request
    Then <outcome>

    Examples:
      | interfere                                     | outcome                                       |
      | remove what has expired                       | it is told to wait                            |
      | take the id and give it up                    | it is told to wait                            |
      | take the id and give it up again and again    | it is told nothing: the server cannot answer  |

  # ---- who may ask

  Scenario Outline: A wrong challenge password puts nothing into the message database, and no password is logged
    When the device "router" asks for a certificate with <challenge>
    Then it is refused as badRequest: "The challenge password is missing or wrong."
    And the message database holds nothing
    And nothing that was logged holds a challenge password

    Examples:
      | challenge                               |
      | the challenge password "open seame"     |
      | the challenge password "open sesame!"   |
      | the challenge password "OPEN SESAME"    |
      | no challenge password                   |

  @every-issuer
  Scenario Outline: A device's own challenge password is the CA's to check
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" that waits for its certificate
    And the RA may view the end entities of its profile
    When the device "router" asks for a certificate with the challenge password "<challenge>"
    And the worker runs
    And the device "router" polls
    Then <outcome>
    And nothing that was logged holds a challenge password

    Examples:
      | challenge        | outcome                                                                |
      | its own password | it gets a certificate for its key, with the CA's chain                 |
      | a wrong guess    | it is refused as badRequest: "Unknown end entity or wrong password."   |

  Scenario: Where each device has a challenge password of its own, a request without one is refused by the RA
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" that waits for its certificate
    And the RA may view the end entities of its profile
    When the device "router" asks for a certificate with no challenge password
    Then it is refused as badRequest: "The challenge password is missing or wrong."
    And the message database holds nothing

  Scenario Outline: The CA certifies the names that it has stored, even if the device wrote others
    Given a SCEP server where each device has a challenge password of its own
    And it makes usernames of the common name or the unstructuredName
    And the end entity "router" with the password "its own password" that waits for its certificate
    And the RA may view the end entities of its profile
    When the device "router" asks with <name> and with the challenge password "its own password"
    And the worker runs
    And the device "router" polls for the name that it has asked for
    Then it gets a certificate for its key, with the CA's chain
    And the certificate is for "CN=router,O=Example,C=SE"

    Examples:
      | name                                              |
      | an unstructuredName                               |
      | an unstructuredName in the RDN of its common name |
      | serial number and unstructuredName in one RDN     |
      | the country Sweden                                |
      | an attribute that is not known                    |
      | a user principal name                             |
      | an otherName of an unknown type                   |
      | a directory name                                  |
      | a registered id                                   |
      | a line break in its unstructuredName              |
      | a line break in an alternative name               |
      | 4097 characters of names                          |
      | 4097 characters of alternative names              |

  # exact-certificates: `openssl ca` writes the attributes of names in string types of its own.
  @exact-certificates
  Scenario Outline: Routers' own attributes are certified as they asked for them, where the RA adds end entities
    Given it makes usernames of the common name or the unstructuredName
    When the device "router" asks with <name> and with the challenge password "open sesame"
    And the worker runs
    And the device "router" polls for the name that it has asked for
    Then it gets a certificate for its key, with the CA's chain
    And the certificate is for the name that it has asked for

    Examples:
      | name                                              |
      | an unstructuredName                               |
      | an unstructuredName in the RDN of its common name |
      | serial number and unstructuredName in one RDN     |

  Scenario Outline: Alternative names are certified as the device asked for them, where the RA adds end entities
    When the device "router" asks with <name> and with the challenge password "open sesame"
    And the worker runs
    And the device "router" polls for the name that it has asked for
    Then it gets a certificate for its key, with the CA's chain
    And the certificate has the alternative names that it has asked for

    Examples:
      | name                  |
      | a user principal name |
      | a directory name      |
      | a registered id       |

  Scenario Outline: A name that cannot be certified is refused, and the device is told why
    When the device "router" asks with <name> and with the challenge password "open sesame"
    Then it is refused as badRequest: "The subject cannot be certified: <sentence>"
    And the message database holds nothing

    Examples:
      | name                            | sentence                                                                    |
      | an attribute that is not known  | no known attribute at '1.3.6.1.4.1.311.60.2.1.1=Stockholm'.                 |
      | the country Sweden              | C: 1 to 2 characters are needed.                                            |
      | an otherName of an unknown type | an alternative name is of the kind otherName 1.2.3, which is not used here. |

  Scenario Outline: The RA refuses names that could be mistaken for others, or that break a line
    When the device "router" asks with <name> and with the challenge password "open sesame"
    Then it is refused as badRequest: "<sentence>"
    And the message database holds nothing

    Examples:
      | name                                     | sentence                                                                                          |
      | a line break in its common name          | The subject cannot be certified: CN: control or invisible characters are not allowed.             |
      | a right-to-left override                 | The subject cannot be certified: CN: control or invisible characters are not allowed.             |
      | a Cyrillic letter among Latin ones       | The subject cannot be certified: CN: the scripts Cyrillic, Latin are mixed.                       |
      | an organization of 65 characters         | The subject cannot be certified: O: 1 to 64 characters are needed.                                |
      | 4097 characters of names                 | The subject cannot be certified: the subject: at most 4096 characters are allowed.                |
      | a line break in an alternative name      | The subject cannot be certified: DNSNAME: control or invisible characters are not allowed.        |
      | an alternative name that is no host name | The subject cannot be certified: DNSNAME: 'no host!' is no such name.                             |
      | 4097 characters of alternative names     | The subject cannot be certified: the alternative names: at most 4096 characters are allowed.      |

  Scenario Outline: The name that makes the username must be fit to be shown, also if the CA certifies its own names
    Given a SCEP server where each device has a challenge password of its own
    When the device "router" asks with <name> and with the challenge password "its own password"
    Then it is refused as badRequest: "<sentence>"
    And the message database holds nothing

    Examples:
      | name                               | sentence                                                                                           |
      | a line break in its common name    | The subject makes no username: username: control or invisible characters are not allowed.          |
      | a right-to-left override           | The subject makes no username: username: control or invisible characters are not allowed.          |
      | a Cyrillic letter among Latin ones | The subject makes no username: username: the scripts Cyrillic, Latin are mixed.                    |

  Scenario: A username that could be mistaken for another after it is put together is refused
    Given a SCEP server that puts "router-" before every username
    When the device "маршрутизатор" asks for a certificate
    Then it is refused as badRequest: "The subject makes no username: username: the scripts Cyrillic, Latin are mixed."
    And the message database holds nothing

  Scenario Outline: Keys that only sign are answered under the device's own challenge password
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "MFRGGZDFMZTWQ2LKNNWG23TPOA" that waits for its certificate
    And the RA may view the end entities of its profile
    When the device "router" with <key> key asks for a certificate with the challenge password "MFRGGZDFMZTWQ2LKNNWG23TPOA"
    And the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain

    Examples:
      | key        |
      | an EC      |
      | an Ed25519 |

  Scenario: A chosen password is not used as a key, because it could be guessed from a recorded answer
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" that waits for its certificate
    And the RA may view the end entities of its profile
    When the device "router" with an EC key asks for a certificate with the challenge password "its own password"
    Then it is refused as badAlg: "Keys that cannot be encrypted to need a one-time password made by the CA."
    And the message database holds nothing

  Scenario: A challenge password that all devices share is not used as a key
    When the device "router" with an EC key asks for a certificate with the challenge password "open sesame"
    Then it is refused as badAlg: "Keys that cannot be encrypted to need a one-time password made by the CA."
    And the message database holds nothing

  Scenario Outline: No signature is verified with a key that is weak or slow to verify with
    When the device "router" asks for a certificate for <a key>
    Then it is refused as badAlg: "The signer's key is of a kind or size that is not accepted."
    And the message database holds nothing

    Examples:
      | a key                                    |
      | an RSA key of 1024 bits                  |
      | an RSA key with an exponent of 257 bits  |
      | a key on P-521                           |

  Scenario Outline: No device's challenge password is kept, though its answer is encrypted under it
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "MFRGGZDFMZTWQ2LKNNWG23TPOA" that waits for its certificate
    And the RA may view the end entities of its profile
    When the device "router" with <key> key asks for a certificate with the challenge password "<challenge>"
    Then the transaction does not hold its challenge password
    When the worker runs
    And the device "router" polls
    Then the device has <got>
    And the transaction does not hold its challenge password

    Examples:
      | key    | challenge                  | got           |
      | an EC  | MFRGGZDFMZTWQ2LKNNWG23TPOA | a certificate |
      | an EC  | MFRGGZDFMZTWQ2LKNNWG23TPOB | a refusal     |
      | an RSA | MFRGGZDFMZTWQ2LKNNWG23TPOA | a certificate |

  Scenario: A device whose key only signs, and that lost its answer, gets it again
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "MFRGGZDFMZTWQ2LKNNWG23TPOA" that waits for its certificate
    And the RA may view the end entities of its profile
    When the device "router" with an EC key asks for a certificate with the challenge password "MFRGGZDFMZTWQ2LKNNWG23TPOA"
    And the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    When the device "router" polls
    Then it gets the same certificate again
    When the device "router" asks again, with the same request
    Then it gets the same certificate again
    And exactly 1 certificate was issued, to "router"
    When the device "router" asks again, with another challenge password
    Then it is refused as badRequest: "The transaction id belongs to another request."

  # ---- old devices

  Scenario: An old device enrols and renews if the RA and the CA's worker both accept old devices
    Given a SCEP server that accepts old devices
    And the worker accepts old devices
    And the device "router" is an old one
    And the device "router" has a certificate
    When the device "router" asks for its renewal with a new key
    And the worker runs
    And the device "router" polls with its current certificate
    Then it gets a certificate for its new key, with the CA's chain
    And 2 certificates were issued
    And both are signed with SHA-256 or better

  Scenario: If only the RA accepts old devices, the device and the operator are told why the CA refuses an enrolment
    Given a SCEP server that accepts old devices
    And the device "router" is an old one
    When the device "router" asks for a certificate
    And the worker runs
    And the device "router" polls
    Then it is refused as badAlg: "The request was made with an algorithm that is not accepted. The signature needs SHA-256 or better."
    And the CA's audit log says: "RSA with SHA-1; the worker's legacy_devices is off"
    And 0 certificates were issued

  Scenario: If only the RA accepts old devices, the device and the operator are told why the CA refuses a renewal
    Given a SCEP server that accepts old devices
    And the device "router" has a certificate
    And the device "router" is an old one
    When the device "router" asks for its renewal with a new key
    And the worker runs
    And the device "router" polls with its current certificate
    Then it is refused as badAlg: "The request was made with an algorithm that is not accepted. The digest or signature algorithm is not accepted."
    And the CA's audit log says: "the worker's legacy_devices is off"
    And 1 certificate was issued

  Scenario: A certificate request that is signed with MD5 proves no possession
    Given a SCEP server that accepts old devices
    And the worker accepts old devices
    And the device "router" signs its certificate request with MD5
    When the device "router" asks for a certificate
    Then it is refused as badMessageCheck: "The message's content cannot be read or does not belong to it."
    And the message database holds nothing

  # ---- approvals

  @every-issuer
  Scenario: A device polls until administrators have approved
    Given the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 1 approval of issue
    When the device "router" asks for a certificate
    And the worker runs
    And the device "router" polls
    Then it is told to wait
    When "ann" approves what the device asks for
    And the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain

  @every-issuer
  Scenario: A rejection reaches the device with its reason, and is remembered for half an hour
    Given the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 1 approval of issue
    When the device "router" asks for a certificate
    And the worker runs
    And "ann" rejects what the device asks for: "the name is mistyped"
    And the worker runs
    And the device "router" polls
    Then it is refused as badRequest: "An administrator has rejected the request. the name is mistyped"
    When 29 minutes pass
    And the device "router" asks again, with the same request
    Then it is refused as badRequest: "An administrator has rejected the request. the name is mistyped"
    When 2 minutes pass
    And the device "router" asks again, with the same request
    Then it is told to wait
    When the worker runs
    And "ann" approves what the device asks for
    And the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    And exactly 1 certificate was issued, to "router"

  Scenario: An approval that expires while the device polls is asked for anew
    Given the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 1 approval of issue
    When the device "router" asks for a certificate
    And the worker runs
    And 61 minutes pass
    And the worker runs
    And the device "router" polls
    Then it is told to wait
    When "ann" approves what the device asks for
    And the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
