"""Goals in words: what the page of a dossier shows of each, and the pairs of a page with two texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from markupsafe import Markup

from app.accounts import requete
from app.parcours.forms_objectifs import ObjectifForm, said
from app.parcours.models import Dossier
from app.parcours.models_objectifs import Objectif, PetitPas
from app.parcours.queries_objectifs import Lecture, Lu
from app.parcours.rules_objectifs import themes_read
from app.parcours.views_acces import ILLISIBLE, Paires, ouvrir
from app.parcours.vocabulaire import Theme
from app.parcours.vocabulaire_objectifs import StatutObjectif
from app.referents.queries import DossierVisible
from app.vault.dossier_keys import DossierKeys
from app.vault.errors import Unreadable
from app.vault.places import Place
from app.web.filters import date_longue, paragraphes


@dataclass(frozen=True, slots=True)
class PasMontre:
    id: UUID
    mots: str
    fait_le: date | None
    lisible: bool = True


@dataclass(frozen=True, slots=True)
class ObjectifMontre:
    """A goal, opened. `mots`: theirs, then the professional's, as typed. `court`: what names it in a list."""

    lu: Any
    mots: tuple[str, str]
    jeune: Markup
    pro: Markup
    court: str
    pas: Sequence[PasMontre]

    @property
    def faits(self) -> int:
        return sum(step.fait_le is not None for step in self.pas)


def reading(vu: DossierVisible) -> Lecture:
    """What of the goals of this dossier is theirs to read."""
    return Lecture(themes_read(vu.genres), requete.agent().id)


def shown(found: Iterable[Lu], keys: DossierKeys, uid: UUID) -> list[ObjectifMontre]:
    """In the order given; words that no longer open say so and stop nothing else."""
    return [_shown(one, keys, uid) for one in found]


def _shown(one: Lu, keys: DossierKeys, uid: UUID) -> ObjectifMontre:
    def opened(blob: bytes | None, place: Place, row: UUID) -> str | None:
        try:
            return "" if blob is None else keys.open(uid, blob, place=place, row=row)["texte"]
        except Unreadable:
            return None

    row = one.objectif
    jeune = opened(row.mots_jeune, Place.OBJECTIF_JEUNE, row.id)
    pro = opened(row.mots_pro, Place.OBJECTIF_PRO, row.id)
    pas = []
    for step in one.pas:
        words = opened(step.pas_mots, Place.PETIT_PAS, step.pas_id)
        pas.append(PasMontre(step.pas_id, words or "…", step.fait_le, lisible=words is not None))
    court = jeune or pro or row.theme.label
    return ObjectifMontre(row, (jeune or "", pro or ""), _paragraphs(jeune), _paragraphs(pro), court, pas)


def words_of(dossier: Dossier, objectif: Objectif) -> tuple[str, str]:
    """Theirs, then the professional's, as typed. Unreadable: the key is gone."""
    return (
        ouvrir(dossier, objectif.mots_jeune, place=Place.OBJECTIF_JEUNE, row=objectif.id),
        ouvrir(dossier, objectif.mots_pro, place=Place.OBJECTIF_PRO, row=objectif.id),
    )


def step_words(dossier: Dossier, step: PetitPas) -> str:
    return ouvrir(dossier, step.mots, place=Place.PETIT_PAS, row=step.id)


def _paragraphs(texte: str | None) -> Markup:
    return ILLISIBLE if texte is None else paragraphes(texte)


def stored_pairs(objectif: Objectif, words: tuple[str, str], pas: Sequence[str]) -> Paires:
    return _pairs(*words, objectif.theme, objectif.echeance, pas, statut=objectif.statut)


def said_pairs(form: ObjectifForm) -> Paires:
    statut = getattr(form, "statut", None)
    return _pairs(
        said(form.mots_jeune),
        said(form.mots_pro),
        Theme(form.theme.data),
        form.echeance.data,
        [words for _, words in form.steps()],
        statut=StatutObjectif(statut.data) if statut else StatutObjectif.EN_COURS,
    )


def _pairs(
    jeune: str, pro: str, theme: Theme, echeance: date | None, pas: Sequence[str], *, statut: StatutObjectif
) -> Paires:
    return [
        ("Avec ses mots", paragraphes(jeune) or "Aucun"),
        ("Avec vos mots", paragraphes(pro) or "Aucun"),
        ("De quoi il s’agit", theme.label),
        ("Pour quand", date_longue(echeance) or "Sans date"),
        ("Petits pas", paragraphes("\n".join(pas)) or "Aucun"),
        ("Où il en est", statut.label),
    ]
