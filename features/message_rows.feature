Feature: Rows of the message database and their states
  waiting -> in process -> processed, or set aside. There is one place in the code where a status changes, and every
  transition that is not in its table is impossible.

  Scenario Outline: The state machine
    Given a message that is <status>
    When it is asked to <event>
    Then it is <outcome>

    Examples:
      | status       | event                   | outcome      |
      | absent       | put                     | waiting      |
      | waiting      | claim                   | in process   |
      | waiting      | replace                 | waiting      |
      | waiting      | write back              | refused      |
      | waiting      | set aside               | refused      |
      | waiting      | wait again              | refused      |
      | in process   | write back              | processed    |
      | in process   | set aside               | set aside    |
      | in process   | wait again              | waiting      |
      | in process   | reclaim an expired lease | in process  |
      | in process   | replace                 | refused      |
      | in process   | claim                   | refused      |
      | processed    | claim                   | refused      |
      | processed    | replace                 | waiting      |
      | processed    | write back              | refused      |
      | set aside    | claim                   | refused      |
      | set aside    | retry                   | waiting      |
      | set aside    | replace                 | waiting      |

  Scenario Outline: Putting under an id that exists
    Given a stored message that is <status>
    When a client puts <bytes> under its id <replacing>
    Then the store says <outcome>

    Examples:
      | status     | bytes           | replacing   | outcome                        |
      | waiting    | identical bytes |             | nothing, and changes nothing   |
      | in process | identical bytes |             | nothing, and changes nothing   |
      | processed  | identical bytes |             | nothing, and changes nothing   |
      | waiting    | other bytes     |             | that it is a duplicate         |
      | processed  | other bytes     |             | that it is a duplicate         |
      | waiting    | other bytes     | to replace  | nothing, and has replaced it   |
      | processed  | other bytes     | to replace  | nothing, and has replaced it   |
      | in process | other bytes     | to replace  | that it is busy                |

  Scenario Outline: Ids are unique per type, byte for byte
    Given a stored message with the id "<first>"
    When a client puts another message with the id "<second>" and the type <type>
    Then the store says <outcome>

    Examples:
      | first | second | type | outcome                   |
      | job-1 | job-1  | 1    | that it is a duplicate    |
      | job-1 | job-1  | 2    | nothing, and has added it |
      | job-1 | JOB-1  | 1    | nothing, and has added it |
