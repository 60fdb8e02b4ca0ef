"""“Pourquoi cette alerte ?”: every rule in plain words, with the numbers of the agent's structure."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.alertes.forms_fiches import CHAPEAU, COMPTER, TITRE, fiches, suites
from app.alertes.queries_reglages import reglages_of

bp = Blueprint("explications", __name__, template_folder="templates")


@bp.get("/alertes/regles")
@requires(Permission.VOIR_SES_DOSSIERS)
def regles() -> str:
    """The sheet of a rule is at `#` its code."""
    applied = reglages_of(requete.session(), requete.agent().structure_id)
    return render_template(
        "alertes/regles.html",
        titre=TITRE,
        chapeau=CHAPEAU,
        compter=COMPTER,
        fiches=fiches(applied),
        suites=suites(applied),
    )
