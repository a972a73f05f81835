Feature: A username cannot be mistaken for another one
  A new username is words joined by single spaces (U+0020), each equal to its own UsernameCasePreserved form (RFC 8265).
  One that is not ASCII must not look like one that is (UTS 39). No two end entities have usernames that differ in case
  alone, or that are not ASCII and look alike. Names are compared and never changed. An end entity that is stored keeps
  its username, even if later rules would refuse it.

  Background:
    Given a worker that requires signatures and encryption
    And an RA with one role: /

  Scenario Outline: A new username that could be misread is refused
    When the RA asks for a certificate for the new username <username>
    And the worker runs
    Then the CA answers "bad_name" in a signed and encrypted verdict
    And nothing was issued
    And there is no end entity of that name

    Examples:
      | username   | because                                                     |
      | "alice "   | a space stands at the end                                   |
      | " alice"   | a space stands at the beginning                             |
      | "ali  ce"  | two spaces stand together                                   |
      | "ﬁona"     | it begins with the ligature of f and i                      |
      | "ａlice"   | it begins with a letter of full width                       |
      | "аlice"    | it begins with a Cyrillic letter                            |
      | "аӏісе"    | every letter is Cyrillic and looks like a Latin one         |
      | "ΑΒΕ"      | every letter is Greek and looks like a Latin one            |
      | "Kjær"     | its skeleton is Kjaer, which is ASCII                       |
      | "alice№1"  | the numero sign is no letter, digit or character of ASCII   |
      | "7שלום"    | a digit stands before letters that run from right to left   |

  Scenario Outline: Names in any script are usernames
    When the RA asks for a certificate for the new username <username>
    And the worker runs
    Then the answer is: a certificate

    Examples:
      | username              |
      | "alice"               |
      | "José García"         |
      | "Søren Łódź"          |
      | "Ромашка-2"           |
      | "東京タワー"          |
      | "o'neill@example.org" |

  Scenario Outline: A new username that differs from a stored one in case alone, or looks like it, is taken
    Given the end entity <stored> is stored
    When the RA asks for a certificate for the new username <username>
    And the worker runs
    Then the CA answers "username_taken" in a signed and encrypted verdict
    And the audit log names <stored>, the answer does not
    And there is no end entity of that name
    And nobody has a certificate

    Examples:
      | stored    | username  |
      | "alice"   | "Alice"   |
      | "Müller"  | "MÜLLER"  |
      | "Strauß"  | "STRAUSS" |
      | "Зоя0"    | "ЗояО"    |

  Scenario Outline: Names that only resemble each other are two names
    Given the end entity <stored> is stored
    When the RA asks for a certificate for the new username <username>
    And the worker runs
    Then the answer is: a certificate

    Examples:
      | stored   | username |
      | "alice"  | "alice2" |
      | "Müller" | "Muller" |
      | "alice1" | "alicel" |

  Scenario: Of two that come in one message the first one gets the name
    When the RA sends one message with requests for the new usernames "alice" and "Alice"
    And the worker runs
    Then the answers are: a certificate, username_taken

  # in-process-ca: the scenario counts the rounds of one worker; a runner has rounds of its own.
  @in-process-ca
  Scenario: Of two that come at the same time one gets the name
    When the RA asks in two messages for certificates for the new usernames "alice" and "Alice"
    And two workers answer one message each, at the same time
    Then one of the answers is a certificate, and the other one is "username_taken"

  Scenario Outline: Every request that can add an end entity is judged
    When the RA sends <request> for the new username <username>
    And the worker runs
    Then the answer to it is: <answer>
    And there is no end entity of that name

    Examples:
      | request                     | username | answer   |
      | a PKCS10Request             | "alice " | bad_name |
      | a PKCS12Request             | "alice " | bad_name |
      | a CertificateRequestRequest | "alice " | bad_name |
      | an EditUserRequest          | "alice " | bad_name |

  Scenario Outline: Administrators add no such end entity either
    Given the end entity "alice" is stored
    When an administrator adds the end entity <username>
    Then the administration refuses it: <words>

    Examples:
      | username | words                                            |
      | "bob "   | spaces stand between words only                  |
      | "Alice"  | a username that this one could be mistaken for   |

  # in-process-ca: a database of that version knows no remote issuers.
  @in-process-ca
  Scenario Outline: An end entity from before these rules stays what it is
    Given the end entities "Alice" and <username> have been stored since before these rules
    When the RA asks for a certificate for the username <username>, which is stored
    And the worker runs
    Then the answer is: a certificate

    Examples:
      | username |
      | "alice"  |
      | "alice " |
      | "аӏісе"  |
