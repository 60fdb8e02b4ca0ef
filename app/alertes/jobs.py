"""What the scheduler runs: each takes the house and the slot, and says in a few figures what it did.

Each is idempotent: a second run of one slot finds nothing to do. Everybody is gone through by slices, read first
without any lock; only those who differ are then written, in short transactions, so that no write waits for a scan.
Between two of them a job told to stop leaves the rest to the next start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.accounts import brouillons
from app.accounts.maison import Maison, jour_de
from app.alertes.courriels import send_digests
from app.alertes.planification import stop_point
from app.alertes.queries_ecarts import differing, due, slices
from app.alertes.services import BATCH, Bilan, compare, reevaluate
from app.alertes.services_escalade import PAR_TRANSACTION, escalate
from app.alertes.vocabulaire import GenreEvenement, Tache
from app.parcours import etat, services_annulation
from app.referents.services import referent_drift, refresh_referent


def nuit(maison: Maison, creneau: str) -> str:
    """Everybody: what should be open, what should not, and the next date of each; and what nobody took back goes."""
    with maison.database.writing() as session:
        swept = brouillons.sweep(session, maison.clock()) + services_annulation.sweep(session, maison.clock())
    return f"{_said(scan_everybody(maison))} escaladees={_escalate(maison)} oublies={swept}"


def scan_everybody(maison: Maison) -> Bilan:
    """Bring every alert up to date. A second call on the same day finds nothing to do."""
    today, bilan = jour_de(maison.clock()), Bilan()
    with maison.database.reading() as session:
        ranges = list(slices(session))
    for premier, dernier in ranges:
        stop_point()
        with maison.database.reading() as session:
            ids = differing(session, today=today, premier=premier, dernier=dernier)
        bilan += _reevaluate(maison, ids)
    return bilan


def heure(maison: Maison, creneau: str) -> str:
    """Those whose next date has come."""
    with maison.database.reading() as session:
        ids = due(session, today=jour_de(maison.clock()))
    return f"dossiers={len(ids)} {_said(_reevaluate(maison, ids))} escaladees={_escalate(maison)}"


def semaine(maison: Maison, creneau: str) -> str:
    """Everything again from the events: state rows, who answers, alerts, birth dates included. Both should be 0.

    What differs is brought back in line, and counted: `derive_etats`, `derive_alertes`.
    """
    with maison.database.reading() as session:
        states = sorted({*etat.drift(session), *referent_drift(session)})
        ranges = list(slices(session, size=BATCH))
    for ids in _batches(states):
        stop_point()
        with maison.database.writing() as session:
            etat.refresh(session, ids)
            refresh_referent(session, ids)
    alerts = [number for first, last in ranges for number in _drifting(maison, first, last)]
    bilan = _reevaluate(maison, alerts)
    return f"derive_etats={len(states)} derive_alertes={len(alerts)} {_said(bilan)}"


def courriels(maison: Maison, creneau: str) -> str:
    """The morning e-mails of that day."""
    return send_digests(maison, creneau, now=maison.clock())


JOBS: dict[Tache, Callable[[Maison, str], str]] = {
    Tache.NUIT: nuit,
    Tache.HEURE: heure,
    Tache.SEMAINE: semaine,
    Tache.COURRIELS: courriels,
}


def _reevaluate(maison: Maison, ids: Sequence[int]) -> Bilan:
    """In one short transaction for each batch."""
    bilan = Bilan()
    for batch in _batches(ids):
        stop_point()
        now = maison.clock()
        with maison.database.writing() as session:
            bilan += reevaluate(session, batch, today=jour_de(now), now=now, closing=GenreEvenement.ETEINTE)
    return bilan


def _drifting(maison: Maison, premier: int, dernier: int) -> list[int]:
    stop_point()
    ids = range(premier, dernier + 1)
    with maison.database.reading() as session:
        ecarts = compare(session, ids, today=jour_de(maison.clock()))
    return sorted(ecarts.dossiers())


def _batches(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]


def _escalate(maison: Maison) -> int:
    """In as many short transactions as it takes."""
    now, total, found = maison.clock(), 0, PAR_TRANSACTION
    while found == PAR_TRANSACTION:
        with maison.database.writing() as session:
            found = escalate(session, today=jour_de(now), now=now, limite=PAR_TRANSACTION)
        total += found
    return total


def _said(bilan: Bilan) -> str:
    return f"ouvertes={bilan.ouvertes} fermees={bilan.fermees} corrigees={bilan.corrigees}"
