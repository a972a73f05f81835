Feature: Protection is never lowered silently

  Scenario Outline: Workers on one data source must have the same requirements
    Given a configuration with two workers on one data source, of which the second one <lax>
    When the workers are started
    Then the second one does not start, and the message names both workers and the data source

    Examples:
      | lax                    |
      | requires no signatures |
      | requires no encryption |
      | accepts old devices    |

  Scenario: Workers on one data source with the same requirements are both started
    Given a configuration with two workers on one data source, of which the second one requires the same
    When the workers are started
    Then both have run

  Scenario: A new deployment requires signatures and encryption
    When a deployment is made by "lockgate init"
    Then its worker requires signatures and encryption

  Scenario Outline: Lower requirements are allowed, with a warning
    Given a deployment whose worker has "<setting>" set to false
    When the deployment is checked
    Then the check warns of "<setting>"

    Examples:
      | setting             |
      | signature.required  |
      | encryption.required |

  Scenario: The CA's own database is never a message database
    Given a configuration whose message database is the CA's own database
    When the workers are started
    Then they do not start, and the message names both databases
