"""Mon parcours in words: rows become what may be ticked. No note, no words but those of a goal are opened here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from app.jeunes.queries import NomAffiche
from app.jeunes.rules_feuille import PRENOM, Element
from app.jeunes.vocabulaire_feuille import (
    EN_CLAIR,
    GENRES_A_LA_MAISON,
    ON_FAIT_LE_POINT,
    THEMES_A_LA_MAISON,
    Rubrique,
)
from app.parcours.views_objectifs_mots import ObjectifMontre
from app.parcours.vocabulaire import STATUTS_OUVERTS, StatutContactPrevu, StatutEtape
from app.referents.queries import DossierVisible
from app.referents.queries_reponse import Repondant
from app.referents.vocabulaire import Relation
from app.web.filters import INSECABLE, date_longue, heure, jour_semaine, telephone_lisible

DEUX_POINTS = f"{INSECABLE}: "


def first_name(nom: NomAffiche) -> Iterator[Element]:
    """Never the family name, and never the code of the dossier."""
    if called := nom.prenom or nom.pseudonyme:
        yield Element(PRENOM, None, called)


def here(etapes: Iterable[Any], vu: DossierVisible, today: date) -> Iterator[Element]:
    """The steps that are open, of the kinds that whoever prints may see."""
    open_now = [etape for etape in etapes if etape.statut in STATUTS_OUVERTS and vu.shows(etape.genre)]
    for etape in sorted(open_now, key=lambda etape: (etape.genre.rang or 99, etape.debut)):
        until = ""
        if etape.fin_prevue is not None and etape.fin_prevue >= today:
            until = f", jusqu’au {date_longue(etape.fin_prevue, today)}"
        texte = f"{EN_CLAIR[etape.genre]}, depuis le {date_longue(etape.debut, today)}{until}"
        yield Element(f"etape-{etape.id}", Rubrique.ICI, texte, maison=etape.genre in GENRES_A_LA_MAISON)
    if not open_now:
        yield Element("point", Rubrique.ICI, ON_FAIT_LE_POINT)


def next_things(contacts: Iterable[Any], etapes: Iterable[Any], vu: DossierVisible, today: date) -> Iterator[Element]:
    """Appointments and steps to begin, soonest first; what an appointment is about was written by somebody else.

    Nobody is told to meet somebody who does not follow them any more.
    """
    found = [
        (contact.jour, _contact(contact, today))
        for contact in contacts
        if contact.statut is StatutContactPrevu.PREVU and contact.jour >= today and not left_behind(contact)
    ]
    for etape in etapes:
        if etape.statut is StatutEtape.PREVUE and etape.debut >= today and vu.shows(etape.genre):
            texte = f"À partir du {date_longue(etape.debut, today)}{DEUX_POINTS}{etape.genre.label.lower()}"
            home = etape.genre in GENRES_A_LA_MAISON
            found.append((etape.debut, Element(f"suite-{etape.id}", Rubrique.SUITE, texte, maison=home)))
    yield from (element for _, element in sorted(found, key=lambda pair: (pair[0], pair[1].cle)))


def left_behind(contact: Any) -> bool:
    """Whether who was to meet them follows the dossier no more; a row of `queries_rendez_vous.contacts_of`."""
    return contact.agent_id is not None and not contact.suit


def _contact(contact: Any, today: date) -> Element:
    day = jour_semaine(contact.jour) if contact.jour.year == today.year else date_longue(contact.jour)
    at = f" à {heure(contact.heure)}" if contact.heure else ""
    who = f", avec {contact.prenom} {contact.nom}" if contact.agent_id else ""
    how = f" ({contact.canal.label.lower()})" if contact.canal else ""
    return Element(f"rdv-{contact.id}", Rubrique.SUITE, f"{day[0].upper()}{day[1:]}{at}{who}{how}")


def to_reach(repondants: Sequence[Repondant], structure: str | None) -> Iterator[Element]:
    """The référent and how to reach them, who covers them today; where nobody is, the coordinateur."""
    if not repondants:
        return
    first, *others = repondants
    titre = "Mon référent" if first.relation is Relation.REFERENT else "En attendant un référent"
    yield Element("referent", Rubrique.JOINDRE, f"{titre}{DEUX_POINTS}{first.nom_complet}")
    if first.telephone:
        number = f"Téléphone{DEUX_POINTS}{telephone_lisible(first.telephone)}"
        yield Element("telephone", Rubrique.JOINDRE, number)
    # what follows the at sign names the structure too
    yield Element("courriel", Rubrique.JOINDRE, f"Courriel{DEUX_POINTS}{first.courriel}", maison=True)
    if structure:
        yield Element("structure", Rubrique.JOINDRE, structure, maison=True)
    for other in others:
        if other.relation is Relation.SUPPLEANT:
            number = f", {telephone_lisible(other.telephone)}" if other.telephone else ""
            texte = f"En ce moment, à sa place{DEUX_POINTS}{other.nom_complet}{number}"
            yield Element("suppleant", Rubrique.JOINDRE, texte)


def goals(objectifs: Iterable[ObjectifMontre], today: date) -> Iterator[Element]:
    """In the young person's words; in the professional's only where they said yes to them."""
    for objectif in objectifs:
        jeune, pro = objectif.mots
        texte = jeune or (pro if objectif.lu.accord_le is not None else "")
        if not texte:
            continue
        until = objectif.lu.echeance
        yield Element(
            f"objectif-{objectif.lu.id}",
            Rubrique.OBJECTIFS,
            texte,
            detail="" if until is None else f"Pour le {date_longue(until, today)}",
            pas=tuple((pas.mots, pas.fait_le is not None) for pas in objectif.pas if pas.lisible),
            maison=objectif.lu.theme in THEMES_A_LA_MAISON,
        )
