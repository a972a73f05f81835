Feature: People enrol on the RA's enrolment page, and a hostile one gains nothing

  Background:
    Given an enrolment page
    And the end entity "paul" with the one-time password "kT5-paul-enrols" and a key of his own
    And the end entity "petra" with the one-time password "zD8-petra-enrols" and a keystore

  # ---- what people get

  @every-issuer
  Scenario: Somebody pastes a certificate request, waits, and fetches the certificate
    When "paul" asks for a certificate with "kT5-paul-enrols"
    Then the page says "The CA has not answered yet."
    When the worker runs
    Then the page says "The CA has issued your certificate."
    And the files are his certificate and the CA's chain
    And the certificate is for "CN=paul,O=Example,C=SE"
    And exactly 1 certificate was issued, to "paul"

  Scenario: The same form brings the same certificate, sent twice at once, later, or after a start
    When "paul" sends the form for a certificate with "kT5-paul-enrols" twice at once
    And the worker runs
    And "paul" asks for a certificate with "kT5-paul-enrols"
    And the enrolment page is started again
    And "paul" asks for a certificate with "kT5-paul-enrols"
    Then all forms have led to the same address
    And the page says "The CA has issued your certificate."
    And exactly 1 certificate was issued, to "paul"

  Scenario: The CA makes a keystore under the password that was chosen
    When "petra" asks for a keystore with "zD8-petra-enrols"
    Then the page says "The CA has not answered yet."
    When the worker runs
    Then the page says "It is handed out once."
    When "petra" fetches the keystore with "zD8-petra-enrols"
    Then she gets a keystore with a P-256 key and a certificate for "CN=petra,O=Example,C=SE"

  Scenario: Whose token is PEM gets a keystore in PEM
    Given the end entity "pia" with the one-time password "cM6-pia-enrols" and a keystore in PEM
    When "pia" asks for a keystore with "cM6-pia-enrols"
    And the worker runs
    And "pia" fetches the keystore with "cM6-pia-enrols"
    Then she gets a keystore in PEM

  Scenario: Who could get a keystore may send a certificate request instead
    When "petra" asks for a certificate with "zD8-petra-enrols"
    And the worker runs
    Then the page says "The CA has issued your certificate."

  Scenario: What people typed stands in no address, page, log or row
    When "paul" asks for a certificate with "kT5-paul-enrols"
    And "petra" asks for a keystore with "zD8-petra-enrols"
    And the worker runs
    And "petra" fetches the keystore with "zD8-petra-enrols"
    Then no password stands in an address, a page, a log line or a row of the message database

  Scenario: A worker that was away for three days answers, too
    When "paul" has asked for a certificate with "kT5-paul-enrols" 3 days ago
    And the worker runs
    Then the page says "The CA has issued your certificate."

  Scenario: What the CA has not looked at in time may be asked again at once
    Given an enrolment page that keeps transactions for 30 days
    When "paul" has asked for a certificate with "kT5-paul-enrols" 8 days ago
    And the worker runs
    Then the page says "The CA did not look at the request in time. Send the form again."
    When "paul" asks for a certificate with "kT5-paul-enrols"
    And the worker runs
    Then the page says "The CA has issued your certificate."

  # ---- who gets nothing

  Scenario Outline: A wrong username and a wrong password get the same page
    When "<name>" asks for a certificate with "<password>"
    And the worker runs
    Then the page says "The username or the one-time password is wrong, or can no longer be used."
    And nobody has a certificate

    Examples:
      | name    | password        |
      | paul    | kT5-paul-enrol  |
      | mallory | kT5-paul-enrols |

  Scenario: Whoever guesses another one's password sees nothing of what was asked with the right one
    When "paul" asks for a certificate with "kT5-paul-enrols"
    And the worker runs
    And "paul" asks for a certificate with "a guess of mallory's"
    Then the page says "The CA has not answered yet."
    When the worker runs
    Then the page says "The username or the one-time password is wrong, or can no longer be used."

  Scenario: Ten wrong passwords lock out an end entity with an ordinary password, as everywhere
    When "paul" asks for a certificate with 10 wrong passwords
    And the worker runs
    And "paul" asks for a certificate with "kT5-paul-enrols"
    And the worker runs
    Then the page says "The username or the one-time password is wrong, or can no longer be used."
    And nobody has a certificate

  Scenario: Ten wrong passwords lock out nobody who has a one-time password of the CA's
    Given the end entity "otto" with the password "QH5TX2WNZK7LRD3MVB6YFJC4EA", which the CA made for one certificate
    When "otto" asks for a certificate with 10 wrong passwords
    And the worker runs
    And "otto" asks for a certificate with "QH5TX2WNZK7LRD3MVB6YFJC4EA"
    And the worker runs
    Then the page says "The CA has issued your certificate."

  Scenario: The address of a keystore brings none without the credentials
    When "petra" asks for a keystore with "zD8-petra-enrols"
    And the worker runs
    Then the address alone brings no keystore
    When "petra" fetches the keystore with "a guess of mallory's"
    Then the page says "The username or the one-time password is wrong, or can no longer be used."
    When "paul" fetches the keystore with "zD8-petra-enrols"
    Then the page says "The username or the one-time password is wrong, or can no longer be used."

  Scenario: Passwords cannot be tried at the address of a keystore without end
    When "petra" asks for a keystore with "zD8-petra-enrols"
    And the worker runs
    And "petra" tries 10 wrong passwords to fetch the keystore
    And "petra" fetches the keystore with "zD8-petra-enrols"
    Then the page says "Too many requests were made."
    When 61 minutes pass
    And "petra" fetches the keystore with "zD8-petra-enrols"
    Then she gets a keystore with a P-256 key and a certificate for "CN=petra,O=Example,C=SE"

  Scenario: Who has the address of a keystore does not keep its owner from it
    When "petra" asks for a keystore with "zD8-petra-enrols"
    And the worker runs
    And somebody in another network tries 10 wrong passwords to fetch the keystore
    And "petra" fetches the keystore with "zD8-petra-enrols"
    Then she gets a keystore with a P-256 key and a certificate for "CN=petra,O=Example,C=SE"

  Scenario: Many networks together cannot try passwords without end either
    When "petra" asks for a keystore with "zD8-petra-enrols"
    And the worker runs
    And 100 other networks try a wrong password each to fetch the keystore
    And "petra" fetches the keystore with "zD8-petra-enrols"
    Then the page says "Too many requests were made."

  Scenario: A keystore is handed out for one minute
    When "petra" asks for a keystore with "zD8-petra-enrols"
    And the worker runs
    And "petra" fetches the keystore with "zD8-petra-enrols"
    And "petra" fetches the keystore with "zD8-petra-enrols"
    Then she gets a keystore with a P-256 key and a certificate for "CN=petra,O=Example,C=SE"
    When 2 minutes pass
    And "petra" fetches the keystore with "zD8-petra-enrols"
    Then the page says "There is nothing at this address"
    When "petra" asks for a keystore with "zD8-petra-enrols"
    And the worker runs
    Then the page says "The CA issues nothing for this username now"
    And exactly 1 certificate was issued, to "petra"

  Scenario: One username and password bring one keystore
    When "petra" asks for a keystore with "zD8-petra-enrols"
    And "petra" asks for an RSA keystore with "zD8-petra-enrols"
    And the worker runs
    Then the page says "The CA issues nothing for this username now"
    And exactly 1 certificate was issued, to "petra"

  Scenario: With other wishes, the page takes a right password as it takes a wrong one
    When "petra" asks for a keystore with "zD8-petra-enrols"
    And "petra" asks for an RSA keystore with "zD8-petra-enrols"
    And "petra" asks for an RSA keystore with "a guess of mallory's"
    Then the forms have led to different addresses

  Scenario: Who reads the message database, or has another secret, finds no address
    When "paul" asks for a certificate with "kT5-paul-enrols"
    Then no address stands in a row of the message database
    When an enrolment page with another secret gets the same form
    Then the forms have led to different addresses

  Scenario Outline: Passwords pass over TLS only, or on this host
    Given browsers come <how>
    When "paul" asks for a certificate with "kT5-paul-enrols"
    Then <answer>

    Examples:
      | how                                        | answer                                                        |
      | over TLS                                   | the page says "The CA has not answered yet."                  |
      | from this host                             | the page says "The CA has not answered yet."                  |
      | from another host in clear                 | it is refused with 403, and the message database holds nothing |
      | from this host for another one, as a proxy | it is refused with 403, and the message database holds nothing |
      | from this host for a name of another one   | it is refused with 403, and the message database holds nothing |

  Scenario Outline: A form that no page of this server has sent does nothing
    Given a page at "<origin>" sends the forms, and the browser says <site>
    When "paul" asks for a certificate with "kT5-paul-enrols"
    And "petra" asks for a keystore with "zD8-petra-enrols"
    Then it is refused with 403, and the message database holds nothing

    Examples:
      | origin               | site        |
      | https://evil.example | cross-site  |
      | null                 | cross-site  |
      | https://ra.example   | same-site   |

  Scenario Outline: A form with nothing that could be certified reaches no CA
    When "paul" fills the form with <what>
    Then the page says "<sentence>"
    And the message database holds nothing

    Examples:
      | what                             | sentence                                                      |
      | no certificate request           | Either paste a certificate request, or choose its file.       |
      | a text that is none              | The certificate request cannot be read.                       |
      | a certificate request of 20 KiB  | The certificate request is larger than is accepted.           |
      | a form of 70 KiB                 | At most 65536 octets are accepted.                            |
      | a request signed by another key  | The certificate request is not signed by its own key.         |
      | a request for a short key        | The certificate request's key is of a kind or size that is not accepted. |
      | an invisible username            | The username holds a character that no username has.          |

  Scenario Outline: Each client opens so many transactions
    Given an enrolment page that <does> at most 2 <what>
    When "paul" asks for a certificate with 3 wrong passwords
    Then the page says "<sentence>"

    Examples:
      | does  | what       | sentence                            |
      | keeps | open       | Too many requests wait for the CA.  |
      | opens | in an hour | Too many requests were made.        |
