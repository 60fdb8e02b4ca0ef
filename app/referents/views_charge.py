"""“Charge”: what each référent of the structure answers for, beside the yardsticks; by name, and never as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.alertes.queries_reglages import reglages_of
from app.referents.queries_charge import load_of
from app.referents.rules_charge import FIN_PROCHE, SANS_CONTACT, Charge

bp = Blueprint("charge", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Barre:
    """A number beside its yardstick: `part` and `repere_a` are percents of a scale that holds every number."""

    label: str
    nombre: int
    repere: int
    part: float
    repere_a: float

    @property
    def depasse(self) -> bool:
        return self.nombre > self.repere


@bp.get("/structure/charge")
@requires(Permission.VOIR_SANS_REFERENT)
def charge() -> str:
    session, structure = requete.session(), requete.agent().structure
    charges = load_of(session, structure.id, requete.today())
    reglages = reglages_of(session, structure.id)
    reperes = (reglages["charge_soutenus"], reglages["charge_dossiers"])
    return render_template(
        "referents/charge.html",
        structure=structure,
        lignes=list(zip(charges, bars(charges, *reperes), strict=True)),
        reperes=reperes,
        sans_contact=SANS_CONTACT,
        fin_proche=FIN_PROCHE,
    )


def bars(charges: Sequence[Charge], soutenus: int, dossiers: int) -> list[tuple[Barre, Barre]]:
    """Each kind on one scale for everybody."""
    most = max([soutenus, *(one.soutenus for one in charges)]), max([dossiers, *(one.dossiers for one in charges)])
    return [
        (_bar("Suivis soutenus", one.soutenus, soutenus, most[0]), _bar("Dossiers", one.dossiers, dossiers, most[1]))
        for one in charges
    ]


def _bar(label: str, nombre: int, repere: int, most: int) -> Barre:
    return Barre(label, nombre, repere, round(100 * nombre / most, 1), round(100 * repere / most, 1))
