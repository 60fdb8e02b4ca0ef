"""The lines of the lists, computed once in Python: nothing is called for each of a hundred lines in the template."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from flask import current_app
from markupsafe import Markup, escape

from app.accounts.models import Agent
from app.accounts.vocabulaire import GenreStructure
from app.alertes.queries_lignes import Dite, Ligne
from app.alertes.rules import frise
from app.alertes.rules_reports import is_legal_clock
from app.alertes.rules_suites import REGLES_DE_MISSION_LOCALE, suite
from app.alertes.vocabulaire import Regle
from app.jeunes.queries import NomAffiche
from app.parcours.rules import age_at, month_index
from app.parcours.rules_verifications import confirmed_on
from app.parcours.vocabulaire import Situation
from app.web.filters import date_courte, date_longue, depuis_duree, dernier_jour, il_y_a

_ALERTE = "alertes/_alerte.html"
A_CONFIRMER = "à confirmer"
# to a partner whose purpose does not need it
NON_PARTAGEE = "Situation non partagée"
_SITUATIONS = {situation.value: situation.label for situation in Situation}


class Phrase(NamedTuple):
    """What an alert says: what and since when, what was expected, what to do next, and where below its dossier.

    `geste`: the act is one tap, on the page of the dossier or on *Ma journée*; `suite` is then its place there.
    `legale`: a text sets its date, so that nothing puts it off.
    """

    titre: Markup
    attendu: Markup
    acte: Markup
    gravite: int
    suite: str
    geste: bool
    legale: bool
    dite: Dite


class Carte(NamedTuple):
    """One young person, in words. `phrases`: the gravest alert first; `bord` is the class of the edge.

    `dernier` begins a line, `contact` goes on one: both say the last contact réussi. Every text is HTML already:
    what people typed is escaped here, the rest is in our own words, and the list does not escape it again, which
    would be 2,000 calls for a hundred lines.
    """

    code: str
    premier: Markup
    famille: Markup
    illisible: bool
    faits: tuple[str | Markup, ...]
    bord: str
    phrases: tuple[Phrase, ...]
    situation: str
    dernier: str
    contact: str
    prochain: str
    frise: Markup
    clos: str
    noter: bool
    suppleance: Markup


def cartes(lignes: Iterable[Ligne], noms: Mapping[UUID, NomAffiche], *, today: date, agent: Agent) -> list[Carte]:
    """In the order of `lignes`, in the words of who looks."""
    mois, ml = month_index(today), in_mission_locale(agent)
    return [_carte(ligne, noms[ligne.uid], today, mois, ml) for ligne in lignes]


def _carte(ligne: Ligne, nom: NomAffiche, today: date, mois: int, ml: bool) -> Carte:
    age = _age(nom.date_naissance, ligne.annee_naissance, today)
    territoire, alertes = _escaped(ligne.territoire), ligne.alertes
    return Carte(
        code=ligne.code,
        premier=escape(nom.premier),
        famille=escape(nom.famille),
        illisible=nom.illisible,
        faits=(age, territoire) if age else (territoire,),
        bord=f" gravite-{alertes[0].gravite}" if alertes else "",
        phrases=tuple(phrase(alerte, today, ml) for alerte in alertes),
        situation=_situation(ligne, today),
        dernier=_last(ligne.dernier_contact, today),
        contact=_contact(ligne.dernier_contact, today),
        prochain=_next(ligne.prochain_contact, today),
        frise=_frise(ligne.mois or "", mois) if ligne.mois else Markup(),
        clos=date_longue(ligne.clos_le, today),
        noter=ligne.noter,
        suppleance=_cover(ligne.supplee, ligne.supplee_fin, today) if ligne.supplee else Markup(),
    )


def _age(naissance: date | None, annee: int | None, today: date) -> str:
    """“15 ans”; with the year alone, the age reached within the year."""
    if naissance is not None:
        return f"{age_at(naissance, today)} ans"
    return f"{age_at(annee, today)} ans dans l’année" if annee is not None else ""


def _situation(ligne: Ligne, today: date) -> str:
    """What it is, since when, and how long ago somebody said that it still is; once an alert asks, that it does."""
    if not ligne.situation:
        return NON_PARTAGEE
    said = f"{_SITUATIONS[ligne.situation]}, {_since(ligne.situation_depuis, today)}"
    asked = any(alerte.regle == Regle.SITUATION_A_CONFIRMER for alerte in ligne.alertes)
    if asked and ligne.situation != Situation.INCONNUE:
        return f"{said}, {A_CONFIRMER}"
    confirmed = confirmed_on(ligne.situation_depuis, ligne.confirmee_le)
    return f"{said}, confirmé {_ago(confirmed, today)}" if confirmed else said


# few neighbourhoods, many lines
_escaped = lru_cache(maxsize=1024)(escape)


@lru_cache(maxsize=8192)
def _since(jour: date, today: date) -> str:
    return depuis_duree(jour, today)


@lru_cache(maxsize=8192)
def _ago(jour: date, today: date) -> str:
    return il_y_a(jour, today)


@lru_cache(maxsize=8192)
def _last(jour: date | None, today: date) -> str:
    if jour is None:
        return "Pas encore d’échange noté"
    if (today - jour).days < 2:
        return f"Dernier échange {il_y_a(jour, today)}"
    return f"Dernier échange {il_y_a(jour, today)}, le {date_courte(jour, today)}"


@lru_cache(maxsize=8192)
def _contact(jour: date | None, today: date) -> str:
    """The same beside an alert, which has already said how long ago."""
    return f"dernier échange le {date_longue(jour, today)}" if jour else "pas encore d’échange noté"


@lru_cache(maxsize=1024)
def _next(jour: date | None, today: date) -> str:
    if jour is None:
        return "aucun rendez-vous prévu"
    if jour < today:
        return f"rendez-vous du {date_longue(jour, today)} à noter"
    if (jour - today).days < 2:
        return f"rendez-vous {il_y_a(jour, today)}"
    return f"rendez-vous le {date_longue(jour, today)}"


@lru_cache(maxsize=1024)
def _cover(qui: str, fin: date, today: date) -> Markup:
    """Who this young person’s référent is, and the last day on which one stands in for them."""
    return escape(f"suppléance de {qui} jusqu’au {date_longue(dernier_jour(fin), today)}")


def in_mission_locale(agent: Agent) -> bool:
    """Whether the duty of training is theirs to carry out, and so to read of."""
    return agent.structure.genre is GenreStructure.MISSION_LOCALE


def phrases(dites: Iterable[Dite], *, today: date, agent: Agent) -> list[Phrase]:
    """Alerts in the words of who looks."""
    ml = in_mission_locale(agent)
    return [phrase(dite, today, ml) for dite in dites]


def phrase(dite: Dite, today: date, ml: bool) -> Phrase:
    """`ml`: whether who reads works in a mission locale; it changes nothing to most rules, nor to their cache."""
    regle, faits = Regle(dite.regle), json.loads(dite.faits)
    ml = ml and regle in REGLES_DE_MISSION_LOCALE
    below = suite(regle, dite.cle, dite.alerte_id, faits, mission_locale=ml)
    words = _words(dite.regle, dite.depuis, dite.due, dite.faits, today, ml)
    legale = is_legal_clock(regle, dite.due, today=today)
    return Phrase(*words, dite.gravite, below, below.startswith("#alerte-"), legale, dite)


@lru_cache(maxsize=8192)
def _words(regle: str, depuis: date, due: date, faits: str, today: date, ml: bool) -> tuple[Markup, Markup, Markup]:
    """The words are in the template; many young people share the same ones on the same day."""
    dite = Dite(regle, "", depuis, due, 0, faits)
    said = current_app.jinja_env.get_template(_ALERTE).module
    return said.titre(dite, today, ml), said.attendu(dite, today, ml), said.acte(dite, ml)


@lru_cache(maxsize=8192)
def _frise(mois: str, dernier: int) -> Markup:
    """As `mini_frise` of macros/frise.html, without the price of a macro for each line."""
    traits = "".join(
        f'<rect class="famille-{famille}" x="{x}%" width="{largeur}%" height="10" rx="2"/>'
        for x, largeur, famille in frise(mois, dernier=dernier)
    )
    return Markup(_SVG.format(traits)) if traits else Markup()  # noqa: S704 - numbers, and codes of ours


_SVG = '<svg class="frise-mini" width="100%" height="10" aria-hidden="true" focusable="false">{}</svg>'
