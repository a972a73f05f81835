Feature: Certificates of a CA that speaks CMP
  A CA that speaks CMP may stand behind Lockgate, which is an RA for it. Whoever is on the way to that CA sees and changes
  octets, and the CA itself may err. Only what the CA provably says counts: a certificate that was ordered, or a rejection of the
  order. Everything else delays.

  Background:
    Given a worker that requires signatures and encryption
    And a CA "RemoteCA" that speaks CMP

  Scenario: A certificate is stored, then confirmed, then answered
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner calls the issuer, and commits what came back
    Then the certificate is stored, and not confirmed
    When the runner of the issuer runs
    And the worker runs
    Then the answer is: a certificate
    And the certificate is the one that the issuer has issued
    And the CA got: cr, certConf

  Scenario: The CA's rejection refuses
    Given the CA rejects every request
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the CA answers "issuer_refused"
    And the refusal says "not today"
    And there is no end entity "alice"

  Scenario Outline: What is not the CA's word on the order refuses nobody
    Given the CA gives the same answer again
    And the CA seems to say <what>
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    And nobody has a certificate
    Given the CA says again what it should
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the issuer has issued one certificate

    Examples:
      | what                               |
      | an error without protection        |
      | a certificate without protection   |
      | a certificate under another secret |
      | an error under another secret      |
      | an answer to another transaction   |
      | an answer to another message       |
      | octets that are no message         |
      | the first half of its answer       |
      | more than is read                  |
      | nothing                            |
      | that it is not available           |
      | that it has failed                 |
      | that the signer is not trusted     |
      | that the transaction is known      |
      | a certificate that is none         |
      | a grant without a certificate      |

  Scenario: A message whose time the CA does not take is made anew
    Given the CA does not take the time of the first message
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the CA has seen 2 transactions

  Scenario Outline: A certificate that was not ordered is rejected
    Given the CA returns a certificate <wrong>
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    And nobody has a certificate
    And the operation for "alice" is in doubt
    And the CA was told that the certificate is rejected

    Examples:
      | wrong                             |
      | for another key                   |
      | for another name                  |
      | that ends later                   |
      | for other usages                  |
      | with an extension twice           |
      | with a serial number of 21 octets |
      | of another signer                 |
      | that is none                      |

  Scenario: A certificate that counts at once is revoked if it was not ordered
    Given the CA confirms implicitly
    And it returns a certificate for another name
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then nobody has a certificate
    And the operation for "alice" is in doubt
    And the certificate is revoked there

  Scenario: A certificate that counts at once for somebody else is not revoked
    Given the CA confirms implicitly
    And it returns the certificate again that it has issued first
    And the issuer takes 1 call at a time
    When the RA requests certificates of RemoteCA for 2 end entities in one message
    And the worker, the runner and the worker run
    Then the operation for "host1" is in doubt
    And the issuer has revoked nothing
    And the CA got: cr, cr

  Scenario: The CA needs more time
    Given the CA needs time twice
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    And the CA got: cr
    When a minute passes
    And the runner and the worker run
    Then the message waits
    And the CA got: cr, pollReq
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the CA got: cr, pollReq, pollReq, certConf

  Scenario: A CA that answers again gets the same octets
    Given the CA gives the same answer again
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner dies after its call has left
    And the runner and the worker run
    Then the answer is: a certificate
    And the CA has seen 1 transaction
    And the issuer has issued one certificate

  Scenario: A CA that revokes what is not confirmed is asked anew
    Given the CA revokes what is not confirmed
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner dies after its call has left
    And the runner of the issuer runs
    Then the CA has seen 1 transaction
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the CA has seen 2 transactions
    And the issuer has issued one certificate
    And the audit log names the transaction that was given up

  Scenario: A CA that promises nothing is asked once
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner dies after its call has left
    And a minute passes
    And the runner and the worker run
    Then the message waits
    And the operation for "alice" is in doubt
    And the CA has seen 1 transaction

  Scenario: A confirmation whose answer is lost
    Given the CA answers no confirmation
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    Given the CA says again what it should
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the issuer has issued one certificate

  Scenario: A certificate that the CA has revoked before it was confirmed
    Given the CA takes no confirmation, because the certificate is revoked
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    And nobody has a certificate
    And the operation for "alice" is in doubt

  Scenario: A revocation
    Given "alice" has a certificate of RemoteCA
    When the RA requests the revocation of her certificate
    And the worker, the runner and the worker run
    Then the answer is: done
    And her certificate stands revoked at the issuer

  Scenario: A certificate that is revoked at the CA already
    Given "alice" has a certificate of RemoteCA
    And the CA says of revocations that the certificate is revoked
    When the RA requests the revocation of her certificate
    And the worker, the runner and the worker run
    Then the answer is: done

  Scenario: A CA that takes no certificate from hold
    Given "alice" has a certificate of RemoteCA that is on hold
    And the CA says of revocations that the certificate is revoked
    When the RA requests that it is taken from hold
    And the worker, the runner and the worker run
    Then the CA answers "issuer_refused"
    And her certificate is on hold here
