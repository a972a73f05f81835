Feature: The operator finds each refusal of the enrolment page in the log by its reference, and no address of a transaction

  Background:
    Given an enrolment page
    And the end entity "paul" with the one-time password "kT5-paul-enrols" and a key of his own
    And the end entity "petra" with the one-time password "zD8-petra-enrols" and a keystore

  Scenario: The CA's refusal is one line, however often it is looked at
    When "paul" asks for a certificate with "a guess of mallory's"
    And the worker runs
    And the page is looked at 3 times
    Then the page tells the reference
    And the log tells once, with the reference: wrong_credentials

  Scenario: A refusal at the address of a keystore is told with its transaction
    When "petra" asks for a keystore with "zD8-petra-enrols"
    And the worker runs
    And "petra" fetches the keystore with "a guess of mallory's"
    Then the log tells once, with the reference: other_credentials

  Scenario: What is not there has no reference
    When somebody looks at an address of nothing
    Then the page says "There is nothing at this address"
    And the page tells no reference

  Scenario Outline: What only an operator can put right is told so
    When "petra" asks for a keystore with "zD8-petra-enrols"
    And the owner of the message database <does>
    And "petra" asks for a keystore with "zD8-petra-enrols"
    Then the page says "The CA's answer cannot be used. Ask the operator, and tell the reference."
    And the page tells the reference
    And the log tells once, with the reference: unusable_answer
    When "petra" fetches the keystore with "zD8-petra-enrols"
    Then the page says "The CA's answer cannot be used. Ask the operator, and tell the reference."

    Examples:
      | does                          |
      | sets the message aside        |
      | says that it has been answered |

  Scenario Outline: No address of a transaction stands in the log
    When "petra" asks for a keystore with "zD8-petra-enrols"
    And <what> comes to its address
    Then the log tells <place> in the place of it

    Examples:
      | what                                  | place                   |
      | a form of another site                | /keystore/{handle}      |
      | a request of an unknown method        | /keystore/{handle}      |
      | a request for something below it      | /keystore/{handle}/x/y  |
      | a request with one character too many | /keystore/{handle}      |
