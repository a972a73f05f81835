Feature: SCEP transactions are their devices' own, and a hostile message database changes none

  Background:
    Given a SCEP server that asks for the challenge password "open sesame"

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

  Scenario: A stranger that asks first under a device's transaction id does not keep the device out
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" that waits for its certificate
    And the RA may view the end entities of its profile
    When the device "intruder" asks under the transaction id of "router"
    And the worker runs
    And the device "router" asks for a certificate with the challenge password "its own password"
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    When the device "intruder" polls for the transaction of "router"
    Then it is refused as badRequest: "There is no such transaction of this key."

  Scenario: After a wrong challenge password the right one is taken at once, under the same transaction id
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" that waits for its certificate
    And the RA may view the end entities of its profile
    When the device "router" asks for a certificate with the challenge password "a wrong guess"
    And the worker runs
    And the device "router" polls
    Then it is refused as badRequest: "Unknown end entity or wrong password."
    When the device "router" asks again, with the same request
    Then it is refused as badRequest: "Unknown end entity or wrong password."
    When the device "router" asks for a certificate with the challenge password "its own password"
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    And exactly 1 certificate was issued, to "router"

  Scenario: A device that asked before its end entity was added asks again with the password that it was given
    Given a SCEP server where each device has a challenge password of its own
    And the RA may view the end entities of its profile
    When the device "router" asks for a certificate with the challenge password "of last year's end entity"
    And the worker runs
    Given the end entity "router" with the password "its own password" that waits for its certificate
    When the device "router" asks for a certificate with the challenge password "its own password"
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain

  # exact-certificates: where it cannot take the PKCS#10 as it is, `openssl ca` issues for whole days from now on.
  @exact-certificates
  Scenario: A certificate that has ended is no answer any more
    Given certificates of "ENDUSER" are valid for 1 day
    When the device "router" asks for a certificate
    And the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    When 2 days pass
    And the device "router" polls
    Then it is refused as badRequest: "There is no such transaction of this key."
    When the device "router" asks again, with the same request
    Then it is told to wait

  Scenario: While the CA has not answered, and after it has certified, the id stays with its request
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" that waits for its certificate
    And the RA may view the end entities of its profile
    When the device "router" asks for a certificate with the challenge password "its own password"
    And the device "router" asks for a certificate with the challenge password "another password"
    Then it is refused as badRequest: "The transaction id belongs to another request."
    When the worker runs
    And the device "router" asks for a certificate with the challenge password "another password"
    Then it is refused as badRequest: "The transaction id belongs to another request."
    And exactly 1 certificate was issued, to "router"

  Scenario: A request that was recorded at one address is no new request at another
    When the device "router" asks for a certificate
    And somebody sends the request of "router" again, to another alias
    Then it is refused as badRequest: "The transaction id belongs to another request."
    When the worker runs
    And somebody sends the request of "router" again, to another alias
    Then it is refused as badRequest: "The transaction id belongs to another request."
    And exactly 1 certificate was issued, to "router"

  Scenario Outline: No stranger takes the id of a renewal
    Given the device "router" has a certificate
    When the device "intruder" asks under <id>
    And the device "router" asks for its renewal with a new key
    Then it is told to wait
    When the worker runs
    And the device "router" polls with its current certificate
    Then it gets a certificate for its new key, with the CA's chain

    Examples:
      | id                                             |
      | the transaction id of the renewal of "router"  |
      | the server's own id of the renewal of "router" |

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

  Scenario Outline: Every fault of an encrypted content gets the same answer
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

  Scenario: A captured content can be tried three times only
    When the device "intruder" sends 3 contents under the key that wraps the request of "router"
    Then each is refused as badMessageCheck: "The message's content cannot be read or does not belong to it."
    When the request of "router" comes in with the same wrapped key
    Then it is refused as badMessageCheck: "The message's content cannot be read or does not belong to it."
    When the device "router" asks for a certificate
    Then it is told to wait

  Scenario Outline: Old algorithms are accepted only if that is switched on
    Given a SCEP server that <switch> old devices
    When the device "router" asks for a certificate with <algorithm>
    Then <outcome>

    Examples:
      | switch          | algorithm  | outcome                                                                             |
      | does not accept | SHA-1      | it is refused as badAlg: "The digest or signature algorithm is not accepted."       |
      | does not accept | triple DES | it is refused as badAlg: "The content encryption algorithm is not accepted."        |
      | accepts         | SHA-1      | it is told to wait                                                                  |
      | accepts         | triple DES | it is told to wait                                                                  |
      | accepts         | MD5        | it is refused as badAlg: "The digest or signature algorithm is not accepted."       |
      | accepts         | single DES | it is refused as badAlg: "The content encryption algorithm is not accepted."        |

  # ---- the message database is hostile

  Scenario Outline: The owner of the message database cannot make, change or move transactions
    When the device "router" asks for a certificate
    And the device "gateway" asks for a certificate
    And the owner of the message database <tampers>
    And the worker runs
    And the device "router" polls
    Then it is told nothing: the server cannot answer

    Examples:
      | tampers                                            |
      | changes the transaction of "router"                |
      | puts the transaction of "gateway" in its place     |

  Scenario: The owner of the message database cannot answer in the CA's place
    When the device "router" asks for a certificate
    And the device "gateway" asks for a certificate
    And the worker runs
    And the owner of the message database puts the answer to "gateway" in the place of that to "router"
    And the device "router" polls
    Then it is told nothing: the server cannot answer

  Scenario: A request that was open before the message database was upgraded is answered after that
    When the device "router" asks for a certificate
    And the message database goes back to the schema before other protocols, and is upgraded again
    And the device "router" polls
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    And exactly 1 certificate was issued, to "router"

  Scenario: A message that was deleted is put again, and answered as before
    When the device "router" asks for a certificate
    And the worker runs
    And the device "router" polls
    And the owner of the message database deletes the message of "router"
    And the device "router" polls
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it gets the same certificate again
    And exactly 1 certificate was issued, to "router"

  Scenario: A transaction that was deleted is opened again, and the CA certifies nothing twice
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" that waits for its certificate
    And the RA may view the end entities of its profile
    When the device "router" asks for a certificate with the challenge password "its own password"
    And the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    When the owner of the message database deletes the transaction of "router"
    And the device "router" polls
    Then it is refused as badRequest: "There is no such transaction of this key."
    When the device "router" asks again, with the same request
    Then it is told to wait
    When the worker runs
    And the device "router" polls
    Then it is refused as badRequest: "The CA has refused the request."
    And exactly 1 certificate was issued, to "router"

  Scenario: With a shared challenge password and an RA that may not edit, the CA certifies nothing twice, either
    When the device "router" asks for a certificate
    And the worker runs
    And the device "router" polls
    Then it gets a certificate for its key, with the CA's chain
    When the owner of the message database deletes the transaction of "router"
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
