# in-process-ca: a CA whose key is elsewhere signs OCSP answers there.
@in-process-ca
Feature: OCSP answers that the CA's side has signed are served in the RA's zone
  The CA stays unreachable: it signs an answer about each certificate beforehand and writes it into the message database.
  The responder in the RA's zone has no key, and hands out what is there until that ends. What is due is decided by the
  CA's database alone, so an owner of the message database can withhold answers, or show an older one until it ends, and
  nothing else.

  Background:
    Given a worker that requires signatures and encryption
    And OCSP answers are published, which count for 48 hours
    And "alice" has a certificate

  Rule: An answer says how the certificate stands, and a change is told in the next round

    Scenario Outline: A good certificate, however it is named
      When answers are published
      Then a client that asks about alice by <hash> is told: good
      And ManagementCA has signed the answer

      Examples:
        | hash   |
        | SHA-1   |
        | SHA-256 |

    Scenario Outline: A certificate whose standing has changed
      Given answers were published
      And alice's certificate is <standing>
      When answers are published
      Then a client that asks about alice by SHA-1 is told: <told>
      And a client that asks about alice by SHA-256 is told: <told>
      And 1 certificate had an answer due

      Examples:
        | standing                   | told            |
        | revoked                    | superseded      |
        | put on hold                | certificateHold |

    Scenario: A certificate that is released from hold
      Given alice's certificate is put on hold
      And answers were published
      And alice's certificate is released
      When answers are published
      Then a client that asks about alice by SHA-1 is told: good

    Scenario: A certificate of the key before the current one
      Given ManagementCA has taken over with another key
      When answers are published
      Then a client that asks about alice by SHA-1 is told: good
      And the first key of ManagementCA has signed the answer

    Scenario: A certificate of a CA that is no root
      Given OtherCA has certified MiddleCA, and MiddleCA has certified LowestCA
      When answers are published
      Then a client that asks about LowestCA by SHA-256 is told: good
      And a client that asks about LowestCA by SHA-1 is told: good
      And OpenSSL accepts that answer as MiddleCA's

    Scenario: A certificate of a hash that is configured no more
      Given answers were published
      And answers are published for SHA-256 alone
      And alice's certificate is revoked
      When answers are published
      Then a client that asks about alice by SHA-256 is told: superseded
      And a client that asks about alice by SHA-1 is told: unauthorized

    Scenario: A CA whose key cannot be opened keeps no other one from its answers
      Given the key of OtherCA cannot be opened
      When answers are published
      Then a client that asks about alice by SHA-1 is told: good
      And a client that asks about OtherCA by SHA-1 is told: unauthorized
      And it is told that OtherCA has not signed

    Scenario: A CA that does not sign publishes nothing, and another one does
      Given ManagementCA is switched off
      When answers are published
      Then a client that asks about alice by SHA-1 is told: unauthorized
      And a client that asks about OtherCA by SHA-1 is told: good

  Rule: An answer is renewed when half of its time is over, and no sooner

    Scenario: Nothing has changed
      Given answers were published
      And 23 hours have passed
      When answers are published
      Then 0 certificates had an answer due

    Scenario: Half of the time is over
      Given answers were published
      And 25 hours have passed
      When answers are published
      And 47 hours pass
      Then a client that asks about alice by SHA-1 is told: good

    Scenario: A certificate that has ended
      Given answers were published
      And alice's certificate has ended
      When 49 hours pass
      And answers are published
      Then a client that asks about alice by SHA-1 is told: unauthorized

  Rule: What nobody has signed an answer for is told without a signature

    Scenario Outline: A request that cannot be answered
      Given answers were published
      When a client sends <request>
      Then it is told: <told>

      Examples:
        | request                                     | told              |
        | a question about an unknown number          | unauthorized      |
        | a question about an unknown CA              | unauthorized      |
        | a question by SHA-512                       | unauthorized      |
        | a question about two certificates           | unauthorized      |
        | a question with an unknown critical extension | unauthorized    |
        | a question whose one certificate has an unknown critical extension | unauthorized |
        | a question about a number of 161 bits       | unauthorized      |
        | octets that are no question                 | malformed_request |
        | a question with octets behind it            | malformed_request |

    Scenario: Nonces are passed over
      Given answers were published
      When a client sends a question with a nonce
      Then it is told: good

    Scenario: Extensions that are not critical are passed over
      Given answers were published
      When a client sends a question with an extension of no consequence
      Then it is told: good

    Scenario: The message database cannot be reached
      Given answers were published
      And the responder cannot reach the message database
      When a client sends a question with a nonce
      Then it is told: try_later

  Rule: An owner of the message database withholds answers, or shows older ones until they end, and nothing else

    Scenario: An older answer is shown again
      Given answers were published
      And the owner of the message database keeps the answers
      And alice's certificate is revoked
      And answers were published
      When the owner of the message database puts the older answers back
      Then a client that asks about alice by SHA-1 is told: good
      When 49 hours pass
      Then a client that asks about alice by SHA-1 is told: try_later

    Scenario: Answers that are deleted do not make the CA sign
      Given answers were published
      When the owner of the message database deletes the answers
      And answers are published
      Then 0 certificates had an answer due

    Scenario: Answers that claim to be fresh do not keep the CA from signing
      Given answers were published
      And the owner of the message database writes that the answers end in a year
      And alice's certificate is revoked
      When answers are published
      Then a client that asks about alice by SHA-1 is told: superseded

    Scenario: An answer of the future stops publishing there, which is told, until all answers are replaced
      Given answers were published
      And the owner of the message database writes that the answers are of tomorrow
      And alice's certificate is revoked
      When answers are published in vain
      Then it is said: `lockgate ocsp publish --anew` replaces all
      When all answers are published anew
      Then a client that asks about alice by SHA-1 is told: superseded

    Scenario: All answers are replaced, and clients get those before meanwhile
      Given answers were published
      And alice's certificate is revoked
      When the owner of the message database adds an answer to the others
      And all answers are published anew, while alice's certificate is asked about
      Then meanwhile it was told: good
      And a client that asks about alice by SHA-1 is told: superseded
      And what the owner of the message database has added is gone

    Scenario: The answer about another certificate
      Given answers were published
      When the owner of the message database puts the answer about OtherCA in the place of alice's
      Then a client that asks about alice by SHA-1 is told: try_later

    Scenario: A row that holds no answer
      Given answers were published
      When the owner of the message database writes garbage into the answers
      Then a client that asks about alice by SHA-1 is told: try_later

  Rule: One process at a time publishes in a data source, and a late one undoes nothing

    Scenario: Another process publishes now
      Given another process publishes
      When answers are published
      Then nothing was published, because another process does

    Scenario: A process that froze before it published
      Given answers were published
      And 25 hours have passed
      And a process freezes before it publishes
      And alice's certificate is revoked
      When another process publishes
      And the frozen process goes on
      Then it has failed
      And a client that asks about alice by SHA-1 is told: superseded

    Scenario: The clock of the CA's database was ahead for a round, and is set back
      Given answers were published
      And the clock of the CA's database was 72 hours ahead while answers were published
      And alice's certificate is revoked
      When answers are published
      Then a client that asks about alice by SHA-1 is told: superseded

    Scenario: A process that froze before it recorded what it had published
      Given a process freezes after it has published
      And alice's certificate is revoked
      When another process publishes
      And the frozen process goes on
      Then it has failed
      And 0 certificates have an answer due
