"""What two people may write over each other, as the one who reads this page may edit it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import url_for
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.accounts import requete
from app.audit.queries import last_author
from app.audit.vocabulaire import Action
from app.jeunes.forms import IdentiteForm, RepresentantForm
from app.jeunes.queries import identite_of, representants_of
from app.parcours.forms_etapes import CorrigerEtapeForm, etape_shown
from app.parcours.forms_objectifs import CorrigerObjectifForm, objectif_shown
from app.parcours.forms_reperes import ReperesForm
from app.parcours.forms_suivis import CorrigerSuiviForm, DeplacerForm, contact_shown, suivi_shown
from app.parcours.models import Dossier
from app.parcours.policies import may_edit_suivi, may_read_objectif
from app.parcours.queries import find_contact, find_etape, find_suivi
from app.parcours.queries_objectifs import find_objectif, pas_of
from app.parcours.views_acces import ouvrir
from app.parcours.views_objectifs_mots import step_words, words_of
from app.parcours.vocabulaire import GenreEtape, StatutContactPrevu, Theme
from app.parcours.vocabulaire_propositions import ObjetProposition
from app.programme.queries import load, territoires_ouverts
from app.referents.policies import may_amend, may_log
from app.referents.queries import DossierVisible
from app.vault.places import Place

# an identity is not one row among several
UNIQUE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Cible:
    """One row that this agent may edit: what is stored, in its own form, who wrote it, and where it is edited.

    `form`: makes the form of a correction, from `formdata` or `data`. `shows`: whether this agent may read a version
    of it; a partner may not, of a kind or a theme that is not theirs to see.
    """

    objet: ObjetProposition
    ligne_id: UUID
    auteur_id: int | None
    version: int
    url: str
    form: Callable[..., Form]
    data: Any
    shows: Callable[[Form], bool] = lambda _: True

    @property
    def stored(self) -> Form:
        return self.form(formdata=None, data=self.data)

    def written(self, saisie: Any) -> Form:
        """The same form, of other words; their version is the one that they are now set against."""
        return self.form(formdata=MultiDict([*saisie, ("version", str(self.version))]), meta={"csrf": False})


def cible_of(vu: DossierVisible, objet: ObjetProposition, ligne_id: UUID) -> Cible | None:
    """None when there is no such row, or when this agent may not edit it."""
    return _CIBLES[objet](vu, ligne_id)


def _suivi(vu: DossierVisible, ligne_id: UUID) -> Cible | None:
    found, agent = find_suivi(requete.session(), vu.dossier.id, ligne_id), requete.agent()
    if found is None or not may_log(vu.relation) or not may_edit_suivi(author_id=found.agent_id, agent=agent):
        return None
    today, words = requete.today(), ouvrir(vu.dossier, found.note, place=Place.NOTE, row=found.id)
    form, data = partial(CorrigerSuiviForm, today=today), suivi_shown(found, words, today=today)
    url = url_for("suivis.suivi", code=vu.dossier.code, suivi_id=found.id)
    return Cible(ObjetProposition.SUIVI, found.id, found.agent_id, found.version, url, form, data)


def _etape(vu: DossierVisible, ligne_id: UUID) -> Cible | None:
    found = find_etape(requete.session(), vu.dossier.id, ligne_id)
    if found is None or not may_log(vu.relation) or (vu.genres is not None and found.genre not in vu.genres):
        return None
    data = etape_shown(found, ouvrir(vu.dossier, found.precisions, place=Place.ETAPE, row=found.id))
    url = url_for("etapes.etape", code=vu.dossier.code, etape_id=found.id)
    author = found.modifie_par or found.cree_par
    shows = partial(_shows_genre, vu)
    return Cible(ObjetProposition.ETAPE, found.id, author, found.version, url, CorrigerEtapeForm, data, shows)


def _shows_genre(vu: DossierVisible, form: Form) -> bool:
    return form.genre.data not in set(GenreEtape) or vu.shows(GenreEtape(form.genre.data))


def _objectif(vu: DossierVisible, ligne_id: UUID) -> Cible | None:
    found = find_objectif(requete.session(), vu.dossier.id, ligne_id)
    whose = {"agent": requete.agent(), "genres": vu.genres}
    if found is None or not may_log(vu.relation):
        return None
    if not may_read_objectif(found.theme, author_id=found.cree_par, **whose):
        return None
    steps = [(one, step_words(vu.dossier, one)) for one in pas_of(requete.session(), vu.dossier.id, found.id)]
    data = objectif_shown(found, words_of(vu.dossier, found), steps)
    url = url_for("objectifs.objectif", code=vu.dossier.code, objectif_id=found.id)
    author = found.modifie_par or found.cree_par
    shows = partial(_shows_theme, whose | {"author_id": found.cree_par})
    return Cible(ObjetProposition.OBJECTIF, found.id, author, found.version, url, CorrigerObjectifForm, data, shows)


def _shows_theme(whose: dict[str, Any], form: Form) -> bool:
    return form.theme.data not in set(Theme) or may_read_objectif(Theme(form.theme.data), **whose)


def _reperes(vu: DossierVisible, ligne_id: UUID) -> Cible | None:
    if not may_amend(vu.relation) or ligne_id != UNIQUE:
        return None
    dossier, author = vu.dossier, _author(vu, Action.REPERES_MODIFIES)
    url, form = url_for("reperes.reperes", code=dossier.code), partial(reperes_form, dossier)
    return Cible(ObjetProposition.REPERES, UNIQUE, author, dossier.version, url, form, ReperesForm.shown(dossier))


def reperes_form(dossier: Dossier, **given: Any) -> ReperesForm:
    """The form of this dossier, with the territories that it may choose."""
    form, current = ReperesForm(**given), load(requete.session(), dossier.territoire_id)
    form.offer(territoires_ouverts(requete.session()), actuel=(current.id, current.nom))
    return form


def _contact(vu: DossierVisible, ligne_id: UUID) -> Cible | None:
    found = find_contact(requete.session(), vu.dossier.id, ligne_id)
    if found is None or not may_log(vu.relation) or found.statut is not StatutContactPrevu.PREVU:
        return None
    url, author = url_for("contacts.deplacer", code=vu.dossier.code, contact_id=found.id), found.agent_id
    shown = contact_shown(found)
    return Cible(ObjetProposition.CONTACT, found.id, author, found.version, url, DeplacerForm, shown)


def _identite(vu: DossierVisible, ligne_id: UUID) -> Cible | None:
    if not may_amend(vu.relation) or ligne_id != UNIQUE:
        return None
    session, dossier = requete.session(), vu.dossier
    fiche = identite_of(session, requete.vault(), dossier)
    data = IdentiteForm.shown(fiche, annee=dossier.annee_naissance, anonymat=dossier.anonymat_demande)
    url, author = url_for("jeunes.identite", code=dossier.code), _author(vu, Action.IDENTITE_MODIFIEE)
    version = fiche.version if fiche else 0
    return Cible(ObjetProposition.IDENTITE, UNIQUE, author, version, url, IdentiteForm, data)


def _representant(vu: DossierVisible, ligne_id: UUID) -> Cible | None:
    if not may_amend(vu.relation):
        return None
    known = representants_of(requete.session(), requete.vault(), vu.dossier)
    found = next((one for one in known if one.id == ligne_id), None)
    if found is None:
        return None
    url = url_for("representants.corriger", code=vu.dossier.code, representant_id=found.id)
    author, data = _author(vu, Action.REPRESENTANT_MODIFIE), RepresentantForm.shown(found)
    return Cible(ObjetProposition.REPRESENTANT, found.id, author, found.version, url, RepresentantForm, data)


def _author(vu: DossierVisible, action: Action) -> int | None:
    return last_author(requete.session(), action, dossier=vu.dossier.code)


_CIBLES: dict[ObjetProposition, Callable[[DossierVisible, UUID], Cible | None]] = {
    ObjetProposition.SUIVI: _suivi,
    ObjetProposition.ETAPE: _etape,
    ObjetProposition.CONTACT: _contact,
    ObjetProposition.IDENTITE: _identite,
    ObjetProposition.REPRESENTANT: _representant,
    ObjetProposition.OBJECTIF: _objectif,
    ObjetProposition.REPERES: _reperes,
}
