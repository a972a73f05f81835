Feature: A client believes nothing but the CA's own answer to its own request
  The RA's host pins the workers' certificates. An answer counts if a pinned certificate signed it, it names this very
  request by digest, message, place and id, and it is as protected as the client asked for.

  Background:
    Given a worker that requires signatures and encryption
    And a signed and encrypted PKCS10Request for "alice" that was answered

  Scenario Outline: What is not provably the answer is not believed
    When the row's answer is replaced by one that <twist>
    Then the client refuses to believe it

    Examples:
      | twist                                                        |
      | is garbage                                                   |
      | is signed by another certificate of the same CA              |
      | is signed by another CA's certificate with the worker's name |
      | is not signed                                                |
      | is signed but not encrypted                                  |
      | has a changed signature                                      |
      | is signed as a request                                       |
      | answers another request                                      |
      | answers another message                                      |
      | answers another part                                         |
      | answers a message with more parts                            |
      | was given for another data source                            |
      | was given by another CA                                      |
      | refuses those octets as found in another data source         |
      | has another request id                                       |
      | is a response of another type                                |
      | refuses other octets than those put                          |
      | holds one answer too many                                    |
      | holds one answer too few                                     |
      | claims success in a notice                                   |

  Scenario: The genuine answer is believed, also after the client was restarted
    When the client is restarted and resumes the message
    Then it gets its certificate

  Scenario: A client that puts again uses the very same bytes
    When the row is deleted and the client puts its message again
    And the worker runs
    Then it gets the same certificate
    And one certificate was issued

  Scenario: A request without an answer stays, and the client may come back
    Given another signed and encrypted PKCS10Request for "bob" that was not answered yet
    When the client waits for it in vain
    Then it learns that there is no answer yet
    When the worker runs
    And the client is restarted and resumes that message
    Then it gets its certificate
