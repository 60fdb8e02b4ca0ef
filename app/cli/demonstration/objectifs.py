"""Goals that the invented people wrote with their référent, and how far they got."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from random import Random
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy.orm import Session

from app.cli.demonstration.chargement import GRAINE, Personne
from app.cli.demonstration.gestes import SOIR, Fiche, acteur_of, instant
from app.parcours import services_objectifs
from app.parcours.models_objectifs import Objectif
from app.parcours.services_objectifs import Dit, PasDit
from app.parcours.vocabulaire import Theme
from app.parcours.vocabulaire_objectifs import StatutObjectif
from app.vault.places import Place

# One in three wrote one; the others will.
UN_SUR = 3


class Voulu(NamedTuple):
    jeune: str
    pro: str
    pas: tuple[str, ...]
    des: int = 11


VOULUS: Mapping[Theme, Voulu] = {
    Theme.SCOLARITE: Voulu(
        "Je veux retourner en cours, mais pas dans la même classe.",
        "Préparer un retour progressif avec l’établissement.",
        ("Écrire ce qui me fait partir", "Rencontrer la conseillère d’éducation", "Essayer une semaine le matin"),
    ),
    Theme.LOISIRS_LIEN_SOCIAL: Voulu(
        "Reprendre le foot.", "", ("Demander les horaires du club", "Y aller une fois avec un copain"), 11
    ),
    Theme.FORMATION: Voulu(
        "Trouver une formation en cuisine.",
        "Valider le projet par un stage, puis chercher une place.",
        ("Faire mon CV", "Appeler deux restaurants", "Aller à la réunion du CFA"),
        16,
    ),
    Theme.EMPLOI: Voulu(
        "Je veux gagner ma vie et être tranquille.",
        "Accès à un premier contrat de travail.",
        ("Refaire mon CV", "Déposer trois candidatures", "Préparer l’entretien", "Ouvrir un compte à mon nom"),
        17,
    ),
    Theme.MOBILITE: Voulu(
        "Passer mon code.", "Financement à demander.", ("Prendre rendez-vous", "Réviser une heure par semaine"), 17
    ),
    Theme.LOGEMENT: Voulu("Avoir un endroit à moi.", "", ("Remplir le dossier ensemble",), 18),
}


def write_goals(session: Session, written: Iterable[tuple[Personne, Fiche]], *, today: date) -> None:
    """For those followed today, some weeks ago."""
    for person, fiche in written:
        if person.suivi and person.numero % UN_SUR == 0:
            _write(session, fiche, Random(GRAINE + person.numero), today)  # noqa: S311 - invented people


def _write(session: Session, fiche: Fiche, random: Random, today: date) -> None:
    age = (today - fiche.naissance).days // 365
    possible = [theme for theme, wanted in VOULUS.items() if wanted.des <= age]
    day = max(fiche.dossier.ouvert_le, today - timedelta(days=random.randrange(5, 40)))
    for number, theme in enumerate(random.sample(possible, random.choice((1, 1, 2)))):
        made = _goal(session, fiche, theme, random, day)
        if number and random.random() < 0.5:
            _finish(session, fiche, made, theme, today)


def _by(fiche: Fiche, day: date) -> dict[str, object]:
    return {"acteur": acteur_of(fiche.referent), "now": instant(day, heure=SOIR), "today": day}


def _seal(fiche: Fiche, texte: str, place: Place, row: object) -> bytes | None:
    return fiche.keys.seal(fiche.dossier.uid, {"texte": texte}, place=place, row=row) if texte else None


def _goal(session: Session, fiche: Fiche, theme: Theme, random: Random, day: date) -> tuple[Objectif, list[PasDit]]:
    key, wanted = uuid4(), VOULUS[theme]
    pas = [PasDit(row, _seal(fiche, mots, Place.PETIT_PAS, row)) for mots in wanted.pas for row in [uuid4()]]
    echeance = day + timedelta(days=random.randrange(45, 200)) if random.random() < 0.7 else None
    made = services_objectifs.write_objectif(
        session, fiche.dossier, agent=fiche.referent, objectif_id=key, depot=key, pas=pas,
        dit=Dit(theme, _seal(fiche, wanted.jeune, Place.OBJECTIF_JEUNE, key),
                _seal(fiche, wanted.pro, Place.OBJECTIF_PRO, key), echeance),
        accord_le=day if random.random() < 0.8 else None,
        same_words=lambda stored: False, same_steps=lambda stored: False, **_by(fiche, day),
    )  # fmt: skip
    for step in pas[: random.randrange(len(pas))]:
        who = {name: said for name, said in _by(fiche, day).items() if name != "today"}
        services_objectifs.tick_pas(session, fiche.dossier, made, step.id, fait_le=day, **who)
    return made, pas


def _finish(session: Session, fiche: Fiche, goal: tuple[Objectif, list[PasDit]], theme: Theme, today: date) -> None:
    made, pas = goal
    dit = Dit(theme, made.mots_jeune, made.mots_pro, made.echeance)
    services_objectifs.edit_objectif(
        session, fiche.dossier, made, version=1, agent=fiche.referent, statut=StatutObjectif.ATTEINT, dit=dit, pas=pas,
        same_words=lambda stored: True, **_by(fiche, today - timedelta(days=1)),
    )  # fmt: skip
