Feature: RenewalRequest: the holder of a certificate's key renews it, and the RA alone cannot
  A device asks for a certificate for a new key in a RenewalReq (RFC 8894) that its current certificate's key has signed.
  The RA, to which it is encrypted, hands it on together with the key that opens it, and the CA verifies the signature.
  So a compromised RA renews nobody's certificate, and no renewal counts twice. The CA certifies the end entity as it is
  stored; the RA needs the right to view it. A device without SCEP signs the new key's PKCS#10 in SignedData, with a
  content type of its own: nothing else that the key has signed is a renewal. The same rules hold.

  Background:
    Given a worker that requires signatures and encryption
    And "router" has a certificate for its key
    And an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/view

  @every-issuer
  Scenario: The holder's renewal is carried out
    When the RA hands on the renewal that "router" has signed
    And the worker runs
    Then the answer is: a certificate
    And "router" has 2 certificates, the last one for the new key

  Scenario Outline: It may be a PKCSReq that names the certificate's end entity, as before RFC 8894
    When the RA hands on the renewal that "router" has signed, but <deviation>
    And the worker runs
    Then the answer is: a certificate
    And "router" has 2 certificates, the last one for the new key

    Examples:
      | deviation                                                                    |
      | it is a PKCSReq for the same name                                            |
      | it is a PKCSReq for the name "CN=router"                                     |
      | it is a PKCSReq for the name "C=SE,O=Example,CN=ROUTER"                      |
      | it is a PKCSReq for the name "CN=router,O=Another"                           |
      | it is a PKCSReq for the name "CN=router,UNSTRUCTUREDNAME=r1.example"         |
      | it is a PKCSReq for the name "CN=router+UNSTRUCTUREDNAME=r1.example"         |
      | it is a PKCSReq for the name "SERIALNUMBER=FTX1234+UNSTRUCTUREDNAME=router"  |

  Scenario Outline: A PKCSReq that enrols somebody else renews nothing
    When the RA hands on the renewal that "router" has signed, but <deviation>
    And the worker runs
    Then the answer is: another_holder
    And "router" has 1 certificate
    And the new key is certified for nobody

    Examples:
      | deviation                                                                    |
      | it is a PKCSReq for the name "CN=gateway,O=Example,C=SE"                     |
      | it is a PKCSReq for the name "CN=gateway+UNSTRUCTUREDNAME=r1.example"        |
      | it is a PKCSReq for the name "O=router,C=SE"                                 |
      | it is a PKCSReq for the name "UNSTRUCTUREDNAME=r1.example"                   |
      | it is a PKCSReq for the name ""                                              |

  Scenario: A CertPoll renews nothing
    When the RA hands on the renewal that "router" has signed, but it is a CertPoll
    And the worker runs
    Then the answer is: bad_proof_of_possession

  Scenario Outline: A PKCSReq names the end entity by its username, its certified name or its stored name
    Given the stored name of "router" is now "CN=Router 1,O=Example"
    When the RA hands on the renewal that "router" has signed, but <deviation>
    And the worker runs
    Then the answer is: <answer>

    Examples:
      | deviation                                   | answer         |
      | it is a PKCSReq for the name "CN=Router 1"  | a certificate  |
      | it is a PKCSReq for the name "CN=router"    | a certificate  |
      | it is a PKCSReq for the name "CN=Router 2"  | another_holder |
      | it is a PKCSReq for the name "CN=Router 1,CN=Router 2" | another_holder |

  @every-issuer
  Scenario: The same key is certified again where the profile says so, once for each certificate
    Given certificates of "ENDUSER" can be renewed for the key that they have
    When the RA hands on the renewal that "router" has signed, but the new key is the old one
    And the worker runs
    Then the answer is: a certificate
    And "router" has 2 certificates, the last one for the old key
    When the RA hands on the same renewal again
    And the worker runs
    Then the answer is: key_certified_before
    And "router" has 2 certificates, the last one for the old key

  Scenario: A key of another end entity is not certified by a renewal
    Given certificates of "ENDUSER" can be renewed for the key that they have
    And the RA may do everything
    When the RA hands on the renewal that "router" has signed, but the new key is that of another end entity
    And the worker runs
    Then the answer is: key_certified_before

  Scenario Outline: A renewal that the holder has not signed, or that is not acceptable, is refused
    When the RA hands on the renewal that "router" has signed, but <deviation>
    And the worker runs
    Then the answer is: <reason>
    And "router" has 1 certificate

    Examples:
      | deviation                                         | reason                  |
      | the RA itself has signed it                       | bad_proof_of_possession |
      | another end entity has signed it                  | bad_proof_of_possession |
      | the signature was changed                         | bad_proof_of_possession |
      | it is signed with SHA-1                           | unaccepted_algorithm    |
      | it is encrypted with triple DES                   | unaccepted_algorithm    |
      | another end entity has signed it, in a PKCSReq    | bad_proof_of_possession |
      | another key opens it                              | bad_certificate_request |
      | a key of another length opens it                  | bad_certificate_request |
      | it is garbage                                     | bad_certificate_request |
      | the PKCS10 is not signed by its own key           | bad_proof_of_possession |
      | the PKCS10 is signed with SHA-1                   | unaccepted_algorithm    |
      | the new key is too small                          | weak_key                |
      | the new key is the old one                        | key_certified_before    |
      | the certificate is revoked                        | wrong_standing          |
      | the certificate is on hold                        | wrong_standing          |
      | the certificate has expired                       | wrong_standing          |
      | the certificate was not issued here               | unknown_certificate     |
      | the end entity is revoked                         | wrong_status            |

  Scenario Outline: A key that others may have, or that is compromised, vouches for no new one
    When the RA hands on the renewal that "router" has signed, but <deviation>
    And the worker runs
    Then the answer is: key_cannot_vouch
    And the new key is certified for nobody

    Examples:
      | deviation                                                 |
      | the CA keeps the key, with another certificate            |
      | the key is condemned                                      |
      | the key was revoked as compromised in another certificate |

  Scenario: A certificate that allows no digital signatures vouches for no new key
    Given certificates of "ENDUSER" allow keyEncipherment alone
    And the RA may do everything
    And "router" has a certificate for its key
    When the RA hands on the latest renewal that "router" has signed
    And the worker runs
    Then the answer is: key_cannot_vouch
    And the new key is certified for nobody

  Scenario: A stranger's certificate for the new key, without possession, keeps nobody from renewing
    Given "mallory" has a certificate for the new key without having shown possession
    When the RA hands on the renewal that "router" has signed
    And the worker runs
    Then the answer is: a certificate
    And "router" has 2 certificates, the last one for the new key

  Scenario: An old device renews if the worker accepts old devices; its new certificate uses current algorithms
    Given the worker accepts old devices
    When the RA hands on the renewal that "router" has signed, but everything in it is of an old device
    And the worker runs
    Then the answer is: a certificate
    And "router" has 2 certificates, the last one for the new key

  Scenario Outline: The setting for old devices accepts nothing else
    Given the worker accepts old devices
    When the RA hands on the renewal that "router" has signed, but <deviation>
    And the worker runs
    Then the answer is: <reason>
    And "router" has 1 certificate

    Examples:
      | deviation                                         | reason                  |
      | it is signed with MD5                             | unaccepted_algorithm    |
      | it is encrypted with single DES                   | unaccepted_algorithm    |
      | the PKCS10 is signed with MD5                     | unaccepted_algorithm    |
      | the RA itself has signed it, with SHA-1           | bad_proof_of_possession |
      | the new key is too small                          | weak_key                |

  @every-issuer
  Scenario: A signed renewal counts once
    When the RA hands on the renewal that "router" has signed
    And the worker runs
    And the RA hands on the same renewal again
    And the worker runs
    Then the answer is: key_certified_before
    And "router" has 2 certificates, the last one for the new key

  Scenario Outline: The certificate profile sets the renewal window
    Given certificates of "ENDUSER" can be renewed in their last <days> days
    When the RA hands on the renewal that "router" has signed
    And the worker runs
    Then the answer is: <answer>

    Examples:
      | days | answer        |
      | 30   | too_early     |
      | 3650 | a certificate |

  @every-issuer
  Scenario: Where issuing needs an approval, renewing does
    Given the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 1 approval of issue
    When the RA hands on the renewal that "router" has signed
    And the worker runs
    Then the message waits
    When "ann" approves
    And the worker runs
    Then the answer is: a certificate

  Scenario: The key that opens a renewal never travels in clear
    Given a worker that requires neither signatures nor encryption
    When the RA hands on the renewal that "router" has signed, without encryption
    And the worker runs
    Then the answer is: secret_in_clear

  Scenario: A device without SCEP signs the PKCS10 itself
    Given "router" signs the PKCS10 of its new key in SignedData
    When the RA hands on the renewal that "router" has signed
    And the worker runs
    Then the answer is: a certificate
    And "router" has 2 certificates, the last one for the new key
    When the RA hands on the same renewal again
    And the worker runs
    Then the answer is: key_certified_before
    And "router" has 2 certificates, the last one for the new key

  Scenario Outline: In SignedData, too, a renewal that the holder has not signed, or that is not acceptable, is refused
    Given "router" signs the PKCS10 of its new key in SignedData
    When the RA hands on the renewal that "router" has signed, but <deviation>
    And the worker runs
    Then the answer is: <reason>
    And the new key is certified for nobody

    Examples:
      | deviation                               | reason                  |
      | the RA itself has signed it             | bad_proof_of_possession |
      | another end entity has signed it        | bad_proof_of_possession |
      | the signature was changed               | bad_proof_of_possession |
      | it is signed with SHA-1                 | bad_proof_of_possession |
      | it is signed as a request               | bad_proof_of_possession |
      | it is signed as plain data              | bad_proof_of_possession |
      | it is garbage                           | bad_proof_of_possession |
      | the PKCS10 is not signed by its own key | bad_proof_of_possession |
      | the PKCS10 is signed with SHA-1         | unaccepted_algorithm    |
      | the new key is the old one              | key_certified_before    |
      | the certificate is revoked              | wrong_standing          |
      | the certificate is on hold              | wrong_standing          |
      | the certificate has expired             | wrong_standing          |
      | the certificate was not issued here     | unknown_certificate     |
      | the end entity is revoked               | wrong_status            |
      | the key is condemned                    | key_cannot_vouch        |

  Scenario: In SignedData, too, the certificate profile sets the renewal window
    Given "router" signs the PKCS10 of its new key in SignedData
    And certificates of "ENDUSER" can be renewed in their last 30 days
    When the RA hands on the renewal that "router" has signed
    And the worker runs
    Then the answer is: too_early

  Scenario: A challenge password in a PKCS10 that is not encrypted is a secret
    Given a worker that requires neither signatures nor encryption
    And "router" signs the PKCS10 of its new key in SignedData
    When the RA hands on the renewal that "router" has signed, with a challenge password and without encryption
    And the worker runs
    Then the answer is: secret_in_clear

  Scenario Outline: A PKCS10 in another encoding, which could hide a challenge password, is refused
    Given a worker that requires neither signatures nor encryption
    And "router" signs the PKCS10 of its new key in SignedData
    When the RA hands on the renewal that "router" has signed, with a challenge password <hidden> and without encryption
    And the worker runs
    Then the answer is: bad_proof_of_possession

    Examples:
      | hidden                |
      | in a PKCS10 as PEM    |
      | in a PKCS10 in pieces |
