Feature: Keystores: keys that the CA makes, certified and handed out under a password
  A PKCS12Request adds or edits the end entity. With a KeyStoreRetrievalRequest an existing one fetches its keystore with
  its own password; a wrong name and a wrong password look the same. A private key travels encrypted only, even if the
  worker requires no encryption.

  Background:
    Given a worker that requires neither signatures nor encryption

  Scenario Outline: A PKCS#12 with a key of the kind that was asked for
    When the RA sends a PKCS12Request for "alice" with the key <algorithm> <specification>
    And the worker runs
    Then the answer is signed and encrypted
    And it holds a PKCS#12 with a <kind> key, its certificate for "CN=alice,O=Example,C=SE" and the CA's
    And "alice" is stored as GENERATED with the token P12

    Examples:
      | algorithm | specification | kind     |
      | RSA       | 2048          | RSA-2048 |
      | ECDSA     | P-256         | P-256    |
      | ECDSA     | P-521         | P-521    |
      | Ed25519   | Ed25519       | Ed25519  |

  Scenario Outline: A private key never travels in clear
    When <request> for "alice" is put in clear, signed
    And the worker runs
    Then the answer is: secret_in_clear
    And nobody has a certificate

    Examples:
      | request                            |
      | a PKCS12Request                    |
      | a PKCS12Request without a password |
      | a KeyStoreRetrievalRequest         |

  Scenario Outline: A value that is not accepted is refused, and nothing is stored or issued
    Given an RA with one role: /
    When the RA sends a PKCS12Request for "alice", but <deviation>
    And the worker runs
    Then the answer is: <reason>
    And there is no end entity "alice"
    And nobody has a certificate

    Examples:
      | deviation                                    | reason                |
      | its key is DSA 2048                          | bad_key_specification |
      | its key is RSA 1024                          | bad_key_specification |
      | its key is ECDSA secp256k1                   | bad_key_specification |
      | its password is empty                        | malformed_request     |
      | its key shall be kept, and its profile keeps none | key_recovery_disabled |
      | its certificate profile does not exist       | unknown_profile       |
      | its certificate profile is the workers'      | profile_violation     |
      | its CA does not exist                        | unknown_ca            |
      | its subject has a control character          | bad_name              |

  Scenario Outline: An end entity fetches the keystore that its token names
    Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/view
    And the end entity "alice" is NEW with the token <token> and the password "correct horse"
    When the RA sends a KeyStoreRetrievalRequest for "alice" with the password "correct horse"
    And the worker runs
    Then the answer is signed and encrypted
    And it holds a keystore of the kind <kind> that "correct horse" opens
    And "alice" is stored as GENERATED with the token <token>

    Examples:
      | token | kind |
      | P12   | P12  |
      | JKS   | P12  |
      | PEM   | PEM  |

  Scenario: An end entity says the kind of its key, and another password for the keystore
    Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/view
    And the end entity "alice" is NEW with the token P12 and the password "correct horse"
    When the RA sends a KeyStoreRetrievalRequest for "alice" with the key ECDSA P-384 under "battery staple"
    And the worker runs
    Then it holds a keystore of the kind P12 that "battery staple" opens, with a P-384 key

  Scenario Outline: A wish for a keystore that is not accepted is refused, and the password stays good
    Given an RA with one role: /
    And the end entity "alice" is NEW with the token P12 and the password "correct horse"
    When the RA sends a KeyStoreRetrievalRequest for "alice" with the key <key> under "<password>"
    And the worker runs
    Then the answer is: <reason>
    When the RA sends a KeyStoreRetrievalRequest for "alice" with the password "correct horse"
    And the worker runs
    Then it holds a keystore of the kind P12 that "correct horse" opens

    Examples:
      | key       | password       | reason                |
      | DSA 2048  | battery staple | bad_key_specification |
      | RSA 1024  | battery staple | bad_key_specification |
      | RSA 2048  |                | malformed_request     |

  Scenario: A kind of key that the certificate profile forbids is refused before one is made
    Given an RA with one role: /
    And the end entity "alice" is NEW with the token P12 and the password "correct horse"
    And certificates of ENDUSER are for P-384 keys only
    When the RA sends a KeyStoreRetrievalRequest for "alice" with the key RSA 4096 under "battery staple"
    And the worker runs, and notes which keys it makes
    Then the answer is: profile_violation
    And it has made no key

  Scenario Outline: Without the right password, status and token no keystore is handed out
    Given an RA with one role: <role>
    And the end entity "alice" is <status> with the token <token> and the password "correct horse"
    When the RA sends a KeyStoreRetrievalRequest for "<name>" with the password "<password>"
    And the worker runs
    Then the answer is: <answer>
    And nobody has a certificate

    Examples:
      | role                                                                     | status       | token         | name    | password      | answer                |
      | /                                                                        | NEW          | P12           | alice   | wrong donkey  | wrong_credentials     |
      | /                                                                        | NEW          | P12           | mallory | correct horse | wrong_credentials     |
      | /                                                                        | GENERATED    | P12           | alice   | correct horse | wrong_status          |
      | /                                                                        | REVOKED      | P12           | alice   | correct horse | wrong_status          |
      | /                                                                        | KEY_RECOVERY | P12           | alice   | correct horse | key_not_stored        |
      | /                                                                        | KEY_RECOVERY | P12           | alice   | wrong donkey  | wrong_credentials     |
      | /                                                                        | NEW          | USERGENERATED | alice   | correct horse | keystore_unsupported  |

  Scenario: A wrong name and a wrong password get the same words
    Given an RA with one role: /
    And the end entity "alice" is NEW with the token P12 and the password "correct horse"
    When the RA sends a KeyStoreRetrievalRequest for "alice" with the password "wrong donkey"
    And the RA sends a KeyStoreRetrievalRequest for "mallory" with the password "wrong donkey"
    And the worker runs
    Then both are refused in the same words

  Scenario: Five wrong passwords lock the end entity out
    Given an RA with one role: /
    And the end entity "alice" is NEW with the token P12 and the password "correct horse"
    When the RA sends 5 KeyStoreRetrievalRequests for "alice" with the password "wrong donkey"
    And the RA sends a KeyStoreRetrievalRequest for "alice" with the password "correct horse"
    And the worker runs
    Then the answer is: wrong_credentials
    And nobody has a certificate

  Scenario: No password and no private key is logged, or stored in clear
    When the RA sends a PKCS12Request for "alice" with the key ECDSA P-256
    And the worker runs
    Then neither the password nor the key stands in a log line or in the CA's database

  Scenario: The same request again brings the same key
    When the RA sends a PKCS12Request for "alice" with the key ECDSA P-256
    And the worker runs
    And its row waits again and the worker runs
    Then the answer is the same as before
    And one certificate was issued
