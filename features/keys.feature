Feature: A public key has one identity, and one fate
  The CA reads every key in one place and encodes it there in one way, so that a key that is a CA's own, compromised,
  on the blocklist or another end entity's is recognized in whatever encoding it comes. What a CA knows of a key holds
  for all of the key's certificates.

  Background:
    Given a worker that requires signatures and encryption
    And an RA with one role: /administrator, /ca/*, /endentityprofile/EMPTY, /action/*
    And certificates of "ENDUSER" may be for keys whose possession nobody has shown

  Rule: A key is the same key in every encoding

    Scenario Outline: A key that comes in another encoding is certified in its usual one
      When the RA asks for a certificate for "alice" with the <key> key in <encoding>, as <form>
      And the worker runs
      Then the certificate of "alice" holds that key in its usual encoding

      Examples:
        | key   | encoding           | form      |
        | P-256 | a compressed point | PKCS10    |
        | P-256 | a compressed point | CRMF      |
        | P-256 | a compressed point | SPKAC     |
        | P-256 | a compressed point | PUBLICKEY |
        | P-256 | a hybrid point     | PKCS10    |
        | P-256 | a hybrid point     | CRMF      |
        | P-256 | a hybrid point     | SPKAC     |
        | P-256 | a hybrid point     | PUBLICKEY |
        | RSA   | no RSA parameters  | PKCS10    |
        | RSA   | no RSA parameters  | CRMF      |
        | RSA   | no RSA parameters  | SPKAC     |
        | RSA   | no RSA parameters  | PUBLICKEY |

    Scenario Outline: An encoding that changes what the key means is refused
      When the RA asks for a certificate for "alice" with the <key> key in <encoding>, as <form>
      And the worker runs
      Then the answer is: weak_key
      And the refusal of the key says "<words>"
      And nothing was issued

      Examples:
        | key   | encoding            | form      | words                             |
        | P-256 | explicit parameters | PKCS10    | curves written out as parameters  |
        | P-256 | explicit parameters | CRMF      | curves written out as parameters  |
        | P-256 | explicit parameters | SPKAC     | curves written out as parameters  |
        | P-256 | explicit parameters | PUBLICKEY | curves written out as parameters  |
        | RSA   | RSASSA-PSS alone    | PKCS10    | id-RSASSA-PSS                     |
        | RSA   | RSASSA-PSS alone    | CRMF      | id-RSASSA-PSS                     |
        | RSA   | RSASSA-PSS alone    | SPKAC     | id-RSASSA-PSS                     |
        | RSA   | RSASSA-PSS alone    | PUBLICKEY | id-RSASSA-PSS                     |

    Scenario Outline: A CA's own key is certified for nobody, in whatever encoding
      Given the CA "OldCA" with a key of the kind RSA-2048
      When the RA asks for a certificate for "alice" with the key of <CA> in <encoding>
      And the worker runs
      Then the answer is: weak_key
      And nothing was issued

      Examples:
        | CA      | encoding            |
        | OtherCA | its usual encoding  |
        | OtherCA | a compressed point  |
        | OtherCA | a hybrid point      |
        | OtherCA | explicit parameters |
        | OldCA   | its usual encoding  |
        | OldCA   | no RSA parameters   |
        | OldCA   | RSASSA-PSS alone    |

    Scenario Outline: A compromised key is certified for nobody, in whatever encoding it was certified and comes again
      Given "alice" has a certificate for the <key> key in <first>, as <form>
      And that certificate was revoked as keyCompromise
      When the RA asks for a certificate for "bob" with the <key> key in <second>, as <other form>
      And the worker runs
      Then the answer is: weak_key
      And there is no end entity "bob"

      Examples:
        | key   | first              | form   | second              | other form |
        | P-256 | its usual encoding | PKCS10 | a compressed point  | SPKAC      |
        | P-256 | its usual encoding | PKCS10 | a hybrid point      | SPKAC      |
        | P-256 | its usual encoding | PKCS10 | explicit parameters | SPKAC      |
        | P-256 | a compressed point | SPKAC  | its usual encoding  | PKCS10     |
        | P-256 | a hybrid point     | SPKAC  | its usual encoding  | PKCS10     |
        | P-256 | a compressed point | CRMF   | a hybrid point      | PKCS10     |
        | RSA   | its usual encoding | PKCS10 | no RSA parameters   | CRMF       |
        | RSA   | no RSA parameters  | SPKAC  | its usual encoding  | PKCS10     |
        | RSA   | its usual encoding | PKCS10 | RSASSA-PSS alone    | SPKAC      |

    Scenario Outline: A key on the blocklist is refused in whatever encoding
      When the RA asks for a certificate for "alice" with the blocked key in <encoding>, as <form>
      And the worker runs
      Then the answer is: weak_key
      And nothing was issued

      Examples:
        | encoding           | form      |
        | its usual encoding | PKCS10    |
        | no RSA parameters  | PKCS10    |
        | no RSA parameters  | SPKAC     |
        | no RSA parameters  | CRMF      |
        | no RSA parameters  | PUBLICKEY |
        | RSASSA-PSS alone   | SPKAC     |

    Scenario Outline: Where a key belongs to one end entity alone, another encoding makes it no other key
      Given certificates of "ENDUSER" are for keys of one end entity alone
      And "alice" has a certificate for the P-256 key in <first>, as SPKAC
      When the RA asks for a certificate for "bob" with the P-256 key in <second>, as SPKAC
      And the worker runs
      Then the answer is: weak_key
      And there is no end entity "bob"

      Examples:
        | first              | second              |
        | its usual encoding | a compressed point  |
        | its usual encoding | a hybrid point      |
        | its usual encoding | explicit parameters |
        | a compressed point | its usual encoding  |

    Scenario: A CA whose certificate writes its curve out as parameters is not imported
      When an administrator imports a CA whose certificate has explicit parameters
      Then the import is refused, because "curves written out as parameters"
      And there is no CA "Imported"
