"""“Activité”: what a structure did in a month, a quarter or a year, for its coordinateur, and the same as a file."""

from __future__ import annotations

import csv
import io

from flask import Blueprint, Response, render_template, request

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.rue.forms_activite import nombres, reperes, said, tableaux
from app.rue.queries_activite import Activite, activity_of
from app.rue.rules_activite import Periode, lire_periode, offered
from app.web.filters import sans_formule

bp = Blueprint("activite", __name__, template_folder="templates")


@bp.get("/structure/activite")
@requires(Permission.VOIR_SANS_REFERENT)
def activite() -> str:
    periode = _asked()
    found = _read(periode)
    return render_template(
        "rue/activite.html",
        structure=requete.agent().structure,
        periode=periode,
        dite=said(periode),
        choix=[(one.code, said(one)) for one in offered(requete.today())],
        reperes=reperes(found),
        tableaux=tableaux(found),
    )


@bp.get("/structure/activite.csv")
@requires(Permission.VOIR_SANS_REFERENT)
def fichier() -> Response:
    """One line for each number: period, table, line, column, number."""
    periode = _asked()
    found = _read(periode)
    lines = io.StringIO()
    written = csv.writer(lines, delimiter=";", lineterminator="\r\n")
    written.writerow(("periode", "tableau", "ligne", "colonne", "nombre"))
    written.writerows((periode.code, "Ensemble", quoi, "", nombre) for quoi, nombre in nombres(found))
    for tableau in tableaux(found):
        for ligne in tableau.lignes:
            for colonne, nombre in zip(tableau.colonnes[1:], ligne.nombres, strict=True):
                written.writerow((periode.code, tableau.titre, sans_formule(ligne.seule), colonne, nombre))
    # the mark by which spreadsheets know UTF-8
    answer = Response(lines.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="activite-{periode.code.lower()}.csv"'
    return answer


def _asked() -> Periode:
    return lire_periode(request.args.get("periode", ""), today=requete.today())


def _read(periode: Periode) -> Activite:
    return activity_of(requete.session(), requete.agent().structure_id, periode)
