"""“Essayez de retrouver Inès”, in the demonstration alone: nobody in it exists, and it reads no row."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from app.accounts.policies import Permission, requires
from app.cohortes.acces import acces
from app.cohortes.forms_ines import ATTAQUES, LIMITES, POURQUOI, read_partie

bp = Blueprint("cohortes_ines", __name__, template_folder="templates")


@bp.get("/cohortes/retrouver-ines")
@requires(Permission.VOIR_COHORTES)
def ines() -> str:
    if not acces().demonstration():
        abort(404)
    try:
        partie = read_partie(request.args)
    except ValueError:
        abort(404)
    return render_template("cohortes/ines.html", attaques=ATTAQUES, partie=partie, pourquoi=POURQUOI, limites=LIMITES)
