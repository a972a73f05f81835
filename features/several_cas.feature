# in-process-ca: these scenarios bring remote issuers of their own beside the CA in this process.
@in-process-ca
Feature: Several CAs in one installation, each by its issuer
  One worker serves CAs whose keys are here, and CAs whose keys other products have. Requests, rights, profiles and serial
  numbers tell them apart. Each remote issuer has a runner of its own, which carries out the orders of its CAs alone.

  Background:
    Given a worker that requires signatures and encryption
    And the CAs "RemoteCA" and "DeskCA", each of a remote issuer, beside ManagementCA

  Scenario: One message gets the certificates of three CAs
    When the RA requests certificates of ManagementCA, RemoteCA and DeskCA in one message
    And the worker runs
    And the issuer of RemoteCA works
    And the worker runs
    Then the message waits
    And the issuer of DeskCA was not called
    When the issuer of DeskCA works
    And the worker runs
    Then the answers are: a certificate, a certificate, a certificate
    And each certificate is one that the named CA has signed

  Scenario: An issuer that is away holds up no other CA
    Given the issuer of RemoteCA is away
    When the RA requests certificates of RemoteCA, DeskCA and ManagementCA in a message each
    And the worker runs
    And the issuer of RemoteCA works
    And the issuer of DeskCA works
    And the worker runs
    Then the messages for DeskCA and ManagementCA are answered, and that for RemoteCA waits

  Scenario: A card gets the certificates of two remote CAs, or none
    Given certificates of "ENDUSER" may be for keys whose possession nobody has shown
    And the card of "alice", who is NEW
    And the issuer of DeskCA refuses everything
    When the RA renews the card, by RemoteCA and DeskCA
    And the worker runs
    And the issuer of RemoteCA works
    Then the worker finds nothing that is answered yet
    When the issuer of DeskCA works
    And the worker runs
    Then the CA answers "issuer_refused"
    When the issuer of RemoteCA works
    Then every certificate of RemoteCA is revoked there

  Scenario: The same serial number at two CAs names two certificates
    Given RemoteCA has issued a certificate to "alice", and DeskCA one with the same serial number to "bob"
    When the RA requests the revocation of the certificate of DeskCA with that serial number
    And the worker runs
    And the issuer of RemoteCA works
    And the issuer of DeskCA works
    And the worker runs
    Then the answer is: done
    And every certificate of DeskCA is revoked there
    And no certificate of RemoteCA is revoked, neither here nor there
    And the CRL of ManagementCA lists neither

  Scenario: A right on one CA is none on another
    Given the RA may use RemoteCA and ManagementCA
    When the RA requests a certificate of DeskCA
    And the worker runs
    Then the CA answers "not_authorized"
    And the issuer of DeskCA was not called

  Scenario: An end entity profile names the CAs that it allows
    Given the end entity profile EMPTY allows RemoteCA alone
    When the RA requests certificates of RemoteCA, DeskCA and ManagementCA in a message each
    And the worker runs
    And the issuer of RemoteCA works
    And the worker runs
    Then the messages for DeskCA and ManagementCA are refused as profile_violation
    And the issuer of DeskCA was not called
    And the issuer of RemoteCA has issued one certificate
