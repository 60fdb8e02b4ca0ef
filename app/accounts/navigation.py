"""The menu of an agent: what their roles open, in the order of their morning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from app.accounts.policies import Permission, permissions_of
from app.accounts.requete import agent, demonstration, now, session, today
from app.accounts.vocabulaire import SORTENT_EN_RUE
from app.alertes.queries import menu_counts
from app.referents.queries_urgence import Attente
from app.web.filters import accord


@dataclass(frozen=True, slots=True)
class Lien:
    """An entry. `icone` is the name of its drawing in the bar of a phone; `noter`: the act of every page.

    `compte`: what the number counts, for who hears it where the label does not say it.
    """

    label: str
    endpoint_url: str
    current: bool
    badge: int | None = None
    icone: str = ""
    noter: bool = False
    compte: str = ""


# A coordinateur has it among the pages of their structure, a référent finds it where they are told of an opening.
A_RELIRE = "ouvertures.a_relire"
# permission, label, endpoint; the first EN_VUE that an agent has are at the thumb's reach, the others behind « Plus »
MENU = (
    (Permission.VOIR_SES_DOSSIERS, "Ma journée", "journee.journee"),
    (Permission.VOIR_SES_DOSSIERS, "Mes jeunes", "alertes.mes_jeunes"),
    (Permission.NOTER, "Noter", "noter.noter"),
    (Permission.VOIR_SES_DOSSIERS, "Alertes", "alertes.alertes"),
    (Permission.VOIR_SES_DOSSIERS, "Urgence", "urgences.urgence"),
    (Permission.VOIR_SES_DOSSIERS, "Agenda", "agenda.mois"),
    (Permission.VOIR_SES_DOSSIERS, "Revue", "revue.revue"),
    (Permission.PASSER_LE_RELAIS, "Passations", "passation.passations"),
    (Permission.CREER_DOSSIER, "Demandes", "demandes.demandes"),
    (Permission.NOTER, "Rue", "rue.sorties"),
    (Permission.VOIR_SANS_REFERENT, "Ma structure", "continuite.continuite"),
    (Permission.RELIRE_OUVERTURES, "À relire", A_RELIRE),
    (Permission.VOIR_COHORTES, "Cohortes", "cohortes.cohortes"),
    (Permission.VOIR_COHORTES, "Fiches", "cohortes_fiche.fiches"),
    (Permission.VOIR_COHORTES, "Rapport", "cohortes_rapport.rapport"),
    (Permission.VOIR_COHORTES, "Méthode", "cohortes.methode"),
    (Permission.ADMINISTRER, "Administration", "admin.administration"),
)

# what the number of an entry counts, where its label does not say it
COMPTES = {
    "journee.journee": ("passation à accuser", "passations à accuser"),
    "demandes.demandes": ("demande à laquelle répondre", "demandes auxquelles répondre"),
}

# The pages of a coordinateur about their structure, one entry of the menu: the first is the one it opens.
ONGLETS_STRUCTURE = (
    ("Continuité", "continuite.continuite"),
    ("Charge", "charge.charge"),
    ("Doublons", "fusion.doublons"),
    ("Activité", "activite.activite"),
    ("À relire", A_RELIRE),
    ("Chiffres", "chiffres.chiffres"),
)
# where its entry of the menu is marked: its tabs, and what they lead to
MA_STRUCTURE = (*(endpoint for _, endpoint in ONGLETS_STRUCTURE), "repartitions.repartitions")
EN_VUE = 4
ICONES = {
    "journee.journee": "journee",
    "alertes.mes_jeunes": "jeunes",
    "noter.noter": "plume",
    "alertes.alertes": "cloche",
}


def contexte() -> dict[str, Any]:
    """What every template knows: the menu, the agent, the day, whether this is the demonstration."""
    if request.endpoint == "static" or g.get("sans_contexte"):
        return {}
    base = {"demo": demonstration()}
    if not current_user.is_authenticated or g.get("verrouillee"):
        return base
    menu = _menu()
    shown = len(menu) if len(menu) <= EN_VUE + 1 else EN_VUE
    return base | {
        "agent_connecte": agent(),
        "navigation": menu[:shown],
        "navigation_plus": menu[shown:],
        "onglets_structure": ONGLETS_STRUCTURE,
        "aujourdhui": today(),
        "maintenant": now(),
        "attente_urgence": g.get("attente_urgence") or Attente(),
    }


def _menu() -> list[Lien]:
    allowed = permissions_of(agent().roles)
    shown = [(label, endpoint) for permission, label, endpoint in MENU if permission in allowed and _concerns(endpoint)]
    urls = {label: url_for(endpoint) for label, endpoint in shown}
    # a page inside another has the longest address
    here = max((url for url in urls.values() if request.path.startswith(url)), key=len, default=None)
    if any(request.path.startswith(url_for(endpoint)) for endpoint in MA_STRUCTURE):
        here = urls.get("Ma structure", here)
    badges = _badges() if Permission.VOIR_SES_DOSSIERS in allowed else {}
    return [
        Lien(
            label,
            urls[label],
            urls[label] == here,
            badges.get(endpoint),
            ICONES.get(endpoint, ""),
            endpoint == "noter.noter",
            accord(badges[endpoint], *COMPTES[endpoint]) if badges.get(endpoint) and endpoint in COMPTES else "",
        )
        for label, endpoint in shown
    ]


def _concerns(endpoint: str) -> bool:
    """Outings have their entry where agents go out; a review has its own for who sees no dossier, as A_RELIRE says.

    Elsewhere their pages are there all the same.
    """
    if endpoint == A_RELIRE:
        return Permission.VOIR_SES_DOSSIERS not in permissions_of(agent().roles)
    return endpoint != "rue.sorties" or agent().structure.genre in SORTENT_EN_RUE


def _badges() -> dict[str, int | None]:
    """By endpoint: how many of their young people an alert speaks of, how many handovers wait for their word, how many
    requests to join for their answer.

    A page that already counted says so in `g`.
    """
    if any(name not in g for name in ("alertes_ouvertes", "passations", "demandes", "attente_urgence")):
        count_menu(session())
    return {
        "alertes.alertes": g.alertes_ouvertes or None,
        "journee.journee": g.passations or None,
        "demandes.demandes": g.demandes or None,
        "urgences.urgence": g.attente_urgence.total or None,
    }


def count_menu(session: Session) -> None:
    """Ask now, in this session, for the numbers of the menu: a view that only reads says so before its page is written,
    since the menu would open the session of its request, which writes."""
    alertes, passations, demandes, attente = menu_counts(session, agent=agent(), today=today(), now=now())
    g.setdefault("alertes_ouvertes", alertes)
    g.setdefault("passations", passations)
    g.setdefault("demandes", demandes)
    g.setdefault("attente_urgence", attente)
