# in-process-ca: the key of ManagementCA is in a token of this host.
@in-process-ca
Feature: Private keys in a token never leave it, and a token that goes away refuses nothing
  The keys of CAs, workers and RAs may be in PKCS#11 tokens. A token that cannot be used is the installation's fault: the
  request waits. Tokens lock themselves after a few wrong PINs, so a wrong one is tried once.

  Background:
    Given a CA, a worker and an RA whose keys "lockgate init" has made in a token

  Scenario: A certificate is issued, and every key is in the token
    When the RA sends a request for "alice"
    And the worker runs
    Then the answer is: a certificate
    And no file and no row holds a private key

  Scenario Outline: While the token is away the request waits, and afterwards it is answered once
    When the RA sends a request for "alice"
    And the token goes away <moment>
    And the worker runs
    Then nothing was answered, and no request refused
    When the token is back
    And the worker runs
    Then the answer is: a certificate
    And "alice" has 1 certificate

    Examples:
      | moment                             |
      | before the worker opens a request  |
      | while the worker opens a request   |
      | while the CA signs the certificate |
      | while the worker signs the answer  |

  Scenario: A CA whose key is not in the token keeps no other CA waiting
    Given a CA "Lost" whose key is not in the token any more
    When the RA sends a request for "bob" to the CA "Lost"
    And the RA sends a request for "alice"
    And the worker runs
    Then the answer is: a certificate
    And "bob" has 0 certificates
    And 1 message waits, with all its attempts
    And "lockgate check" is run, it says "it has 0 private keys 'Lost', not one"

  Scenario Outline: No command makes a key that could leave the token
    When an operator runs: <command>
    Then every private key in the token is sensitive, and could never be read

    Examples:
      | command                                                           |
      | ca create Sub --subject-dn CN=Sub --key P-384                     |
      | ca rollover prepare ManagementCA                                  |
      | keystore issue worker --ca ManagementCA --in-token --output W.p11 |

  Scenario: A wrong PIN is tried once, and a corrected one after an operator has asked for it
    Given the configuration of the CA's host has a wrong PIN
    When the worker is started 4 times
    Then it does not start, and one of them has tried the PIN
    When the PIN is corrected
    And the worker is started 1 time
    Then it does not start, and none of them has tried the PIN
    When "lockgate check" is run, it finds nothing wrong
    And the RA sends a request for "alice"
    And the worker runs
    Then the answer is: a certificate
    And no PIN was shown

  Scenario Outline: A PIN does not stand in a URI, where others could read it
    Given the URI of <whose> holds a PIN
    When "lockgate check" is run, it says "holds no PIN: leave pin-value out"
    Then no PIN was shown

    Examples:
      | whose               |
      | the CA's token      |
      | the worker's key    |
