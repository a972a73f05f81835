Feature: Key recovery: keys that the CA keeps, and hands out again
  Where the certificate profile allows it, the CA keeps keys that it makes, encrypted under a secret that is not in the
  database and bound to certificate, CA and end entity. An administrator with the key recovery right gets one back, with
  its certificate or with a new one; an end entity gets its last one with its own password, once an administrator has
  given it the status KEYRECOVERY. Every recovery is audited.

  Background:
    Given a worker that requires signatures and encryption
    And an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/*
    And the administrators "ann", "ben" and "ray", where "ray" may not approve
    And the key of "alice" is kept

  @every-issuer
  Rule: A kept key comes back as it was made

    Scenario: With its certificate
      When the RA recovers the key of "alice"
      And the worker runs
      Then the answer is signed and encrypted
      And it holds the kept key with the certificate it was kept with
      And one certificate of "alice" exists
      And the audit log says that the key of "alice" was recovered with the same certificate

    Scenario: With a new certificate
      When the RA recovers the key of "alice" for a new certificate
      And the worker runs
      Then it holds the kept key with a new certificate for "CN=alice,OU=New,O=Example,C=SE"
      And the audit log says that the key of "alice" was recovered with another certificate
      When the RA recovers the key of the new certificate
      And the worker runs
      Then it holds the kept key with the certificate it was kept with

    Scenario: The key of a revoked certificate opens what was encrypted to it
      Given the certificate of "alice" is revoked as superseded
      When the RA recovers the key of "alice"
      And the worker runs
      Then it holds the kept key with the certificate it was kept with

    # in-process-ca: a remote issuer renews the CA's key itself.
    @in-process-ca
    Scenario: After a rollover of the CA its chain is the one it was issued under
      Given ManagementCA has taken its next key and certificate
      When the RA recovers the key of "alice"
      And the worker runs
      Then it holds the kept key with the certificate it was kept with

    Scenario: After the escrow secret was changed, where the CA host still knows the one before
      Given the CA host has another escrow secret, and knows the one before
      When the RA recovers the key of "alice"
      And the worker runs
      Then it holds the kept key with the certificate it was kept with

    Scenario: After an administrator has sealed every kept key anew, the escrow secret before is needed no more
      Given the CA host has another escrow secret, and knows the one before
      When an administrator seals every kept key anew
      And the CA host forgets the escrow secret before
      And the RA recovers the key of "alice"
      And the worker runs
      Then it holds the kept key with the certificate it was kept with

    Scenario: A compromised key gets no new certificate
      Given the certificate of "alice" is revoked as compromised
      When the RA recovers the key of "alice" for a new certificate
      And the worker runs
      Then the answer is: weak_key
      And one certificate of "alice" exists

  Rule: A key is recovered only if it was kept, belongs to the end entity, and can be opened

    Scenario Outline: Refused, and nothing is done
      When the RA recovers the key of "alice", but <deviation>
      And the worker runs
      Then the answer is: <reason>
      And one certificate of "alice" exists
      And the audit log says nothing of a recovery

      Examples:
        | deviation                                               | reason                |
        | the serial number is another one                        | unknown_certificate   |
        | the issuer is another one                               | unknown_certificate   |
        | the serial number is no number                          | bad_name              |
        | the certificate is the RA's                             | unknown_certificate   |
        | the certificate's key was not kept                      | key_not_stored        |
        | the password is empty                                   | malformed_request     |
        | the certificate profile does not exist                  | unknown_profile       |
        | the username is "bob", who has no such certificate      | unknown_certificate   |
        | the CA has no escrow secret                             | key_recovery_disabled |

    Scenario Outline: A kept key that cannot be opened is no fault of the request, which waits until that is mended
      When the RA recovers the key of "alice", but <deviation>
      And the worker runs
      Then the message waits, and its row says internal_error
      And one certificate of "alice" exists
      And the audit log says nothing of a recovery

      Examples:
        | deviation                                    |
        | the kept key was changed in the database     |
        | the kept key of "carol" stands in its place  |
        | the whole row of "carol" stands in its place |
        | the escrow secret is another one             |

    Scenario: A profile that keeps no keys keeps none
      When the RA asks for a PKCS#12 whose key is kept, under a profile that keeps none
      And the worker runs
      Then the answer is: key_recovery_disabled
      And there is no end entity "dora"

    Scenario: No kept key can be read from the database
      Then neither the key of "alice" nor a password stands in the CA's database or in a log line

  @every-issuer
  Rule: Where the CA asks for it, several administrators must approve

    Scenario: Two of them
      Given ManagementCA asks for 2 approvals of keyrecovery
      When the RA recovers the key of "alice"
      And the worker runs
      Then the message waits
      When "ann" approves
      And the worker runs
      Then the message waits
      When "ben" approves
      And the worker runs
      Then it holds the kept key with the certificate it was kept with

    Scenario: One rejects
      Given ManagementCA asks for 2 approvals of keyrecovery
      When the RA recovers the key of "alice"
      And the worker runs
      And "ben" rejects because "who asked?"
      And the worker runs
      Then the answer is: approval_rejected
      And the audit log says nothing of a recovery

  @every-issuer
  Rule: An end entity recovers its own last key, with its password, when an administrator lets it

    Scenario: Its status is KEYRECOVERY
      Given "alice" has the status KEY_RECOVERY and the password "correct horse"
      When the RA fetches the keystore of "alice" with the password "correct horse"
      And the worker runs
      Then it holds the kept key in a keystore that "correct horse" opens
      And "alice" is stored as GENERATED with the token P12
      And the audit log says that the key of "alice" was recovered with the same certificate

    Scenario: Its password is wrong
      Given "alice" has the status KEY_RECOVERY and the password "correct horse"
      When the RA fetches the keystore of "alice" with the password "wrong donkey"
      And the worker runs
      Then the answer is: wrong_credentials
      And "alice" is stored as KEY_RECOVERY with the token P12

    Scenario Outline: A password that was set before gets no kept key
      Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit, /action/view
      When the RA gives "alice" the status GENERATED and the password "correct horse"
      And the worker runs
      And <who> gives "alice" the status KEY_RECOVERY and no password
      And the RA fetches the keystore of "alice" with the password "correct horse"
      And the worker runs
      Then the answer is: wrong_credentials
      And "alice" is stored as KEY_RECOVERY with the token P12

      Examples:
        | who                          |
        | an administrator             |
        | another RA, with every right |

    Scenario: A key made when it fetched its keystore is kept, too
      Given the end entity "erna" waits for a keystore with the password "correct horse"
      When the RA fetches the keystore of "erna" with the password "correct horse"
      And the worker runs
      Then the answer is signed and encrypted
      When an administrator gives "erna" the status KEY_RECOVERY and the password "correct horse"
      And the RA fetches the keystore of "erna" with the password "correct horse"
      And the worker runs
      Then both keystores hold the same key

  Rule: The CA and the profile of the key's certificates decide, even if its owner has been moved

    Scenario Outline: The approvals that its first CA asks for are needed
      Given ManagementCA asks for 2 approvals of keyrecovery
      And the RA may do everything
      And "alice" has been moved to OtherCA since
      When the RA <asks>
      And the worker runs
      Then the message waits
      When "ann" approves
      And the worker runs
      Then the message waits
      And the audit log says nothing of a recovery

      Examples:
        | asks                                                           |
        | sets "alice", at OtherCA, to KEYRECOVERY, with a password      |
        | recovers the key of "alice", with a new certificate of OtherCA |

    Scenario: To move the end entity and to set KEYRECOVERY at once needs them, too
      Given ManagementCA asks for 2 approvals of keyrecovery
      And the RA may do everything
      When the RA sets "alice", at OtherCA, to KEYRECOVERY, with a password
      And the worker runs
      Then the message waits

    Scenario Outline: An RA of another CA alone does not get the key
      Given "alice" has been moved to OtherCA since
      And an RA with one role: /administrator, /ca/OtherCA, /endentityprofile/EMPTY, /action/*
      When the RA <asks>
      And the worker runs
      Then the answer is: <answer>
      And the audit log says nothing of a recovery

      Examples:
        | asks                                                           | answer              |
        | sets "alice", at OtherCA, to KEYRECOVERY, with a password      | not_authorized      |
        | recovers the key of "alice", with a new certificate of OtherCA | unknown_certificate |

    Scenario: The key is the one that was kept last when the status was given; one that is kept later is not handed out
      When the RA sets "alice", at ManagementCA, to KEYRECOVERY, with a password
      And the worker runs
      And another key of "alice" is kept
      And the RA fetches the keystore of "alice" with the password "correct horse"
      And the worker runs
      Then it holds the kept key in a keystore that "correct horse" opens

    Scenario: A request for one key hands out no other key that is kept before the approval
      Given ManagementCA asks for 1 approval of keyrecovery
      When the RA sets "alice", at ManagementCA, to KEYRECOVERY, with a password
      And the worker runs
      And another key of "alice" is kept
      And "ann" approves
      And the worker runs
      And the RA fetches the keystore of "alice" with the password "correct horse"
      And the worker runs
      Then the answer is: wrong_credentials
      And the audit log says nothing of a recovery

    Scenario: Where more approvals are asked for since, the key is not handed out
      Given ManagementCA asks for 1 approval of keyrecovery
      When the RA sets "alice", at ManagementCA, to KEYRECOVERY, with a password
      And the worker runs
      And "ann" approves
      And the worker runs
      And ManagementCA asks for 2 approvals of keyrecovery
      And the RA fetches the keystore of "alice" with the password "correct horse"
      And the worker runs
      Then the answer is: wrong_status
      And the audit log says nothing of a recovery
      When ManagementCA asks for 1 approval of keyrecovery
      And the RA fetches the keystore of "alice" with the password "correct horse"
      And the worker runs
      Then it holds the kept key in a keystore that "correct horse" opens
