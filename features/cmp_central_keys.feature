Feature: Keys that the CA makes for CMP clients

  A client without a good source of random numbers asks for a certificate and leaves the key to the CA (RFC 9483, 4.1.6).
  The CA makes it and sends it encrypted with what protects the request, signed by a key of its own for that purpose.
  Nobody else reads the key; and the same request brings the same key again, though the CA does not keep it.

  Background:
    Given the CA makes keys for CMP clients

  Scenario Outline: The key comes encrypted with what protects the request for it
    Given the client "router" protects its messages with <protection>
    When it asks for a certificate and <key>, by <request>
    Then it gets a certificate for a <made> key that it opens with <opener>
    When the client "router" confirms its certificate
    Then it is told that this has arrived
    And the certificate of "router" is good

    Examples:
      | protection               | key            | request | made  | opener        |
      | a one-time password      | a key          | an ir   | P-256 | that password |
      | a one-time password      | a key on P-384 | an ir   | P-384 | that password |
      | a one-time password      | an RSA key     | a cr    | RSA   | that password |
      | a shared secret          | a key          | an ir   | P-256 | that secret   |
      | its RSA certificate      | a key          | a kur   | P-256 | its RSA key   |
      | its EC certificate       | a key on P-256 | a kur   | P-256 | its EC key    |
      | the certificate of an RA | a key          | an ir   | P-256 | the RA's key  |

  Scenario: The same message brings the same key, and nothing of it stands in clear in the CA's database
    Given the client "router" protects its messages with a one-time password
    When it asks for a certificate and a key, by an ir
    And the client "router" sends its last message again
    Then it gets the same answer again
    And exactly 1 certificate was issued, to "router"
    And it gets a certificate for a P-256 key that it opens with that password
    And the CA's database holds the key nowhere, and keeps no key

  Scenario: Where the certificate profile says so, the CA keeps the key for recovery
    Given the certificate profile keeps keys
    And the client "router" protects its messages with a one-time password
    When it asks for a certificate and a key, by an ir
    Then it gets a certificate for a P-256 key that it opens with that password
    And the CA keeps the key

  Scenario Outline: What cannot be had is refused before a certificate is issued
    Given <case>
    When it asks for a certificate and <key>, by <request>
    Then its request is refused as <failure>
    And no certificate was issued for a key of the CA

    Examples:
      | case                                                                         | key            | request | failure         |
      | the client "router" where the alias leaves keys to the clients               | a key          | an ir   | badCertTemplate |
      | the client "router" protects its messages with a one-time password           | an Ed25519 key | an ir   | badCertTemplate |
      | the client "router" protects its messages with a one-time password           | an X25519 key  | an ir   | badCertTemplate |
      | the client "router" protects its messages with a one-time password           | a key it has   | an ir   | badPOP          |
      | the client "router" protects its messages with a certificate that signs only | a key          | a kur   | badRequest      |

  Scenario: A service that signs keys with a certificate for other purposes does not start
    Given the key that signs keys has a certificate for other purposes
    When it asks for a certificate and a key, by an ir
    Then the service says: its certificate lacks the extended key usage id-kp-cmKGA

  Scenario: A key is made once administrators have approved it
    Given the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 1 approval of issue
    And the client "router" protects its messages with a one-time password
    When it asks for a certificate and a key, by an ir
    Then it is told to wait
    When "ann" approves
    And the client "router" polls
    Then it gets a certificate for a P-256 key that it opens with that password
    And the CA's database holds the key nowhere, and keeps no key

  Scenario: A certificate for a key of the CA comes from a remote issuer
    Given a CA "RemoteCA" whose certificates a remote issuer signs
    And the issuer does what it is asked for
    And the client "router" of RemoteCA with a one-time password
    When it asks for a certificate and a key, by an ir
    Then it is told to wait
    When the runner of the remote issuer has run
    And the client "router" polls
    Then it gets a certificate for a P-256 key that it opens with that password
    And the CA's database holds the key nowhere, and keeps no key
