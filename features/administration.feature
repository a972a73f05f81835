Feature: An administrator's change on the CA host is checked, takes effect at once, and is audited
  A misspelt access rule is refused, because a CA of that name could be created later. No name turns the right to one
  object into the right to all objects of its kind. A role that is removed and a profile that is narrowed take effect
  from the next request on.

  Scenario Outline: An access rule must name something that there is
    When an administrator adds a role with the rule "<rule>"
    Then the administration <outcome>

    Examples:
      | rule                      | outcome                          |
      | /ca/ManagementCA          | accepts it                       |
      | /ca/*                     | accepts it                       |
      | /endentityprofile/EMPTY   | accepts it                       |
      | /action/revocation        | accepts it                       |
      | /ca/ManagmentCA           | refuses it: names no CA          |
      | /ca/managementca          | refuses it: names no CA          |
      | /endentityprofile/ENDUSER | refuses it: names no CA          |
      | /action/revoke            | refuses it: names no CA          |
      | ca/ManagementCA           | refuses it: no such access rule  |

  Scenario Outline: No name turns the right to one thing into the right to all of them
    When an administrator creates a CA named "<name>"
    Then the administration <outcome>

    Examples:
      | name      | outcome                       |
      | Issuing 2 | accepts it                    |
      | *         | refuses it: may hold no slash |
      | Issuing/* | refuses it: may hold no slash |

  Scenario Outline: A permission that is taken away is missing from the next request on
    Given a worker that requires signatures and encryption
    When the RA sends a signed and encrypted PKCS10Request for "alice"
    And the worker runs
    Then the answer is: a certificate
    When an administrator <change>
    And the RA sends a signed and encrypted PKCS10Request for "bob"
    And the worker runs
    Then the answer is: <answer>

    Examples:
      | change                                             | answer                   |
      | removes the RA's role                              | signer_not_administrator |
      | takes the RA out of its role                       | signer_not_administrator |
      | takes the rule /action/create from the RA's role   | not_authorized           |
      | lets the profile ENDUSER certify P-384 keys only   | profile_violation        |
      | revokes the RA's certificate                       | signer_revoked           |

  Scenario Outline: A profile stays as long as an end entity, a certificate or a kept key names it
    Given the certificate profile OLD and the end entity profile OLDER
    And alice <what>
    When an administrator deletes the <kind> profile <name>
    Then the administration refuses it: is in use: <user>
    And the <kind> profile <name> is stored

    Examples:
      | what                                                                                | kind        | name  | user             |
      | is registered under both                                                            | certificate | OLD   | end entity alice |
      | is registered under both                                                            | end entity  | OLDER | end entity alice |
      | had a certificate under both before she was moved to other profiles                 | certificate | OLD   | certificate      |
      | had a certificate under both before she was moved to other profiles                 | end entity  | OLDER | certificate      |
      | had a certificate under both, now revoked, before she was moved to other profiles   | certificate | OLD   | certificate      |
      | had a certificate and a kept key under both before she was moved to other profiles  | end entity  | OLDER | certificate      |

  Scenario: Profiles that nothing names any more are deleted
    Given the certificate profile OLD and the end entity profile OLDER
    And alice was registered under both before she was moved to other profiles
    When an administrator deletes the end entity profile OLDER
    And an administrator deletes the certificate profile OLD
    Then the administration accepts it
    And the end entity profile OLDER is not stored
    And the certificate profile OLD is not stored

  # in-process-ca: a remote issuer signs nothing at once.
  @in-process-ca
  Scenario Outline: The rules for keys hold for the keystores that administrators have certified, too
    When an administrator has a keystore certified for <key>
    Then the administration <outcome>

    Examples:
      | key                                    | outcome                                      |
      | a key that the operator has blocked    | refuses it: The key is on the CA's blocklist |
      | another key                            | accepts it                                   |

  Scenario: A password that an administrator sets is stored nowhere in clear
    When an administrator gives the end entity "alice" the password "sesame-1"
    Then the audit log says that the password of "alice" was set
    And "sesame-1" stands nowhere in the CA's database
