"""Accounts: opened, corrected, closed. An edit made on a version that has changed loses nothing (409)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import passwords, queries, requete, services
from app.accounts.forms_admin import (
    REFUS,
    AgentForm,
    Confirmation,
    MotDePasseForm,
    NouvelAgentForm,
)
from app.accounts.interruptions import confirmed
from app.accounts.maison import maison
from app.accounts.models import Agent
from app.accounts.policies import Permission, requires
from app.accounts.saisie import form_data
from app.accounts.vocabulaire import Role
from app.db.errors import DomainError, StaleVersion
from app.referents import services_depart
from app.referents.queries_reponse import uncoordinated_without
from app.web.saisie import Refusable, lire_numero, read_version

bp = Blueprint("agents", __name__, template_folder="templates")
PAR_PAGE = 50


@bp.get("/administration/agents")
@requires(Permission.ADMINISTRER)
def agents() -> str:
    structure_id = request.args.get("structure", type=lire_numero)
    after = request.args.get("apres", type=lire_numero)
    rows = queries.page_of_agents(requete.session(), structure_id=structure_id, apres=after, limit=PAR_PAGE)
    suivant = None
    if len(rows) > PAR_PAGE:
        suivant = url_for("agents.agents", structure=structure_id, apres=rows[PAR_PAGE - 1].id)
    debut = url_for("agents.agents", structure=structure_id) if after else None
    return _list(rows[:PAR_PAGE], structure_id=structure_id, suivant=suivant, debut=debut)


@bp.post("/administration/agents")
@requires(Permission.ADMINISTRER)
def chercher() -> str:
    """Names never stand in an address: the search is posted."""
    texte = request.form.get("recherche", "")[:100].strip()
    rows = queries.search_agents(requete.session(), texte=texte, limit=PAR_PAGE)
    return _list(rows[:PAR_PAGE], recherche=texte, trop=len(rows) > PAR_PAGE)


@bp.route("/administration/agents/nouveau", methods=["GET", "POST"])
@requires(Permission.ADMINISTRER)
@confirmed
def nouveau() -> Response | tuple[str, int]:
    form = NouvelAgentForm(formdata=form_data())
    if request.method == "POST" and form.validate() and _done(form, lambda: _create(form)):
        flash("Le compte est créé. Donnez le mot de passe provisoire de vive voix.", "succes")
        return redirect(url_for("agents.agents"), 303)
    form.mot_de_passe.data = form.mot_de_passe.data or passwords.propose()
    form.structure_id.data = form.structure_id.data or requete.agent().structure_id
    form.offer(queries.open_structures(requete.session()))
    return render_template("accounts/agent_nouveau.html", form=form), _status()


@bp.route("/administration/agents/<int:agent_id>", methods=["GET", "POST"])
@requires(Permission.ADMINISTRER)
@confirmed
def agent(agent_id: int) -> Response | tuple[str, int]:
    found = _load(agent_id)
    form = AgentForm(formdata=form_data(), data=_shown(found))
    form.offer(queries.open_structures(requete.session()))
    try:
        if request.method == "POST" and form.validate() and _done(form, lambda: _edit(found, form)):
            flash("Le compte est modifié.", "succes")
            return redirect(url_for("agents.agents"), 303)
    except StaleVersion:
        form.version.data = str(found.version)
        return render_template("accounts/agent.html", form=form, agent=found, conflit=True), 409
    return render_template("accounts/agent.html", form=form, agent=found, conflit=False), _status()


@bp.route("/administration/agents/<int:agent_id>/mot-de-passe", methods=["GET", "POST"])
@requires(Permission.ADMINISTRER)
@confirmed
def mot_de_passe(agent_id: int) -> Response | tuple[str, int]:
    """Another password for somebody who forgot theirs, to be said aloud. Worked out before the transaction."""
    form = MotDePasseForm()
    if form.validate_on_submit() and _done(form, lambda: _replace_password(agent_id, form.mot_de_passe.data)):
        flash("Le mot de passe est remplacé, et ses sessions sont fermées. Donnez-le de vive voix.", "succes")
        return redirect(url_for("agents.agent", agent_id=agent_id), 303)
    form.mot_de_passe.data = form.mot_de_passe.data or passwords.propose()
    return render_template("accounts/agent_mot_de_passe.html", form=form, agent=_load(agent_id)), _status()


@bp.route("/administration/agents/<int:agent_id>/desactiver", methods=["GET", "POST"])
@requires(Permission.ADMINISTRER)
@confirmed
def desactiver(agent_id: int) -> Response | tuple[str, int]:
    found, form = _load(agent_id), Confirmation()
    if form.validate_on_submit() and _done(form, lambda: _disable(found)):
        flash("Le compte est désactivé, et ses sessions sont fermées.", "succes")
        return redirect(url_for("agents.agents"), 303)
    session = requete.session()
    left = {
        "dossiers": len(services_depart.dossiers_of(session, agent_id=agent_id)),
        "sans_coordination": uncoordinated_without(session, found),
    }
    return render_template("accounts/agent_desactiver.html", form=form, agent=found, **left), _status()


@bp.post("/administration/agents/<int:agent_id>/reactiver")
@requires(Permission.ADMINISTRER)
@confirmed
def reactiver(agent_id: int) -> Response:
    found = _load(agent_id)
    try:
        services_depart.enable_agent(requete.session(), found, acteur=requete.acteur(), now=requete.now())
    except DomainError as error:
        flash(REFUS[error.code], "erreur")
    else:
        flash("Le compte est réactivé, avec le mot de passe qu’il avait.", "succes")
    return redirect(url_for("agents.agent", agent_id=agent_id), 303)


def _create(form: NouvelAgentForm) -> None:
    context = (form.prenom.data, form.nom.data, form.courriel.data)
    protected = passwords.protect(form.mot_de_passe.data, contexte=context)
    services.create_agent(requete.session(), mot_de_passe=protected, **form.values(), **_who())


def _edit(found: Agent, form: AgentForm) -> None:
    version = read_version(request.form.get("version"))
    services_depart.edit_agent(requete.session(), found, version=version, **form.values(), **_who())


def _replace_password(agent_id: int, mot_de_passe: str) -> None:
    with maison().database.reading() as reading:
        known = queries.agent_by_id(reading, agent_id) or abort(404)
    context = (known.prenom, known.nom, known.courriel, known.structure.nom)
    protected = passwords.protect(mot_de_passe, contexte=context)
    services.change_password(requete.session(), _load(agent_id), mot_de_passe=protected, **_who())


def _disable(found: Agent) -> None:
    services_depart.disable_agent(requete.session(), found, **_who())


def _done(form: Refusable, act: Callable[[], None]) -> bool:
    """Whether the service accepted; when it refused, the form says why."""
    try:
        act()
    except StaleVersion:
        raise
    except DomainError as error:
        form.refuse(error)
        return False
    return True


def _who() -> dict[str, Any]:
    return {"acteur": requete.acteur(), "now": requete.now()}


def _load(agent_id: int) -> Agent:
    read = queries.agent_to_change if request.method == "POST" else queries.agent_by_id
    return read(requete.session(), agent_id) or abort(404)


def _shown(found: Agent) -> dict[str, object]:
    names = ("prenom", "nom", "courriel", "telephone", "structure_id", "version")
    return {name: getattr(found, name) for name in names} | {"roles": [role.value for role in found.roles]}


def _status() -> int:
    return 422 if request.method == "POST" else 200


def _list(rows: Sequence[Any], **context: object) -> str:
    shown = [(row, [role.label for role in Role if getattr(row, role.value)]) for row in rows]
    structures = queries.open_structures(requete.session())
    return render_template("accounts/agents.html", agents=shown, structures=structures, **context)
