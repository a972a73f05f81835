Feature: CMP revocation: a certificate is revoked by its own key, or by an RA
  The key of a certificate revokes that certificate, and an RA those of the alias's CA and profiles. What a request says of the
  certificate must fit it in every field. To everybody else, a certificate that is not theirs is as one that does not exist.

  Background:
    Given the clients "router" and "gateway" with certificates

  # ---- who revokes what

  @every-issuer
  Scenario: A certificate revokes itself
    When "router" asks to revoke its certificate
    Then it is told that the certificate is revoked
    And the certificate of "router" is revoked
    And the certificate of "gateway" is good

  @every-issuer
  Scenario: An RA revokes the certificates of its clients
    When the RA "desk" asks to revoke the certificate of "router"
    Then it is told that the certificate is revoked
    And the certificate of "router" is revoked
    And the certificate of "gateway" is good

  Scenario Outline: Nobody else revokes it, and learns whether it exists
    When <who> asks to revoke <what>
    Then its request is refused as badCertId: "The template does not match a certificate that the sender may revoke."
    And the certificates of "router" and "gateway" are good

    Examples:
      | who                  | what                              |
      | "gateway"            | the certificate of "router"       |
      | "gateway"            | a certificate that does not exist |
      | a client by a secret | the certificate of "router"       |
      | a client by a secret | a certificate that does not exist |
      | the RA "desk"        | a certificate that does not exist |

  Scenario Outline: An RA revokes for the alias's CA and profiles alone
    Given the end entity "router" is moved to <place>
    When the RA "desk" asks to revoke the certificate of "router"
    Then its request is refused as badCertId
    And the certificate of "router" is good

    Examples:
      | place                          |
      | OtherCA                        |
      | the end entity profile GUARDED |

  Scenario: An RA does not revoke the certificates of RAs and workers
    When the RA "desk" asks to revoke the certificate of the RA "second desk"
    Then its request is refused as badCertId
    And the RA "second desk" still asks for certificates

  Scenario: A revocation without protection
    When somebody asks to revoke the certificate of "router", without protection
    Then it is refused as badMessageCheck
    And the certificate of "router" is good

  Scenario: The next certificate does not revoke the one before
    Given "router" has got its next certificate
    When "router" asks to revoke its former certificate, by the new one
    Then its request is refused as badCertId

  # ---- what the request says of the certificate

  Scenario Outline: Every field of the template must be the certificate's
    When the RA "desk" asks to revoke the certificate of "router", and the template has <field>
    Then its request is refused as <failure>
    And the certificate of "router" is good

    Examples:
      | field                       | failure             |
      | no issuer                   | addInfoNotAvailable |
      | no serial number            | addInfoNotAvailable |
      | another issuer              | badCertId           |
      | another serial number       | badCertId           |
      | another subject             | badCertId           |
      | another key                 | badCertId           |
      | another begin               | badCertId           |
      | another end                 | badCertId           |
      | another version             | badCertId           |
      | another signature algorithm | badCertId           |
      | another extension           | badCertId           |
      | a unique identifier         | badCertId           |

  Scenario: A template with every field of the certificate
    When the RA "desk" asks to revoke the certificate of "router", and the template has every field of it
    Then it is told that the certificate is revoked
    And the certificate of "router" is revoked

  # ---- reasons

  Scenario Outline: The reason stands in the CRL
    When "router" asks to revoke its certificate because of <reason>
    Then it is told that the certificate is revoked
    And the CRL gives the reason "<reason>" for it

    Examples:
      | reason               |
      | keyCompromise        |
      | superseded           |
      | cessationOfOperation |
      | certificateHold      |

  # in-process-ca: a remote CA issues its CRLs itself.
  @in-process-ca
  Scenario: Without a reason, none stands in the CRL
    When "router" asks to revoke its certificate
    Then the CRL gives no reason for it

  Scenario: A reason that does not exist
    When "router" asks to revoke its certificate because of 7
    Then its request is refused as badRequest: "The request lacks what it needs, or contradicts itself. reason: 7 is none of RFC 5280, 5.3.1."
    And the certificate of "router" is good

  Scenario: What the CA does not write into its CRL is told
    When "router" asks to revoke its certificate, with an invalidity date
    Then it is told that the certificate is revoked, with modifications: "Not in the CRL: the extension 2.5.29.24."
    And the certificate of "router" is revoked

  Scenario: An RA takes a certificate off hold, and its own key does not
    When "router" asks to revoke its certificate because of certificateHold
    And "router" asks to revoke its certificate because of removeFromCRL
    Then it is refused as certRevoked
    And the certificate of "router" is on hold
    When the RA "desk" asks to revoke the certificate of "router" because of removeFromCRL
    Then it is told that the certificate is revoked
    And the certificate of "router" is good

  Scenario: A key that its own certificate reports as compromised is certified for nobody
    When "router" asks to revoke its certificate because of keyCompromise
    And somebody asks for another certificate for the key of "router"
    Then its request is refused as badCertTemplate

  # ---- twice, and several

  Scenario: Twice
    When the RA "desk" asks to revoke the certificate of "router"
    And the RA "desk" asks to revoke the certificate of "router" once more
    Then its request is refused as certRevoked: "The certificate's standing does not allow this. It is revoked already."

  Scenario: The certificate that has revoked itself asks for nothing any more
    When "router" asks to revoke its certificate
    And "router" asks to revoke its certificate once more
    Then it is refused as certRevoked

  Scenario: Several revocations in one message are answered in their order
    When the RA "desk" asks to revoke the certificates of "router", of nobody, of "gateway" and of "router" once more
    Then the answers are: accepted, badCertId, accepted, certRevoked
    And the certificate of "router" is revoked
    And the certificate of "gateway" is revoked

  Scenario: A revocation needs no confirmation
    When the RA "desk" asks to revoke the certificate of "router"
    And the RA "desk" confirms it
    Then it is refused as badRequest: "The transaction has issued no certificate; there is nothing to confirm."

  Scenario: The audit log names the certificate's own key, or the RA
    When "router" asks to revoke its certificate
    Then the audit log says that the certificate of "router" was revoked by "certificate"
    When the RA "desk" asks to revoke the certificate of "gateway"
    Then the audit log says that the certificate of "gateway" was revoked by "RA certificate"
