Feature: Rows of the message database and their states
  waiting -> in process -> processed, or set aside. There is one place in the code where a status changes, and every
  transition that is not in its table is impossible.

  Scenario Outline: Each transition of a message's status
    Given a message that is <status>
    When <somebody> in the message database
    Then the message is <outcome>

    Examples:
      | status     | somebody                                    | outcome                |
      | absent     | a client puts it                            | waiting                |
      | waiting    | a worker claims it                          | in process             |
      | waiting    | a client replaces it                        | waiting, and replaced  |
      | waiting    | a worker that held it once writes it back   | left as it was         |
      | waiting    | a worker that held it once sets it aside    | left as it was         |
      | waiting    | a worker that held it once lets it wait     | left as it was         |
      | in process | its worker writes it back                   | processed              |
      | in process | its worker sets it aside                    | set aside              |
      | in process | its worker lets it wait                     | waiting                |
      | in process | a worker claims it after its lease ran out  | in process             |
      | in process | a client replaces it                        | left as it was         |
      | in process | a worker claims it                          | left as it was         |
      | in process | an operator lets it be tried again          | left as it was         |
      | processed  | a worker claims it                          | left as it was         |
      | processed  | a client replaces it                        | left as it was         |
      | processed  | a worker that held it once writes it back   | left as it was         |
      | processed  | an operator lets it be tried again          | left as it was         |
      | set aside  | a worker claims it                          | left as it was         |
      | set aside  | an operator lets it be tried again          | waiting                |
      | set aside  | a client replaces it                        | waiting, and replaced  |

  Scenario Outline: Putting under an id that exists
    Given a stored message that is <status>
    When a client puts <bytes> under its id <replacing>
    Then the store says <outcome>

    Examples:
      | status     | bytes           | replacing          | outcome                        |
      | waiting    | identical bytes |                    | nothing, and changes nothing   |
      | in process | identical bytes |                    | nothing, and changes nothing   |
      | processed  | identical bytes |                    | nothing, and changes nothing   |
      | waiting    | other bytes     |                    | that it is a duplicate         |
      | processed  | other bytes     |                    | that it is a duplicate         |
      | waiting    | other bytes     | to replace it      | nothing, and has replaced it   |
      | set aside  | other bytes     | to replace it      | nothing, and has replaced it   |
      | waiting    | other bytes     | to replace another | that it is a duplicate         |
      | in process | other bytes     | to replace it      | that it is busy                |
      | processed  | other bytes     | to replace it      | that it is a duplicate         |

  Scenario Outline: Ids are unique per type, byte for byte
    Given a stored message with the id "<first>"
    When a client puts another message with the id "<second>" of the type <type>
    Then the store says <outcome>

    Examples:
      | first | second | type | outcome                   |
      | job-1 | job-1  | API  | that it is a duplicate    |
      | job-1 | job-1  | SCEP | nothing, and has added it |
      | job-1 | JOB-1  | API  | nothing, and has added it |

  Scenario: Rows that hold no message keep no message waiting
    Given a worker that requires signatures and encryption
    And 3000 rows without a message id that are due before anything else
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: a certificate
    And the 3000 rows without a message id are set aside: malformed_row
    And the audit log names each of these rows

  Scenario: A value that is longer than this product writes is never loaded
    Given a worker that requires signatures and encryption
    And 8 rows with a message id of 4 MiB that are due before anything else
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs, and what it allocates is measured
    Then the answer is: a certificate
    And the 8 rows with a message id of 4 MiB are set aside: malformed_row
    And the worker has never held 4 MiB
