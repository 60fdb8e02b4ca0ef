"""The facts of a prepared handover note, read in a few statements whatever the journey holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.parcours.models import Dossier, Etat
from app.parcours.queries import etapes_of
from app.parcours.queries_attente import last_attente
from app.parcours.queries_journal import last_met
from app.parcours.queries_objectifs import expected_of
from app.referents.queries_rendez_vous import contacts_of
from app.referents.rules_resume import Resume, sum_up


def resume_of(
    session: Session, dossier: Dossier, etat: Etat, *, affectations: Sequence[Any], equipe: Sequence[Row], today: date
) -> Resume:
    """Five statements. `affectations` and `equipe`: what the page has read of `affectations_of` and `members_of`."""
    return sum_up(
        dossier,
        etat,
        today=today,
        affectations=affectations,
        equipe=equipe,
        etapes=etapes_of(session, dossier.id),
        objectifs=expected_of(session, dossier.id),
        dernier=last_met(session, dossier.id),
        contacts=contacts_of(session, dossier.id, promis_par=None, today=today),
        attente=last_attente(session, dossier.id),
    )
