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

  Scenario Outline: Whatever other servers do meanwhile, a device is answered, or told that it cannot be
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

  Scenario: Where each device has a challenge password of its own, a request without one gets no further
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" waiting for its certificate
    When the device "router" asks for a certificate with no challenge password
    Then it is refused as badRequest: "The challenge password is missing or wrong."
    And the message database holds nothing

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

  Scenario Outline: Names that could pass for others, or that break a line where they are shown, get no further
    When the device "router" asks with <name> and with the challenge password "open sesame"
    Then it is refused as badRequest: "<sentence>"
    And the message database holds nothing

    Examples:
      | name                                     | sentence                                                                                          |
      | a line break in its common name          | The subject cannot be certified: CN: control or invisible characters are not allowed.             |
      | a right-to-left override                 | The subject cannot be certified: CN: control or invisible characters are not allowed.             |
      | a Cyrillic letter among Latin ones       | The subject cannot be certified: CN: the scripts Cyrillic, Latin are mixed.                       |
      | an organization of 65 characters         | The subject cannot be certified: O: 1 to 64 characters are needed.                                |
      | 65 attributes                            | The subject cannot be certified: a name has at most 64 attributes.                                |
      | 4097 characters of names                 | The subject cannot be certified: the subject: at most 4096 characters are allowed.                |
      | a line break in an alternative name      | The subject cannot be certified: DNSNAME: control or invisible characters are not allowed.        |
      | an alternative name that is no host name | The subject cannot be certified: DNSNAME: 'no host!' is no such name.                             |
      | 4097 characters of alternative names     | The subject cannot be certified: the alternative names: at most 4096 characters are allowed.      |

  Scenario Outline: Where the CA certifies its own names, what the device wrote must be fit to be shown all the same
    Given a SCEP server where each device has a challenge password of its own
    When the device "router" asks with <name> and with the challenge password "its own password"
    Then it is refused as badRequest: "<sentence>"
    And the message database holds nothing

    Examples:
      | name                                  | sentence                                                                                                     |
      | a line break in its common name       | The subject cannot be certified: CN: control or invisible characters are not allowed.                        |
      | a line break in its unstructuredName  | The subject cannot be certified: 1.2.840.113549.1.9.2: control or invisible characters are not allowed.      |
      | a right-to-left override              | The subject cannot be certified: CN: control or invisible characters are not allowed.                        |
      | a Cyrillic letter among Latin ones    | The subject cannot be certified: CN: the scripts Cyrillic, Latin are mixed.                                  |
      | 4097 characters of names              | The subject cannot be certified: the subject: at most 4096 characters are allowed.                           |
      | a line break in an alternative name   | The subject cannot be certified: DNSNAME: control or invisible characters are not allowed.                   |
      | 4097 characters of alternative names  | The subject cannot be certified: the alternative names: at most 4096 characters are allowed.                 |

  Scenario: A username that would pass for another, once it is put together, is none
    Given a SCEP server that puts "router-" before every username
    When the device "маршрутизатор" asks for a certificate
    Then it is refused as badRequest: "The subject makes no username: username: the scripts Cyrillic, Latin are mixed."
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

  Scenario Outline: With a key that is weak, or slow to verify with, nothing is verified
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
    And the end entity "router" with the password "MFRGGZDFMZTWQ2LKNNWG23TPOA" waiting for its certificate
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
    And the end entity "router" with the password "MFRGGZDFMZTWQ2LKNNWG23TPOA" waiting for its certificate
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

  # ---- renewal, and what the CA publishes

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

  Scenario: Whoever enrols others, with a certificate of this CA, does not renew that certificate for their keys
    Given the device "router" has a certificate
    When the device "router" asks for the name "gateway" and a new key, in a PKCSReq
    Then it is refused as badMessageCheck: "The message's content cannot be read or does not belong to it."
    And 1 certificate was issued

  Scenario Outline: For nobody else is a PKCSReq for another key than its signer's a renewal
    Given the device "router" has a certificate
    When <who> asks for a renewal, in a PKCSReq
    Then it is refused as badMessageCheck: "The message's content cannot be read or does not belong to it."
    And 1 certificate was issued

    Examples:
      | who                                                  |
      | the device "intruder" with a self-signed certificate |
      | the device "intruder" with another CA's certificate  |

  Scenario: A holder who asks for the same key is no renewal, and needs its challenge password
    Given the device "router" has a certificate
    When the device "router" asks for its own key again, without a challenge password
    Then it is refused as badRequest: "The challenge password is missing or wrong."
    And 1 certificate was issued

  Scenario Outline: Nothing is verified with a new key either that is weak, or slow to verify with
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

  Scenario: A certificate that has expired authenticates nobody
    Given the device "router" has a certificate
    When 800 days pass
    And the device "router" asks for its renewal with a new key
    Then it is refused as badRequest: "The message must be signed with a certificate that this CA has issued."
    When the device "router" asks for the CRL that covers it
    Then it is refused as badRequest: "The message must be signed with a certificate that this CA has issued."

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

  Scenario: The CA's next certificate is handed on as the CA has signed it
    When somebody asks for the CA's next certificate
    And the worker runs
    Then the server answers that the CA has announced no next certificate
    When half an hour has passed, and the CA has announced its next certificate
    And somebody asks for the CA's next certificate
    And the worker runs
    Then the server hands on the CA's next certificate, signed with the CA's current key

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

  Scenario: Whoever asks first under a device's transaction id does not keep it out
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" waiting for its certificate
    When the device "intruder" asks under the transaction id of "router"
    And the worker runs
    And the device "router" asks for a certificate with the challenge password "its own password"
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    When the device "intruder" polls for the transaction of "router"
    Then it is refused as badRequest: "There is no such transaction of this key."

  Scenario: What was recorded at one address is no new request at another
    When the device "router" asks for a certificate
    And somebody sends the request of "router" again, to another alias
    Then it is refused as badRequest: "The transaction id belongs to another request."
    When the worker runs
    And somebody sends the request of "router" again, to another alias
    Then it is refused as badRequest: "The transaction id belongs to another request."
    And exactly 1 certificate was issued, to "router"

  Scenario: No stranger takes the id of a renewal
    Given the device "router" has a certificate
    When the device "intruder" asks under the transaction id of the renewal of "router"
    And the device "router" asks for its renewal with a new key
    Then it is told to wait
    When the worker runs
    And the device "router" polls with its current certificate
    Then it gets a certificate for its new key, with the CA's chain

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
      | part                                                        |
      | key was wrapped for someone else                            |
      | key cannot be unwrapped                                     |
      | key has another length                                      |
      | key is another one                                          |
      | content is badly padded                                     |
      | content is no certificate request                           |
      | certificate request is not signed by its key                |
      | envelope was taken from another's message                   |
      | envelope was taken from another's message, and changed      |
      | envelope was taken from another's message, and badly padded |

  Scenario: A captured content can be tried three times, whatever the clock tells then
    When the device "intruder" sends 3 contents under the key that wraps the request of "router"
    Then each is refused as badMessageCheck: "The message's content cannot be read or does not belong to it."
    When the request of "router" comes in with the same wrapped key
    Then it is refused as badMessageCheck: "The message's content cannot be read or does not belong to it."
    When the device "router" asks for a certificate
    Then it is told to wait

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

  Scenario: A transaction that was deleted is opened again, and the CA certifies nothing twice
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" waiting for its certificate
    When the device "router" asks for a certificate with the challenge password "its own password"
    And the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    When whoever owns the message database deletes the transaction of "router"
    And the device "router" polls
    Then it is refused as badRequest: "There is no such transaction of this key."
    When the device "router" asks again, with the same request
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it is refused as badRequest: "The CA has refused the request."
    And exactly 1 certificate was issued, to "router"

  Scenario: Nor does it where all devices share a challenge password, but the RA may not change what is there
    When the device "router" asks for a certificate
    And the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    When whoever owns the message database deletes the transaction of "router"
    And the device "router" asks again, with the same request
    And the worker runs
    And the device "router" polls
    Then it is refused as badRequest: "The CA has refused the request."
    And exactly 1 certificate was issued, to "router"

  Scenario: A device is not told that its message was set aside, and gets its certificate after that
    When the device "router" asks for a certificate
    And the worker sets its message aside
    And the device "router" polls
    Then it is told nothing: the server cannot answer
    When the device "router" asks again, with the same request
    Then it is told nothing: the server cannot answer
    When an operator lets it be tried again
    And the device "router" polls
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain

  # ---- bounds

  Scenario Outline: Open transactions are bounded
    Given a SCEP server that keeps at most <bound> open
    When 3 devices at <clients> ask for a certificate
    Then the first 2 are told to wait
    And the last one is refused as badRequest: "Too many transactions are open; try again later."
    When the worker runs
    And 2 minutes pass
    And another device asks for a certificate
    Then it is told to wait

    Examples:
      | bound                     | clients                     |
      | 2 transactions per client | one address                 |
      | 2 transactions per client | one IPv6 network            |
      | 2 transactions per client | one address, also as IPv6's |
      | 2 transactions            | several addresses           |

  Scenario Outline: Openings are bounded in every hour, whatever became of them
    Given a SCEP server that opens at most <bound> in an hour
    When 3 devices at <clients> ask for a certificate
    Then the first 2 are told to wait
    And the last one is refused as badRequest: "Too many requests in this hour; try again later."
    When the worker runs
    And another device asks for a certificate
    Then it is refused as badRequest: "Too many requests in this hour; try again later."
    When 61 minutes pass
    And another device asks for a certificate
    Then it is told to wait

    Examples:
      | bound                     | clients           |
      | 2 transactions per client | one address       |
      | 2 transactions per client | one IPv6 network  |
      | 2 transactions            | several addresses |

  Scenario Outline: Strangers, renewals and questions are bounded apart
    Given the device "router" has a certificate
    And a SCEP server that <does> at most 1 transaction <what>
    When the device "gateway" asks for a certificate
    And the device "intruder" asks for a certificate
    Then it is refused as badRequest: "<told>"
    When the device "router" asks for its renewal with a new key
    Then it is told to wait
    When the device "router" asks for the certificate with its own serial
    Then it is told to wait
    When the device "router" asks for another renewal
    Then it is refused as badRequest: "<told>"
    When the device "router" asks for the CRL that covers it
    Then it is refused as badRequest: "<told>"

    Examples:
      | does  | what       | told                                             |
      | keeps | open       | Too many transactions are open; try again later. |
      | opens | in an hour | Too many requests in this hour; try again later. |

  Scenario: One holder does not use up the hour of all
    Given the device "router" has a certificate
    And a SCEP server that opens at most 1 transaction per holder in an hour
    When the device "router" asks for its renewal with a new key
    Then it is told to wait
    When the device "router" asks for another renewal
    Then it is refused as badRequest: "Too many requests in this hour; try again later."
    When the device "gateway" asks for a certificate
    And the device "intruder" asks for a certificate
    Then it is told to wait

  Scenario: Nor by renewing what it has renewed, and so under ever new keys
    Given the device "router" has a certificate
    And a SCEP server that opens at most 1 transaction per holder in an hour
    When the device "router" asks for its renewal with a new key
    And the worker runs
    And the device "router" polls with its current certificate
    And the device "router" asks for the renewal of its new certificate
    Then it is refused as badRequest: "Too many requests in this hour; try again later."

  Scenario: A question is one, under whatever ids it is asked or played again
    Given the device "router" has a certificate
    When the device "router" asks for the CRL that covers it
    And the device "router" asks for the CRL that covers it, under the id of its first request
    Then it is told to wait
    And 2 messages were put

  Scenario: Another holder's question is another one
    Given the devices "gateway" and "router" have certificates
    When the device "gateway" asks for the certificate with the serial of "router"
    And the device "router" asks for the certificate with its own serial
    Then it is told to wait
    And 4 messages were put

  Scenario: The CA's next certificate is asked for on nobody's account
    Given a SCEP server that opens at most 1 transaction in an hour
    When the device "gateway" asks for a certificate
    And the device "intruder" asks for a certificate
    Then it is refused as badRequest: "Too many requests in this hour; try again later."
    When somebody asks for the CA's next certificate
    And somebody asks for the CA's next certificate
    Then 2 messages were put

  Scenario: A request that may be made again counts as another one
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" waiting for its certificate
    And a SCEP server that opens at most 1 transaction per client in an hour
    When the device "router" asks for a certificate with the challenge password "a wrong guess"
    And the worker runs
    And the device "router" polls
    Then it is refused as badRequest: "The CA has refused the request."
    When 31 minutes pass
    And the device "router" asks again, with the same request
    Then it is refused as badRequest: "Too many requests in this hour; try again later."
    When 30 minutes pass
    And the device "router" asks again, with the same request
    Then it is told to wait
    When 31 minutes pass
    And another device asks for a certificate
    Then it is refused as badRequest: "Too many requests in this hour; try again later."

  Scenario: What the CA has not taken because the RA asks too much is not held against the device
    Given a worker that takes 1 request in an hour from the RA
    When the device "gateway" asks for a certificate
    And the device "router" asks for a certificate
    And the worker runs
    And the device "router" polls
    Then it is refused as badRequest: "The CA takes no more requests in this hour; try again later."
    When the CA's next hour begins
    And the device "router" asks again, with the same request
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain

  Scenario: Whoever asks for the CA's next certificate does not have the CA asked again and again
    Given a worker that takes 1 request in an hour from the RA
    When the device "gateway" asks for a certificate
    And somebody asks for the CA's next certificate
    And the worker runs
    Then the server answers that the CA takes no more requests in this hour
    And the server answers that the CA takes no more requests in this hour
    And 2 messages were put

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
