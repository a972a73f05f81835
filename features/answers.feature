Feature: A client believes nothing but the CA's own answer to its own request
  The RA's host pins the workers' certificates. An answer counts if a pinned certificate signed it, it names this very
  request by digest, message, place and id, and it is as protected as the client asked for.

  Background:
    Given a worker that requires signatures and encryption
    And a signed and encrypted PKCS10Request for "alice" that was answered

  Scenario Outline: An answer that is not provably the CA's answer to this request is not believed
    When the row's answer is replaced by one that <deviation>
    Then the client refuses to believe it

    Examples:
      | deviation                                                    |
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
      | holds a certificate in a notice                              |

  Scenario Outline: Each request of a message needs its own answer
    Given a message with requests for "bob" and "carol" that was answered
    When the row's answers are replaced by <answers>
    Then the client refuses to believe them

    Examples:
      | answers                  |
      | the first one alone      |
      | the second one alone     |
      | both in the other order  |
      | the first one twice      |
      | both and the first again |

  Scenario Outline: An answer is as protected as its request at least, and more where the client insists
    Given a worker that requires neither signatures nor encryption
    And a <request> PKCS10Request for "bob" whose answer was replaced by a <answer> one
    When a client that insists on <insistence> reads it
    Then it <outcome>

    Examples:
      | request              | answer | insistence | outcome               |
      | plain                | plain  | nothing    | gets its certificate  |
      | plain                | plain  | signatures | does not believe it   |
      | signed               | plain  | nothing    | does not believe it   |
      | signed               | signed | nothing    | gets its certificate  |
      | signed               | signed | encryption | does not believe it   |
      | signed and encrypted | signed | nothing    | does not believe it   |

  Scenario Outline: A genuine refusal is believed, whether the request could be verified or not
    Given an RA whose certificate is <certificate> and who has <roles>
    When the RA sends a signed and encrypted PKCS10Request for "bob"
    And the worker runs
    Then its client learns that the CA refuses for "<reason>"

    Examples:
      | certificate | roles   | reason                   |
      | good        | no role | signer_not_administrator |
      | revoked     | a role  | signer_revoked           |

  Scenario: The genuine answer is believed, also after the client was restarted
    When the client is restarted and resumes the message
    Then it gets its certificate

  Scenario Outline: While a worker's certificate is replaced, the RA knows both, and believes both
    Given a worker that requires signatures only
    And the RA knows <certificates>
    When the RA sends a signed PKCS10Request for "bob"
    And the worker runs with <own>
    And the client is restarted and resumes that message
    Then it <outcome>

    Examples:
      | certificates                             | own                  | outcome              |
      | the worker's certificate and its next one | its certificate      | gets its certificate |
      | the worker's certificate and its next one | its next certificate | gets its certificate |
      | the worker's certificate alone            | its certificate      | gets its certificate |
      | the worker's certificate alone            | its next certificate | does not believe it  |

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
