Feature: Alternative names are those that were asked for, or the request is refused
  A request may name the alternative names that it asks for. If it names none, it asks for those in its PKCS#10 or CRMF
  message, so that no certificate lacks a name that its requester expects. The profiles decide on the names, and
  approvers see them. If the CA certifies an end entity as it is stored, only its stored names count.

  Background:
    Given a worker that requires signatures and encryption
    And an RA with one role: /administrator, /ca/*, /endentityprofile/*, /action/create, /action/edit, /action/view

  Rule: A request that names no alternative names asks for those in its PKCS#10 or CRMF message

    Scenario Outline: In every form of the key's request
      When the RA brings the key of "alice" as a <form> for "DNSNAME=a.example,IPADDRESS=192.0.2.1", and says <said>
      And the worker runs
      Then the certificate and "alice" as she is stored have the alternative names "<names>"

      Examples:
        | form                                | said                       | names                                 |
        | PKCS10Request                       | nothing of names           | DNSNAME=a.example,IPADDRESS=192.0.2.1 |
        | PKCS10Request                       | that it wants no names     |                                       |
        | PKCS10Request                       | that it wants one of "b"   | DNSNAME=b                             |
        | CertificateRequestRequest of PKCS10 | nothing of names           | DNSNAME=a.example,IPADDRESS=192.0.2.1 |
        | CertificateRequestRequest of PKCS10 | that it wants no names     |                                       |
        | CertificateRequestRequest of PKCS10 | that it wants one of "b"   | DNSNAME=b                             |
        | CertificateRequestRequest of CRMF   | nothing of names           | DNSNAME=a.example,IPADDRESS=192.0.2.1 |
        | CertificateRequestRequest of CRMF   | that it wants no names     |                                       |
        | CertificateRequestRequest of CRMF   | that it wants one of "b"   | DNSNAME=b                             |

    Scenario Outline: A name that the profile does not allow is refused, not left out
      When the RA brings the key of "alice" under the profile NARROW as a <form> for "IPADDRESS=192.0.2.1", and says nothing of names
      And the worker runs
      Then the answer is: profile_violation
      And the refusal says "subject_alt_name: IPADDRESS may occur 0 times at most."
      And nothing was issued

      Examples:
        | form                                |
        | PKCS10Request                       |
        | CertificateRequestRequest of PKCS10 |
        | CertificateRequestRequest of CRMF   |

    Scenario Outline: A request for a name that cannot be certified is refused; the name is not left out
      When the RA brings the key of "alice" with a PKCS#10 that asks for <name>
      And the worker runs
      Then the answer is: bad_name
      And the refusal says "<words>"
      And nothing was issued

      Examples:
        | name                                 | words                                                                    |
        | an otherName of an unknown type      | is of the kind otherName 1.2.3, which is not used here; subject_alt_name says |
        | an alternative name that is no host name | DNSNAME: 'no host!' is no such name                                  |
        | a line break in an alternative name  | DNSNAME: control or invisible characters are not allowed                 |
        | 4097 characters of alternative names | the alternative names: at most 4096 characters are allowed               |

    Scenario: Names in the request count, and those in the PKCS#10 do not
      When the RA brings the key of "alice" with a PKCS#10 that asks for an otherName of an unknown type, and says that it wants one of "b"
      And the worker runs
      Then the certificate and "alice" as she is stored have the alternative names "DNSNAME=b"

    Scenario: Administrators approve the names that the PKCS#10 asks for
      Given the administrators "ann", "ben" and "ray", where "ray" may not approve
      And ManagementCA asks for 1 approval of issue
      When the RA brings the key of "alice" as a PKCS10Request for "DNSNAME=a.example", and says nothing of names
      And the worker runs
      Then the message waits
      And what administrators are asked to approve names "DNSNAME=a.example"
      When "ann" approves
      And the worker runs
      Then the certificate and "alice" as she is stored have the alternative names "DNSNAME=a.example"

  Rule: Where the CA certifies an end entity as it is stored, its stored names count

    Scenario Outline: With the end entity's own password
      Given "alice" is stored with the alternative names "DNSNAME=stored.example" and the password "open sesame"
      When "alice" brings her key with her password as a <form> for "DNSNAME=other.example"
      And the worker runs
      Then the certificate and "alice" as she is stored have the alternative names "DNSNAME=stored.example"

      Examples:
        | form                                |
        | PKCS10Request                       |
        | CertificateRequestRequest of PKCS10 |
        | CertificateRequestRequest of CRMF   |

  Rule: A name of every supported kind is certified if the profile allows it

    Scenario Outline: A name in the request, or in its PKCS#10
      Given end entities of NARROW may have 1 alternative name of the kind <kind>
      When the RA <asks> for "alice" under the profile NARROW the alternative name "<name>"
      And the worker runs
      Then the certificate and "alice" as she is stored have the alternative names "<name>"

      Examples:
        | asks              | kind          | name                                  |
        | says              | GUID          | GUID=00112233445566778899aabbccddeeff |
        | says              | REGISTEREDID  | REGISTEREDID=1.3.6.1.4.1.99999.1      |
        | says              | DIRECTORYNAME | DIRECTORYNAME=CN\=a\,O\=Example       |
        | says              | UPN           | UPN=a@example.org                     |
        | brings a key that asks | GUID          | GUID=00112233445566778899aabbccddeeff |
        | brings a key that asks | REGISTEREDID  | REGISTEREDID=1.3.6.1.4.1.99999.1      |
        | brings a key that asks | DIRECTORYNAME | DIRECTORYNAME=CN\=a\,O\=Example       |
        | brings a key that asks | UPN           | UPN=a@example.org                     |

    Scenario Outline: The same, where the profile does not allow it
      When the RA <asks> for "alice" under the profile NARROW the alternative name "<name>"
      And the worker runs
      Then the answer is: profile_violation
      And nothing was issued

      Examples:
        | asks                   | name                                  |
        | says                   | GUID=00112233445566778899aabbccddeeff |
        | says                   | REGISTEREDID=1.3.6.1.4.1.99999.1      |
        | says                   | DIRECTORYNAME=CN\=a\,O\=Example       |
        | brings a key that asks | GUID=00112233445566778899aabbccddeeff |
        | brings a key that asks | REGISTEREDID=1.3.6.1.4.1.99999.1      |
        | brings a key that asks | DIRECTORYNAME=CN\=a\,O\=Example       |

    Scenario: A directory name that cannot be written as its attributes are is refused before anything is issued
      When the RA says for "alice" under the profile EMPTY the alternative name "DIRECTORYNAME=C\=se"
      And the worker runs
      Then the answer is: profile_violation
      And the refusal says "subject_alt_name: C: two capital letters (ISO 3166) are needed."
      And nothing was issued
