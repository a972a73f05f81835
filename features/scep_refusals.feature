Feature: The RA explains every refusal to its operator
  A device is told its protocol's code, and no more than strangers may know. The log on the RA's host has one line on each
  refusal: the reason's code, who asked, and the transaction. It holds no secret.

  Background:
    Given a SCEP server that asks for the challenge password "open sesame"

  Scenario Outline: A refusal that depends on a decryption is one failure to the device; the log tells the reasons apart
    When a device sends a request whose <part>
    Then it is refused as badMessageCheck: "The message's content cannot be read or does not belong to it."
    And the log has one line on it, with its client and transaction: <reason>
    And nothing that was logged holds a challenge password

    Examples:
      | part                                           | reason                  |
      | content is no envelope                         | no_envelope             |
      | key was wrapped for someone else               | another_recipient       |
      | key cannot be unwrapped                        | unreadable_content      |
      | content is badly padded                        | unreadable_content      |
      | content is no certificate request              | unreadable_content      |
      | certificate request is not signed by its key   | possession_not_shown    |
      | certificate request has more than 16 KiB       | large_request           |
      | certificate request has 65 attributes in a name | unreadable_content     |
      | certificate request is for a weak key          | unaccepted_request_key  |
      | envelope was taken from another's message      | request_for_another_key |
      | challenge password has 256 octets              | long_challenge          |

  Scenario: The octets of a challenge password that is no text are not logged
    When a device sends a request whose challenge password is no text
    Then it is refused as badMessageCheck: "The message's content cannot be read or does not belong to it."
    And the log has one line on it, with its client and transaction: unreadable_content
    And nothing that was logged holds the octets "not text"

  Scenario: A wrapped key under which contents have failed is named, too
    When the device "intruder" sends 3 contents under the key that wraps the request of "router"
    And the request of "router" comes in with the same wrapped key
    Then the log has 4 lines on refusals, the last one: wrapped_key_failed

  Scenario Outline: A refusal before or after the decryption has a reason of its own
    When the device "router" <does>
    Then it is refused as <failure>
    And the log has one line on it, with its client and transaction: <reason>
    And nothing that was logged holds a challenge password

    Examples:
      | does                                     | failure         | reason                         |
      | sends a message that was changed         | badMessageCheck | wrong_signature                |
      | sends a message signed with SHA-1        | badAlg          | unaccepted_signature_algorithm |
      | sends a message signed with a weak key   | badAlg          | unaccepted_signer_key          |
      | sends a message encrypted with 3DES      | badAlg          | unaccepted_cipher              |
      | sends a message of the type 99           | badRequest      | unknown_message_type           |
      | sends a CertRep                          | badRequest      | unknown_message_type           |
      | renews with a self-signed certificate    | badRequest      | no_holder                      |
      | asks with a key that only signs          | badAlg          | unencryptable_key              |
      | asks with another challenge password     | badRequest      | wrong_challenge                |
      | asks for a name with a line break        | badRequest      | bad_name                       |
      | asks for a name without a common name    | badRequest      | no_username                    |
      | polls for a transaction that never was   | badRequest      | unknown_transaction            |

  Scenario: A transaction id that is taken, and a poll for another name
    When the device "router" asks for a certificate
    And the device "intruder" asks under the transaction id of "router"
    Then the log has one line on it, with its client and transaction: transaction_taken
    When the device "intruder" polls with its own transaction, for another name
    Then the log has 2 lines on refusals, the last one: poll_for_another_name

  Scenario Outline: Bounds are refusals, too
    Given a SCEP server that <bound>
    When 3 devices at one address ask for a certificate
    Then the log has one line on it, with its client and transaction: <reason>

    Examples:
      | bound                                           | reason           |
      | keeps at most 2 transactions per client open    | too_many_open    |
      | opens at most 2 transactions in an hour         | too_many_in_hour |

  Scenario: The CA's refusal stands in the log with the CA's own reason, which the device is not always told
    Given a SCEP server where each device has a challenge password of its own
    And the end entity "router" with the password "its own password" that has the status GENERATED
    And the RA may view the end entities of its profile
    When the device "router" asks for a certificate with the challenge password "its own password"
    And the worker runs
    And the device "router" polls
    Then it is refused as badRequest: "The CA has refused the request."
    And the log has one line on it, with its client and transaction: wrong_status

  Scenario: A device that cannot be answered leaves a line as well
    When the device "router" asks for a certificate
    And the worker sets its message aside
    And the device "router" polls
    Then it is told nothing: the server cannot answer
    And the log has one line on it, with its client and transaction: unavailable
