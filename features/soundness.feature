Feature: Only the CA's decision refuses a request
  A wrong secret, tables of another version or a defect are the installation's fault. A worker does not start with them;
  if one of them occurs later, the request waits, and the operator is told.

  Background:
    Given a deployment as "lockgate init" makes it, with a key that is kept

  Scenario Outline: A worker does not start where a secret or a keystore does not fit what is stored
    Given <fault>
    When the RA sends a request for "alice"
    And the worker is started
    Then it does not start: "<words>"
    And "lockgate check" calls it wrong: "<words>"
    When that is mended
    And the worker is started
    Then "alice" has a certificate

    Examples:
      | fault                                                    | words                                                   |
      | the key encryption secret is another one                 | cannot be opened with this key encryption secret        |
      | the key encryption secret has 15 characters              | the key encryption secret needs at least 16 octets      |
      | the escrow secret is another one                         | kept keys that this escrow secret does not open: 1      |
      | the escrow secret has 15 characters                      | the escrow secret needs at least 16 octets              |
      | the worker's keystore has another password               | wrong password                                          |
      | the worker's certificate was issued by another CA        | issued                                                  |

  Scenario Outline: Nothing runs on tables that this version does not know
    Given the tables of the <database> are <state>
    When the worker is started
    Then it does not start: "<words>"
    And "lockgate check" calls it wrong: "<words>"
    And <command> does not run: "<words>"
    When that is mended
    And the RA sends a request for "alice"
    And the worker is started
    Then "alice" has a certificate

    Examples:
      | database         | state                   | command         | words                                        |
      | CA database      | of an older version     | "ca list"       | older than this version; run `lockgate db upgrade` |
      | CA database      | of a newer version      | "ca list"       | made by a newer version of this product      |
      | message database | of an older version     | "messages list" | older than this version; run `lockgate db upgrade` |
      | message database | of a newer version      | "messages list" | made by a newer version of this product      |
      | message database | of a newer version      | "request pkcs10"| made by a newer version of this product      |

  Scenario Outline: A half migrated database is named with the step that failed, and what to do
    Given the tables of the <database> are there, but what says of which version is lost
    When "db upgrade" is run
    Then it fails: "migration 0001"
    And it fails: "restore the backup"

    Examples:
      | database         |
      | CA database      |
      | message database |

  Scenario: A secret that is changed while a worker runs lets the request wait, longer each time, and then sets it aside
    Given the RA sends a request for "alice"
    When the worker runs, and the key encryption secret is another one since it was started
    Then the message waits, and "messages list" says internal_error
    When the worker has tried as often as max_attempts says
    Then the message is set aside, and "messages list" says internal_error
    When that is mended
    And "messages retry --reason internal_error" is run
    And the worker is started
    Then "alice" has a certificate
