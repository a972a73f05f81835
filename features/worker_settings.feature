Feature: A CA host's workers follow its lockgate.toml
  The other features begin with a configuration as `lockgate init` writes it. Here one setting is another.

  Background:
    Given a worker that requires signatures and encryption

  Scenario Outline: raissuer: RAs have their certificates from one CA
    Given the CA host's lockgate.toml says raissuer = "<setting>"
    And an RA that may create end entities and has its certificate from <issuer>
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: <answer>

    Examples:
      | setting      | issuer       | answer           |
      | ManagementCA | ManagementCA | a certificate    |
      | ManagementCA | OtherCA      | signer_untrusted |
      | OtherCA      | OtherCA      | a certificate    |
      | OtherCA      | ManagementCA | signer_untrusted |

  Scenario Outline: max_lifetime: for how long a request may stay valid
    Given the CA host's lockgate.toml says max_lifetime = <seconds>
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: <answer>

    Examples: A request is valid for a day where its client says nothing else
      | seconds | answer            |
      | 86400   | a certificate     |
      | 86399   | lifetime_too_long |

  Scenario Outline: lease: for how long a worker that has died keeps its messages from others
    Given the CA host's lockgate.toml says lease = 180
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker takes it up and dies
    And <seconds> seconds pass
    And the worker is started again and runs
    Then <result>

    Examples:
      | seconds | result                     |
      | 170     | nobody has a certificate   |
      | 190     | one certificate was issued |

  Scenario Outline: max_attempts: how often a message that a worker left unsettled is begun again
    Given the CA host's lockgate.toml says max_attempts = 3
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And <count> workers take it up and die, one after the other
    And the worker is started again and runs
    Then the message in the database is <status>

    Examples:
      | count | status    |
      | 3     | processed |
      | 4     | set aside |

  Scenario Outline: signature.required and encryption.required are settings of their own
    Given the CA host's lockgate.toml says signature.required = <signature>
    And the CA host's lockgate.toml says encryption.required = <encryption>
    When the RA sends a <protection> PKCS10Request for "alice"
    And the worker runs
    Then the answer is: <answer>

    Examples:
      | signature | encryption | protection | answer              |
      | true      | false      | signed     | a certificate       |
      | true      | false      | encrypted  | signature_required  |
      | false     | true       | encrypted  | a certificate       |
      | false     | true       | signed     | encryption_required |

  Scenario: No request may be signed with the certificate of a worker, on whichever node that has run
    Given the second worker has a keystore of its own, whose certificate may do everything
    And the second worker has run
    When a request for "alice" is signed with the second worker's key
    And the worker runs
    Then the answer is: signer_untrusted
    And nobody has a certificate

  Scenario: A worker that runs on while an older CA database is restored is known as a worker again
    Given the second worker has a keystore of its own, whose certificate may do everything
    And the second worker runs while the CA's database is restored from before its start
    When a request for "alice" is signed with the second worker's key
    And the worker runs
    Then the answer is: signer_untrusted

  Scenario Outline: keystore.previous: a message encrypted to the worker's keystore before the replacement is still read
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker's keystore is replaced, and <previous>
    And the worker runs
    Then the answer is: <answer>

    Examples:
      | previous                                    | answer        |
      | keystore.previous.path names the one before | a certificate |
      | nothing names the one before                | unreadable    |

  Scenario: No request may be signed with a worker's previous certificate, either
    Given the worker's keystore is replaced, and keystore.previous.path names the one before
    And the certificate before may do everything
    When a request for "alice" is signed with the worker's key before
    And the worker runs
    Then the answer is: signer_untrusted
    And nobody has a certificate

  Scenario Outline: compared_moduli: whether a new RSA key is compared with those before it
    Given the CA host's lockgate.toml says compared_moduli = <number>
    When the RA asks for certificates for two RSA keys that have a prime in common, one after the other
    Then the second answer is: <answer>

    Examples:
      | number | answer        |
      | 100    | weak_key      |

    # keys-judged-here: another installation of Lockgate compares the keys that it certifies by its own setting.
    @keys-judged-here
    Examples:
      | number | answer        |
      | 0      | a certificate |

  Scenario Outline: Administrators who approve have their certificates from any CA of the installation
    Given ManagementCA asks for 1 approval of issue
    And the administrator "dora", who may approve and has a certificate from <issuer>
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the message waits
    When "dora" approves
    And the worker runs
    Then the answer is: a certificate

    Examples:
      | issuer       |
      | ManagementCA |
      | OtherCA      |
