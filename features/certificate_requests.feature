Feature: Certificates for keys in other forms than PKCS#10, and for cards
  A CertificateRequestRequest brings a key as PKCS#10, CRMF, SPKAC or bare, and gets the certificate, or a PKCS#7 with or
  without the CA's chain. A CardRenewalRequest replaces both certificates of a card, whose old keys vouch for the new
  ones. A request without a proof of possession is refused, and a card gets both certificates or none.

  Background:
    Given a worker that requires signatures and encryption
    And an RA with one role: /administrator, /ca/*, /endentityprofile/EMPTY, /action/*
    And certificates of "ENDUSER" may be for keys whose possession nobody has shown

  Rule: A key comes in any of four forms, the answer in any of three

    Scenario Outline: Every form leads to every kind of answer
      When the RA asks for a <response> for "alice" with the <key> key of a <form>
      And the worker runs
      Then the answer holds a <response> for the <key> key

      Examples:
        | form      | key     | response       |
        | PKCS10    | RSA     | CERTIFICATE    |
        | CRMF      | RSA     | PKCS7          |
        | SPKAC     | RSA     | PKCS7WITHCHAIN |
        | PUBLICKEY | RSA     | CERTIFICATE    |
        | PKCS10    | P-256   | PKCS7          |
        | CRMF      | P-256   | PKCS7WITHCHAIN |
        | SPKAC     | P-256   | CERTIFICATE    |
        | PUBLICKEY | P-256   | PKCS7          |

    Scenario Outline: A request may be written as text
      When the RA asks with <text> of a <form> for a certificate of "alice" for the RSA key
      And the worker runs
      Then the answer holds a CERTIFICATE for the RSA key

      Examples:
        | form      | text            |
        | PKCS10    | the PEM         |
        | PKCS10    | the Base64      |
        | CRMF      | the Base64      |
        | SPKAC     | the Base64      |
        | SPKAC     | the SPKAC= line |
        | PUBLICKEY | the PEM         |
        | PUBLICKEY | the Base64      |

    Scenario: A PKCS10Request may bring its PKCS#10 as PEM
      When the RA sends a PKCS10Request for "alice", whose PKCS#10 is PEM
      And the worker runs
      Then the answer is: a certificate

    Scenario Outline: A request without a proof of possession, or with a value that is not accepted, is refused
      When the RA asks for a certificate for "alice", but <deviation>
      And the worker runs
      Then the answer is: <reason>
      And nothing was issued

      Examples:
        | deviation                                      | reason                  |
        | another key signed the PKCS10                  | bad_proof_of_possession |
        | another key signed the CRMF                    | bad_proof_of_possession |
        | another key signed the SPKAC                   | bad_proof_of_possession |
        | the CRMF says that the RA has verified it      | bad_proof_of_possession |
        | the CRMF is garbage                            | bad_certificate_request |
        | the SPKAC is a PKCS10                          | bad_certificate_request |
        | the PUBLICKEY is garbage                       | bad_certificate_request |
        | the key is on the blocklist                    | weak_key                |
        | the key has 1024 bits                          | weak_key                |
        | the request type is XENROLL                    | malformed_request       |
        | the response type is PEM                       | malformed_request       |
        | the certificate profile does not exist         | unknown_profile         |
        | the CA does not exist                          | unknown_ca              |
        | the subject has a control character            | bad_name                |
        | the serial number is no number                 | malformed_request       |
        | the serial number is zero                      | malformed_request       |
        | the serial number has 21 octets                | malformed_request       |
        | the serial number is chosen without permission | profile_violation       |

  Rule: The serial number is chosen only where the certificate profile allows it, and once

    # chosen-serial-number: a CA that speaks CMP chooses serial numbers itself (RFC 4211, 5).
    @chosen-serial-number
    Scenario: A chosen serial number
      Given certificates of "ENDUSER" may have chosen serial numbers
      When the RA asks for a certificate for "alice" with the serial number "0a1B2c"
      And the worker runs
      Then the certificate has the serial number 662316
      When the RA asks for a certificate for "bob" with the serial number "0A1B2C"
      And the worker runs
      Then the answer is: serial_number_taken
      And there is no end entity "bob"

  Rule: Without adding or editing, the end entity's own password is needed

    Scenario Outline: Names, CA and profiles that are left empty are the stored ones
      Given "alice" is stored with the password "open sesame"
      And an RA with one role: <rights>
      When the RA asks for the certificate of "alice" with the password "open sesame", and names nothing else
      And the worker runs
      Then the answer is: <answer>

      Examples:
        | rights                                                                  | answer            |
        | /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/view | a certificate     |
        | /administrator, /ca/ManagementCA, /endentityprofile/OTHER, /action/view | wrong_credentials |
        | /administrator, /ca/OtherCA, /endentityprofile/EMPTY, /action/view      | wrong_credentials |

    Scenario: The right password
      Given "alice" is stored with the password "open sesame"
      When the RA asks for the certificate of "alice" with the password "open sesame"
      And the worker runs
      Then the answer is: a certificate

    Scenario Outline: A wrong password is refused in the same words as an unknown end entity
      Given "alice" is stored with the password "open sesame"
      When the RA asks for the certificate of <name> with the password <password>
      And the worker runs
      Then the CA answers "wrong_credentials" in the words "Unknown end entity or wrong password."
      And nobody has a certificate

      Examples:
        | name    | password |
        | "alice" | "wrong donkey"   |
        | "alice" | none     |
        | "carol" | "open sesame" |

    Scenario Outline: Without the right to certify a bare key, nobody learns whether there is such an end entity
      Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/view
      And "alice" is stored with the password "open sesame"
      When the RA asks for the certificate of "<name>" for a bare key, with the password "wrong donkey"
      And the worker runs
      Then the answer is: not_authorized
      And the missing right named is "/action/certifyunproven"

      Examples:
        | name  |
        | alice |
        | carol |

    Scenario: After five wrong passwords the right one is refused, too
      Given "alice" is stored with the password "open sesame"
      When the RA asks 5 times for the certificate of "alice" with the password "wrong donkey"
      And the RA asks for the certificate of "alice" with the password "open sesame"
      And the worker runs
      Then the CA answers "wrong_credentials" in the words "Unknown end entity or wrong password."
      And the audit log says that "alice" is locked
      And administrators see that "alice" is locked

    Scenario: A password that is set along needs the approval of an edit, even where nothing else changes
      Given "alice" is stored with the password "open sesame"
      And ManagementCA asks for 1 approval of endentity
      When the RA asks for a certificate for "alice" as she is stored, and sets the password "new sesame"
      And the worker runs
      Then the message waits
      And nobody has a certificate

    Scenario: A new password unlocks
      Given "alice" is stored with the password "open sesame"
      When the RA asks 5 times for the certificate of "alice" with the password "wrong donkey"
      And the worker runs
      And an administrator gives "alice" the password "new sesame"
      And the RA asks for the certificate of "alice" with the password "new sesame"
      And the worker runs
      Then the answer is: a certificate

  Rule: A card's old keys vouch for its new ones, and it gets both certificates or none

    Scenario: Both are renewed
      Given the card of "alice", who is NEW
      When the RA renews the card
      And the worker runs
      Then both new certificates are for the new keys
      And each certificate was issued by an operation of its own
      And "alice" is stored as GENERATED with the token USERGENERATED

    Scenario Outline: A fault of one certificate or request refuses the whole card
      Given the card of "alice", who is NEW
      When the RA renews the card, but <deviation>
      And the worker runs
      Then the answer is: <reason>
      And no new certificate was issued
      And "alice" is stored as NEW with the token USERGENERATED

      Examples:
        | deviation                                           | reason                  |
        | the sign PKCS10 is signed by its new key            | bad_proof_of_possession |
        | the auth PKCS10 is signed by the sign key           | bad_proof_of_possession |
        | the sign PKCS10 is garbage                          | bad_certificate_request |
        | the sign certificate was issued elsewhere           | unknown_certificate     |
        | the sign certificate is garbage                     | bad_certificate_request |
        | both certificates are the same                      | malformed_request       |
        | the sign certificate belongs to "bob"               | malformed_request       |
        | the sign certificate is revoked                     | wrong_standing          |
        | the sign certificate expired 400 days ago           | wrong_standing          |
        | the sign certificate cannot be renewed yet          | too_early               |
        | the CA keeps the sign key                           | key_cannot_vouch        |
        | the sign key is condemned                           | key_cannot_vouch        |
        | the sign key was compromised in another certificate | key_cannot_vouch        |
        | the sign key is on the blocklist                    | weak_key                |
        | the sign certificate shall come from an unknown CA  | unknown_ca              |
        | the sign certificate shall have an unknown profile  | unknown_profile         |

    Scenario: Old certificates that allow no digital signatures vouch for nothing
      Given certificates of "ENDUSER" allow keyEncipherment alone
      And the card of "alice", who is NEW
      When the RA renews the card
      And the worker runs
      Then the answer is: key_cannot_vouch
      And no new certificate was issued

    Scenario: Only a certificate profile that allows keys whose possession nobody has shown renews a card
      Given the card of "alice", who is NEW
      And certificates of "ENDUSER" are only for keys whose possession was shown
      When the RA renews the card
      And the worker runs
      Then the answer is: profile_violation
      And no new certificate was issued

    Scenario: Only an end entity that is NEW renews its card
      Given the card of "alice", who is GENERATED
      When the RA renews the card
      And the worker runs
      Then the answer is: wrong_status
      And no new certificate was issued
