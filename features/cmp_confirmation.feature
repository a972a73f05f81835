Feature: CMP confirmations: a certificate that its client does not take is revoked
  A certificate counts from the moment it is issued. Its client confirms it within the time that the answer names, or asks for
  implicit confirmation, which an alias may grant. What is rejected, not named or not confirmed in time is revoked.

  # ---- the client takes its certificate, or does not

  Scenario: The answer says until when the certificate must be confirmed
    When the client "router" asks for a certificate
    Then the answer says that it waits 15 minutes for the confirmation
    When the client "router" confirms its certificate
    Then it is told that this has arrived
    When 16 minutes pass
    And the worker tidies up
    Then the certificate of "router" is good

  @every-issuer
  Scenario Outline: A certificate that is rejected or not named is revoked
    When the client "router" asks for a certificate
    And the client "router" sends a confirmation <that>
    Then it is told that this has arrived
    And the certificate of "router" is revoked
    And the CRL gives the reason "cessationOfOperation" for it

    Examples:
      | that                                         |
      | that rejects its certificate                 |
      | that rejects its certificate, with a bit set |
      | that says waiting of its certificate         |
      | that is empty                                |

  Scenario: A client that sends an error in place of a confirmation does not take its certificate
    When the client "router" asks for a certificate
    And the client "router" sends an error
    Then it is told that this has arrived
    And the certificate of "router" is revoked

  Scenario: A certificate is taken that was granted with modifications
    When the client "router" asks for a certificate that ends tomorrow
    Then it gets a certificate for its key
    When the client "router" sends a confirmation that says grantedWithMods of its certificate
    Then it is told that this has arrived
    And the certificate of "router" is good

  Scenario: A client that rejects its next certificate keeps the one that it has
    Given the client "router" with a certificate
    When the client "router" asks for a certificate by a kur
    And the client "router" sends a confirmation that rejects its certificate
    Then the certificate of "router" is revoked
    And the former certificate of "router" is good

  Scenario: The audit log says why a certificate was revoked, and who has asked for it
    When the client "router" asks for a certificate
    And the client "router" sends a confirmation that rejects its certificate
    Then the audit log says that "shared secret factory (CMP alias ra)" has not confirmed it: "the client does not take them"

  Scenario: A certificate that an administrator has revoked stays as it is
    When the client "router" asks for a certificate
    And an administrator revokes the certificate of "router" as compromised
    And the client "router" sends a confirmation that rejects its certificate
    Then it is told that this has arrived
    And the CRL gives the reason "keyCompromise" for it

  # ---- several certificates in one transaction

  Scenario Outline: Each certificate of a transaction is confirmed by itself
    When the client "router" asks for two certificates
    And the client "router" confirms <which>
    Then it is told that this has arrived
    And the first certificate is <first>, and the second one is <second>

    Examples:
      | which                             | first   | second  |
      | both                              | good    | good    |
      | the first, and rejects the second | good    | revoked |
      | the second                        | revoked | good    |
      | neither                           | revoked | revoked |

  # ---- a confirmation for something else

  Scenario Outline: A confirmation that is for something else is refused, and changes nothing
    Given the client "gateway" with a certificate
    When the client "router" asks for a certificate
    And the client "router" sends a confirmation <that>
    Then it is refused as badCertId: "A confirmation is for no certificate of this transaction."
    When the client "router" confirms its certificate
    Then it is told that this has arrived
    And the certificate of "router" is good

    Examples:
      | that                                     |
      | with a hash of other octets              |
      | with the hash of another's certificate   |
      | with another certReqId                   |
      | for its certificate, and for another one |
      | that rejects another's certificate       |

  Scenario Outline: A confirmation names each certificate once
    When the client "router" asks for a certificate by <kind>
    And the client "router" sends a confirmation <that>
    Then it is refused as badRequest: "A certificate is confirmed or rejected once in a message."
    And the certificate of "router" is good
    When the time for the confirmation passes
    Then the certificate of "router" is revoked

    Examples:
      | kind    | that                                       |
      | an ir   | that takes its certificate twice           |
      | an ir   | that takes its certificate, and rejects it |
      | an ir   | that rejects its certificate, and takes it |
      | a p10cr | that takes its certificate under -1 and 0  |

  Scenario Outline: The hash algorithm of a confirmation
    Given the client "router" of the version <version>
    When the client "router" asks for a certificate
    And the client "router" sends a confirmation with the hash algorithm <algorithm>
    Then <outcome>

    Examples:
      | version | algorithm | outcome                                                   |
      | 3       | SHA-256   | it is told that this has arrived                          |
      | 3       | SHA-512   | it is told that this has arrived                          |
      | 3       | MD5       | it is refused as badAlg                                   |
      | 2       | SHA-256   | it is refused as badRequest: "hashAlg belongs to pvno 3." |

  Scenario Outline: The certReqId of a p10cr
    When the client "router" asks for a certificate by a p10cr
    Then the certReqId of the answer is -1
    When the client "router" sends a confirmation with the certReqId <number>
    Then <outcome>

    Examples:
      | number | outcome                          |
      | -1     | it is told that this has arrived |
      | 0      | it is told that this has arrived |
      | 1      | it is refused as badCertId       |

  Scenario: The certReqId 0 stands for -1 of a p10cr alone
    When the client "router" asks for a certificate with the certReqId 7
    Then the certReqId of the answer is 7
    When the client "router" sends a confirmation with the certReqId 0
    Then it is refused as badCertId

  # ---- no confirmation in time

  @every-issuer
  Scenario: A certificate that nobody has confirmed in time is revoked
    When the client "router" asks for a certificate
    And 14 minutes pass
    And the worker tidies up
    Then the certificate of "router" is good
    When 2 minutes pass
    And the worker tidies up
    Then the certificate of "router" is revoked
    And the audit log says that "shared secret factory (CMP alias ra)" has not confirmed it: "nobody has confirmed them in time"

  Scenario: Each alias says how long it waits
    Given the alias "ra" waits 60 seconds for confirmations
    When the client "router" asks for a certificate
    And 2 minutes pass
    And the worker tidies up
    Then the certificate of "router" is revoked

  Scenario: A transaction whose alias is gone is not forgotten
    When the client "router" asks for a certificate
    And the alias "ra" is taken out of the configuration
    And 16 minutes pass
    And the worker tidies up
    Then the certificate of "router" is revoked

  Scenario: Another worker revokes what this one has issued
    When the client "router" asks for a certificate
    And 16 minutes pass
    And another worker tidies up
    Then the certificate of "router" is revoked

  # ---- confirmations that come too late

  Scenario Outline: A transaction that has ended takes no confirmation
    When the client "router" asks for a certificate by <how>
    And <end>
    And the client "router" confirms its certificate once more
    Then it is refused as <failure>
    And the certificate of "router" is <standing>

    Examples:
      | how                              | end                                                                   | failure       | standing |
      | an ir                            | the client "router" confirms its certificate                          | certConfirmed | good     |
      | an ir                            | the time for the confirmation passes                                  | certRevoked   | revoked  |
      | an ir                            | the client "router" sends a confirmation that rejects its certificate | certRevoked   | revoked  |
      | an ir                            | the client "router" sends an error                                    | certRevoked   | revoked  |
      | an ir with implicit confirmation | nothing happens                                                       | certConfirmed | good     |

  Scenario: A transaction without a certificate has nothing to confirm
    When the client "router" asks for a certificate for a name that is not accepted
    And the client "router" sends a confirmation that is empty
    Then it is refused as badRequest: "The transaction has issued no certificate; there is nothing to confirm."

  # ---- implicit confirmation

  Scenario Outline: Implicit confirmation is granted to those who ask for it, where the alias grants it
    Given the client "router" at the alias "<alias>"
    When the client "router" asks for a certificate by <asking>
    Then the answer <grants> implicit confirmation
    When the time for the confirmation passes
    Then the certificate of "router" is <standing>

    Examples:
      | alias    | asking                           | grants         | standing |
      | ra       | an ir with implicit confirmation | grants         | good     |
      | ra       | an ir                            | does not grant | revoked  |
      | explicit | an ir with implicit confirmation | does not grant | revoked  |
      | explicit | an ir                            | does not grant | revoked  |

  Scenario: What is granted implicitly has no time to wait for
    When the client "router" asks for a certificate with implicit confirmation
    Then the answer says no time to wait for the confirmation

  Scenario: The value of implicitConfirm is NULL
    When the client "router" asks for a certificate, and the value of implicitConfirm is TRUE
    Then it is refused as badRequest: "The value of implicitConfirm in generalInfo must be NULL."
    And nobody has a certificate

  Scenario: A refusal grants nothing
    When the client "router" asks for a certificate for a name that is not accepted, with implicit confirmation
    Then the answer does not grant implicit confirmation
