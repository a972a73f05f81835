Feature: A client replaces its own message, and loses no answer
  A message that no worker has taken up yet may be replaced by another one under its id. The row and what the RA's host
  keeps cannot change at the same moment. The client may die, or lose the message database, at any point: it still
  believes the CA's answer to the message that stands in the row.

  Background:
    Given a worker that requires signatures and encryption
    And the RA has sent a request for "alice"

  Scenario Outline: The client believes the CA's answer to either message
    When the RA replaces it by a request for "bob", and <trouble> <moment>
    And the worker runs
    And the client is started again and resumes the message
    Then it gets the certificate of "<name>"
    And one certificate was issued

    Examples:
      | trouble                  | moment                           | name  |
      | dies                     | before it keeps both messages    | alice |
      | dies                     | once it keeps both messages      | alice |
      | loses the database       | before the row is replaced       | alice |
      | loses the database       | once the row is replaced         | bob   |
      | dies                     | once the row is replaced         | bob   |
      | dies                     | once it keeps the new one alone  | bob   |
      | goes on                  | to the end                       | bob   |

  Scenario Outline: A client that comes back before a worker does goes on replacing its message
    When the RA replaces it by a request for "bob", and <trouble> <moment>
    And the client is started again and looks for its answer
    And the worker runs
    And the client is started again and resumes the message
    Then it gets the certificate of "bob"
    And one certificate was issued

    Examples:
      | trouble                  | moment                           |
      | dies                     | once it keeps both messages      |
      | loses the database       | before the row is replaced       |
      | loses the database       | once the row is replaced         |

  # in-process-ca: the scenario counts the rounds of one worker; a runner has rounds of its own.
  @in-process-ca
  Scenario: A message that a worker has taken up is not replaced, and its answer is believed
    When the RA replaces it by a request for "bob" while a worker is about to answer it
    Then the RA learns that it is in process and cannot be replaced any more
    When the client is started again and resumes the message
    Then it gets the certificate of "alice"
    And one certificate was issued

  Scenario: A message that was answered is not replaced, and its answer is believed
    When the worker runs
    And the RA replaces it by a request for "bob", and goes on to the end
    Then the RA learns that it was answered and cannot be replaced any more
    When the client is started again and resumes the message
    Then it gets the certificate of "alice"
    And one certificate was issued
