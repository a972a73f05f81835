Feature: Keys that only encrypt show possession by a certificate that they decrypt

  A key that only encrypts cannot sign the request for its certificate. The CA issues the certificate, and sends it
  encrypted to that key and in no other form (RFC 9810, 5.2.8.3.2). The client's certConf holds the certificate's hash: so it
  has decrypted it, and has the key. Until then nobody has shown possession, and without it the certificate is revoked.

  Background:
    Given the alias "client" sends certificates encrypted
    And the client "router" with a one-time password and an RSA key that only encrypts

  Scenario Outline: The holder decrypts the certificate and confirms it
    Given the key is <key>
    When it asks for a certificate that only it can read
    Then the answer holds the certificate encrypted, and not in clear
    And possession of its key is awaited
    When it decrypts the certificate and confirms it
    Then it is told that this has arrived
    And its certificate is good
    And possession of its key is proven

    Examples:
      | key        |
      | an RSA key |
      | an EC key  |

  Scenario: Implicit confirmation is not granted, since it would show nothing
    When it asks for a certificate that only it can read, with implicit confirmation
    Then the answer holds the certificate encrypted, and not in clear
    And the CA waits for the confirmation

  Scenario Outline: Whoever cannot decrypt the certificate cannot confirm it, and it is revoked
    When it asks for a certificate that only it can read
    And it confirms <what>
    Then it is refused as badCertId
    And its certificate is good
    When the time for the confirmation passes
    Then its certificate is revoked
    And possession of its key is awaited

    Examples:
      | what                        |
      | what it has got, encrypted  |
      | another certificate         |

  Scenario: A certificate that the client rejects is revoked
    When it asks for a certificate that only it can read
    And it decrypts the certificate and rejects it
    Then it is told that this has arrived
    And its certificate is revoked
    And possession of its key is awaited

  Scenario: A key that was compromised while the CA waited is not proven, and its certificate is revoked
    When it asks for a certificate that only it can read
    And its key is compromised
    And it decrypts the certificate and confirms it
    Then it is told that this has arrived
    And its certificate is revoked
    And possession of its key is awaited

  Scenario: Who asks for a stranger's key takes nothing from its owner
    Given "gateway" has the key that "router" asks a certificate for
    When it asks for a certificate that only it can read
    And the client "gateway" asks for a certificate for its own key
    Then it gets a certificate
    When the time for the confirmation passes
    Then the certificate of "gateway" is good

  Scenario Outline: No certificate is issued before possession is shown, but for keys that only encrypt
    Given <case>
    When it asks for a certificate that only it can read
    Then its request is refused as badPOP
    And nobody has a certificate

    Examples:
      | case                                              |
      | the alias "client" sends no certificate encrypted |
      | the certificate profile allows signatures         |
      | the key is an Ed25519 key                         |

  Scenario: What another CA issues stays encrypted, though the alias was changed meanwhile
    Given a CA "RemoteCA" whose certificates a remote issuer signs
    And the issuer does what it is asked for
    And the client "router" of RemoteCA with a one-time password
    When it asks for a certificate that only it can read
    Then it is told to wait
    When the alias "client" sends no certificate encrypted
    And the runner of the remote issuer has run
    And the client "router" polls
    Then the answer holds the certificate encrypted, and not in clear
    When it decrypts the certificate and confirms it
    Then it is told that this has arrived
    And possession of its key is proven
