Feature: What the proxy on an RA's host can do to CMP messages, and what it cannot
  The CMP proxy carries messages of clients to the CA, and the CA's answers back. It holds no key of CMP, so it can delay
  and drop them, and nothing else. What it says by itself is an error without protection; it never says that a request
  waits, and never answers with a certificate. A client that has no answer sends the same octets again, and loses nothing.

  Background:
    Given a CMP proxy whose clients wait 30 seconds for the CA

  Rule: The answer is the CA's

    Scenario: The CA's answer comes back, octet by octet
      When the client "router" sends a message
      And the CA answers
      Then "router" has the CA's answer

    Scenario: Answers of several clients do not cross
      When the clients "router", "switch" and "gateway" send a message each
      And the CA answers
      Then each of them has the CA's answer to its own message

    Scenario Outline: What else stands in the answer's place is not passed on, and no message is lost by it
      When the client "router" sends a message
      And the owner of the message database <does>
      Then "router" is told systemFailure: "The answer to the message is not the CA's, or the message was set aside. Send the same message again later; nothing is issued twice."
      When the client "router" sends the same octets again
      And the CA answers
      Then "router" has the CA's answer

      Examples:
        | does                                         |
        | puts octets of its own there                 |
        | puts the CA's answer to another client there |
        | sets the message aside                       |

    Scenario Outline: A refusal of the RA itself is told with its sentence
      Given the CA refuses what this RA delivers: <reason>
      When the client "router" sends a message
      And the CA answers
      Then "router" is told <failure>: "<sentence>"

      Examples:
        | reason            | failure       | sentence                                                              |
        | not_authorized    | notAuthorized | The signer lacks a right that the request needs. Missing: /cmp/alias  |
        | not_whitelisted   | notAuthorized | This worker does not accept that request type.                        |
        | too_many_requests | systemUnavail | The signer has made more requests in this hour than the worker takes. |
        | internal_error    | systemFailure | The CA could not process the request because of an error of its own.  |

  Rule: A client that has no answer sends the same octets again

    Scenario: After the time limit it is told so, and the message stays with the CA
      When the client "router" sends a message
      And 31 seconds pass
      Then "router" is told systemUnavail: "The CA has not answered in time. Send the same message again later; nothing is issued twice."
      When the CA answers late
      And the client "router" sends the same octets again
      Then "router" has the CA's answer
      And the CA has got 1 message

    Scenario: It joins its message that still waits
      When the client "router" sends a message
      And 31 seconds pass
      And the client "router" sends the same octets again
      And 31 seconds pass
      And the client "router" sends the same octets again
      And the CA answers
      Then "router" has the CA's answer
      And the CA has got 1 message

    Scenario: Whoever sends the same octets meanwhile waits for the same answer
      When the client "router" sends a message
      And the client "switch" sends the same octets
      And the CA answers
      Then "router" has the CA's answer
      And "switch" has the CA's answer
      And the CA has got 1 message

    Scenario: Other octets, and another alias, are another message
      When the client "router" sends a message
      And the client "switch" sends the same octets to the alias "other"
      And the client "gateway" sends a message
      And the CA answers
      Then the CA has got 3 messages

    Scenario: A message that the CA may answer no more is put anew
      When the client "router" sends a message
      And 61 minutes pass
      And the client "router" sends the same octets again
      Then 2 messages wait for the CA

    Scenario Outline: A message database that cannot be reached
      Given the message database <is down>
      When the client "router" sends a message
      Then "router" is told systemUnavail: "The CA cannot be reached now. Send the same message again later; nothing is issued twice."
      When the message database is there again
      And the client "router" sends the same octets again
      And the CA answers
      Then "router" has the CA's answer
      And the CA has got 1 message

      Examples:
        | is down                                   |
        | is down                                   |
        | takes a message and the connection breaks |

  Rule: What a check refuses reaches no message database

    Scenario Outline: Each check is a setting
      Given the proxy has <setting>
      When the client "router" sends <message>
      Then "router" is told <failure>: "<sentence>"
      And no message has reached the message database

      Examples:
        | setting                     | message                                 | failure          | sentence                                                                                             |
        | nothing set                 | garbage                                 | badDataFormat    | This is no PKIMessage in DER: an element with the tag 0x30 is missing.                               |
        | aliases                     | a message for another alias             | badRequest       | No CMP service has that alias here.                                                                  |
        | messages                    | an rr                                   | badRequest       | Messages with that body are not accepted here.                                                       |
        | secrets                     | a message without protection            | badMessageCheck  | The message must be protected.                                                                       |
        | secrets                     | a MAC under a wrong secret              | badMessageCheck  | The message's MAC does not hold, or its senderKID names no secret that is known here.                |
        | secrets                     | a MAC under an unknown reference        | badMessageCheck  | The message's MAC does not hold, or its senderKID names no secret that is known here.                |
        | secrets, iterations         | a MAC under the secret                  | badAlg           | The protection algorithm is not accepted: an iteration count that is not from 100 to 100.            |
        | secrets                     | a signature                             | badMessageCheck  | Messages with that kind of protection are not accepted here.                                         |
        | trusted_issuers             | a signature of a stranger               | signerNotTrusted | The message's protection certificate is missing in extraCerts, out of date, or of an unknown issuer. |
        | trusted_issuers in 10 years | a signature                             | signerNotTrusted | The message's protection certificate is missing in extraCerts, out of date, or of an unknown issuer. |
        | trusted_issuers             | another signature                       | badMessageCheck  | The message's signature does not hold.                                                               |
        | crls                        | a signature under a revoked certificate | certRevoked      | The message's protection certificate is revoked.                                                     |
        | old crls                    | a signature                             | signerNotTrusted | Whether the message's protection certificate is revoked is not known now.                            |

    Scenario Outline: What a check has nothing against passes
      Given the proxy has <setting>
      When the client "router" sends <message>
      And the CA answers
      Then "router" has the CA's answer

      Examples:
        | setting         | message                                 |
        | nothing set     | a message without protection            |
        | aliases         | a message without protection            |
        | messages        | a message without protection            |
        | secrets         | a MAC under the secret                  |
        | trusted_issuers | a signature                             |
        | trusted_issuers | a signature under a revoked certificate |
        | crls            | a signature                             |

    Scenario: A message that is too large is not read
      Given the proxy has max_size
      When the client "router" sends a message of 2000 octets
      Then "router" gets the HTTP status 413
      And no message has reached the message database

  Rule: So many wait at a time, and so many are answered in an hour

    Scenario Outline: Waiting places are bounded
      Given the proxy has at most <bound>
      When clients at <addresses> send a message each
      Then the last one gets the HTTP status 503, and may come again
      And 2 messages wait for the CA
      When the CA answers
      Then all others have the CA's answer
      When the last one sends its message again
      And the CA answers
      Then it has the CA's answer

      Examples:
        | bound               | addresses                             |
        | 2 places per client | 192.0.2.1, 192.0.2.1, 192.0.2.1       |
        | 2 places per client | 2001:db8::1, 2001:db8::2, 2001:db8::3 |
        | 2 places in all     | 192.0.2.1, 192.0.2.2, 192.0.2.3       |

    Scenario Outline: Requests in an hour are bounded, even if they are answered
      Given the proxy answers at most <bound> in an hour
      When clients at <addresses> send a message each, and the CA answers each
      Then the last one gets the HTTP status 503, and may come again
      And all others have the CA's answer
      When 61 minutes pass
      And the last one sends its message again
      And the CA answers
      Then it has the CA's answer

      Examples:
        | bound                 | addresses                             |
        | 2 requests per client | 192.0.2.1, 192.0.2.1, 192.0.2.1       |
        | 2 requests per client | 2001:db8::1, 2001:db8::2, 2001:db8::3 |
        | 2 requests in all     | 192.0.2.1, 192.0.2.2, 192.0.2.3       |

    Scenario: Clients elsewhere have places of their own
      Given the proxy has at most 1 places per client
      When clients at 192.0.2.1, 192.0.2.2, 2001:db8::1, 2001:db8:0:1::1 send a message each
      And the CA answers
      Then all of them have the CA's answer
