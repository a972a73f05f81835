Feature: CMP clients ask what a CA publishes, and what it expects of requests
  A general message holds questions, and its answer holds an answer to each. What is told is no secret: certificates, CRLs,
  and what the profiles of the alias allow. A question changes nothing, and one that the CA does not know is no error.

  # ---- how questions are answered

  Scenario: Questions are answered in their order
    When the client "router" asks: preferredSymmAlg, caCerts, currentCRL, signKeyPairTypes
    Then it is answered: preferredSymmAlg, caCerts, currentCRL, signKeyPairTypes
    And the answer is protected by the secret of the message

  Scenario: Unknown questions are no error, and stand in a list behind the answers
    When the client "router" asks: 2.999.1, caCerts, 2.999.2, 2.999.1
    Then it is answered: caCerts, unsupportedOIDs
    And it is told that unknown here are: 2.999.1, 2.999.2

  Scenario Outline: What belongs into headers or answers is no question
    When the client "router" asks: <type>
    Then it is told that unknown here are: <oid>

    Examples:
      | type              | oid                |
      | implicitConfirm   | 1.3.6.1.5.5.7.4.13 |
      | confirmWaitTime   | 1.3.6.1.5.5.7.4.14 |
      | origPKIMessage    | 1.3.6.1.5.5.7.4.15 |
      | rootCaKeyUpdate   | 1.3.6.1.5.5.7.4.18 |
      | crls              | 1.3.6.1.5.5.7.4.23 |
      | unsupportedOIDs   | 1.3.6.1.5.5.7.4.7  |
      | keyPairParamRep   | 1.3.6.1.5.5.7.4.11 |
      | revPassphrase     | 1.3.6.1.5.5.7.4.12 |
      | KemCiphertextInfo | 1.3.6.1.5.5.7.4.24 |

  Scenario: A message without questions asks for everything but the CRL
    When the client "router" asks nothing
    Then it is answered: caProtEncCert, signKeyPairTypes, encKeyPairTypes, preferredSymmAlg, caKeyUpdateInfo

  Scenario Outline: A question without a value that it needs is refused, and so is one with a value that it must not have
    When the client "router" asks <type> with the value <value>
    Then it is refused as <failure>

    Examples:
      | type             | value         | failure       |
      | caProtEncCert    | NULL          | badRequest    |
      | signKeyPairTypes | NULL          | badRequest    |
      | encKeyPairTypes  | NULL          | badRequest    |
      | preferredSymmAlg | NULL          | badRequest    |
      | caKeyUpdateInfo  | NULL          | badRequest    |
      | currentCRL       | NULL          | badRequest    |
      | caCerts          | NULL          | badRequest    |
      | certReqTemplate  | NULL          | badRequest    |
      | keyPairParamReq  | none          | badRequest    |
      | suppLangTags     | none          | badRequest    |
      | crlStatusList    | none          | badRequest    |
      | crlStatusList    | an empty list | badRequest    |
      | suppLangTags     | an empty list | badRequest    |
      | keyPairParamReq  | NULL          | badDataFormat |
      | suppLangTags     | NULL          | badDataFormat |
      | crlStatusList    | NULL          | badDataFormat |
      | rootCaCert       | NULL          | badDataFormat |
      | certProfile      | NULL          | badDataFormat |

  # in-process-ca: a remote CA issues its CRLs itself.
  @in-process-ca
  Scenario: CRLs are long, so a message asks for them once
    Given ManagementCA has issued a CRL
    When the client "router" asks: currentCRL, currentCRL
    Then it is refused as badRequest: "A message asks for CRLs once: crlStatusList names several."
    When the client "router" asks twice for the CRL of the issuer ManagementCA
    Then it is refused as badRequest: "A message asks for CRLs once: crlStatusList names several."

  Scenario: A question keeps no transaction
    When the client "router" asks: caCerts
    Then the CA keeps no transaction
    When the client "router" asks: caCerts
    Then it is answered: caCerts

  Scenario: An alias that answers other messages only answers no question
    Given the alias "ra" answers only: ir, cr
    When the client "router" asks: caCerts
    Then it is refused as badRequest: "The alias ra answers no such message: unsupported body genm."

  # ---- who may ask

  Scenario: A client with a certificate gets answers that are signed
    Given the client "router" with a certificate
    When the client "router" asks: caCerts
    Then it is answered: caCerts
    And the answer is signed by the service

  Scenario: An alias may answer questions without protection; its answers are signed
    Given the alias "ra" answers questions without protection
    When the client "router" asks without protection: caCerts
    Then it is answered: caCerts
    And the answer is signed by the service

  Scenario: Another alias refuses questions without protection
    When the client "router" asks without protection: caCerts
    Then it is refused as badMessageCheck
    And the answer is signed by the service

  Scenario: An alias that answers questions without protection issues nothing without
    Given the alias "ra" answers questions without protection
    When the client "router" asks for a certificate without protection
    Then it is refused as badMessageCheck
    And nobody has a certificate

  # ---- certificates of the CA

  Scenario: The CA's certificate
    When the client "router" asks: caCerts
    Then it is told of the certificates of: ManagementCA

  Scenario: The whole chain of a CA
    Given the alias "ra" issues by a CA below OtherCA
    When the client "router" asks: caCerts
    Then it is told of the certificates of: IssuingCA, OtherCA

  Scenario: The CA of a remote issuer
    Given the alias "ra" issues by a CA whose certificates a remote issuer signs
    When the client "router" asks: caCerts, currentCRL, caKeyUpdateInfo
    Then it is told of the certificates of: RemoteCA
    And it gets an empty currentCRL
    And it gets an empty caKeyUpdateInfo

  # in-process-ca: a remote issuer renews the CA's key itself.
  @in-process-ca
  Scenario: After a rollover, the current certificate
    Given ManagementCA has replaced its key once
    When the client "router" asks: caCerts
    Then it is told of the certificates of: ManagementCA

  # in-process-ca: a remote issuer renews the CA's key itself.
  @in-process-ca
  Scenario Outline: The next root is told with certificates that lead from one to the other
    Given ManagementCA has replaced its key <times>
    When the client "router" asks for the root after <root>
    Then it is told that ManagementCA <after> follows ManagementCA <before>, which certify each other

    Examples:
      | times | root           | before | after |
      | once  | ManagementCA 1 | 1      | 2     |
      | once  | any            | 1      | 2     |
      | twice | ManagementCA 1 | 1      | 2     |
      | twice | ManagementCA 2 | 2      | 3     |
      | twice | any            | 2      | 3     |

  # in-process-ca: a remote issuer renews the CA's key itself.
  @in-process-ca
  Scenario Outline: The next root above a CA that is none
    Given the alias "ra" issues by a CA below OtherCA
    And OtherCA has replaced its key twice
    And ManagementCA has replaced its key once
    When the client "router" asks for the root after <root>
    Then it is told that OtherCA <after> follows OtherCA <before>, which certify each other

    Examples:
      | root      | before | after |
      | OtherCA 1 | 1      | 2     |
      | any       | 2      | 3     |

  # in-process-ca: a remote issuer renews the CA's key itself.
  @in-process-ca
  Scenario Outline: There is no newer root
    Given ManagementCA has replaced its key <times>
    When the client "router" asks for the root after <root>
    Then it gets an empty rootCaKeyUpdate

    Examples:
      | times | root           |
      | never | any            |
      | never | ManagementCA 1 |
      | once  | ManagementCA 2 |
      | once  | OtherCA 1      |

  # in-process-ca: a remote issuer renews the CA's key itself.
  @in-process-ca
  Scenario: A root that is only announced is not told
    Given a next certificate of ManagementCA is announced
    When the client "router" asks for the root after any
    Then it gets an empty rootCaKeyUpdate

  # in-process-ca: a remote issuer renews the CA's key itself.
  @in-process-ca
  Scenario Outline: Old and new key of the root, as they were announced before there was a question for that
    Given ManagementCA has replaced its key <times>
    When the client "router" asks: caKeyUpdateInfo
    Then it is told by caKeyUpdateInfo that ManagementCA <after> follows ManagementCA <before>, which certify each other

    Examples:
      | times | before | after |
      | once  | 1      | 2     |
      | twice | 2      | 3     |

  # ---- CRLs

  Scenario: Before the first CRL
    When the client "router" asks: currentCRL
    Then it gets an empty currentCRL

  # in-process-ca: a remote CA issues its CRLs itself.
  @in-process-ca
  Scenario: The newest CRL
    Given ManagementCA has issued a CRL
    And ManagementCA has issued a CRL
    When the client "router" asks: currentCRL
    Then it gets CRL 2

  # in-process-ca: a remote issuer renews the CA's key itself.
  @in-process-ca
  Scenario: After a rollover, that of the new key
    Given ManagementCA has issued a CRL
    And ManagementCA has replaced its key once
    When the client "router" asks: currentCRL
    Then it gets CRL 1
    Given ManagementCA has issued a CRL
    When the client "router" asks: currentCRL
    Then it gets CRL 2

  # in-process-ca: a remote CA issues its CRLs itself.
  @in-process-ca
  Scenario Outline: A CRL that is newer than the client's
    Given the certificate profile names the distribution point "http://ca.example/crl{generation}"
    And ManagementCA has issued a CRL
    And ManagementCA has issued a CRL
    And OtherCA has issued a CRL
    When the client "router" asks for the CRL of <source>, and has <held>
    Then it gets as crls: <answer>

    Examples:
      | source                                         | held  | answer |
      | the issuer ManagementCA                        | none  | CRL 2  |
      | the issuer ManagementCA                        | CRL 1 | CRL 2  |
      | the issuer ManagementCA                        | CRL 2 | none   |
      | the issuer ManagementCA in other letters       | CRL 1 | CRL 2  |
      | the distribution point http://ca.example/crl   | none  | CRL 2  |
      | the distribution point http://ca.example/crl   | CRL 1 | CRL 2  |
      | the distribution point http://ca.example/crl   | CRL 2 | none   |
      | the distribution point named ManagementCA      | CRL 1 | CRL 2  |
      | the distribution point http://ca.example/crl-2 | none  | none   |
      | the distribution point http://ca.example/other | none  | none   |
      | a distribution point relative to its issuer    | none  | none   |
      | the issuer OtherCA                             | none  | none   |

  # in-process-ca: a remote CA issues its CRLs itself.
  @in-process-ca
  Scenario Outline: Each key of a CA has distribution points of its own
    Given the certificate profile names the distribution point "http://ca.example/crl{generation}"
    And ManagementCA has issued a CRL
    And ManagementCA has replaced its key once
    And ManagementCA has issued a CRL
    When the client "router" asks for the CRL of <source>, and has none
    Then it gets as crls: <answer>

    Examples:
      | source                                         | answer |
      | the distribution point http://ca.example/crl   | CRL 1  |
      | the distribution point http://ca.example/crl-2 | CRL 2  |
      | the issuer ManagementCA                        | CRL 2  |

  # in-process-ca: a remote CA issues its CRLs itself.
  @in-process-ca
  Scenario: The distribution points of a profile that the alias names
    Given the alias "ra" names a profile with the distribution point "http://ca.example/free"
    And ManagementCA has issued a CRL
    When the client "router" asks for the CRL of the distribution point http://ca.example/free, and has none
    Then it gets as crls: CRL 1

  # in-process-ca: a remote CA issues its CRLs itself.
  @in-process-ca
  Scenario: The distribution points of an end entity's own profile
    Given the client "alice" with a one-time password
    And the certificates of "alice" have the distribution point "http://ca.example/own"
    And ManagementCA has issued a CRL
    When the client "alice" asks for the CRL of the distribution point http://ca.example/own, and has none
    Then it gets as crls: CRL 1
    When the client "router" asks for the CRL of the distribution point http://ca.example/own, and has none
    Then it gets as crls: none

  Scenario: An issuer that cannot be read
    When the client "router" asks for the CRL of an issuer that cannot be read, and has none
    Then it is refused as badDataFormat

  # in-process-ca: a remote CA issues its CRLs itself.
  @in-process-ca
  Scenario: The CRL of a CA above that of the alias
    Given the alias "ra" issues by a CA below OtherCA
    And OtherCA has issued a CRL
    And ManagementCA has issued a CRL
    When the client "router" asks for the CRL of the issuer OtherCA, and has none
    Then it gets as crls: CRL 1

  # in-process-ca: a remote CA issues its CRLs itself.
  @in-process-ca
  Scenario: A CRL that is named twice stands in the answer once
    Given the certificate profile names the distribution point "http://ca.example/crl"
    And ManagementCA has issued a CRL
    When the client "router" asks for the CRL of the issuer ManagementCA and the distribution point http://ca.example/crl
    Then it gets as crls: CRL 1

  # ---- keys

  Scenario Outline: The keys that are certified
    Given the profiles allow <what>
    When the client "router" asks: signKeyPairTypes, encKeyPairTypes
    Then it is told that keys for signatures are: <signing>
    And it is told that keys for encryption are: <encryption>

    Examples:
      | what                              | signing                           | encryption          |
      | what is usual                     | RSA, P-256, P-384, P-521, Ed25519 | RSA                 |
      | keys for signatures and agreement | RSA, P-256, P-384, P-521, Ed25519 | P-256, P-384, P-521 |
      | keys for encryption alone         | none                              | RSA                 |
      | P-256 alone                       | P-256                             | none                |

  Scenario Outline: The parameters of a key
    Given the profiles allow <what>
    When the client "router" asks for the parameters of <algorithm>
    Then it is told that a key has the algorithm <key>

    Examples:
      | what                     | algorithm            | key     |
      | what is usual            | 1.2.840.10045.2.1    | P-256   |
      | P-384 by the CA's choice | 1.2.840.10045.2.1    | P-384   |
      | P-256 alone              | 1.2.840.10045.2.1    | P-256   |
      | what is usual            | 1.2.840.113549.1.1.1 | RSA     |
      | what is usual            | 1.3.101.112          | Ed25519 |
      | P-256 alone              | 1.2.840.113549.1.1.1 | none    |
      | what is usual            | 1.3.101.113          | none    |

  Scenario: What private keys are encrypted with
    When the client "router" asks: preferredSymmAlg, caProtEncCert
    Then it is told that the preferred cipher is AES-256 in CBC mode
    And it gets an empty caProtEncCert

  # ---- templates of requests

  Scenario Outline: What the profiles expect of requests
    Given the profiles allow <what>
    When the client "router" asks: certReqTemplate
    Then the template has the subject: <subject>
    And the template has alternative names: <names>
    And the template has usages: <usages>
    And the template has keys: <keys>

    Examples:
      | what                      | subject          | names      | usages                                                         | keys                                                       |
      | what is usual             | to fill in       | to fill in | clientAuth, emailProtection                                    | RSA 2048, RSA 3072, RSA 4096, P-256, P-384, P-521, Ed25519 |
      | P-256 alone               | to fill in       | to fill in | digitalSignature, clientAuth, emailProtection                  | P-256                                                      |
      | long RSA keys             | to fill in       | to fill in | digitalSignature, keyEncipherment, clientAuth, emailProtection | RSA 8192                                                   |
      | RSA up to 3072 bits       | to fill in       | to fill in | digitalSignature, keyEncipherment, clientAuth, emailProtection | RSA 2048, RSA 3072                                         |
      | keys for encryption alone | to fill in       | to fill in | keyEncipherment, clientAuth, emailProtection                   | RSA 2048, RSA 3072, RSA 4096                               |
      | few names                 | C, O, CN         | DNSNAME    | clientAuth, emailProtection                                    | RSA 2048, RSA 3072, RSA 4096, P-256, P-384, P-521, Ed25519 |
      | names in both profiles    | CN               | IPADDRESS  | clientAuth, emailProtection                                    | RSA 2048, RSA 3072, RSA 4096, P-256, P-384, P-521, Ed25519 |
      | required names            | CN, SERIALNUMBER | RFC822NAME | clientAuth, emailProtection                                    | RSA 2048, RSA 3072, RSA 4096, P-256, P-384, P-521, Ed25519 |
      | alternative names alone   | none             | DNSNAME    | clientAuth, emailProtection                                    | RSA 2048, RSA 3072, RSA 4096, P-256, P-384, P-521, Ed25519 |
      | no alternative names      | to fill in       | none       | keyAgreement                                                   | P-256, P-384                                               |

  Scenario: A client that follows the template gets exactly what it asks for
    Given the profiles allow few names, for P-256 alone
    When the client "router" asks: certReqTemplate
    And the client "router" asks for a certificate as the template says
    Then it gets the certificate without changes

  Scenario: The template of a profile that the alias names
    Given the profiles allow few names
    And the alias "ra" names the profile "free"
    When the client "router" asks for the template of "free"
    Then the template has the subject: to fill in

  Scenario: A profile that the alias does not name
    When the client "router" asks for the template of "unknown"
    Then it is refused as addInfoNotAvailable: "There is no certificate profile 'unknown'."

  Scenario: Several profiles at once
    Given the alias "ra" names the profile "free"
    When the client "router" asks for the template of "free, free"
    Then it is refused as badRequest: "A question is about one certificate profile."

  Scenario: An end entity that the CA knows is told its own names
    Given the client "alice" with a one-time password
    When the client "alice" asks: certReqTemplate
    Then the template has the subject of "alice"
    And the template has alternative names: none

  Scenario: An end entity with alternative names is told those, too
    Given the client "alice" with a one-time password
    And the end entity "alice" has the alternative name DNSNAME=alice.example
    When the client "alice" asks: certReqTemplate
    Then the template has the alternative name alice.example

  Scenario: An end entity that the CA knows is told about its own profiles
    Given the client "alice" with a one-time password
    And the certificates of "alice" are for P-256 alone
    When the client "alice" asks: certReqTemplate
    Then the template has keys: P-256

  Scenario: So is the holder of a certificate
    Given the client "router" with a certificate
    When the client "router" asks: certReqTemplate
    Then the template has the subject of "router"

  Scenario: A vendor's device is told the name that its vendor has given it
    Given the device "sensor" of a vendor that the alias "ra" knows
    When the client "sensor" asks: certReqTemplate
    Then the template has the subject of "sensor"
    And the template has alternative names: to fill in

  Scenario: An RA that signs speaks for others
    When the RA "desk" asks: certReqTemplate
    Then the template has the subject: to fill in

  # ---- the alias

  Scenario Outline: The names of profiles that the alias knows
    Given the alias "ra" names the profile "free"
    When the client "router" asks for the profiles <names>
    Then it is told that the profiles are: <known>

    Examples:
      | names        | known |
      | all          | free  |
      | free, others | free  |
      | others       | none  |

  Scenario Outline: Texts for people are in English
    When the client "router" speaks <languages>
    Then it is told that the language is <language>

    Examples:
      | languages     | language |
      | en            | en       |
      | de, en, fr    | en       |
      | fr, EN-gb, en | EN-gb    |

  Scenario Outline: Other languages are refused
    When the client "router" speaks <languages>
    Then it is refused as badRequest: "Texts for people are in English (en) only."

    Examples:
      | languages |
      | de, fr    |
      | enx       |
