"""Being away, “du … au …” both included, and who covers; the sentence for each refusal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from app.referents.queries_absences import Suites
from app.referents.rules_absences import AVANCE_AU_PLUS, DUREE_AU_PLUS
from app.web.filters import accord, date_longue, dernier_jour, pluriel, typo
from app.web.saisie import DateFrancaise, Refusable

_DAY = timedelta(days=1)
REFUS = {
    "absence_chevauchante": "Une absence est déjà notée sur une partie de ces jours : modifiez-la plutôt.",
    "absence_commencee": "Cette absence a commencé : son premier jour ne change plus.",
    "absence_passee": "Ce jour est passé. Une absence se note à partir d’aujourd’hui.",
    "absence_terminee": "Cette absence est terminée ou annulée.",
    "absence_trop_loin": f"C’est dans plus de {AVANCE_AU_PLUS} jours : notez-la quand elle approchera.",
    "absence_trop_longue": (
        f"Une absence dure {DUREE_AU_PLUS} jours au plus. Au-delà, passez plutôt le relais : le jeune doit savoir qui "
        "est son référent."
    ),
    "agent_desactive": "Le compte de cette personne est fermé : ses dossiers attendent déjà un autre référent.",
    "agent_sans_role": "Cette personne ne suit pas de jeunes : son absence n’a pas à être notée ici.",
    "dates_inversees": "Le dernier jour vient avant le premier.",
    "depot_inconnu": "Cette page a expiré. Rechargez-la avant d’enregistrer.",
    "suppleant_absent": "Cette personne est absente elle aussi certains de ces jours. Choisissez quelqu’un d’autre.",
    "suppleant_desactive": "Le compte de cette personne est fermé. Choisissez quelqu’un d’autre.",
    "suppleant_sans_role": "Cette personne n’est pas référente. Choisissez quelqu’un d’autre.",
    "suppleant_soi_meme": "On ne se remplace pas soi-même. Choisissez quelqu’un d’autre.",
}


class AbsenceForm(Refusable):
    """`jusqu_au` is typed as the last day away; `fin` is what services take, the day after."""

    refus = REFUS

    depot = HiddenField()
    version = HiddenField()
    depuis = DateFrancaise("Du", validators=[InputRequired("Écrivez le premier jour d’absence.")])
    jusqu_au = DateFrancaise("Au", validators=[InputRequired("Écrivez le dernier jour d’absence.")])
    # the service says why somebody is no choice, better than “not a valid choice”
    suppleant = SelectField("Suppléant", default="", validate_choice=False)

    def offer(self, rows: Iterable[Any]) -> None:
        """Rows of `queries_absences.possible_covers`, what each has already said beside their name."""
        nobody = SelectChoice("", "Personne : à la coordination")
        self.suppleant.choices = [nobody, *(_choice(row) for row in rows)]

    def nom_de(self, suppleant_id: int | None) -> str:
        """As the list says them."""
        said = {choice.value: choice.label for choice in self.suppleant.choices}
        return said.get(str(suppleant_id or ""), "quelqu’un qui n’est plus disponible")

    @property
    def fin(self) -> date:
        # the last day of the calendar has no day after; it is refused as too far all the same
        return self.jusqu_au.data + _DAY if self.jusqu_au.data < date.max else date.max


def _choice(row: Any) -> SelectChoice:
    said = pluriel(row.dossiers, "dossier")
    if row.remplace:
        said += ", remplace déjà quelqu’un" if row.remplace == 1 else f", remplace déjà {row.remplace} personnes"
    return SelectChoice(str(row.id), f"{row.prenom} {row.nom} ({said})", optgroup=row.structure)


def jours(depuis: date, jusqu_au: date, today: date) -> str:
    """“du 3 au 14 août”, “le 3 août”: the days of an absence, from its rows."""
    last = dernier_jour(jusqu_au)
    if last == depuis:
        return f"le {date_longue(depuis, today)}"
    # the month is said once
    first = date_longue(depuis, today)
    if (depuis.year, depuis.month) == (last.year, last.month):
        first = first.split()[0]
    return f"du {first} au {date_longue(last, today)}"


def phrases(
    absence: Any, suites: Suites, *, absent: str | None, suppleant: str | None, how: str, today: date
) -> list[tuple[str, str]]:
    """What was done and what it leads to, as messages. `absent`: their name, None for whoever reads."""
    when = jours(absence.depuis, absence.jusqu_au, today)
    whose = f"L’absence de {absent}" if absent else "Votre absence"
    if suites.dossiers == 0:
        return [("succes", f"{whose} est {how}, {when}."), *_left_alone(suites, absent)]
    many = pluriel(suites.dossiers, "dossier")
    if suppleant is None:
        going = accord(suites.dossiers, "va", "vont")
        said = ("attention", f"{whose} est {how}, {when}. Sans suppléant, {many} {going} à la coordination.")
    else:
        said = ("succes", f"{whose} est {how}, {when} : {suppleant} répond de {many}.")
    return [said, *_of_the_cover(suites, suppleant or ""), *_left_alone(suites, absent)]


def _of_the_cover(suites: Suites, suppleant: str) -> list[tuple[str, str]]:
    said = []
    if suites.opposes:
        many = accord(suites.opposes, "Un jeune s’oppose", f"{suites.opposes} jeunes s’opposent")
        theirs = accord(suites.opposes, "son dossier va", "leurs dossiers vont")
        said.append(("attention", typo(f"{many} à la structure de {suppleant} : {theirs} à la coordination.")))
    if suites.autres:
        others = accord(suites.autres, "quelqu’un", f"{suites.autres} personnes")
        said.append(
            ("attention", f"{suppleant} remplace déjà {others} certains de ces jours : voyez si c’est tenable.")
        )
    return said


def _left_alone(suites: Suites, absent: str | None) -> list[tuple[str, str]]:
    if not suites.laisses:
        return []
    who = f"{absent} remplaçait" if absent else "Vous remplaciez"
    names = " et ".join(suites.laisses)
    return [("attention", typo(f"{who} {names} certains de ces jours : leurs dossiers iront à la coordination."))]
