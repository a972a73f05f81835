Feature: Passwords that CMP requests show in clear

  Old clients put an end entity's password into the control regToken of the request, or into an attribute of the subject that
  they ask for. The message then needs no protection, or has that of a certificate which no CA here has issued. Whoever sees
  the message learns the password, so an alias takes such requests only where it says so. The password is judged as the end
  entity's own. A certificate shows which messages belong together; without one no later message shows anything.

  Background:
    Given the alias "client" takes passwords in the control regToken and in the attribute OU
    And the end entity "router" that waits with a password

  Scenario Outline: A request that shows the password gets the certificate for the registered name
    Given the messages of "router" have <protection>
    When it asks for a certificate by <request> with its password in <place>
    Then it gets a certificate for its key
    And the answer is signed by the service
    And the certificate is for "CN=router,O=Example,C=SE"
    And exactly 1 certificate was issued, to "router"

    Examples:
      | protection                 | request | place                |
      | no protection              | an ir   | the control regToken |
      | no protection              | a p10cr | the attribute OU     |
      | the signature of a stranger | a cr   | the control regToken |
      | the signature of a stranger | an ir  | the attribute OU     |
      | the signature of an RA     | an ir   | the control regToken |

  Scenario: With a certificate, whoever has issued it, the client confirms what it got
    Given the messages of "router" have the signature of a stranger
    When it asks for a certificate by an ir with its password in the control regToken
    And the client "router" confirms its certificate
    Then it is told that this has arrived
    When the time for the confirmation passes
    Then the certificate of "router" is good

  Scenario Outline: Nobody else goes on with the transaction
    Given the messages of "router" have the signature of a stranger
    When it asks for a certificate by an ir with its password in the control regToken
    And somebody with <protection> rejects the certificate in its place
    Then it is refused as <failure>
    And the certificate of "router" is good

    Examples:
      | protection                        | failure          |
      | no protection                     | badMessageCheck  |
      | a certificate of the same name    | signerNotTrusted |
      | the certificate of an RA          | wrongIntegrity   |
      | the password, as a secret         | badMessageCheck  |

  Scenario: The same message brings the same answer
    Given the messages of "router" have no protection
    When it asks for a certificate by an ir with its password in the control regToken
    And the client "router" sends its last message again
    Then it gets the same answer again
    And exactly 1 certificate was issued, to "router"

  Scenario: A wrong password uses up an attempt, and nothing else is kept of it
    Given the password is one that somebody has chosen
    And the messages of "router" have no protection
    When somebody guesses its password 5 times
    Then each is refused as badMessageCheck, and nothing is kept
    When it asks for a certificate by an ir with its password in the control regToken
    Then it is refused as badMessageCheck
    And nobody has a certificate

  Scenario Outline: What such a message cannot have is refused by name
    Given the messages of "router" have <protection>
    When it asks <how>
    Then it is refused as <failure>: "<sentence>"
    And nobody has a certificate

    Examples:
      | protection                  | how                                     | failure         | sentence                                                                                |
      | no protection               | without implicit confirmation           | badRequest      | Without protection a certificate cannot be confirmed: implicit confirmation is needed.  |
      | no protection               | where the alias grants none             | badRequest      | Without protection a certificate cannot be confirmed: implicit confirmation is needed.  |
      | no protection               | for a certificate that only it can read | badPOP          | Without protection a certificate cannot be confirmed: the key must sign the request.    |
      | no protection               | for two certificates                    | badRequest      | A message whose request shows a password holds one request.                             |
      | no protection               | without a name                          | badCertTemplate | The subject holds no usable CN.                                                         |
      | no protection               | with two passwords                      | badCertTemplate | The subject holds the attribute OU several times.                                       |
      | no protection               | without a password                      | badMessageCheck | The message has no protection.                                                          |
      | the signature of a stranger | for a key of the CA                     | badRequest      | No key can be encrypted to what protects the message: keyEncipherment or keyAgreement is needed. |
      | a broken signature          | with its password                       | badMessageCheck | The signature is wrong, or the message was changed.                                     |

  Scenario Outline: An alias takes passwords only where it says so
    Given the alias "client" takes <which>
    And the messages of "router" have no protection
    When it asks for a certificate by an ir with its password in <place>
    Then it is refused as badMessageCheck: "The message has no protection."

    Examples:
      | which                                    | place                |
      | no password in clear                     | the control regToken |
      | no password in clear                     | the attribute OU     |
      | passwords in the attribute OU only       | the control regToken |
      | passwords in the control regToken only   | the attribute OU     |

  Scenario: Without protection, a client that waits sends the same message again, and nobody finds the password meanwhile
    Given the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 1 approval of issue
    And the messages of "router" have no protection
    When it asks for a certificate by an ir with its password in the control regToken
    Then it is told to wait
    And the CA's database holds the password nowhere
    When the client "router" sends its last message again
    Then it is told to wait
    When "ann" approves
    And the client "router" sends its last message again
    Then it gets a certificate for its key
    And exactly 1 certificate was issued, to "router"

  Scenario: With a certificate, a client that waits polls
    Given the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 1 approval of issue
    And the messages of "router" have the signature of a stranger
    When it asks for a certificate by an ir with its password in the control regToken
    Then it is told to wait
    And the CA's database holds the password nowhere
    When "ann" approves
    And the client "router" polls
    Then it gets a certificate for its key
