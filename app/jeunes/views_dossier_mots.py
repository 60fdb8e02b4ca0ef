"""A dossier in words: rows become what its page shows. Nothing is read here but what is sealed in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from markupsafe import Markup

from app.accounts.maison import jour_de
from app.accounts.models import Agent
from app.parcours.policies import may_edit_suivi
from app.parcours.queries_journal import Evenement
from app.parcours.rules_frise import Frise, Rect
from app.parcours.rules_journal import NatureEvenement, Repere
from app.parcours.rules_objectifs import themes_read
from app.parcours.views_acces import ILLISIBLE
from app.parcours.views_objectifs_mots import ObjectifMontre
from app.parcours.vocabulaire import (
    RESULTATS_REUSSIS,
    STATUTS_OUVERTS,
    IssueEtape,
    StatutContactPrevu,
    StatutEtape,
    Theme,
    Visibilite,
)
from app.parcours.vocabulaire_objectifs import StatutObjectif
from app.referents.policies import (
    may_break_glass,
    may_log,
    may_read_note,
    may_read_objet,
    may_read_passation,
    may_take_up_contact,
)
from app.referents.queries import DossierVisible
from app.vault.dossier_keys import DossierKeys
from app.vault.errors import Unreadable
from app.vault.places import Place
from app.web.filters import INSECABLE, date_courte, date_longue, heure, jour_semaine, mois_annee, paragraphes, pluriel

DEUX_POINTS = f"{INSECABLE}: "
RIEN = Markup("")
LECTEURS = Markup("<p class='secondaire'>{}</p>")
LISIBLE = {
    Visibilite.MON_EQUIPE: "Lisible par l’équipe de son auteur",
    Visibilite.EQUIPE_SUIVI: "Lisible par l’équipe de suivi",
    Visibilite.REFERENT_COORDINATEUR: "Lisible par le référent et le coordinateur",
}
RESERVES = {
    Visibilite.MON_EQUIPE: Markup("<p class='secondaire'>Note réservée à l’équipe de son auteur.</p>"),
    Visibilite.REFERENT_COORDINATEUR: Markup("<p class='secondaire'>Note réservée au référent et au coordinateur.</p>"),
}
# Under this part of the width, a first tick would meet the label of the beginning.
PLACE_DU_DEBUT = 18


@dataclass(frozen=True, slots=True)
class Lecteur:
    """Who reads this dossier, and with what."""

    keys: DossierKeys
    uid: UUID
    agent: Agent
    vu: DossierVisible
    base: str
    today: date

    @property
    def writes(self) -> bool:
        """The pages of follow-ups and steps are for those who write there."""
        return may_log(self.vu.relation)

    def step_url(self, etape: Any) -> str:
        return f"{self.base}/etapes/{etape.id}" if self.writes else ""

    def words(self, blob: bytes | None, *, place: Place, row: UUID) -> str:
        """Raises Unreadable."""
        return "" if blob is None else self.keys.open(self.uid, blob, place=place, row=row)["texte"]


@dataclass(frozen=True, slots=True)
class Ligne:
    """A line of the journal."""

    titre: str
    quand: str
    marque: str
    qui: str = ""
    texte: Markup = RIEN
    themes: Sequence[str] = ()
    url: str = ""
    url_texte: str = ""
    # where to call and what to write, from the words that worry
    danger: str = ""


@dataclass(frozen=True, slots=True)
class Mois:
    titre: str
    lignes: Sequence[Ligne]


@dataclass(frozen=True, slots=True)
class EtapeDite:
    """A step in the list beside the drawing."""

    label: str
    famille: str
    du: str
    au: str
    precision: str
    url: str


@dataclass(frozen=True, slots=True)
class BandeDite:
    label: str
    rangs: Sequence[Sequence[Rect]]
    etapes: Sequence[EtapeDite]


@dataclass(frozen=True, slots=True)
class Graduation:
    """A word under the frise, at `x` per cent."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class AVenir:
    """What is expected on `jour`; `contact` when it can be cancelled from here."""

    jour: date
    titre: str
    quand: str
    precision: str = ""
    texte: str = ""
    url: str = ""
    contact: Any = None
    # who was to hold it and does not follow the dossier any more, for those who may take it up
    a_reprendre: str = ""


def journal_lines(evenements: Iterable[Evenement], lecteur: Lecteur) -> list[Mois]:
    """By month, in the order given."""
    by_month = groupby(evenements, key=lambda event: (event.repere.jour.year, event.repere.jour.month))
    months = [list(events) for _, events in by_month]
    return [Mois(mois_annee(events[0].repere.jour), [_line(event, lecteur) for event in events]) for events in months]


def _line(event: Evenement, lecteur: Lecteur) -> Ligne:
    quand = jour_semaine(event.repere.jour)
    if event.suivi is not None:
        return _suivi(event.suivi, quand, lecteur)
    if event.etape is not None:
        return _etape(event, quand, lecteur)
    if event.affectation is not None:
        return _relais(event.affectation, quand, lecteur)
    titre = {
        NatureEvenement.OUVERTURE: "Ouverture du dossier",
        NatureEvenement.CLOTURE: "Clôture du dossier",
        NatureEvenement.REOUVERTURE: "Réouverture du dossier",
    }[event.repere.nature]
    told = event.motif is not None and lecteur.vu.tout_montre
    return Ligne(titre, quand, "referent", texte=paragraphes(event.motif.label) if told else RIEN)


def _suivi(suivi: Any, quand: str, lecteur: Lecteur) -> Ligne:
    mine = lecteur.writes and may_edit_suivi(author_id=suivi.agent_id, agent=lecteur.agent)
    opens = not mine and suivi.note is not None and may_break_glass(suivi, lecteur.vu, lecteur.agent)
    url = f"{lecteur.base}/suivis/{suivi.id}" if mine else f"{lecteur.base}/notes/{suivi.id}/ouvrir" if opens else ""
    return Ligne(
        f"{suivi.canal.label}{DEUX_POINTS}{suivi.resultat.label.lower()}",
        quand,
        "echange" if suivi.resultat in RESULTATS_REUSSIS else "tentative",
        qui="" if suivi.agent_id is None else f"{suivi.prenom} {suivi.nom}",
        texte=RIEN if suivi.note is None else _note(suivi, lecteur),
        themes=[theme.label for theme in _themes(suivi, lecteur)],
        url=url,
        url_texte="Ouvrir avec un motif" if opens else "Corriger",
        danger="" if suivi.note is None else f"{lecteur.base}/danger",
    )


def _themes(suivi: Any, lecteur: Lecteur) -> Iterator[Theme]:
    """What it was about, as far as the reader may know; their own words they know."""
    read = themes_read(None if suivi.agent_id == lecteur.agent.id else lecteur.vu.genres)
    return (theme for theme in suivi.themes if theme in read)


def _note(suivi: Any, lecteur: Lecteur) -> Markup:
    readable = may_read_note(
        suivi.visibilite,
        lecteur.vu,
        lecteur.agent,
        auteur_id=suivi.agent_id,
        auteur_structure_id=suivi.structure_id,
        ecrite_le=suivi.cree_le,
    )
    if not readable:
        return RESERVES[suivi.visibilite]
    return _opened(suivi.note, lecteur, place=Place.NOTE, row=suivi.id) + _readers(suivi)


def _readers(suivi: Any) -> Markup:
    """Who else reads these words, and what the young person said of it: a quiet line under them."""
    told = suivi.partage.label.lower() if suivi.partage else ""
    return LECTEURS.format(", ".join(filter(None, (LISIBLE[suivi.visibilite], told))))


def _opened(blob: bytes | None, lecteur: Lecteur, *, place: Place, row: UUID) -> Markup:
    try:
        return paragraphes(lecteur.words(blob, place=place, row=row))
    except Unreadable:
        return ILLISIBLE


def _etape(event: Evenement, quand: str, lecteur: Lecteur) -> Ligne:
    etape = event.etape
    ended = event.repere.nature is NatureEvenement.FIN
    said = _ending(etape) if ended else []
    return Ligne(
        f"{etape.genre.label}{DEUX_POINTS}{'fin' if ended else 'début'}",
        quand,
        "etape",
        texte=paragraphes(_sentence(said)),
        url=lecteur.step_url(etape),
        url_texte="Voir l’étape",
    )


def _relais(affectation: Any, quand: str, lecteur: Lecteur) -> Ligne:
    by = f"{affectation.par_prenom} {affectation.par_nom}" if affectation.par_prenom else ""
    why = paragraphes(affectation.motif.label)
    return Ligne(
        f"Référent{DEUX_POINTS}{affectation.prenom} {affectation.nom}",
        quand,
        "referent",
        qui=f"décidé par {by}" if by else "",
        texte=why + _passation(affectation, lecteur),
    )


def _passation(affectation: Any, lecteur: Lecteur) -> Markup:
    """The words of a handover, and why it was given back."""
    if not may_read_passation(lecteur.vu):
        return RIEN
    words = _opened(affectation.note, lecteur, place=Place.PASSATION, row=affectation.id)
    if affectation.refusee_le is None:
        return words
    if affectation.refus is None:
        # nobody refused it: it was taken back with a whole caseload
        return words + paragraphes(f"Repris le {date_longue(affectation.refusee_le, lecteur.today)}")
    given_back = f"Refusé le {date_longue(affectation.refusee_le, lecteur.today)}{INSECABLE}:"
    return words + paragraphes(given_back) + _opened(affectation.refus, lecteur, place=Place.REFUS, row=affectation.id)


def relays(affectations: Iterable[Any]) -> Iterator[Evenement]:
    """The changes of référent, as events of the journal."""
    for affectation in affectations:
        place = Repere(jour_de(affectation.debut), affectation.debut, affectation.id, NatureEvenement.RELAIS)
        yield Evenement(place, affectation=affectation)


def drawn_bands(frise: Frise, lecteur: Lecteur, *, clos: bool) -> list[BandeDite]:
    return [
        BandeDite(bande.famille.label, bande.rangs, [_in_list(etape, lecteur, clos=clos) for etape in bande.etapes])
        for bande in frise.bandes
    ]


def ticks(frise: Frise) -> list[Graduation]:
    """The years; and the month of the beginning where the first year is far."""
    years = [Graduation(tick.x, str(tick.annee)) for tick in frise.annees]
    if years and years[0].x < PLACE_DU_DEBUT:
        return years
    return [Graduation(0, mois_annee(frise.debut)), *years]


def _in_list(etape: Any, lecteur: Lecteur, *, clos: bool) -> EtapeDite:
    today = lecteur.today
    days = [day for day in (etape.debut, etape.fin, etape.fin_prevue) if day is not None]
    # with their years, all of them, as soon as one is of another year
    near = today if all(day.year == today.year for day in days) else date.min
    begin = date_courte(etape.debut, near)
    if etape.statut is StatutEtape.PREVUE:
        du, au = f"à partir du {begin}", date_courte(etape.fin_prevue, near)
    elif etape.fin is not None:
        du, au = begin, date_courte(etape.fin, near) if etape.fin != etape.debut else ""
    else:
        du, au = (begin, "aujourd’hui") if not clos else (f"depuis le {begin}", "")
    return EtapeDite(
        etape.genre.label,
        etape.genre.famille.value,
        du,
        au,
        ", ".join([*_details(etape), *_expected(etape, today, near), *_ending(etape)]),
        lecteur.step_url(etape),
    )


def _details(etape: Any) -> Iterator[str]:
    if etape.contrat:
        yield etape.contrat.label
    if etape.niveau_vise:
        yield etape.niveau_vise.label.lower()
    if etape.heures is not None:
        yield pluriel(etape.heures, "heure")


def _expected(etape: Any, today: date, near: date) -> Iterator[str]:
    if etape.statut is StatutEtape.EN_ATTENTE:
        yield "en attente"
    if etape.statut is StatutEtape.PREVUE and etape.debut < today:
        yield "début à confirmer"
    elif etape.statut in STATUTS_OUVERTS and etape.fin_prevue is not None:
        on = date_courte(etape.fin_prevue, near)
        yield f"fin prévue le {on}" if etape.fin_prevue >= today else f"devait finir le {on}, à confirmer"


def _ending(etape: Any) -> list[str]:
    if etape.fin is None:
        return []
    said = [] if etape.statut is StatutEtape.TERMINEE else [_lower(etape.statut.label)]
    known = etape.issue is not None and etape.issue is not IssueEtape.INCONNUE
    return [*said, etape.issue.label.lower()] if known else said


def _sentence(parts: Sequence[str]) -> str:
    return f"{parts[0][0].upper()}{', '.join(parts)[1:]}." if parts else ""


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def to_come(
    contacts: Iterable[Any], etapes: Iterable[Any], objectifs: Iterable[ObjectifMontre], lecteur: Lecteur
) -> list[AVenir]:
    """Planned contacts, steps to begin, ends that are expected and the days of goals, soonest first."""
    found = [_contact(contact, lecteur) for contact in contacts if contact.statut is StatutContactPrevu.PREVU]
    for etape in etapes:
        url = lecteur.step_url(etape)
        if etape.statut is StatutEtape.PREVUE:
            titre = f"{etape.genre.label}{DEUX_POINTS}début prévu"
            found.append(AVenir(etape.debut, titre, _day(etape.debut, lecteur.today), url=url))
        elif etape.statut in STATUTS_OUVERTS and etape.fin_prevue is not None:
            titre = f"{etape.genre.label}{DEUX_POINTS}fin prévue"
            found.append(AVenir(etape.fin_prevue, titre, _day(etape.fin_prevue, lecteur.today), url=url))
    found += [_goal(objectif, lecteur) for objectif in objectifs if objectif.lu.echeance is not None]
    return sorted(found, key=lambda expected: expected.jour)


def _goal(objectif: ObjectifMontre, lecteur: Lecteur) -> AVenir:
    day, put_off = objectif.lu.echeance, objectif.lu.statut is StatutObjectif.REPORTE
    titre = "Objectif remis à plus tard" if put_off else "Objectif"
    url = f"{lecteur.base}/objectifs/{objectif.lu.id}" if lecteur.writes else ""
    return AVenir(day, titre, _day(day, lecteur.today), texte=objectif.court, url=url)


def _contact(contact: Any, lecteur: Lecteur) -> AVenir:
    mine = may_read_objet(lecteur.vu, structure_id=contact.structure_id)
    try:
        about = lecteur.words(contact.objet, place=Place.PREVU, row=contact.id) if mine else ""
    except Unreadable:
        about = ""
    at = f" à {heure(contact.heure)}" if contact.heure else ""
    who = f"{contact.prenom} {contact.nom}" if contact.agent_id else ""
    return AVenir(
        contact.jour,
        contact.canal.label if contact.canal else "Rendez-vous",
        f"{_day(contact.jour, lecteur.today)}{at}",
        precision=f"avec {who}" if who and contact.suit else "",
        texte=about,
        contact=contact,
        a_reprendre="" if contact.suit or not may_take_up_contact(lecteur.vu.relation) else who,
    )


def _day(day: date, today: date) -> str:
    return jour_semaine(day) if day.year == today.year else date_longue(day)
