"""“Chiffres”: the exact counts of one structure, for its coordinateur, and the same as a file."""

from __future__ import annotations

import csv
import io

from flask import Blueprint, Response, render_template

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.alertes.forms_chiffres import reperes, tableaux
from app.alertes.queries_chiffres import Chiffres, chiffres_of
from app.web.filters import sans_formule

bp = Blueprint("chiffres", __name__, template_folder="templates")


@bp.get("/structure/chiffres")
@requires(Permission.VOIR_SANS_REFERENT)
def chiffres() -> str:
    found, today = _read(), requete.today()
    return render_template(
        "alertes/chiffres.html",
        structure=requete.agent().structure,
        reperes=reperes(found, today=today),
        tableaux=tableaux(found, today=today),
    )


@bp.get("/structure/chiffres.csv")
@requires(Permission.VOIR_SANS_REFERENT)
def fichier() -> Response:
    """One line for each number: table, line, column, number."""
    lines, today = io.StringIO(), requete.today()
    written = csv.writer(lines, delimiter=";", lineterminator="\r\n")
    written.writerow(("tableau", "ligne", "colonne", "nombre"))
    for tableau in tableaux(_read(), today=today):
        for ligne in tableau.lignes:
            for colonne, nombre in zip(tableau.colonnes[1:], ligne.nombres, strict=True):
                written.writerow((tableau.titre, sans_formule(ligne.seule), colonne, nombre))
    name = f"chiffres-{today.isoformat()}.csv"
    # the mark by which spreadsheets know UTF-8
    answer = Response(lines.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _read() -> Chiffres:
    return chiffres_of(requete.session(), requete.agent(), today=requete.today())
