"""The search of *Mes jeunes*, and its filters read from the address."""

from __future__ import annotations

from dataclasses import dataclass

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import StringField
from wtforms.validators import Length

from app.alertes.queries_portefeuille import Alertees, Choix, Filtre, Lien
from app.alertes.rules import PAR_PAGE
from app.alertes.vocabulaire import Regle
from app.parcours.vocabulaire import Situation

LIENS = {Lien.REFERENT: "Référent", Lien.EQUIPE: "Membre de l’équipe"}
ALERTEES = {Alertees.AVEC: "Avec une alerte", Alertees.SANS: "Sans alerte"}


class RechercheForm(FlaskForm):
    texte = StringField(
        "Chercher un jeune par son nom ou son code",
        filters=[lambda text: (text or "").strip()],
        validators=[Length(max=100, message="Écrivez un nom ou un code, en moins de cent signes.")],
    )


@dataclass(frozen=True, slots=True)
class Liste:
    """One drop-down list of the filters; `choix`: (value, label), the first one being everything."""

    nom: str
    label: str
    valeur: str
    choix: list[tuple[str, str]]

    @property
    def en_mots(self) -> str:
        """What is chosen, without its number; "" for everything."""
        return next((label.partition(" (")[0] for value, label in self.choix[1:] if value == self.valeur), "")


def listes(filtre: Filtre, choix: Choix) -> list[Liste]:
    """The filters, with what the caseload holds and how many of each. Plain lists: a form object costs more."""
    situations = [(code.value, f"{code.label} ({choix.situations[code]})") for code in _known(choix)]
    territoires = [(str(number), f"{nom} ({jeunes})") for number, (nom, jeunes) in choix.territoires.items()]
    alertes = [(code.value, label) for code, label in (*ALERTEES.items(), *((regle, regle.label) for regle in Regle))]
    asked = address_of(filtre)
    return [
        Liste("situation", "Situation", asked.get("situation", ""), [("", "Toutes"), *situations]),
        Liste("alerte", "Alerte", asked.get("alerte", ""), [("", "Toutes"), *alertes]),
        Liste("territoire", "Quartier", asked.get("territoire", ""), [("", "Tous"), *territoires]),
        Liste("lien", "Je suis", filtre.lien.value, [(lien.value, label) for lien, label in LIENS.items()]),
    ]


def _known(choix: Choix) -> list[Situation]:
    return [situation for situation in Situation if situation in choix.situations]


def read_filtre(args: MultiDict[str, str], *, defaut: Lien) -> Filtre:
    """The filter that an address asks for."""
    alerte = args.get("alerte", "")
    return Filtre(
        lien=Lien(args["lien"]) if args.get("lien") in set(Lien) else defaut,
        situation=Situation(args["situation"]) if args.get("situation") in set(Situation) else None,
        alerte=Regle(alerte) if alerte in set(Regle) else Alertees(alerte) if alerte in set(Alertees) else None,
        territoire_id=_whole(args, "territoire"),
    )


def read_page(args: MultiDict[str, str]) -> tuple[int, int]:
    """(page from 1, lines a page)."""
    par = _whole(args, "par")
    return max(_whole(args, "page") or 1, 1), par if par in PAR_PAGE else PAR_PAGE[0]


def address_of(filtre: Filtre) -> dict[str, str]:
    """The part of an address that asks for this filter again, whoever the agent."""
    asked = {
        "lien": filtre.lien.value,
        "situation": filtre.situation.value if filtre.situation else "",
        "alerte": filtre.alerte.value if filtre.alerte else "",
        "territoire": str(filtre.territoire_id or ""),
    }
    return {name: value for name, value in asked.items() if value}


def _whole(args: MultiDict[str, str], name: str) -> int | None:
    text = args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
