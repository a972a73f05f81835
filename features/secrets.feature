Feature: Secrets never travel in clear, and an encrypted request gets an encrypted answer

  Scenario Outline: A request that carries a password is refused unless it is encrypted, even if nothing is required
    Given a worker that requires neither signatures nor encryption
    And the end entity "alice" with the password "correct horse" that waits for its certificate
    And the RA may view the end entities of its profile
    When the RA sends a <protection> PKCS10Request for the existing end entity "alice" with the challenge password "correct horse"
    And the worker runs
    Then the answer is: <answer>

    Examples:
      | protection           | answer          |
      | signed and encrypted | a certificate   |
      | encrypted            | a certificate   |
      | signed               | secret_in_clear |
      | plain                | secret_in_clear |

  Scenario Outline: The same holds for every other type of request that carries a secret
    Given a worker that requires neither signatures nor encryption
    And the RA may do everything
    When a <type> that carries <secret> is put <protection>
    And the worker runs
    Then the answer is: <answer>

    Examples:
      | type                      | secret        | protection           | answer              |
      | PKCS12Request             | a password    | signed               | secret_in_clear     |
      | PKCS12Request             | a password    | plain                | secret_in_clear     |
      | PKCS12Request             | a password    | signed and encrypted | a certificate       |
      | CertificateRequestRequest | a password    | signed               | secret_in_clear     |
      | CertificateRequestRequest | a password    | plain                | secret_in_clear     |
      | CertificateRequestRequest | a password    | signed and encrypted | a certificate       |
      | EditUserRequest           | a password    | signed               | secret_in_clear     |
      | EditUserRequest           | a password    | plain                | secret_in_clear     |
      | EditUserRequest           | a password    | signed and encrypted | done                |
      | KeyRecoveryRequest        | a password    | signed               | secret_in_clear     |
      | KeyRecoveryRequest        | a password    | plain                | secret_in_clear     |
      | KeyRecoveryRequest        | a password    | signed and encrypted | unknown_certificate |
      | KeyStoreRetrievalRequest  | a password    | signed               | secret_in_clear     |
      | KeyStoreRetrievalRequest  | a password    | plain                | secret_in_clear     |
      | KeyStoreRetrievalRequest  | a password    | signed and encrypted | wrong_credentials   |
      | RenewalRequest            | a content key | signed               | secret_in_clear     |
      | RenewalRequest            | a content key | plain                | secret_in_clear     |
      | RenewalRequest            | a content key | signed and encrypted | bad_certificate_request |

  Scenario Outline: A challenge password inside a PKCS#10 is a secret, even if the request does not use it
    Given a worker that requires neither signatures nor encryption
    And the RA may do everything
    And the end entity "bob" is stored
    When a <request>, whose PKCS#10 holds the challenge password "correct horse", is put <protection>
    And the worker runs
    Then the answer is: <answer>
    And <count> certificates were issued
    And the challenge password "correct horse" stands in no log line and not in the CA's database

    Examples:
      | request                                | protection           | answer          | count |
      | PKCS10Request that adds alice          | signed               | secret_in_clear | 0     |
      | PKCS10Request that adds alice          | plain                | secret_in_clear | 0     |
      | PKCS10Request that adds alice          | signed and encrypted | a certificate   | 1     |
      | PKCS10Request that edits bob           | signed               | secret_in_clear | 0     |
      | PKCS10Request that edits bob           | plain                | secret_in_clear | 0     |
      | PKCS10Request that edits bob           | signed and encrypted | a certificate   | 1     |
      | CertificateRequestRequest of alice     | signed               | secret_in_clear | 0     |
      | CertificateRequestRequest of alice     | plain                | secret_in_clear | 0     |
      | CertificateRequestRequest of alice     | signed and encrypted | a certificate   | 1     |
      | PKCS10Request in PEM that adds alice   | signed               | secret_in_clear | 0     |
      | PKCS10Request in PEM that adds alice   | plain                | secret_in_clear | 0     |
      | PKCS10Request in PEM that adds alice   | signed and encrypted | a certificate   | 1     |

  Scenario Outline: A client does not even send a password in clear
    Given a worker that requires neither signatures nor encryption
    When the RA's client is asked to send a <protection> PKCS10Request that <does>, with a challenge password inside
    Then it refuses, and puts nothing into the message database

    Examples:
      | protection | does                    |
      | signed     | authenticates "alice"   |
      | plain      | authenticates "alice"   |
      | signed     | adds "alice"            |

  Scenario Outline: Encryption without a signature needs a certificate to encrypt the answer to
    Given a worker that requires encryption only
    When the RA sends an encrypted and unsigned submessage, but <deviation>
    And the worker runs
    Then the CA answers "<reason>" in a signed notice that says nothing of the request
    And nothing was issued

    Examples:
      | deviation                                                       | reason                      |
      | it names no answer certificate                                  | no_answer_certificate       |
      | it names an answer certificate issued by another CA             | no_answer_certificate       |
      | it names an answer certificate that is revoked                  | answer_certificate_unusable |
      | it names an answer certificate that has expired                 | answer_certificate_unusable |
      | it names an answer certificate that is not meant for encryption | answer_certificate_unusable |
      | its ciphertext was changed                                      | unreadable                  |
      | its envelope is not authenticated                               | unreadable                  |

  Scenario Outline: A password is neither logged nor stored in clear
    Given a worker that requires neither signatures nor encryption
    And the end entity "alice" with the password "correct horse" that waits for its certificate
    And the RA may view the end entities of its profile
    When the RA sends a signed and encrypted PKCS10Request for the existing end entity "alice" with the challenge password "<password>"
    And the worker runs
    Then the answer is: <answer>
    And neither "correct horse" nor "<password>" stands in a log line, in the CA's database or in its answer

    Examples:
      | password      | answer            |
      | correct horse | a certificate     |
      | wrong donkey  | wrong_credentials |

  Scenario Outline: Wrong passwords are counted together with their refusals, and in the end the right one helps no more
    Given a worker that requires signatures and encryption
    And the end entity "alice" with the password "correct horse" that waits for its certificate
    And the RA may view the end entities of its profile
    When the RA sends <count> PKCS10Requests for the existing end entity "alice" with the challenge password "wrong donkey"
    And the RA sends a PKCS10Request for the existing end entity "alice" with the challenge password "correct horse"
    And the worker runs
    Then the answer is: <answer>

    Examples:
      | count | answer            |
      | 4     | a certificate     |
      | 5     | wrong_credentials |
