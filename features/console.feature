Feature: The console shows administrators what waits for them, and whoever steals a session decides nothing
  An administrator enters with a client certificate, or, on the CA's host, by a one-time link. The console holds no key
  that decides: a decision is signed with the administrator's own key elsewhere, and judged as any other.

  Background:
    Given a worker that requires signatures and encryption
    And the administrators "ann", "ben" and "ray", where "ray" may not approve
    And ManagementCA asks for 1 approval of issue

  Rule: Nothing listens until the operator has said so, and others reach it by client certificates only

    Scenario: Without the table there is no console
      Then nothing of the CA's host listens for administrators

    Scenario Outline: Where the console may listen
      Given the console listens on <address>, exposed = <exposed>, with TLS = <tls>
      Then <outcome>

      Examples:
        | address         | exposed | tls   | outcome                                |
        | 127.0.0.1:9465  | false   | false | administrators enter by one-time links |
        | 127.0.0.1:9465  | false   | true  | administrators enter by certificates   |
        | 192.0.2.17:9465 | true    | true  | administrators enter by certificates   |
        | 192.0.2.17:9465 | false   | true  | the configuration is refused           |
        | 192.0.2.17:9465 | true    | false | the configuration is refused           |
        | [::]:9465       | true    | false | the configuration is refused           |

  Rule: A one-time link opens the console once

    Scenario: Who has no session sees nothing
      Given the console of the CA's host
      Then a stranger sees neither a page nor a document nor what is behind a form

    Scenario: A link that was used opens nothing more
      Given the console of the CA's host
      When an operator enters by a one-time link
      Then the operator sees the approvals
      And the audit log says that somebody has entered by a link
      When a stranger finds the link in the operator's history
      Then the stranger is refused

    Scenario: A new link ends the one before
      Given the console of the CA's host
      When an operator makes two links
      Then the first of them opens nothing

    Scenario: The entry by a link ends the session of the link before
      Given the console of the CA's host
      When an operator enters by a one-time link
      And the operator enters by another link on another desk
      Then the first session has ended, and the second has not

    Scenario: Who logs out has left
      Given the console of the CA's host
      When an operator enters by a one-time link
      And the operator logs out
      Then the session has ended, and the audit log says who has left

  Rule: No page of another site makes the console act

    Scenario Outline: What a page of another site asks for
      Given the console of the CA's host
      When an operator enters by a one-time link
      And a page of another site lets the operator's browser <ask>
      Then each of them is refused

      Examples:
        | ask                                    |
        | follow a link to the approvals         |
        | follow a link with a condition         |
        | show the first page within its own     |
        | load a document as a picture           |
        | ask by another port of this host       |
        | ask by a name that points to this host |

    Scenario: A link of another site leads to the console, and does nothing else
      Given the console of the CA's host
      When a page of another site lets the operator's browser follow a link to the first page
      Then the page says only how to go on

  Rule: An administrator with a certificate is judged at every request

    Scenario Outline: Who may enter
      Given the administrator "ann" has the rights <rights>
      Then "ann" is <outcome>

      Examples:
        | rights                                                  | outcome                             |
        | /administrator, /action/console                         | let in                              |
        | /                                                       | let in                              |
        | /action/console                                         | refused as signer_not_administrator |
        | /administrator, /ca/*, /endentityprofile/*, /action/view, /action/create, /action/approve | refused as not_authorized |

    Scenario Outline: What ends an administrator's entry
      Given the administrator "ann" has the rights /administrator, /action/console
      Then "ann" is let in
      When <event>
      Then "ann" is refused as <reason>

      Examples:
        | event                                | reason                   |
        | the certificate of "ann" is revoked  | signer_revoked           |
        | the role of "ann" is taken away      | signer_not_administrator |

  Rule: Who steals a session decides nothing

    Scenario: A decision without an administrator's own key does not count
      Given the console of the CA's host
      And the RA's request for "alice" waits for an administrator
      When a thief has the session of an operator
      And the thief sends a decision that is signed by ray, the RA and nobody
      Then each of them is refused
      And the approval is pending

    Scenario: An administrator's decision counts once
      Given the console of the CA's host
      And the RA's request for "alice" waits for an administrator
      When an operator enters by a one-time link
      And the operator sends the decision of ann twice
      Then the first counts, and the second is refused: has decided the same before
      And the approval is approved

    Scenario: A decision about something else than was asked does not count
      Given the console of the CA's host
      And the RA's request for "alice" waits for an administrator
      When an operator enters by a one-time link
      And the operator sends a decision of ann about an action that somebody has altered
      Then each of them is refused
      And each is told It is about another approval
      And the approval is pending

    Scenario: What is no decision does not count
      Given the console of the CA's host
      And the RA's request for "alice" waits for an administrator
      When an operator enters by a one-time link
      And the operator sends what is no decision
      Then each of them is refused
      And each is told This is no signed decision

    Scenario: A decision that comes too late does not count
      Given the console of the CA's host
      And the RA's request for "alice" waits for an administrator
      When an operator enters by a one-time link
      And the approval's hour passes
      And the operator sends the decision of ann
      Then each of them is refused

  Rule: A form counts only from a page of its own session

    Scenario Outline: Forms from elsewhere
      Given the console of the CA's host
      And the RA's request for "alice" waits for an administrator
      When an operator enters by a one-time link
      And the decision of ann comes <from>
      Then each of them is refused
      And the approval is pending

      Examples:
        | from                               |
        | from a page of another origin      |
        | from a page of no origin           |
        | without the token of the session   |
        | with the token of another session  |
