Feature: EditUserRequest: an end entity added or edited, with its status and password
  Nothing is issued and no certificate is revoked. The signer needs the rights on what is stored and on what is asked;
  a status that starts key recovery, or that revokes, needs that right besides.

  Background:
    Given a worker that requires signatures and encryption

  Scenario: A new end entity
    Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/create
    When the RA sends an EditUserRequest for "alice" with the status 10 and the token P12
    And the worker runs
    Then the edit succeeded
    And "alice" is stored as NEW with the token P12
    And nobody has a certificate

  Scenario: A stored end entity keeps its password unless another is given
    Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit
    And "alice" is stored with the password "correct horse"
    When the RA sends an EditUserRequest for "alice" with the status 10 and no password
    And the worker runs
    Then the edit succeeded
    And the password of "alice" is "correct horse"

  Scenario: A new password replaces the old one
    Given an RA with one role: /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit
    And "alice" is stored with the password "correct horse"
    When the RA sends an EditUserRequest for "alice" with the status 10 and the password "battery staple"
    And the worker runs
    Then the edit succeeded
    And the password of "alice" is "battery staple"
    And the password of "alice" is not "correct horse"

  Scenario Outline: What does not fit is refused, and nothing is stored
    Given an RA with one role: /
    When the RA sends an EditUserRequest for "alice", but <twist>
    And the worker runs
    Then the CA answers "<reason>"
    And there is no end entity "alice"

    Examples:
      | twist                                        | reason            |
      | its status is 45                             | malformed_request |
      | its token is a CARD                          | malformed_request |
      | its password is empty                        | malformed_request |
      | its subject has a control character          | bad_name          |
      | its certificate profile does not exist       | unknown_profile   |
      | its certificate profile is the workers'      | profile_violation |

  Scenario Outline: Every right is needed, for some statuses one more
    Given an RA with one role: <role>
    And "bob" is stored with the password "correct horse"
    When the RA sends an EditUserRequest for "<name>" with the status <status> and no password
    And the worker runs
    Then the answer to the edit is: <answer>
    And the right that is missing is "<missing>"

    Examples:
      | role                                                                                       | name  | status | answer         | missing             |
      | /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/create                  | alice | 10     | success        |                     |
      | /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit                    | alice | 10     | not_authorized | /action/create      |
      | /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/create                  | bob   | 10     | not_authorized | /action/edit        |
      | /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit                    | bob   | 50     | not_authorized | /action/revocation  |
      | /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit, /action/revocation | bob  | 50     | success        |                     |
      | /administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/edit                    | bob   | 70     | not_authorized | /action/keyrecovery |

  Scenario: A password never travels in clear
    Given a worker that requires neither signatures nor encryption
    When an EditUserRequest for "alice" with the password "correct horse" is put in clear
    And the worker runs
    Then the CA answers "secret_in_clear"
    And there is no end entity "alice"
