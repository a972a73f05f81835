"""CRLs: issued, and issued where that is due.

Every generation of a CA signs CRLs of its own for as long as its certificate is valid: a verifier of an older
certificate accepts no other. Each lists the revoked certificates of all generations, so that it is complete for every
verifier that accepts it. A CRL is due if there is none yet, if the last one ends soon, or if it no longer agrees with
the database: a certificate was revoked or put on hold since, or taken from hold. A delta CRL is due after each full
one, too.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509

from lockgate.administration.authorities import CRL_LIFETIME, CRL_OVERLAP, DELTA_CRL_LIFETIME, PROGRAM, NoBaseCrl
from lockgate.audit import Event
from lockgate.certification.revocation import RevokedCertificate
from lockgate.errors import CallerError
from lockgate_ca_backend.administration.work import AdministrativeWork, accepted
from lockgate_ca_backend.extensions import with_suffix
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork
from lockgate_ca_backend.revocation import CrlContent, alike, changes, listed, sign_crl
from lockgate_ca_backend.store.ca_certificates import validity_of
from lockgate_ca_backend.store.crls import StoredCrl


class CrlAdministration(AdministrativeWork):
    """CRLs."""

    def crl_generations(self, ca_name: str) -> Sequence[int]:
        """The generations that sign CRLs: the current one, and those before it until they end; the newest first.
        No key is opened.

        Raises:
            CallerError: there is no such CA.
        """
        with self._work() as work:
            current = self._generation(work, ca_name, None)
            before = [one for one in reversed(work.store.ca_certificates.of(ca_name)) if one.number < current]
            return [current, *(one.number for one in before if validity_of(one.certificate).covers(work.now()))]

    def issue_crl(
        self,
        ca_name: str,
        lifetime: timedelta = CRL_LIFETIME,
        *,
        generation: int | None = None,
        freshest: Sequence[str] = (),
    ) -> bytes:
        """A new full CRL, DER, stored and returned.

        Args:
            lifetime: from now to the CRL's Next Update.
            generation: whose key signs it; the current one by default.
            freshest: URLs of the delta CRLs; `{generation}` in them is replaced by this generation's suffix of file
                names.

        Raises:
            CallerError: there is no such CA, or no such generation.
            RefusedByCa: it cannot sign now.
        """
        with self._work() as work:
            chosen = self._generation(work, ca_name, generation)
            return self._issue_full(work, ca_name, chosen, lifetime, freshest)

    def issue_crl_if_due(
        self,
        ca_name: str,
        lifetime: timedelta = CRL_LIFETIME,
        overlap: timedelta = CRL_OVERLAP,
        *,
        generation: int | None = None,
        freshest: Sequence[str] = (),
        changes_in_delta: bool = False,
    ) -> bytes | None:
        """The same, if it is due; None if the last CRL still counts.

        Args:
            overlap: how long before the last CRL's Next Update a new one is due.
            changes_in_delta: whether a change since the last CRL is left to delta CRLs; it makes no new one due then,
                if the last one says that they are at `freshest`.

        Raises:
            CallerError: there is no such CA, or no such generation.
            RefusedByCa: it cannot sign now.
        """
        with self._work() as work:
            chosen = self._generation(work, ca_name, generation)
            last = work.store.crls.latest(ca_name, chosen)
            if last is not None and last.next_update > work.now() + overlap:
                named = [with_suffix(url, chosen) for url in freshest]
                if _names(last) == named if changes_in_delta else not _changed(work, last):
                    return None
            return self._issue_full(work, ca_name, chosen, lifetime, freshest)

    def issue_delta_crl(
        self,
        ca_name: str,
        lifetime: timedelta = DELTA_CRL_LIFETIME,
        overlap: timedelta | None = None,
        *,
        generation: int | None = None,
    ) -> bytes | None:
        """A delta CRL to the generation's last full one, DER, stored and returned.

        Args:
            overlap: how long before the last one's end the next one is due; None issues it in any case.

        Raises:
            CallerError: there is no such CA or generation.
            NoBaseCrl: the generation has no full CRL yet.
            RefusedByCa: it cannot sign now.
        """
        with self._work() as work:
            chosen = self._generation(work, ca_name, generation)
            base = work.store.crls.latest(ca_name, chosen)
            if base is None:
                raise NoBaseCrl(f"CA {ca_name} has no full CRL that a delta CRL could add to: issue one first")
            last = work.store.crls.latest(ca_name, chosen, delta=True)
            if last is not None and last.base != base.number:
                last = None
            now = work.now().replace(microsecond=0)
            entries = _changes(work, base, last, now)
            lasting = overlap is not None and last is not None and last.next_update > now + overlap
            if lasting and last is not None and alike(entries, listed(last.crl)):
                return None
            return self._issue(work, ca_name, chosen, lifetime, entries, base=base.number)

    def latest_crl(self, ca_name: str, *, generation: int | None = None, delta: bool = False) -> bytes | None:
        """The last full or delta CRL of a generation of the CA, the current one by default; DER.

        Raises:
            CallerError: there is no such CA, or no such generation.
        """
        with self._work() as work:
            found = work.store.crls.latest(ca_name, self._generation(work, ca_name, generation), delta=delta)
            return None if found is None else found.crl

    def _generation(self, work: UnitOfWork, ca_name: str, generation: int | None) -> int:
        self._known(work, ca_name)
        outline = work.store.authorities.outlines()[ca_name]
        if outline.issuer:
            raise CallerError(
                f"the CRLs of CA {ca_name} are signed where its key is, by "
                + ("the program that has it" if outline.issuer == PROGRAM else f"the remote issuer {outline.issuer}")
            )
        if generation is not None and generation not in outline.generations:
            raise CallerError(f"CA {ca_name} has no generation {generation}")
        return outline.generation if generation is None else generation

    def _issue_full(
        self, work: UnitOfWork, ca_name: str, generation: int, lifetime: timedelta, freshest: Sequence[str]
    ) -> bytes:
        # RFC 5280, 3.3: an entry stays until it was on a CRL issued after the certificate's end.
        revoked = work.store.certificates.revoked(ca_name, work.store.crls.last_update(ca_name, generation))
        return self._issue(work, ca_name, generation, lifetime, revoked, freshest=freshest)

    def _issue(
        self,
        work: UnitOfWork,
        ca_name: str,
        generation: int,
        lifetime: timedelta,
        revoked: Sequence[RevokedCertificate],
        *,
        base: int | None = None,
        freshest: Sequence[str] = (),
    ) -> bytes:
        issuer = accepted(work.store.factory.active_issuer(ca_name, generation))
        now = work.now().replace(microsecond=0)
        number = work.store.authorities.next_crl_number(ca_name)
        urls = [with_suffix(url, generation) for url in freshest]
        content = CrlContent(number, now, now + lifetime, revoked, base, urls)
        crl = sign_crl(issuer.signer, issuer.certificate, content)
        work.store.crls.add(StoredCrl(ca_name, generation, number, base, now, now + lifetime, crl))
        details = {"number": str(number), "entries": str(len(revoked)), "generation": str(generation)}
        self._audit(work, Event.CRL_ISSUED, ca_name, **details, **({"base": str(base)} if base else {}))
        return crl


def _names(last: StoredCrl) -> Sequence[str]:
    """Where the CRL says that its delta CRLs are (RFC 5280, 5.2.6)."""
    try:
        points = x509.load_der_x509_crl(last.crl).extensions.get_extension_for_class(x509.FreshestCRL).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for point in points for name in point.full_name or ()]


def _changed(work: UnitOfWork, last: StoredCrl) -> bool:
    """Whether a CRL issued now would list other certificates or reasons than `last`."""
    reasons = {serial: entry.reason for serial, entry in listed(last.crl).items()}
    revoked = {
        certificate.serial_number: certificate.reason
        for certificate in work.store.certificates.revoked(last.ca_name, None)
    }
    needed = work.store.certificates.revoked(last.ca_name, last.this_update)
    return (
        any(reasons.get(certificate.serial_number) != certificate.reason for certificate in needed)
        or not reasons.keys() <= revoked.keys()
    )


def _changes(work: UnitOfWork, base: StoredCrl, last: StoredCrl | None, now: datetime) -> Sequence[RevokedCertificate]:
    since = {} if last is None else listed(last.crl)
    revoked = work.store.certificates.revoked(base.ca_name, base.this_update)
    standing = {certificate.serial_number for certificate in work.store.certificates.revoked(base.ca_name, now)}
    return changes(listed(base.crl), since, revoked, standing, now)
