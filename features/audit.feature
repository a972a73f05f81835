Feature: The audit log shows that it was tampered with
  Each writer's entries form a chain: each is sealed together with the seal of the one before, under a key that is not in
  the database. A person who can write to the CA's database, but does not know the installation's secret, can remove or
  change entries, but not without a break in the chain.

  Background:
    Given a worker that requires signatures and encryption
    And certificates were issued to "alice", "bob" and "carol" by one worker

  Scenario: A log as it was written
    When the audit log is verified
    Then it is as it was written

  Scenario Outline: A log that was tampered with
    When somebody <tampers> in the database
    And the audit log is verified
    Then the finding names the worker's entry <entry>: "<finding>"

    Examples:
      | tampers                                        | entry | finding                   |
      | changes who is behind the worker's third entry | 3     | the entry was changed     |
      | changes the event of the worker's third entry  | 3     | the entry was changed     |
      | changes the target of the worker's third entry | 3     | the entry was changed     |
      | changes the time of the worker's third entry   | 3     | the entry was changed     |
      | changes a detail of the worker's third entry   | 3     | the entry was changed     |
      | removes the worker's third entry               | 3     | the entry is missing      |
      | removes the worker's last entry                | 6     | the entry is missing      |
      | swaps the worker's second and third entry      | 2     | the entry was changed     |
      | moves an entry of the administration's to the worker's third place | 3 | the entry was changed |

    # in-process-ca: a worker whose requests wait for a remote issuer writes more entries than these count.
    @in-process-ca
    Examples: By the number of entries
      | tampers                                        | entry | finding                   |
      | removes all of the worker's entries            | 1     | the entries up to 6 are missing |
      | adds an entry behind the worker's last         | 7     | the entry was changed     |
      | removes the worker's last entry and turns its head back without the seal | 5 | the chain does not end where its head says |

  Scenario: A genuine entry of another history of the log
    Given a copy of the CA's database as it was after the worker's second entry, in which the worker has gone on otherwise
    When somebody puts the third entry of the copy in the place of the worker's third entry
    And the audit log is verified
    Then the finding names the worker's entry 4: "the entry was changed"
