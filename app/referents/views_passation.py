"""Une passation, une fois faite : l’accuser, la refuser, dire que le jeune le sait."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for

from app.accounts import requete
from app.accounts.policies import Permission, permissions_of, requires
from app.accounts.queries import agent_by_id
from app.accounts.saisie import depot, form_data
from app.audit.vocabulaire import Action
from app.db.errors import DomainError, StaleVersion
from app.jeunes.queries import names_of
from app.parcours.views_acces import adresse, apres, posted_depot, qui, sceller, status
from app.referents import services_passation
from app.referents.forms_passation import JeuneInformeForm, RefusForm
from app.referents.models import Affectation
from app.referents.policies import may_acknowledge, may_follow_passation, may_hand_over, may_say_told
from app.referents.queries import DossierVisible, open_affectation
from app.referents.queries_equipe import members_of
from app.referents.queries_passation import (
    RepereAccuse,
    able_former,
    handed_over_by,
    refused_already,
    to_acknowledge,
)
from app.referents.queries_repartition import was_spread
from app.referents.rules_passation import awaits_receipt, last_reading_day, refusable_until
from app.referents.views import Passage, history, in_brief
from app.referents.views_acces import Reponse, allowed, page, visible
from app.vault.places import Place

bp = Blueprint("passation", __name__, template_folder="templates")
PAR_PAGE = 50
# those that the home page shows; the others are behind its link
AU_MATIN = 3
CHANGE = "Le référent de ce dossier a changé entre-temps."


@bp.get("/dossiers/<code>/passation")
@requires(Permission.VOIR_SES_DOSSIERS)
def passation(code: str) -> Reponse:
    """What the one who hands over leaves to the next, and whether it was received."""
    vu = allowed(visible(code), lambda relation, _: may_follow_passation(relation))
    current, agent = _current(vu), requete.agent()
    mine = may_acknowledge(vu.relation)
    waits, passages = _waits(current), history(vu.dossier)
    jusqu_au = refusable_until(current.debut)
    return page(
        "passation.html",
        vu,
        status=200,
        historique=passages,
        bref=_brief(vu, passages),
        attend=waits,
        accuser=mine and waits,
        refuser_avant=jusqu_au if mine and waits and requete.today() <= jusqu_au else None,
        dire=may_say_told(vu, debut=current.debut),
        relais=may_hand_over(vu.relation) and Permission.PASSER_LE_RELAIS in permissions_of(agent.roles),
    )


def _brief(vu: DossierVisible, passages: list[Passage]) -> str:
    """The journey as it stands, where nobody wrote a note for this young person alone: never a blank page."""
    session, last = requete.session(), passages[0]
    if last.note is None or (last.note and not was_spread(session, last.row.id)):
        return ""
    return in_brief(vu, passages, members_of(session, vu.dossier.id, today=requete.today()), completer=False)


@bp.post("/dossiers/<code>/passation/accuser")
@requires(Permission.NOTER)
def accuser(code: str) -> Reponse:
    """« J’ai pris connaissance », one tap."""
    vu = allowed(visible(code), lambda relation, _: may_acknowledge(relation))
    who = {"agent": requete.agent(), "acteur": requete.acteur(), "now": requete.now()}
    try:
        services_passation.acknowledge(requete.session(), vu.dossier, affectation_id=_posted(), **who)
    except StaleVersion:
        flash(CHANGE, "info")
    else:
        flash("C’est noté : vous avez pris connaissance de cette passation.", "succes")
    return apres(code)


@bp.route("/dossiers/<code>/passation/refus", methods=["GET", "POST"])
@requires(Permission.NOTER)
def refuser(code: str) -> Reponse:
    vu = visible(code)
    if (vu is None or not may_acknowledge(vu.relation)) and _refused_already(code):
        # the first one took the dossier out of its author's hands
        return redirect(url_for("passation.passations"), 303)
    vu = allowed(vu, lambda relation, _: may_acknowledge(relation))
    current = _current(vu)
    form = RefusForm(formdata=form_data(), data={"depot": depot(), "affectation": current.id})
    if request.method == "POST" and form.validate():
        try:
            back = _refuse(vu, form)
        except StaleVersion:
            flash(CHANGE, "info")
            return redirect(adresse(code), 303)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(f"Dossier {code} : {_returned(back)}", "succes")
            return redirect(url_for("passation.passations"), 303)
    former = able_former(requete.session(), current, today=requete.today())
    vers = agent_by_id(requete.session(), former) if former else None
    return page("passation_refus.html", vu, status=status(), form=form, vers=vers)


def _refuse(vu: DossierVisible, form: RefusForm) -> Affectation | None:
    affectation_id = _posted()
    return services_passation.refuse(
        requete.session(),
        vu.dossier,
        affectation_id=affectation_id,
        refus=sceller(vu.dossier, form.texte, place=Place.REFUS, row=affectation_id),
        retour_id=posted_depot(),
        agent=requete.agent(),
        **qui(),
    )


def _returned(back: Affectation | None) -> str:
    if back is None:
        return "il est sur la liste de la coordination, avec vos raisons."
    to = agent_by_id(requete.session(), back.agent_id)
    return f"il revient à {to.nom_complet}, avec vos raisons."


def _refused_already(code: str) -> bool:
    if request.method != "POST" or "affectation" not in request.form:
        return False
    return refused_already(requete.session(), code, affectation_id=_posted(), agent=requete.agent())


@bp.route("/dossiers/<code>/passation/jeune-informe", methods=["GET", "POST"])
@requires(Permission.NOTER)
def jeune_informe(code: str) -> Reponse:
    vu = allowed(visible(code), lambda relation, _: may_follow_passation(relation))
    current = _current(vu)
    if not may_say_told(vu, debut=current.debut):
        abort(404)
    shown = {"affectation": current.id, "jeune_informe_le": current.jeune_informe_le or requete.today()}
    form = JeuneInformeForm(formdata=form_data(), data=shown)
    if request.method == "POST" and form.validate():
        said = {"affectation_id": _posted(), "le": form.jeune_informe_le.data}
        try:
            services_passation.tell(requete.session(), vu.dossier, **said, **qui())
        except StaleVersion:
            flash(CHANGE, "info")
            return redirect(adresse(code), 303)
        except DomainError as error:
            form.refuse(error)
        else:
            flash("C’est noté : le jeune sait qui répond de son dossier.", "succes")
            return apres(code)
    return page("passation_informe.html", vu, status=status(), form=form)


@bp.get("/passations")
@requires(Permission.VOIR_SES_DOSSIERS)
def passations() -> str:
    """What was handed over to this agent and waits for their word; what they handed over and read still."""
    session, agent, today = requete.session(), requete.agent(), requete.today()
    after = passation_cursor(request.args.get("apres", ""))
    rows = to_acknowledge(session, agent=agent, limit=PAR_PAGE + 1, after=after)
    shown, suivant = rows[:PAR_PAGE], None
    if len(rows) > PAR_PAGE:
        suivant = url_for("passation.passations", apres=passation_mark(shown[-1]))
    passed = [] if after else handed_over_by(session, agent=agent, today=today, limit=PAR_PAGE)
    names = names_of(session, requete.vault(), [row.id for row in (*shown, *passed)])
    requete.journal_read(Action.LISTE_CONSULTEE, nombre=len({row.id for row in (*shown, *passed)}))
    return render_template(
        "referents/passations.html",
        a_accuser=shown,
        passes=[(row, last_reading_day(row.fin)) for row in passed],
        noms=names,
        suivant=suivant,
        debut=bool(request.args),
    )


def a_accuser_d_abord() -> dict[str, Any]:
    """What the home page shows of the handovers that wait for this agent's word; the menu counts the same."""
    rows = to_acknowledge(requete.session(), agent=requete.agent(), limit=AU_MATIN)
    g.passations = rows[0].total if rows else 0
    if not rows:
        return {}
    requete.journal_read(Action.LISTE_CONSULTEE, nombre=len(rows))
    names = names_of(requete.session(), requete.vault(), [row.id for row in rows])
    return {"passations": rows, "passations_noms": names, "passations_total": g.passations}


def _current(vu: DossierVisible) -> Affectation:
    """The open affectation; a dossier without référent has no handover to speak of."""
    return open_affectation(requete.session(), vu.dossier.id) or abort(404)


def _waits(affectation: Affectation) -> bool:
    said: dict[str, Any] = {name: getattr(affectation, name) for name in ("agent_id", "par_id", "accusee_le")}
    return awaits_receipt(**said)


def _posted() -> UUID:
    """The affectation that the page was showing."""
    try:
        return UUID(request.form.get("affectation", ""))
    except ValueError:
        abort(400)


def passation_mark(ligne: Any) -> str:
    """The last line of a page of handovers, as an address says it."""
    return f"{ligne.debut.isoformat()}~{ligne.affectation_id}"


def passation_cursor(said: str) -> RepereAccuse | None:
    """Where the previous page ended; an address that was tampered with begins again."""
    debut, _, affectation_id = said.partition("~")
    try:
        return RepereAccuse(datetime.fromisoformat(debut).astimezone(UTC), UUID(affectation_id))
    except (ValueError, OverflowError):
        return None
