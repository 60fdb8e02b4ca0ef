"""The act that an information préoccupante or a signalement was transmitted."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError
from app.parcours.models import Dossier
from app.parcours.queries import lock_dossier
from app.parcours.rules import check_jour_suivi
from app.parcours.services_suivis import MemeTexte
from app.referents.models_urgence import TransmissionDanger
from app.referents.queries_danger import find_transmission, transmission_of_depot
from app.referents.vocabulaire_urgence import Destinataire, GenreTransmission, Parents


def note_transmission(
    session: Session,
    dossier: Dossier,
    *,
    jour: date,
    genre: GenreTransmission,
    destinataire: Destinataire,
    parents: Parents,
    texte: bytes | None,
    same_texte: MemeTexte,
    depot: UUID,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> TransmissionDanger:
    """Write that it left. A closed dossier takes it too. `texte` is sealed for the row `depot`.

    The dossier is not touched: nothing that is derived from it, state row, alerts, may tell that this was written.
    The same deposit gives the same row; with other words, DepotConflict carries it.
    DomainErrors: jour_futur, jour_avant_dossier, depot_inconnu.
    """
    lock_dossier(session, dossier)
    words = {"jour": jour, "genre": genre, "destinataire": destinataire, "parents": parents}
    if (earlier := transmission_of_depot(session, dossier.id, depot)) is not None:
        if earlier.cree_par != acteur.agent_id:
            raise DomainError("depot_inconnu")
        if not same_texte(earlier.texte) or any(getattr(earlier, name) != said for name, said in words.items()):
            raise DepotConflict(earlier)
        return earlier
    check_jour_suivi(jour, ouvert_le=dossier.ouvert_le, today=today)
    made = TransmissionDanger(
        dossier_id=dossier.id, id=depot, texte=texte, cree_le=now, cree_par=acteur.agent_id, depot=depot, **words
    )
    session.add(made)
    audit.record(session, Action.DANGER_TRANSMIS, acteur=acteur, dossier=dossier.code, now=now)
    return made


def cancel_transmission(
    session: Session, dossier: Dossier, *, transmission_id: UUID, acteur: Acteur, now: datetime, today: date
) -> TransmissionDanger | None:
    """It was written by mistake, in the wrong dossier for instance; None: there is none of this id."""
    lock_dossier(session, dossier)
    found = find_transmission(session, dossier.id, transmission_id)
    if found is None or found.annulee_le is not None:
        return found
    found.annulee_le = now
    audit.record(session, Action.DANGER_TRANSMIS, acteur=acteur, dossier=dossier.code, now=now, precision="annulee")
    return found
