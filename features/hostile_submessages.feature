Feature: Hostile or broken submessages are refused, each for its own reason, and stop nothing
  The owner of the RA's zone can write anything into the message database. The protection of a submessage is inside its
  CMS object, never in a column. Each refusal is answered with a stable reason code, nothing is issued, and the worker
  goes on to the next message. Each refusal is logged once, with its reason, without details that could help an attacker.

  Background:
    Given a worker that requires signatures and encryption

  Scenario Outline: A submessage that cannot be read gets one and the same answer, wherever reading it failed
    When the database holds a submessage that is <deviation>
    And the worker runs
    Then the CA answers "unreadable" in a signed notice that says nothing of the request
    And nothing was issued
    And the refusal is logged once, with its reason
    And the next message is answered with a certificate

    Examples: Broken octets
      | deviation                                          |
      | empty                                              |
      | text that is no ASN.1                              |
      | a request cut off in the middle                    |
      | nested 20,000 levels deep                          |
      | of a CMS type that is not supported                |
      | of the CMS type for data, without an octet string  |

    Examples: Envelope
      | deviation                                          |
      | encrypted to somebody else                         |
      | encrypted to us with its ciphertext changed        |
      | encrypted to us with its content key changed       |
      | encrypted without authentication and not signed    |

    Examples: Signature
      | deviation                                          |
      | signed with a changed signature                    |
      | signed over other content                          |
      | signed by two signers                              |
      | signed without signed attributes                   |
      | signed with SHA-1                                  |
      | signed with an RSA key of 1024 bits                |
      | signed with a key on the curve secp256k1           |
      | signed as an answer instead of a request           |
      | signed as an answer and relabelled as a request    |
      | signed with the signer's certificate left out      |

  Scenario Outline: A submessage that can be read but is not acceptable is refused before its request is looked at
    When the RA sends a submessage, but <deviation>
    And the worker runs
    Then the CA answers "<reason>" in a signed notice that says nothing of the request
    And nothing was issued
    And the refusal is logged once, with its reason
    And the next message is answered with a certificate

    Examples: Protection
      | deviation                                                      | reason             |
      | it is not encrypted                                            | encryption_required |
      | it is not signed                                               | signature_required |

    Examples: Signer
      | deviation                                                      | reason           |
      | its signer's certificate was issued by another CA              | signer_untrusted |
      | its signer's certificate was issued by the CA for others       | signer_untrusted |
      | its signer's certificate is a forgery in the RA's name         | signer_untrusted |
      | it is signed with the worker's own key                         | signer_untrusted |
      | its signer's certificate has expired                           | signer_expired   |
      | its signer's certificate is not valid yet                      | signer_expired   |
      | its signer's certificate is revoked                            | signer_revoked   |
      | its signer's certificate is on hold                            | signer_revoked   |
      | its signer's certificate is not known to the CA                | signer_revoked   |
      | its signer's certificate is not meant for signatures           | signer_key_usage |
      | its signer's certificate says nothing of what it is meant for  | signer_key_usage |
      | its signer's certificate is meant for TLS servers alone        | signer_key_usage |
      | its signer's certificate is meant for OCSP responses alone     | signer_key_usage |
      | its signer's certificate has an unknown critical extension     | signer_untrusted |
      | its signer's certificate is a CA's                             | signer_untrusted |
      | its signer's certificate is the CA's own                       | signer_untrusted |
      | its signer's certificate was issued by an RA                   | signer_untrusted |

    Examples: The certificate to encrypt the answer to
      | deviation                                                           | reason                      |
      | it names an answer certificate issued by another CA                 | no_answer_certificate       |
      | it names an answer certificate that is revoked                      | answer_certificate_unusable |
      | it names an answer certificate that has expired                     | answer_certificate_unusable |
      | it names an answer certificate that is not meant for encryption     | answer_certificate_unusable |

    Examples: Place
      | deviation                                                      | reason             |
      | it was signed for another message                              | misplaced          |
      | it was signed for another place in the message                 | misplaced          |
      | it was signed for a message with more parts                    | misplaced          |
      | it is meant for another CA                                     | wrong_recipient    |
      | it is meant for another data source                            | wrong_recipient    |

    Examples: Content
      | deviation                                                      | reason             |
      | its content is no JSON                                         | malformed_request  |
      | its content lacks its nonce                                    | malformed_request  |
      | its content has a field too many                               | malformed_request  |
      | its content has a field twice                                  | malformed_request  |
      | its content has a time that is not in UTC                      | malformed_request  |

  Scenario Outline: A request that is genuine but wrong gets a verdict, encrypted to its signer
    When the RA sends a submessage, but <deviation>
    And the worker runs
    Then the CA answers "<reason>" in a signed and encrypted verdict
    And nothing was issued
    And the refusal is logged once, with its reason
    And the next message is answered with a certificate

    Examples: Time
      | deviation                                                      | reason               |
      | it has expired                                                 | expired              |
      | it was created six minutes in the future                       | created_in_future    |
      | it asks to be valid for a year                                 | lifetime_too_long    |

    Examples: Type
      | deviation                                                      | reason               |
      | its type is unknown                                            | unknown_request_type |
      | its type is a part of a known type's name                      | unknown_request_type |
      | its version is unknown                                         | unknown_version      |
      | a field of the request has the wrong type                      | malformed_request    |
      | a field of the request is missing                              | malformed_request    |
      | a field of the request is longer than it may be                | malformed_request    |
      | a field of the request holds a NUL character                   | malformed_request    |
      | the request has a field too many                               | malformed_request    |

    Examples: Certificate request
      | deviation                                                      | reason                  |
      | its PKCS#10 is garbage                                         | bad_certificate_request |
      | its PKCS#10 is signed by another key                           | bad_proof_of_possession |
      | its PKCS#10 is signed with SHA-1                               | unaccepted_algorithm    |
      | its RSA key has 1024 bits                                      | weak_key                |
      | its RSA key has the exponent 3                                 | weak_key                |
      | its RSA key has the ROCA weakness                              | weak_key                |
      | its RSA key has close primes                                   | weak_key                |
      | its RSA key shares a prime with an earlier key                 | weak_key                |
      | its key is on the operator's blocklist                         | weak_key                |
      | its key is the CA's own                                        | weak_key                |
      | its key is the CA's own and its username the CA's              | weak_key                |
      | its key is the worker's own                                    | weak_key                |
      | its key is another RA's with another exponent                  | weak_key                |
      | its key is known to be compromised                             | weak_key                |

    Examples: Names
      | deviation                                                      | reason                |
      | its subject has a control character                            | bad_name              |
      | its subject has an invisible character                         | bad_name              |
      | its subject turns the direction of writing                     | bad_name              |
      | its subject has a space that is none                           | bad_name              |
      | its subject is decomposed                                      | bad_name              |
      | its subject has a Cyrillic letter among Latin ones             | bad_name              |
      | its subject has letters of full width                          | bad_name              |
      | its alternative name has a Greek letter among Latin ones       | bad_name              |
      | its subject has an unknown attribute                           | bad_name              |
      | its alternative name is no DNS name                            | bad_name              |
      | its username is blank                                          | bad_name              |
      | its username turns the direction of writing                    | bad_name              |
      | its username has a Cyrillic letter among Latin ones            | bad_name              |
      | its e-mail address is none                                     | profile_violation     |
      | its subject and its alternative names are empty                | profile_violation     |

    Examples: The CA and the profiles that it names
      | deviation                                                      | reason                |
      | it names a CA that does not exist                              | not_authorized        |
      | it names an end entity profile that does not exist             | not_authorized        |
      | it names a certificate profile that does not exist             | unknown_profile       |
      | it asks for a worker's certificate profile                     | profile_violation     |

  Scenario Outline: Nobody is registered outside the bounds of the end entity profile
    Given an RA with one role: /
    When the RA sends a submessage, but <deviation>
    And the worker runs
    Then the CA answers "profile_violation" in a signed and encrypted verdict
    And nothing was issued
    And the refusal is logged once, with its reason

    Examples:
      | deviation                                                         |
      | its username is none of the profile's                             |
      | its subject has an attribute of which the profile knows nothing   |
      | its subject has an attribute twice that the profile allows once   |
      | its subject lacks what the profile requires                       |
      | its alternative name is of a kind that the profile does not allow |
      | it has more alternative names than the profile allows             |
      | it has an e-mail address, which the profile does not allow        |
      | its CA is none of the profile's                                   |

  Scenario: A worker may allow less time than a week
    Given a worker that lets requests be valid for an hour at most
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the CA answers "lifetime_too_long" in a signed and encrypted verdict
    And nothing was issued

  Scenario: A client's clock may run a few minutes ahead
    When the RA sends a submessage, but it was created four minutes in the future
    And the worker runs
    Then the answer is: a certificate

  Scenario Outline: A message that cannot be taken apart is set aside with its reason
    When the database holds a message that is <deviation>
    And the worker runs
    Then the message is set aside for "<reason>"
    And the refusal is logged once, with its reason
    And the client treats that as a hint, not as the CA's answer
    And the next message is answered with a certificate

    Examples:
      | deviation                               | reason            |
      | no sequence of submessages              | malformed_message |
      | an empty sequence                       | malformed_message |
      | a sequence with a submessage behind it  | malformed_message |
      | of too many submessages                 | malformed_message |
      | larger than the data source accepts     | too_large         |
      | taken up too often without being done   | too_many_attempts |
