"""Mes absences: noted, changed, ended, by oneself; and by the coordinateur for somebody of their structure."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.models import Agent
from app.accounts.policies import Permission, requires
from app.accounts.queries import agent_by_id
from app.accounts.saisie import depot, form_data
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.parcours.views_acces import posted_depot, posted_version, qui, status
from app.referents import queries_absences as queries
from app.referents import services_absences as services
from app.referents.forms_absences import REFUS, AbsenceForm, jours, phrases
from app.referents.models_continuite import Absence
from app.referents.policies import may_note_absence
from app.web.filters import dernier_jour
from app.web.saisie import lire_numero

bp = Blueprint("absences", __name__, template_folder="templates")
Reponse = Response | tuple[str, int]


@bp.get("/absences")
@requires(Permission.VOIR_SES_DOSSIERS)
def absences() -> str:
    who, today = requete.agent().id, requete.today()
    return render_template(
        "referents/absences.html",
        absences=queries.absences_of(requete.session(), who, today=today),
        remplacees=queries.covers_of(requete.session(), who, today=today),
        jours=jours,
    )


@bp.route("/absences/nouvelle", methods=["GET", "POST"])
@requires(Permission.VOIR_SES_DOSSIERS)
def nouvelle() -> Reponse:
    absent = _whose(request.args.get("agent", type=lire_numero))
    form = _form(absent, data={"depot": depot()} | _this_morning(absent))
    if request.method == "POST" and form.validate():
        try:
            noted = services.note_absence(
                requete.session(), absent, **_said(form), absence_id=posted_depot(), par=requete.agent(), **qui()
            )
        except DepotConflict as conflict:
            form.depot.data = str(depot())
            return _page(absent, form, conflit=conflict.existing), 409
        except DomainError as error:
            form.refuse(error)
        else:
            return _done(absent, noted, "notée")
    return _page(absent, form), status()


@bp.route("/absences/<uuid:absence_id>", methods=["GET", "POST"])
@requires(Permission.VOIR_SES_DOSSIERS)
def absence(absence_id: UUID) -> Reponse:
    found, absent = _load(absence_id)
    if found.annulee_le is not None or found.jusqu_au <= requete.today():
        flash(REFUS["absence_terminee"], "info")
        return _back(absent)
    form = _form(absent, data=_stored(found))
    if request.method == "POST" and form.validate():
        try:
            changed = services.change_absence(
                requete.session(), absence_id, absent, version=posted_version(), **_said(form), **qui()
            )
        except StaleVersion as stale:
            form.version.data = str(stale.current.version)
            return _page(absent, form, absence=found, conflit=stale.current), 409
        except DomainError as error:
            form.refuse(error)
        else:
            return _done(absent, changed, "modifiée")
    return _page(absent, form, absence=found), status()


@bp.post("/absences/<uuid:absence_id>/retour")
@requires(Permission.VOIR_SES_DOSSIERS)
def retour(absence_id: UUID) -> Response:
    """Back, or not leaving after all; somebody who changed it meanwhile is not undone."""
    found, absent = _load(absence_id)
    try:
        services.end_absence(requete.session(), absence_id, absent, version=posted_version(), **qui())
    except StaleVersion:
        flash("Cette absence a changé entre-temps : relisez-la avant de la terminer.", "erreur")
        return redirect(url_for("absences.absence", absence_id=absence_id), 303)
    except DomainError as error:
        flash(REFUS[error.code], "erreur")
    else:
        flash("L’absence est annulée." if found.depuis >= requete.today() else _welcome(absent), "succes")
    return _back(absent)


def _whose(agent_id: int | None) -> Agent:
    """The agent of this address, or whoever is signed in; 404 for one whose absence is not theirs to note."""
    if agent_id is None or agent_id == requete.agent().id:
        return requete.agent()
    found = agent_by_id(requete.session(), agent_id)
    if found is None or not may_note_absence(requete.agent(), of=found.id, structure_id=found.structure_id):
        abort(404)
    return found


def _load(absence_id: UUID) -> tuple[Any, Agent]:
    found = queries.absence_shown(requete.session(), absence_id)
    if found is None:
        abort(404)
    return found, _whose(found.agent_id)


def _form(absent: Agent, *, data: dict[str, Any]) -> AbsenceForm:
    form = AbsenceForm(formdata=form_data(), data=data)
    form.offer(queries.possible_covers(requete.session(), agent=absent, today=requete.today()))
    return form


def _this_morning(absent: Agent) -> dict[str, Any]:
    """Somebody else is noted when they do not come: today, until one knows more."""
    return {} if _is_me(absent) else {"depuis": requete.today(), "jusqu_au": requete.today()}


def _stored(found: Any) -> dict[str, Any]:
    cover = {"suppleant": str(found.suppleant_id or ""), "version": str(found.version)}
    return {"depuis": found.depuis, "jusqu_au": dernier_jour(found.jusqu_au)} | cover


def _said(form: AbsenceForm) -> dict[str, Any]:
    return {"depuis": form.depuis.data, "jusqu_au": form.fin, "suppleant": _cover(form)}


def _cover(form: AbsenceForm) -> Agent | None:
    if not form.suppleant.data:
        return None
    try:
        found = agent_by_id(requete.session(), lire_numero(form.suppleant.data))
    except ValueError:
        found = None
    if found is None:
        raise DomainError("suppleant_sans_role", field="suppleant")
    return found


def _is_me(absent: Agent) -> bool:
    return absent.id == requete.agent().id


def _page(absent: Agent, form: AbsenceForm, *, absence: Any = None, conflit: Absence | None = None) -> str:
    """`absence`: the one that is edited; `conflit`: what is stored, when it is not what was typed."""
    context = {"absent": absent, "form": form, "mien": _is_me(absent), "retour": _list_of(absent), "jours": jours}
    return render_template("referents/absence.html", absence=absence, conflit=conflit, **context)


def _done(absent: Agent, noted: Absence, how: str) -> Response:
    cover = agent_by_id(requete.session(), noted.suppleant_id) if noted.suppleant_id else None
    said = phrases(
        noted,
        queries.consequences(requete.session(), noted),
        absent=None if _is_me(absent) else absent.nom_complet,
        suppleant=cover.nom_complet if cover else None,
        how=how,
        today=requete.today(),
    )
    for category, phrase in said:
        flash(phrase, category)
    return _back(absent)


def _welcome(absent: Agent) -> str:
    if _is_me(absent):
        return "Bon retour : vos dossiers sont de nouveau dans vos seules listes."
    return f"{absent.nom_complet} répond de nouveau de ses dossiers."


def _list_of(absent: Agent) -> str:
    return url_for("absences.absences" if _is_me(absent) else "continuite.continuite")


def _back(absent: Agent) -> Response:
    return redirect(_list_of(absent), 303)
