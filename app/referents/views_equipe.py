"""L’équipe de suivi d’un dossier : qui en est, qui l’on invite, qui la quitte."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.models import Agent
from app.accounts.policies import Permission, requires
from app.accounts.queries import agent_by_id
from app.accounts.saisie import form_data
from app.db.cliche import portion
from app.db.errors import DomainError, StaleVersion
from app.jeunes.rules_feuille import may_be_minor
from app.parcours.views_acces import Acte, conflit, posted_version, qui, status, typed
from app.parcours.views_annulation import annulable
from app.referents import services_equipe
from app.referents.forms_equipe import (
    VOIT,
    CollegueForm,
    PartageForm,
    asked_finalite,
    partage_begun,
    partage_pairs,
    partage_shown,
)
from app.referents.models import MembreEquipe
from app.referents.models_continuite import Opposition
from app.referents.policies import may_invite, may_keep, may_leave, may_oppose
from app.referents.queries import DossierVisible, is_partner, opens_dossiers
from app.referents.queries_equipe import (
    PAR_PAGE,
    agents_to_ask,
    member_of,
    members_of,
    oppositions_of,
    structure_to_ask,
    structures_to_ask,
)
from app.referents.queries_reponse import answering
from app.referents.rules_equipe import latest_end, proposed_end
from app.referents.views_acces import Reponse, allowed, page, visible
from app.referents.vocabulaire import Finalite, Relation
from app.web.saisie import lire_numero, storable

bp = Blueprint("equipe", __name__, template_folder="templates")


@bp.get("/dossiers/<code>/equipe")
@requires(Permission.VOIR_SES_DOSSIERS)
def equipe(code: str) -> Reponse:
    vu = allowed(visible(code), lambda relation, _: bool(relation))
    session, dossier = requete.session(), vu.dossier
    repondants = answering(session, dossier, today=requete.today())
    opposes = may_oppose(vu)
    return page(
        "equipe.html",
        vu,
        status=200,
        referent=next((one for one in repondants if one.relation is Relation.REFERENT), None),
        suppleant=next((one for one in repondants if one.relation is Relation.SUPPLEANT), None),
        membres=members_of(session, dossier.id, today=requete.today()),
        moi=requete.agent(),
        inviter=may_invite(vu.relation) and dossier.clos_le is None,
        quitter=may_leave(vu.relation),
        opposer=opposes,
        oppositions=oppositions_of(session, dossier.id) if opposes else [],
        voit=VOIT,
    )


@bp.get("/dossiers/<code>/equipe/inviter")
@requires(Permission.NOTER)
def choisir(code: str) -> Reponse:
    """A structure, then somebody there."""
    vu = _inviting(code)
    asked, apres = (request.args.get(name, type=lire_numero) for name in ("structure", "apres"))
    session, today = requete.session(), {"today": requete.today()}
    ici = structure_to_ask(session, vu.dossier, asked or vu.dossier.structure_id, **today)
    if asked is not None:
        rows = agents_to_ask(session, vu.dossier, structure_id=asked, apres=apres, **today) if ici else []
        return page("equipe_choisir.html", vu, status=200, structure=ici, **_paged("agents", rows, structure=asked))
    rows = structures_to_ask(session, vu.dossier, apres=apres, **today)
    shown = _paged("structures", rows) | {"ici": ici if apres is None else None}
    return page("equipe_structures.html", vu, status=200, **shown)


def _paged(name: str, rows: Any, **kept: Any) -> dict[str, Any]:
    """A page of rows under this name, and where the next one is."""
    shown = rows[: len(rows) - 1] if len(rows) > PAR_PAGE else rows
    following = url_for(request.endpoint, **request.view_args, **kept, apres=shown[-1].id) if rows != shown else None
    return {name: shown, "suivant": following, "debut": request.args.get("apres") is not None}


@bp.route("/dossiers/<code>/equipe/inviter/<int:agent_id>", methods=["GET", "POST"])
@requires(Permission.NOTER)
def inviter(code: str, agent_id: int) -> Reponse:
    vu, agent = _lending(code, agent_id)
    if request.method == "GET" and _current(vu, agent) is not None:
        return redirect(url_for("equipe.membre", code=code, agent_id=agent_id), 303)
    partner = is_partner(vu.dossier, agent)
    finalite = asked_finalite(request.args.get("finalite"))
    if partner and finalite is None and request.method == "GET" and form_data() is None:
        return page("equipe_finalite.html", vu, status=200, agent=agent, finalites=list(Finalite), voit=VOIT)
    form = _form(partner, partage_begun(finalite, echeance=proposed_end(requete.today())) if finalite else {})
    if request.method == "POST" and form.validate():
        try:
            services_equipe.invite(
                requete.session(), vu.dossier, agent=agent, partage=form.partage(), par=requete.agent(), **qui()
            )
        except DomainError as error:
            form.refuse(error)
        else:
            flash(f"{agent.prenom} {agent.nom} est dans l’équipe de suivi.", "succes")
            return _back(code)
    return _page(vu, agent, form, member=None)


@bp.route("/dossiers/<code>/equipe/<int:agent_id>", methods=["GET", "POST"])
@requires(Permission.NOTER)
def membre(code: str, agent_id: int) -> Reponse:
    """What is agreed with a member, and its correction."""
    vu, agent = _lending(code, agent_id)
    current = _current(vu, agent) or abort(404)
    form = _form(is_partner(vu.dossier, agent), partage_shown(current))
    if request.method == "POST" and form.validate():
        try:
            _change(vu, agent, form)
        except StaleVersion as stale:
            return _changed_meanwhile(vu, agent, form, stale.current or abort(404))
        except DomainError as error:
            form.refuse(error)
        else:
            flash("C’est enregistré.", "succes")
            return _back(code)
    return _page(vu, agent, form, member=current)


def _change(vu: DossierVisible, agent: Agent, form: CollegueForm) -> None:
    services_equipe.change_member(
        requete.session(),
        vu.dossier,
        agent,
        version=posted_version(),
        partage=form.partage(),
        par=requete.agent(),
        **qui(),
    )


@bp.post("/dossiers/<code>/equipe/<int:agent_id>/retirer")
@requires(Permission.NOTER)
def retirer(code: str, agent_id: int) -> Reponse:
    vu, agent = _inviting(code), _agent(agent_id)
    # an opposition said meanwhile stands: nobody of that structure comes back by a tap
    rows = (
        portion(MembreEquipe, dossier_id=vu.dossier.id, agent_id=agent.id),
        portion(Opposition, dossier_id=vu.dossier.id, structure_id=agent.structure_id),
    )
    said, back = f"{agent.prenom} {agent.nom} n’est plus dans l’équipe de suivi.", url_for("equipe.equipe", code=code)
    try:
        with annulable(said, "equipe", *rows, dossier=vu.dossier, retour=back):
            services_equipe.end_member(requete.session(), vu.dossier, agent, **qui())
    except DomainError as error:
        flash(CollegueForm.refus[error.code], "attention")
    return _back(code)


@bp.route("/dossiers/<code>/equipe/quitter", methods=["GET", "POST"])
@requires(Permission.NOTER)
def quitter(code: str) -> Reponse:
    vu = allowed(visible(code), lambda relation, _: may_leave(relation))
    if request.method == "GET":
        return page("equipe_quitter.html", vu, status=200, garde=vu.relation != Relation.MEMBRE)
    services_equipe.leave(requete.session(), vu.dossier, agent=requete.agent(), **qui())
    flash("Vous avez quitté l’équipe de suivi.", "succes")
    return redirect(url_for("alertes.mes_jeunes"), 303)


def _inviting(code: str) -> DossierVisible:
    """A dossier of which this agent may say who follows it."""
    return allowed(visible(code), lambda relation, _: may_invite(relation))


def _lending(code: str, agent_id: int) -> tuple[DossierVisible, Agent]:
    """The dossier, and to whom it is lent: an account that follows young people, or a member of before."""
    vu, agent = _inviting(code), _agent(agent_id)
    if agent.id == requete.agent().id and not may_keep(vu.relation):
        abort(404)
    if not opens_dossiers(agent) and _current(vu, agent) is None:
        abort(404)
    return vu, agent


def _agent(agent_id: int) -> Agent:
    return agent_by_id(requete.session(), storable(agent_id)) or abort(404)


def _current(vu: DossierVisible, agent: Agent) -> MembreEquipe | None:
    return member_of(requete.session(), vu.dossier.id, agent.id, today=requete.today())


def _form(partner: bool, data: dict[str, Any]) -> CollegueForm:
    return (PartageForm if partner else CollegueForm)(formdata=form_data(), data=data)


def _changed_meanwhile(vu: DossierVisible, agent: Agent, form: CollegueForm, current: MembreEquipe) -> Reponse:
    again = [*typed(request.form), ("version", str(current.version))]
    return conflit(
        vu,
        titre=f"Ce qui est convenu avec {agent.prenom} {agent.nom} a changé pendant que vous écriviez",
        enregistre=partage_pairs(current),
        saisi=partage_pairs(form.partage()),
        actes=[Acte(request.full_path, "Enregistrer ma version", again)],
    )


def _page(vu: DossierVisible, agent: Agent, form: CollegueForm, *, member: MembreEquipe | None) -> Reponse:
    return page(
        "equipe_membre.html",
        vu,
        status=status(),
        form=form,
        agent=agent,
        membre=member,
        retour_equipe=url_for("equipe.equipe", code=vu.dossier.code),
        **terms(vu.dossier.annee_naissance),
    )


def terms(born: int | None) -> dict[str, Any]:
    """What a form about joining an équipe says beside its fields; `born`: the birth year of the young person, where the
    dossier is seen and it is known."""
    return {
        "voit": {finalite.value: words for finalite, words in VOIT.items()},
        "au_plus": latest_end(requete.today()),
        "mineur": born is not None and may_be_minor(born, requete.today()),
    }


def _back(code: str) -> Response:
    return redirect(url_for("equipe.equipe", code=code), 303)
