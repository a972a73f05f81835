Feature: EditUserRequest: an end entity added or edited, with its status and password
  Nothing is issued and no certificate is revoked.

  Background:
    Given a worker that requires signatures and encryption

  Scenario: A new end entity
    Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/create
    When the RA sends an EditUserRequest for "alice" with the status NEW and the token P12
    And the worker runs
    Then the edit succeeded
    And "alice" is stored as NEW with the token P12
    And nobody has a certificate

  Scenario: A stored end entity keeps its password unless another is given
    Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit
    And "alice" is stored with the password "correct horse"
    When the RA sends an EditUserRequest for "alice" with the status NEW and no password
    And the worker runs
    Then the edit succeeded
    And the password of "alice" is "correct horse"

  Scenario: A new password replaces the old one
    Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit
    And "alice" is stored with the password "correct horse"
    When the RA sends an EditUserRequest for "alice" with the status NEW and the password "battery staple"
    And the worker runs
    Then the edit succeeded
    And the password of "alice" is "battery staple"
    And the password of "alice" is not "correct horse"

  Scenario Outline: A value that is not accepted is refused, and nothing is stored
    Given an RA with one role: /
    When the RA sends an EditUserRequest for "alice", but <deviation>
    And the worker runs
    Then the CA answers "<reason>"
    And there is no end entity "alice"

    Examples:
      | deviation                                    | reason            |
      | its status is a number that no status has    | malformed_request |
      | its token is a CARD                          | malformed_request |
      | its password is empty                        | malformed_request |
      | its subject has a control character          | bad_name          |
      | its certificate profile does not exist       | unknown_profile   |
      | its certificate profile is the workers'      | profile_violation |

  Scenario: A password never travels in clear
    Given a worker that requires neither signatures nor encryption
    When an EditUserRequest for "alice" with the password "correct horse" is put in clear
    And the worker runs
    Then the CA answers "secret_in_clear"
    And there is no end entity "alice"
