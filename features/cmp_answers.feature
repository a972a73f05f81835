Feature: How the CA's answers to CMP messages are protected, and what they bring along
  An answer has the kind of protection that its message has, or a signature where the alias says so. The key that signs is
  the service's own, and not the CA's. Whatever an answer says, its client can verify it with what it brings along.

  Scenario Outline: The protection of an answer is of the message's kind, unless the alias says otherwise
    Given the client "router" with <protection>
    And the client "router" at the alias "<alias>"
    When the client "router" asks for a certificate
    Then it gets a certificate for its key
    And the answer is <answer>

    Examples:
      | protection          | alias  | answer                                 |
      | a shared secret     | ra     | protected by the secret of the message |
      | a one-time password | client | protected by the secret of the message |
      | a certificate       | client | signed by the service                  |
      | a shared secret     | signed | signed by the service                  |

  Scenario Outline: The protections that count, and the answers that they get
    Given the client "router" protects its messages with <protection>
    When the client "router" asks for a certificate
    Then it gets a certificate for its key
    And the answer is <answer>

    Examples:
      | protection                   | answer                                 |
      | PasswordBasedMac and SHA-512 | protected by the secret of the message |
      | PBMAC1 and SHA-256           | protected by the secret of the message |
      | an RSA key, PKCS#1 v1.5      | signed by the service                  |
      | an RSA key, PSS              | signed by the service                  |
      | an EC key and SHA-384        | signed by the service                  |
      | an Ed25519 key               | signed by the service                  |

  Scenario Outline: Every signed answer brings its certificate, first and once
    Given the client "router" at the alias "signed"
    When the client "router" gets <answer>
    Then the answer is signed by the service
    And extraCerts holds: the service's

    Examples:
      | answer    |
      | a pkiconf |
      | an error  |
      | a genp    |

  Scenario Outline: An answer brings the certificates above the new one, without the root
    Given a CA "SubCA" under OtherCA, for the alias "<alias>"
    And the client "router" at the alias "<alias>"
    And the alias "<alias>" <sends>
    When the client "router" asks for a certificate
    Then extraCerts holds: <certificates>

    Examples:
      | alias  | sends             | certificates                  |
      | ra     | leaves roots out  | SubCA                         |
      | ra     | sends roots along | SubCA, OtherCA                |
      | signed | leaves roots out  | the service's, SubCA          |
      | signed | sends roots along | the service's, SubCA, OtherCA |

  Scenario: A signed answer names its key
    Given the client "router" at the alias "signed"
    When the client "router" asks for a certificate
    Then the senderKID of the answer is the identifier of the service's key

  Scenario Outline: The answer has the version of the message
    Given the client "router" of the version <version>
    When the client "router" asks for a certificate
    Then the answer has the version <version>

    Examples:
      | version |
      | 2       |
      | 3       |

  Scenario: Each answer has a nonce of its own
    When the client "router" asks for a certificate
    And the client "router" confirms its certificate
    Then no two answers have the same senderNonce
