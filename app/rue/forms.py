"""Noting an outing, standing, with one thumb: counters first, what is usual already filled in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from app.config import PARIS
from app.parcours.forms_refus import Heure, Nombre, forget_error
from app.parcours.vocabulaire import TrancheAge
from app.rue.rules import LIEU_AU_PLUS, RENCONTRES_AU_PLUS, Faits, NouveauLieu, usual_hours
from app.rue.vocabulaire import ActionRue, RaisonSuppression, SexeRencontre
from app.web.saisie import DateFrancaise, Refusable

AUTRE = "autre"
REFUS = {
    "depot_inconnu": "Cette page a expiré. Rechargez-la avant d’enregistrer.",
    "sortie_future": "Ce jour n’est pas encore arrivé.",
    "sortie_ancienne": "Ce jour est il y a plus d’un an. Vérifiez l’année.",
    "duree_impossible": "Une sortie dure de 5 minutes à 12 heures. Vérifiez les heures.",
    "trop_de_rencontres": f"{RENCONTRES_AU_PLUS} au plus dans une case. Vérifiez les nombres.",
    "premieres_de_trop": "Ils ne peuvent pas être plus nombreux que les jeunes rencontrés.",
    "refus_de_trop": "Ils ne peuvent pas être plus nombreux que les jeunes rencontrés.",
    "lieu_requis": "Écrivez le nom du lieu.",
    "lieu_trop_long": f"{LIEU_AU_PLUS} caractères au plus.",
    "lieu_de_quelqu_un": "Un lieu public, jamais une personne ni son adresse : « Place Bissy », « Arrêt du collège ».",
    "lieu_inconnu": "Ce lieu n’est plus proposé. Choisissez-en un autre.",
    "lieu_pris": "Un autre lieu de ce territoire porte déjà ce nom.",
    "territoire_inconnu": "Choisissez le territoire.",
    "agents_requis": "Choisissez qui est sorti.",
    "agent_inconnu": "Quelqu’un de cette liste n’est plus de votre structure. Vérifiez qui est sorti.",
}


class Compteur(Nombre):
    """How many; nothing typed is nobody."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = self.data or 0
        if self.data > RENCONTRES_AU_PLUS:
            raise ValidationError(REFUS["trop_de_rencontres"])


class Total(Nombre):
    """How many of those met."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = self.data or 0


def case_of(age: TrancheAge, sexe: SexeRencontre) -> str:
    """The name of the field of this age and this sex."""
    return f"n_{age.name}_{sexe.name}".lower()


CASES = {(age, sexe): case_of(age, sexe) for age in TrancheAge for sexe in SexeRencontre}


class _Rencontres(Refusable):
    """Where, then how many: a counter for each age and each sex. `version` is the one read, on a correction."""

    refus = REFUS
    champs = {"nom": "lieu_nom", "refus": "refus_fichier"}

    depot = HiddenField()
    version = HiddenField()
    lieu = RadioField("Où", validators=[InputRequired("Choisissez le lieu.")])
    territoire_id = SelectField("Territoire", coerce=str, default="")
    lieu_nom = StringField("Nom du lieu", validators=[Length(max=LIEU_AU_PLUS, message=REFUS["lieu_trop_long"])])


# in the order of the page, before what follows them there
for _case, _name in CASES.items():
    setattr(_Rencontres, _name, Compteur(_case[1].label, default=0))


class SortieForm(_Rencontres):
    """An outing."""

    premieres = Total("Rencontrés pour la première fois", default=0)
    refus_fichier = Total("Ne souhaitent pas être dans le fichier", default=0)
    actions = SelectMultipleField("Ce qui a été fait", choices=ActionRue.choices())
    jour = DateFrancaise("Jour", validators=[InputRequired("Écrivez le jour.")])
    debut = Heure("De", validators=[InputRequired("Écrivez l’heure du début.")])
    fin = Heure("À", validators=[InputRequired("Écrivez l’heure de la fin.")])
    agents = SelectMultipleField("Qui est sorti", coerce=str)

    @property
    def rares(self) -> bool:
        """Whether the counters that are folded hold something."""
        folded = [self[CASES[age, SexeRencontre.AUTRE]] for age in TrancheAge]
        return any(field.data or field.errors for field in folded)

    def offer(self, lieux: Iterable[Any], territoires: list[Any], collegues: Iterable[Any]) -> None:
        """The choices of this structure; with no place yet, a new one is the only choice."""
        known = {str(lieu.id): lieu.nom for lieu in lieux}
        self.precisions = {str(lieu.id): lieu.territoire for lieu in lieux}
        self.lieu.choices = known | {AUTRE: "Autre lieu…"}
        self.territoire_id.choices = [("", "Choisir"), *territoires]
        self.agents.choices = {str(row.id): f"{row.prenom} {row.nom}" for row in collegues}
        if not known and not self.lieu.raw_data:
            self.lieu.data = AUTRE

    def validate_territoire_id(self, field: Field) -> None:
        if self.lieu.data != AUTRE:
            forget_error(field)
        elif not field.data:
            raise ValidationError(REFUS["territoire_inconnu"])

    def validate_lieu_nom(self, field: Field) -> None:
        if self.lieu.data != AUTRE:
            forget_error(field)
        elif not (field.data or "").strip():
            raise ValidationError(REFUS["lieu_requis"])

    def validate_agents(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(REFUS["agents_requis"])

    def faits(self) -> Faits:
        known = self.lieu.data != AUTRE
        return Faits(
            lieu=UUID(self.lieu.data) if known else NouveauLieu(int(self.territoire_id.data), self.lieu_nom.data),
            jour=self.jour.data,
            debut=self.debut.data,
            fin=self.fin.data,
            agents=frozenset(map(int, self.agents.data)),
            actions=tuple(action for action in ActionRue if action in self.actions.data),
            rencontres={case: count for case, name in CASES.items() if (count := self[name].data)},
            premieres=self.premieres.data,
            refus=self.refus_fichier.data,
        )


class SupprimerForm(Refusable):
    """Why an outing is removed."""

    refus = REFUS
    version = HiddenField()
    raison = RadioField(
        "Pourquoi", choices=RaisonSuppression.choices(), validators=[InputRequired("Choisissez pourquoi.")]
    )


class LieuForm(Refusable):
    """A place of the list."""

    refus = REFUS
    version = HiddenField()
    nom = StringField("Nom du lieu", validators=[Length(max=LIEU_AU_PLUS, message=REFUS["lieu_trop_long"])])
    ferme = BooleanField("Ne plus le proposer")


def shown_new(now: datetime, today: date, *, agent_id: int) -> dict[str, Any]:
    """What the form shows at first: today, the two hours that end now, whoever writes."""
    debut, fin = usual_hours(now.astimezone(PARIS))
    return {"jour": today, "debut": debut, "fin": fin, "agents": [str(agent_id)]}


def shown(faits: Faits, version: int) -> dict[str, Any]:
    """What the form of a correction shows at first."""
    counted = {CASES[case]: count for case, count in faits.rencontres.items()}
    return counted | {
        "lieu": str(faits.lieu),
        "jour": faits.jour,
        "debut": faits.debut,
        "fin": faits.fin,
        "agents": [str(agent_id) for agent_id in faits.agents],
        "actions": [action.value for action in faits.actions],
        "premieres": faits.premieres,
        "refus_fichier": faits.refus,
        "version": str(version),
    }
