Feature: SCEP devices enrol through the RA, and a hostile one gains nothing

  Background:
    Given a SCEP server that asks for the challenge password "open sesame"

  # ---- what a device gets

  Scenario: A device asks, polls, and gets its certificate when the CA has answered
    When the device "router" asks for a certificate
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    And exactly 1 certificate was issued, to "router"

  Scenario: What the RA sends to the CA is signed and encrypted with another key than SCEP's
    When the device "router" asks for a certificate
    Then the message waits for the CA, encrypted to the worker, and holds nothing of the request in clear
    When the worker runs
    Then the CA has issued on behalf of the RA's own certificate

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

  Scenario: What was asked through one server is polled through another
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

  # ---- who may ask

  Scenario Outline: A wrong challenge password gets nothing into the message database, and is written down nowhere
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

  Scenario Outline: A device's own challenge password is the CA's to check
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" waiting for its certificate
    When the device "router" asks for a certificate with the challenge password "<challenge>"
    And the worker runs
    And the device "router" polls
    Then <outcome>
    And nothing that was logged holds a challenge password

    Examples:
      | challenge        | outcome                                                            |
      | its own password | it gets a certificate for its key, with the CA's chain             |
      | a wrong guess    | it is refused as badRequest: "The CA has refused the request."     |

  Scenario: The CA certifies the names that it has stored, whatever the device wrote
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" waiting for its certificate
    When the device "router" asks with an unstructuredName and with the challenge password "its own password"
    And the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    And the certificate is for "CN=router,O=Example,C=SE"

  Scenario: A name that cannot be certified is refused, and what is wrong with it told
    When the device "router" asks with an unstructuredName and with the challenge password "open sesame"
    Then it is refused as badRequest: "The subject cannot be certified: no known attribute at '1.2.840.113549.1.9.2=router.example'."
    And the message database holds nothing

  Scenario Outline: Keys that only sign are answered under the device's own challenge password
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "MFRGGZDFMZTWQ2LKNNWG23TPOA" waiting for its certificate
    When the device "router" with <key> key asks for a certificate with the challenge password "MFRGGZDFMZTWQ2LKNNWG23TPOA"
    And the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain

    Examples:
      | key        |
      | an EC      |
      | an Ed25519 |

  Scenario: A password that somebody has chosen is not used as a key: whoever records the answer could guess it
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" waiting for its certificate
    When the device "router" with an EC key asks for a certificate with the challenge password "its own password"
    Then it is refused as badAlg: "Keys that cannot be encrypted to need a one-time password made by the CA."
    And the message database holds nothing

  Scenario: A challenge password that all devices share is not used as a key
    When the device "router" with an EC key asks for a certificate with the challenge password "open sesame"
    Then it is refused as badAlg: "Keys that cannot be encrypted to need a one-time password made by the CA."
    And the message database holds nothing

  # ---- renewal, and what the CA publishes

  Scenario: The holder of a certificate renews it with a new key
    Given the device "router" has a certificate
    When the device "router" asks for its renewal with a new key
    Then it is told to wait
    When the worker runs
    And the device "router" polls with its current certificate
    Then it gets a certificate for its new key, with the CA's chain
    And 2 certificates were issued

  Scenario Outline: Keys that only sign are renewed under a challenge password that the device makes up
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "MFRGGZDFMZTWQ2LKNNWG23TPOA" waiting for its certificate
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

  Scenario Outline: What others may know or guess is no key to the answer of a renewal
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "MFRGGZDFMZTWQ2LKNNWG23TPOA" waiting for its certificate
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

  Scenario: What is encrypted to no key is sent to nobody
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "MFRGGZDFMZTWQ2LKNNWG23TPOA" waiting for its certificate
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
      | the CRL that covers it                | the CA's CRL                                                 |
      | a certificate that never was          | a refusal, badCertId: "There is no such certificate."        |

  Scenario Outline: Strangers are given nothing
    When the device "intruder" asks for <what>
    Then it is refused as badRequest: "The message must be signed with a certificate that this CA has issued."
    And the message database holds nothing

    Examples:
      | what                                |
      | the certificate with its own serial |
      | the CRL that covers it              |

  Scenario: The CA's next certificate is handed on as the CA has signed it
    When somebody asks for the CA's next certificate
    And the worker runs
    Then the server answers that the CA has announced no next certificate
    When half an hour has passed, and the CA has announced its next certificate
    And somebody asks for the CA's next certificate
    And the worker runs
    Then the server hands on what the CA's current key has signed

  # ---- whose transaction it is

  Scenario Outline: Nobody takes a transaction over
    When the device "router" asks for a certificate
    And <attack>
    Then it is refused as badRequest: "The transaction id belongs to another request."
    When the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    And exactly 1 certificate was issued, to "router"

    Examples:
      | attack                                                                         |
      | the device "intruder" asks under the transaction id of "router"                |
      | the device "router" asks for the name "gateway" under the same transaction id  |

  Scenario Outline: Nobody polls for another's certificate
    When the device "router" asks for a certificate
    And the worker runs
    And the device "intruder" polls <how>
    Then it is refused as <failure>

    Examples:
      | how                                        | failure                                                                             |
      | for the transaction of "router"            | badRequest: "There is no such transaction of this key."                             |
      | for a transaction that never was           | badRequest: "There is no such transaction of this key."                             |
      | with its own transaction, for another name | badMessageCheck: "The message's content cannot be read or does not belong to it."   |
      | with its own transaction, at another CA    | badMessageCheck: "The message's content cannot be read or does not belong to it."   |
      | with its own transaction, at another alias | badRequest: "There is no such transaction of this key."                             |

  # ---- padding oracles

  Scenario Outline: Whatever is wrong with an encrypted content, the answer is the same
    When a device sends a request whose <part>
    Then it is refused as badMessageCheck: "The message's content cannot be read or does not belong to it."
    And the message database holds nothing

    Examples:
      | part                                           |
      | key was wrapped for someone else               |
      | key cannot be unwrapped                        |
      | key has another length                         |
      | content is badly padded                        |
      | content is no certificate request              |
      | certificate request is not signed by its key   |
      | envelope was taken from another's message      |

  Scenario Outline: Old algorithms are let in only where that is switched on
    Given a SCEP server that <switch> old devices in
    When the device "router" asks for a certificate with <algorithm>
    Then <outcome>

    Examples:
      | switch       | algorithm  | outcome                                                                             |
      | does not let | SHA-1      | it is refused as badAlg: "The digest or signature algorithm is not accepted."       |
      | does not let | triple DES | it is refused as badAlg: "The content encryption algorithm is not accepted."        |
      | lets         | SHA-1      | it is told to wait                                                                  |
      | lets         | triple DES | it is told to wait                                                                  |
      | lets         | MD5        | it is refused as badAlg: "The digest or signature algorithm is not accepted."       |
      | lets         | single DES | it is refused as badAlg: "The content encryption algorithm is not accepted."        |

  # ---- old devices

  Scenario: An old device enrols and renews where the RA and the CA's worker both let old devices in
    Given a SCEP server that lets old devices in
    And the worker lets old devices in
    And the device "router" is an old one
    And the device "router" has a certificate
    When the device "router" asks for its renewal with a new key
    And the worker runs
    And the device "router" polls with its current certificate
    Then it gets a certificate for its new key, with the CA's chain
    And 2 certificates were issued
    And each is signed with SHA-256 or better

  Scenario: Where only the RA lets it in, the device and the operator are told why the CA does not
    Given a SCEP server that lets old devices in
    And the device "router" is an old one
    When the device "router" asks for a certificate
    And the worker runs
    And the device "router" polls
    Then it is refused as badAlg: "The request was made with an algorithm that is not accepted. The signature needs SHA-256 or better."
    And the CA's audit log says: "RSA with SHA-1; the worker's legacy_devices is off"
    And 0 certificates were issued

  Scenario: The same for its renewal
    Given a SCEP server that lets old devices in
    And the device "router" has a certificate
    And the device "router" is an old one
    When the device "router" asks for its renewal with a new key
    And the worker runs
    And the device "router" polls with its current certificate
    Then it is refused as badAlg: "The request was made with an algorithm that is not accepted. The digest or signature algorithm is not accepted."
    And the CA's audit log says: "the worker's legacy_devices is off"
    And 1 certificate was issued

  Scenario: MD5 is a proof of possession to nobody
    Given a SCEP server that lets old devices in
    And the worker lets old devices in
    And the device "router" signs its certificate request with MD5
    When the device "router" asks for a certificate
    Then it is refused as badMessageCheck: "The message's content cannot be read or does not belong to it."
    And the message database holds nothing

  # ---- the message database is hostile

  Scenario Outline: Whoever owns the message database cannot make, change or move transactions
    When the device "router" asks for a certificate
    And the device "gateway" asks for a certificate
    And whoever owns the message database <tampers>
    And the worker runs
    And the device "router" polls
    Then it is told nothing: the server cannot answer

    Examples:
      | tampers                                            |
      | changes the transaction of "router"                |
      | puts the transaction of "gateway" in its place     |

  Scenario: Whoever owns the message database cannot answer in the CA's place
    When the device "router" asks for a certificate
    And the device "gateway" asks for a certificate
    And the worker runs
    And whoever owns the message database puts the answer to "gateway" in the place of that to "router"
    And the device "router" polls
    Then it is told nothing: the server cannot answer

  Scenario: A message that was deleted is put again, and answered as before
    When the device "router" asks for a certificate
    And the worker runs
    And the device "router" polls
    And whoever owns the message database deletes the message of "router"
    And the device "router" polls
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it gets the same certificate again
    And exactly 1 certificate was issued, to "router"

  # ---- bounds

  Scenario Outline: Open transactions are bounded
    Given a SCEP server that keeps at most <bound> open
    When 3 devices at <clients> ask for a certificate
    Then the first 2 are told to wait
    And the last one is refused as badRequest: "Too many transactions are open; try again later."
    When the worker runs
    And the devices poll
    And another device asks for a certificate
    Then it is told to wait

    Examples:
      | bound                     | clients           |
      | 2 transactions per client | one address       |
      | 2 transactions            | several addresses |

  Scenario: A transaction that has expired is forgotten
    When the device "router" asks for a certificate
    And 8 days pass
    And the device "router" polls
    Then it is refused as badRequest: "There is no such transaction of this key."

  # ---- approvals

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
