# in-process-ca: these scenarios bring a remote issuer of their own beside the CA in this process.
@in-process-ca
Feature: Certificates of a remote issuer
  The key of a CA may stand in another product, which the registry's transaction does not reach. What such an issuer has done
  cannot be undone. So each step is committed before the next one: the operation before the call, the certificate before it
  counts. A request has one effect, or none, or an operator decides.

  Background:
    Given a worker that requires signatures and encryption
    And a CA "RemoteCA" whose certificates a remote issuer signs

  Scenario: The request waits until the issuer has signed
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    Then the message waits
    And the issuer was not called
    And "alice" is stored as IN_PROCESS with the token USERGENERATED
    When the runner of the issuer runs
    And the worker runs
    Then the answer is: a certificate
    And the certificate is the one that the issuer has issued
    And "alice" is stored as GENERATED with the token USERGENERATED
    And no operation is left

  Scenario Outline: A remote issuer can verify the proof of possession, and learns no password
    When the RA requests a certificate of RemoteCA for "alice" with a PKCS10 <that>
    And the worker runs
    Then the order <brings>

    Examples:
      | that                        | brings              |
      | without a challenge password | brings the PKCS10   |
      | with a challenge password    | brings no PKCS10    |

  Scenario: The same request again brings the same certificate
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    And the message is put again as it was
    And the worker, the runner and the worker run
    Then the answer is: a certificate
    And the issuer has issued one certificate

  Scenario: One message to two issuers
    When the RA requests certificates of RemoteCA for "alice" and of ManagementCA for "bob" in one message
    And the worker runs
    Then the message waits
    When the runner of the issuer runs
    And the worker runs
    Then the answers are: a certificate, a certificate
    And the issuer has issued one certificate

  Scenario: The issuer's refusal is the CA's word
    Given the issuer refuses everything
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the CA answers "issuer_refused"
    And the refusal says "not today"
    And there is no end entity "alice"

  Scenario: The issuer refuses several requests that were judged together
    Given the issuer refuses everything
    When the RA requests certificates of RemoteCA for 5 end entities in one message
    And the worker, the runner and the worker run
    Then the answers are: issuer_refused, issuer_refused, issuer_refused, issuer_refused, issuer_refused
    And there is no end entity "host0"
    And there is no end entity "host4"

  Scenario: A refusal leaves an end entity as it was
    Given the end entity "carol" with a one-time password
    And the issuer refuses everything
    When the RA requests a certificate of RemoteCA for "carol" by her password
    And the worker, the runner and the worker run
    Then the CA answers "issuer_refused"
    And "carol" is stored as NEW with the token USERGENERATED
    Given the issuer does what it is asked for
    When the RA requests a certificate of RemoteCA for "carol" by her password
    And the worker, the runner and the worker run
    Then the answer is: a certificate
    When the RA requests a certificate of RemoteCA for "carol" by her password
    And the worker runs
    Then the CA answers "wrong_credentials"

  Scenario: An issuer that cannot be reached delays, and refuses nothing
    Given the issuer is away
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    Given the issuer does what it is asked for
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the issuer has issued one certificate

  Scenario: An issuer that answers later is looked up then
    Given the issuer looks up and answers later
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the issuer was called once

  Scenario: An issuer that polls is asked for its later answer
    Given the issuer polls and answers later
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the issuer was called once

  Scenario: An issuer that polls is not asked about a call without an answer
    Given the issuer polls
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner dies after its call has left
    And a minute passes
    And the runner of the issuer runs
    Then the operation for "alice" is in doubt
    And the issuer was called once
    And the issuer was not looked up

  Scenario: A certificate that the issuer wants confirmed is stored first
    Given the issuer wants certificates confirmed
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner calls the issuer, and commits what came back
    Then the certificate is stored, and not confirmed
    When the runner of the issuer runs
    And the worker runs
    Then the answer is: a certificate
    And the certificate is the one that the issuer has issued

  Scenario Outline: A runner that dies after its call has left
    Given the issuer <promise>
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner dies after its call has left
    And the runner of the issuer runs
    Then the issuer was called <times>
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the issuer was called <times>
    And the issuer has issued one certificate

    Examples:
      | promise                | times |
      | is idempotent          | twice |
      | looks up               | once  |

  Scenario: An order is given anew where the issuer voids what is not confirmed
    Given the issuer voids certificates that are not confirmed
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner dies after its call has left
    And the runner of the issuer runs
    Then the issuer was called once
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the issuer was called twice
    And the issuer has issued one certificate
    And the audit log names the draft that was given up

  Scenario: An order that is never answered is given anew ever more rarely, and in the end an operator decides
    Given the issuer voids certificates that are not confirmed, and answers nothing
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner has tried for ten minutes
    Then the issuer was called 4 times
    When the runner has tried for a day
    Then the issuer was called 10 times
    And the operation for "alice" is in doubt
    And the audit log names 9 orders that were given up
    When the worker runs
    Then the message waits

  Scenario: A call is repeated with the same draft, however often it does not arrive
    Given the issuer is idempotent, and no two drafts are alike
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner dies after its call has left
    Given the issuer is away
    When the runner of the issuer runs
    Given the issuer can be reached again
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And all calls were of one draft

  Scenario: A draft that the issuer takes no more is made anew
    Given the issuer is idempotent, and does not take the first draft
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the issuer has issued one certificate
    And the audit log names the draft that was given up

  Scenario: A repeated draft that the issuer takes no more is not made anew
    Given the issuer is idempotent, and does not take the first draft
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner dies after its call has left
    And the runner has tried for ten minutes
    Then the operation for "alice" is in doubt
    And all calls were of one draft

  Scenario: A certificate is confirmed with what the issuer has said
    Given the issuer wants certificates confirmed
    And the adapter of the issuer confirms by what the CA has said alone
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the answer is: a certificate

  Scenario: A certificate whose confirmation is not taken does not count
    Given the issuer wants certificates confirmed
    And the adapter of the issuer tells that the CA takes no confirmation
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    And nobody has a certificate
    And the operation for "alice" is in doubt

  Scenario: An answer that is lost
    Given the issuer looks up, and answers nothing
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    Given the issuer looks up
    When the runner of the issuer runs
    Then the issuer was not looked up
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the issuer was called once

  Scenario: An issuer that cannot be reached when it is looked up
    Given the issuer looks up
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner dies after its call has left
    And a minute passes
    Given the issuer is away
    When the runner of the issuer runs
    Given the issuer looks up
    When a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the issuer was called once

  Scenario: A call that arrives after its runner has died
    Given the issuer looks up, and calls arrive late
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner dies after its call has left
    And the runner of the issuer runs
    Then the issuer was not looked up
    When the call arrives
    And a minute passes
    And the runner and the worker run
    Then the answer is: a certificate
    And the issuer was called once

  Scenario: A call that has never arrived is repeated once it can no longer arrive
    Given the issuer looks up, and calls arrive late
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner dies after its call has left
    And the call is lost
    And a minute passes
    Given the issuer looks up
    When the runner and the worker run
    Then the answer is: a certificate
    And the issuer has issued one certificate

  Scenario: Where nobody can tell, an operator decides
    Given the issuer neither looks up nor is idempotent
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner dies after its call has left
    And a minute passes
    And the runner of the issuer runs
    And the worker runs
    Then the message waits
    And the operation for "alice" is in doubt
    And the issuer was called once
    When an operator says that the issuer has issued its certificate
    And the worker runs
    Then the answer is: a certificate
    And the certificate is the one that the issuer has issued

  Scenario: An operator decides that nothing was issued
    Given the issuer neither looks up nor is idempotent
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner dies after its call has left
    And a minute passes
    And the runner of the issuer runs
    And an operator says that the issuer has issued nothing
    And the worker runs
    Then the CA answers "issuer_refused"
    And there is no end entity "alice"

  Scenario: An operator refuses what was never asked for
    Given the issuer is away
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker and the runner run
    And an operator says that the issuer has issued nothing
    And the worker runs
    Then the CA answers "issuer_refused"
    And there is no end entity "alice"
    And the issuer was not called

  Scenario: An answer that is put off for more than a week is left to an operator
    Given the issuer polls and puts its answers off
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker and the runner run
    And 6 days pass, and the runner runs each day
    Then the operation for "alice" is not in doubt
    When 2 days pass, and the runner runs each day
    Then the operation for "alice" is in doubt
    And the issuer was called once
    When an operator says that the issuer has issued its certificate
    And the worker runs
    Then the answer is: a certificate

  Scenario: A CA that answers later is asked again within a day, whatever it says
    Given the issuer polls and answers later
    And the adapter of the issuer puts answers off by a hundred years
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker and the runner run
    And 1 day passes, and the runner runs each day
    And the worker runs
    Then the answer is: a certificate

  Scenario: A confirmation that is not taken for more than a week is left to an operator
    Given the issuer wants certificates confirmed
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner calls the issuer, and commits what came back
    Given the issuer is away
    When 6 days pass, and the runner runs each day
    Then the operation for "alice" is not in doubt
    When 2 days pass, and the runner runs each day
    Then the operation for "alice" is in doubt
    When an operator says that the issuer has issued nothing
    And the worker runs
    Then the CA answers "issuer_refused"

  Scenario: An adapter that returns nothing of a call has not looked it up
    Given the adapter of the issuer returns nothing
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    And the operation for "alice" is in doubt
    And the issuer was called once

  Scenario Outline: An adapter that fails for one order stops no other one
    Given the adapter of the issuer <fails>
    When the RA requests certificates of RemoteCA for 5 end entities in one message
    And the worker, the runner and the worker run
    Then the issuer has issued 4 certificates
    When the runner has tried for ten minutes
    Then the issuer has issued 4 certificates
    And the operation for "host0" is in doubt

    Examples:
      | fails                                          |
      | makes no draft for "host0"                     |
      | refuses "host0" in words that cannot be stored |
      | loses the answer for "host0", and names no draft |

  Scenario Outline: A certificate that was not ordered does not count
    Given the issuer returns a certificate <wrong>
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the message waits
    And nobody has a certificate
    And the operation for "alice" is in doubt
    And the certificate <fate>

    Examples:
      | wrong                             | fate                    |
      | for another key                   | is revoked there        |
      | for another name                  | is revoked there        |
      | that ends later                   | is revoked there        |
      | that begins long before           | is revoked there        |
      | for other usages                  | is revoked there        |
      | with an extension twice           | is revoked there        |
      | with a serial number of 21 octets | is revoked there        |
      | of another signer                 | is kept for an operator |
      | that is none                      | is kept for an operator |

  Scenario: A certificate that counts for somebody else is not revoked
    Given the adapter of the issuer returns the same certificate again
    And the issuer takes 1 call at a time
    When the RA requests certificates of RemoteCA for 2 end entities in one message
    And the worker, the runner and the worker run
    Then the operation for "host1" is in doubt
    And the issuer has revoked nothing

  Scenario: A certificate that was not ordered is not confirmed
    Given the issuer wants certificates confirmed, and returns them for another name
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    Then the operation for "alice" is in doubt
    And no certificate counts at the issuer

  Scenario: Other requests for the same end entity wait
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the RA requests another certificate of ManagementCA for "alice"
    And the worker runs
    Then the message waits
    When the runner and the worker run
    Then the answer is: a certificate

  Scenario: A request that is approved while another one is under way is left in peace
    Given certificates of ManagementCA need an approval
    When the RA requests another certificate of ManagementCA for "alice"
    And the worker runs
    And the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And an administrator approves it
    And the worker has looked at the decision
    Then the worker finds nothing to do

  Scenario: Without the right, nobody learns that a request is under way
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    Given the RA may view only what is of OtherCA
    When the RA requests another certificate of ManagementCA for "alice"
    And the worker runs
    Then the CA answers "not_authorized"

  Scenario: Nothing changes an end entity whose certificate is under way
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    Then the administration refuses to edit "alice", because she waits for a remote issuer

  Scenario: A revocation counts here at once, and is answered when the issuer has done it
    Given "alice" has a certificate of RemoteCA
    When the RA requests the revocation of her certificate
    And the worker runs
    Then the message waits
    And her certificate stands revoked here, and good at the issuer
    When the runner and the worker run
    Then the answer is: done
    And her certificate stands revoked at the issuer

  Scenario: A revocation is repeated until the issuer has answered
    Given "alice" has a certificate of RemoteCA
    And the issuer neither looks up nor is idempotent
    When the RA requests the revocation of her certificate
    And the worker runs
    And the runner dies before its call has arrived
    And the runner of the issuer runs
    Then her certificate stands revoked here, and good at the issuer
    When a minute passes
    And the runner and the worker run
    Then the answer is: done
    And her certificate stands revoked at the issuer

  Scenario: A certificate is taken from hold when the issuer has done so
    Given "alice" has a certificate of RemoteCA that is on hold
    When the RA requests that it is taken from hold
    And the worker runs
    Then her certificate is on hold here
    When the runner and the worker run
    Then the answer is: done
    And her certificate stands good here and at the issuer

  Scenario: The administration revokes there, too
    Given "alice" has a certificate of RemoteCA
    When the administration revokes her certificate
    And the runner of the issuer runs
    Then her certificate stands revoked at the issuer

  Scenario: Two orders about one certificate go one after the other
    Given "alice" has a certificate of RemoteCA
    When the administration puts her certificate on hold, and revokes it
    Then the runner begins 1 call, and no more before it has ended

  Scenario: A card's certificates come from two issuers
    Given certificates of "ENDUSER" may be for keys whose possession nobody has shown
    And the card of "alice", who is NEW
    When the RA renews the card, and RemoteCA shall issue for signatures
    And the worker runs
    Then the message waits
    And "alice" is stored as IN_PROCESS with the token USERGENERATED
    When the runner and the worker run
    Then both new certificates are for the new keys
    And "alice" is stored as GENERATED with the token USERGENERATED

  Scenario: A card gets both certificates or none
    Given certificates of "ENDUSER" may be for keys whose possession nobody has shown
    And the card of "alice", who is NEW
    And the issuer refuses everything
    When the RA renews the card, and RemoteCA shall issue for signatures
    And the worker, the runner and the worker run
    Then the CA answers "issuer_refused"
    And the new certificate of ManagementCA is revoked
    And "alice" is stored as NEW with the token USERGENERATED

  Scenario: A remote issuer that refuses a card's second certificate revokes the first
    Given certificates of "ENDUSER" may be for keys whose possession nobody has shown
    And the card of "alice", who is NEW
    And the issuer takes 1 call at a time
    When the RA renews the card, and RemoteCA shall issue both certificates
    And the worker runs
    And the issuer refuses after it has issued one certificate
    And the runner and the worker run
    Then the CA answers "issuer_refused"
    And its certificate is revoked there

  Scenario: A key that the CA makes is delivered and kept
    When the RA requests a keystore of RemoteCA for "dora"
    And the worker runs
    Then no secret of it can be read in the CA's database
    When the runner and the worker run
    Then the keystore holds the certificate that the issuer has issued
    And the key is kept for recovery
    And no operation is left

  Scenario: A key that is compromised meanwhile
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the administration learns that her key is compromised
    And the runner of the issuer runs
    Then her certificate stands revoked at the issuer

  Scenario: A signer that is revoked after the issuer has signed is told nothing, and the certificate does not stand
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the RA's certificate is revoked
    And the runner and the worker run
    Then the CA answers "signer_revoked"
    And her certificate stands revoked here and at the issuer

  Scenario: A signer that is revoked before the issuer was called has no effect
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the RA's certificate is revoked
    And a quarter of an hour passes
    And the worker, the runner and the worker run
    Then the CA answers "signer_revoked"
    And the issuer was not called
    And there is no end entity "alice"

  Scenario: A signer that is revoked while the issuer works
    Given the issuer looks up and answers later
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker, the runner and the worker run
    And the RA's certificate is revoked
    And a quarter of an hour passes
    And the worker runs
    Then the CA answers "signer_revoked"
    When the runner of the issuer runs
    Then her certificate stands revoked here and at the issuer
    And there is no end entity "alice"

  Scenario: A signer that is revoked after a call that has never arrived
    Given the issuer looks up
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner dies before its call has arrived
    Given the issuer looks up
    When the RA's certificate is revoked
    And a quarter of an hour passes
    And the worker runs
    And the runner of the issuer runs
    Then the issuer was not called
    And there is no end entity "alice"

  Scenario: An approval is used when the operation is stored
    Given certificates of RemoteCA need an approval
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And an administrator approves it
    And the worker runs
    Then the approval is used, and the message waits
    When the runner and the worker run
    Then the answer is: a certificate
    And the issuer has issued one certificate

  Scenario: The verdict on an approved request is kept until the approval has expired, too
    Given certificates of RemoteCA need an approval
    When the RA sends a request to RemoteCA that expires in 10 minutes
    And the worker runs
    And an administrator approves it
    And the worker, the runner and the worker run
    Then the answer is: a certificate
    And the verdict is kept until 5 minutes after the approval expires

  Scenario: A call that would begin late is not made
    Given the issuer looks up
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the runner begins a call, which stands still for five minutes
    And the runner and the worker run
    Then the answer is: a certificate
    When the call that stood still goes on
    Then the issuer has issued one certificate

  Scenario: A call that hangs makes room for others
    Given the issuer looks up, and takes 1 call at a time
    When the RA requests certificates of RemoteCA for 2 end entities in one message
    And the worker runs
    Then the runner begins another call after the first one has hung for five minutes

  Scenario: Calls that hang for ever are bounded, too
    Given the issuer looks up, and takes 1 call at a time
    When the RA requests certificates of RemoteCA for 6 end entities in one message
    And the worker runs
    Then the runner begins 4 calls, each of which hangs, says that, and begins no more before one has returned

  Scenario: A key that is under way belongs to its end entity
    Given certificates of "DISTINCT" are for keys of one end entity alone
    When the RA requests a certificate of RemoteCA for "alice"
    And the worker runs
    And the RA requests a certificate of ManagementCA for "bob" with her key and the profile DISTINCT
    And the worker runs
    Then the CA answers "weak_key"

  Scenario: The calls in flight are bounded
    Given the issuer takes 2 calls at a time
    When the RA requests certificates of RemoteCA for 5 end entities in one message
    And the worker runs
    Then the runner begins 2 calls, and no more before one has ended
