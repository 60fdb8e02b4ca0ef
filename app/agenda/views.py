"""*Mon agenda*: what is planned this month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from flask import Blueprint, render_template, request, url_for

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.agenda.queries import Jour as Prevu
from app.agenda.queries import LigneAgenda, Periode, lines_of_agenda
from app.agenda.rules import DU_JOUR_EN_VUE, LIGNES_DU_MOIS, ecrire_mois, jours_du_mois, lire_mois, mois_voisin
from app.agenda.vocabulaire import Nature
from app.alertes.rules_courriels import feries
from app.audit.vocabulaire import Action
from app.jeunes.queries import NomAffiche, open_identites
from app.parcours.vocabulaire import StatutContactPrevu
from app.web.filters import INSECABLE

bp = Blueprint("agenda", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Ligne:
    """One thing of a day, with the name of whom it is about."""

    code: str
    heure: time | None
    nom: NomAffiche
    quoi: str
    etat: str
    nature: str


@dataclass(frozen=True, slots=True)
class Jour:
    """One square of the month. `ferie` is the name of the public holiday, if it is one."""

    jour: date
    ferie: str
    lignes: Sequence[Ligne] = field(default_factory=list)

    @property
    def en_vue(self) -> Sequence[Ligne]:
        return self.lignes if len(self.lignes) <= DU_JOUR_EN_VUE + 1 else self.lignes[:DU_JOUR_EN_VUE]

    @property
    def pliees(self) -> Sequence[Ligne]:
        return self.lignes[len(self.en_vue) :]


@bp.get("/agenda/mois")
@requires(Permission.VOIR_SES_DOSSIERS)
def mois() -> str:
    premier = lire_mois(request.args.get("mois", ""), today=requete.today())
    days = jours_du_mois(premier)
    periode = Periode(days[0], days[-1], requete.today(), LIGNES_DU_MOIS)
    found = lines_of_agenda(requete.session(), requete.agent(), periode, noms=True)
    shown = found[: periode.limit]
    requete.journal_read(Action.LISTE_CONSULTEE, nombre=len({one.uid for one in shown}))
    return render_template(
        "agenda/mois.html",
        premier=premier,
        jours=list(_days(days, shown)),
        vide=not shown,
        tronque=len(found) > len(shown),
        precedent=_neighbour(premier, -1),
        suivant=_neighbour(premier, 1),
        ce_mois=premier == requete.today().replace(day=1),
    )


def _neighbour(premier: date, ecart: int) -> tuple[date, str] | None:
    other = mois_voisin(premier, ecart)
    return None if other is None else (other, url_for("agenda.mois", mois=ecrire_mois(other)))


def _days(days: Sequence[date], found: Sequence[LigneAgenda]) -> Iterator[Jour]:
    names = open_identites(requete.vault().keys({one.uid for one in found}), found)
    lines: dict[date, list[Ligne]] = defaultdict(list)
    for one in found:
        lines[one.quand.jour].append(_line(one, names[one.uid]))
    holidays = feries(days[0].year)
    for day in days:
        yield Jour(day, holidays.get(day, ""), lines[day])


def _line(one: LigneAgenda, nom: NomAffiche) -> Ligne:
    day = one.quand
    return Ligne(one.code, day.heure, nom, _what(day), _state(day), day.nature)


def _what(day: Prevu) -> str:
    said = Nature(day.nature).label
    if day.canal:
        return day.canal.label
    # a square has no room for what the label of a kind says in brackets
    return f"{said}{INSECABLE}: {day.genre.label.split(' (')[0].lower()}" if day.genre else said


def _state(day: Prevu) -> str:
    if day.statut is StatutContactPrevu.TENU:
        return "tenu"
    return "à mettre à jour" if day.jour < requete.today() else ""
