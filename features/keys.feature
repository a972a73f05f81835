Feature: A public key has one identity, and one state for all its certificates
  The CA reads every key in one place and encodes it there in one way, so that a key that is a CA's own, compromised,
  on the blocklist or another end entity's is recognized in every encoding. What a CA knows of a key holds for all
  of the key's certificates.

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
      And the refusal says "<words>"
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

    Scenario Outline: A CA's own key is certified for nobody, in any encoding
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

    Scenario Outline: A compromised key is certified for nobody, in any encoding
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

    Scenario Outline: A key on the blocklist is refused in every encoding
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

  Rule: A report by an end entity that has shown possession condemns the key, for all of its certificates

    Scenario: A key that is reported by its holder is condemned, and its other certificates are revoked along
      Given "alice" has a certificate for the P-256 key in its usual encoding, as PKCS10
      And "bob" has a certificate for the P-256 key in its usual encoding, as SPKAC
      When the RA revokes the certificate of "alice" as keyCompromise
      And the worker runs
      Then the P-256 key is condemned
      And the certificate of "alice" is revoked as keyCompromise
      And the certificate of "bob" is revoked as keyCompromise

    Scenario: Where the requester lacks the right to revoke them, they are blocked, and the audit log names them
      Given "alice" has a certificate for the P-256 key in its usual encoding, as PKCS10
      And "olga" has a certificate of OtherCA for the same key, without having shown possession
      And an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/revocation
      When the RA revokes the certificate of "alice" as keyCompromise
      And the worker runs
      Then the P-256 key is condemned
      And the certificate of "olga" is not revoked, but blocked
      And the audit log says that the certificate of "olga" was blocked

    Scenario: Where a CA asks for the approval of revocations, no certificate of it is revoked along without one
      Given "alice" has a certificate for the P-256 key in its usual encoding, as PKCS10
      And "olga" has a certificate of OtherCA for the same key
      And OtherCA asks for the approval of one administrator before it revokes
      When the RA revokes the certificate of "alice" as keyCompromise
      And the worker runs
      Then the certificate of "alice" is revoked as keyCompromise
      And the certificate of "olga" is not revoked, but blocked

    Scenario: A revoked certificate's reason rises to keyCompromise; the time of its revocation stays
      Given "alice" has a certificate for the P-256 key in its usual encoding, as PKCS10
      And that certificate was revoked as superseded an hour ago
      When the RA revokes the certificate of "alice" as keyCompromise
      And the worker runs
      Then the certificate of "alice" is revoked as keyCompromise
      And it counts as revoked since an hour ago
      And the P-256 key is condemned

    Scenario Outline: No other reason changes what is revoked, and keyCompromise stays what it is
      Given "alice" has a certificate for the P-256 key in its usual encoding, as PKCS10
      And that certificate was revoked as <first>
      When the RA revokes the certificate of "alice" as <second>
      And the worker runs
      Then the CA answers "wrong_standing"
      And the certificate of "alice" is revoked as <first>

      Examples:
        | first         | second             |
        | superseded    | affiliationChanged |
        | keyCompromise | superseded         |
        | keyCompromise | keyCompromise      |

    Scenario: A condemned key signs no request
      Given an administrator has condemned the key of the RA
      When the RA asks for a certificate for "alice" with the P-256 key in its usual encoding, as PKCS10
      And the worker runs
      Then the CA answers "signer_revoked"
      And nothing was issued

    Scenario: A condemned key approves nothing, not even what it has approved before
      Given the administrators "ann", "ben" and "ray", where "ray" may not approve
      And ManagementCA asks for 1 approval of issue
      When the RA asks for a certificate for "alice" with the P-256 key in its usual encoding, as PKCS10
      And the worker runs
      And "ann" approves
      And an administrator condemns the key of "ann"
      And the worker runs
      Then nothing was issued

    Scenario: Nothing is encrypted to a condemned key
      Given a worker that requires encryption only
      And an administrator has condemned the key of the RA
      When the RA sends an encrypted PKCS10Request for "alice"
      And the worker runs
      Then the answer is: answer_certificate_unusable
      And nothing was issued

    Scenario: An administrator of the CA host condemns a key that was never certified, and makes it good again
      When an administrator condemns the P-256 key in a compressed point
      And the RA asks for a certificate for "alice" with the P-256 key in its usual encoding, as PKCS10
      And the worker runs
      Then the answer is: weak_key
      When an administrator makes the P-256 key good
      And the RA asks for a certificate for "alice" with the P-256 key in its usual encoding, as PKCS10
      And the worker runs
      Then the certificate of "alice" holds that key in its usual encoding

  Rule: A report without possession takes the key from nobody

    Scenario: A report without possession puts the key in doubt, and revokes that certificate alone
      Given "alice" has a certificate for the P-256 key in its usual encoding, as PKCS10
      And "mallory" has a certificate for the P-256 key in its usual encoding, as PUBLICKEY
      When the RA revokes the certificate of "mallory" as keyCompromise
      And the worker runs
      Then the P-256 key is in doubt by the report of "mallory"
      And the certificate of "mallory" is revoked as keyCompromise
      And the certificate of "alice" is good

    Scenario: A copy of somebody's PKCS#10 gives nobody power over the key of an end entity out of reach
      Given "olga" has a certificate of OtherCA for the same key
      And "mallory" has a certificate for the P-256 key in its usual encoding, as PKCS10
      And an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/create, /action/revocation
      When the RA revokes the certificate of "mallory" as keyCompromise
      And the worker runs
      Then the P-256 key is in doubt by the report of "mallory"
      And the certificate of "mallory" is revoked as keyCompromise
      And the certificate of "olga" is good

    # keys-judged-here: another installation of Lockgate judges keys itself, and no vouching makes one good that it doubts.
    @keys-judged-here
    Scenario: An end entity that has shown possession before can still have the key certified
      Given "alice" has a certificate for the P-256 key in its usual encoding, as PKCS10
      And "mallory" has put the P-256 key in doubt
      When the RA asks for a certificate for "alice" with the P-256 key in its usual encoding, as SPKAC
      And the worker runs
      Then the certificate of "alice" holds that key in its usual encoding

    # keys-judged-here: another installation of Lockgate judges keys itself, and no vouching makes one good that it doubts.
    @keys-judged-here
    Scenario: Somebody who shows possession for the first time waits for an administrator, who is told of the doubt
      Given "mallory" has put the P-256 key in doubt
      And the administrators "ann", "ben" and "ray", where "ray" may not approve
      When the RA asks for a certificate for "alice" with the P-256 key in its usual encoding, as PKCS10
      And the worker runs
      Then the message waits
      And there is no end entity "alice"
      And the approval names the P-256 key as one in doubt
      When "ann" approves
      And the worker runs
      Then the certificate of "alice" holds that key in its usual encoding

    # keys-judged-here: another installation of Lockgate judges keys itself, and no vouching makes one good that it doubts.
    @keys-judged-here
    Scenario: After an administrator has made the key good, it is certified for an end entity that shows possession
      Given "mallory" has put the P-256 key in doubt
      When an administrator makes the P-256 key good
      And the RA asks for a certificate for "alice" with the P-256 key in its usual encoding, as PKCS10
      And the worker runs
      Then the certificate of "alice" holds that key in its usual encoding

    Scenario Outline: The reporter, and anybody without possession, is refused
      Given "mallory" has put the P-256 key in doubt
      When the RA asks for a certificate for "<name>" with the P-256 key in <encoding>, as <form>
      And the worker runs
      Then the answer is: weak_key

      Examples:
        | name    | encoding           | form      |
        | mallory | its usual encoding | PKCS10    |
        | mallory | a compressed point | SPKAC     |
        | bob     | its usual encoding | PUBLICKEY |

    Scenario: An RA whose key is in doubt goes on signing
      Given somebody without possession has put the key of the RA in doubt
      When the RA asks for a certificate for "alice" with the P-256 key in its usual encoding, as PKCS10
      And the worker runs
      Then the certificate of "alice" holds that key in its usual encoding

    Scenario: A key that is certified without possession is not reserved
      Given certificates of "ENDUSER" are for keys of one end entity alone
      And "mallory" has a certificate for the P-256 key in its usual encoding, as PUBLICKEY
      When the RA asks for a certificate for "alice" with the P-256 key in its usual encoding, as PKCS10
      And the worker runs
      Then the certificate of "alice" holds that key in its usual encoding

    Scenario: Where a key belongs to one end entity alone, it is certified for nobody else without possession either
      Given certificates of "ENDUSER" are for keys of one end entity alone
      And "alice" has a certificate for the P-256 key in its usual encoding, as PKCS10
      When the RA asks for a certificate for "mallory" with the P-256 key in its usual encoding, as PUBLICKEY
      And the worker runs
      Then the answer is: weak_key

    Scenario: Certificates for keys without possession are issued only where the certificate profile says so
      Given certificates of "ENDUSER" are only for keys whose possession was shown
      When the RA asks for a certificate for "alice" with the P-256 key in its usual encoding, as PUBLICKEY
      And the worker runs
      Then the answer is: profile_violation
      And nothing was issued

    Scenario: To ask for them is a right of its own
      Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/create
      When the RA asks for a certificate for "alice" with the P-256 key in its usual encoding, as PUBLICKEY
      And the worker runs
      Then the answer is: not_authorized
      And the missing right named is "/action/certifyunproven"
      When the RA asks for a certificate for "alice" with the P-256 key in its usual encoding, as PKCS10
      And the worker runs
      Then the certificate of "alice" holds that key in its usual encoding
