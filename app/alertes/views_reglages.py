"""The numbers of the rules, structure by structure: read, tried, set. Who administers reads no dossier."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import queries, requete
from app.accounts.models import Structure
from app.accounts.policies import Permission, requires
from app.accounts.saisie import form_data
from app.alertes.forms_explications import EXPLICATIONS, dite
from app.alertes.forms_fiches import en_mots, en_unite
from app.alertes.forms_reglages import (
    PERIODES,
    REGLABLES,
    TOUTES,
    ReglagesForm,
    apercu,
    groupes,
    utilite_breve,
    utilite_lue,
)
from app.alertes.queries_reglages import stored_of
from app.alertes.queries_utilite import utilite_of
from app.alertes.rules_parametres import values
from app.alertes.services_reglages import DEFAUTS, VERSION_INITIALE, preview, set_reglages
from app.db.errors import DomainError, StaleVersion
from app.jeunes.queries import birth_dates
from app.web.filters import typo
from app.web.saisie import lire_numero, read_version

bp = Blueprint("reglages", __name__, template_folder="templates")
PAR_PAGE = 50


@bp.get("/administration/alertes")
@requires(Permission.ADMINISTRER)
def structures() -> str:
    after = request.args.get("apres", type=lire_numero)
    rows = queries.page_of_structures(requete.session(), apres=after, limit=PAR_PAGE)
    more = len(rows) > PAR_PAGE
    return render_template(
        "alertes/reglages_structures.html",
        structures=rows[:PAR_PAGE],
        suivant=url_for("reglages.structures", apres=rows[PAR_PAGE - 1].id) if more else None,
        debut=url_for("reglages.structures") if after else None,
    )


@bp.route("/administration/alertes/<int:structure_id>", methods=["GET", "POST"])
@requires(Permission.ADMINISTRER)
def structure(structure_id: int) -> Response | tuple[str, int]:
    found = _load(structure_id)
    stored = stored_of(requete.session(), found.id)
    applied = values(stored)
    form = _form(applied, stored)
    if request.method != "POST":
        return _page(found, form, applied), 200
    if "defaut" in request.form:
        form = ReglagesForm(formdata=None, data=values({}) | _version(stored))
        return _tried(found, form, applied, DEFAUTS)
    if not form.validate():
        return _page(found, form, applied), 422
    if "apercu" in request.form:
        return _tried(found, form, applied, form.valeurs())
    return _saved(found, form, applied)


def _load(structure_id: int) -> Structure:
    read = queries.structure_to_change if request.method == "POST" else queries.structure_by_id
    return read(requete.session(), structure_id) or abort(404)


def _today() -> dict[str, Any]:
    return {"today": requete.today(), "naissances": partial(birth_dates, requete.vault())}


def _version(stored: dict[str, int | None]) -> dict[str, Any]:
    return {"version": str(stored.get("version", VERSION_INITIALE))}


def _form(applied: dict[str, int], stored: dict[str, int | None]) -> Any:
    return ReglagesForm(formdata=form_data(), data=applied | _version(stored))


def _tried(found: Structure, form: Any, applied: dict[str, int], proposed: Any) -> tuple[str, int]:
    """The page with what the proposed numbers would change; nothing is kept."""
    try:
        effet = preview(requete.session(), found, proposed, **_today())
    except DomainError as error:
        form.refuse(error)
        return _page(found, form, applied), 422
    wanted = applied | {code: value for code, value in values(proposed).items() if code in proposed}
    return _page(found, form, applied, wanted=wanted, apercu=apercu(effet, applied, wanted)), 200


def _saved(found: Structure, form: Any, applied: dict[str, int]) -> Response | tuple[str, int]:
    version = read_version(form.version.data)
    who = {"acteur": requete.acteur(), "now": requete.now()} | _today()
    try:
        changed = set_reglages(requete.session(), found, form.valeurs(), version=version, **who)
    except StaleVersion as stale:
        form.version.data = _version(stale.current)["version"]
        return _page(found, form, values(stale.current), conflit=_differences(form, values(stale.current))), 409
    except DomainError as error:
        form.refuse(error)
        return _page(found, form, applied), 422
    said = "Réglages enregistrés, les alertes de la structure sont à jour." if changed else "Rien n’a changé."
    flash(said, "succes")
    return redirect(url_for("reglages.structure", structure_id=found.id), 303)


def _differences(form: Any, current: dict[str, int]) -> list[tuple[str, str]]:
    """(what, its stored value) of the numbers that somebody else set otherwise than is typed here."""
    typed = values(form.valeurs())
    return [
        (typo(f"{one.regle.label if one.regle else TOUTES}, {one.label}"), en_unite(one, current[code]))
        for code, one in REGLABLES.items()
        if typed[code] != current[code]
    ]


def _page(found: Structure, form: Any, applied: dict[str, int], **more: Any) -> str:
    asked = request.args.get("jours", type=lire_numero)
    jours = asked if asked in PERIODES else next(iter(PERIODES))
    measured = utilite_of(requete.session(), found.id, now=requete.now(), jours=jours)
    wanted = more.get("wanted", applied)
    moved = frozenset(code for code in applied if wanted[code] != applied[code])
    mots = en_mots(applied)
    shown = [
        (
            groupe,
            typo(dite(EXPLICATIONS[groupe.regle].regarde, mots)) if groupe.regle else "",
            utilite_lue(measured.get(groupe.regle), jours) if groupe.regle else [],
            utilite_breve(measured.get(groupe.regle)) if groupe.regle else "",
        )
        for groupe in groupes(form, applied, changed=moved)
    ]
    return render_template(
        "alertes/reglages.html", structure=found, form=form, groupes=shown, periodes=PERIODES, jours=jours, **more
    )
