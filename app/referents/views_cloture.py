"""Clore, rouvrir, changer de rythme."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request

from app.accounts import requete
from app.accounts.models import Agent
from app.accounts.policies import Permission, requires
from app.accounts.saisie import form_data
from app.alertes.rules_parametres import RYTHMES
from app.db.cliche import portion
from app.db.errors import DomainError, StaleVersion
from app.parcours.models import ContactPrevu, Dossier, Etape
from app.parcours.queries import open_etapes_of
from app.parcours.services_dossiers import set_intensite
from app.parcours.views_acces import adresse, posted_version, qui, status
from app.parcours.views_annulation import annulable
from app.parcours.vocabulaire import Intensite, MotifSortie
from app.referents import services
from app.referents.forms import CloturerForm, IntensiteForm, RouvrirForm, attendus, cloturer_form
from app.referents.models import Affectation, MembreEquipe
from app.referents.policies import may_close, may_reopen, may_set_intensity
from app.referents.queries import DossierVisible
from app.referents.queries_receveurs import possible_referents
from app.referents.services_affectations import check_there
from app.referents.views_acces import Reponse, allowed, lead, page, receiver, visible
from app.referents.vocabulaire import Relation

bp = Blueprint("cloture", __name__, template_folder="templates")
# beside the dossier, what a closing changes
CLOS_AVEC = (Etape, ContactPrevu, Affectation, MembreEquipe)


@bp.route("/dossiers/<code>/cloture", methods=["GET", "POST"])
@requires(Permission.CLORE)
def clore(code: str) -> Reponse:
    vu = allowed(visible(code), lambda relation, _: bool(relation))
    if vu.dossier.clos_le is not None:
        flash("Ce dossier est clos.", "info")
        return redirect(adresse(code), 303)
    allowed(vu, lambda relation, _: may_close(relation))
    etapes = open_etapes_of(requete.session(), vu.dossier.id)
    # the page that looks for somebody proposes its own reason; an unknown one chooses nothing
    shown = {"version": vu.dossier.version, "le": requete.today(), "motif": request.args.get("motif", "")}
    form = cloturer_form(etapes)(formdata=form_data(), data=shown)
    changed = False
    if request.method == "POST" and form.validate():
        rows = [portion(Dossier, id=vu.dossier.id), *(portion(one, dossier_id=vu.dossier.id) for one in CLOS_AVEC)]
        try:
            with annulable("Le dossier est clos.", "cloture", *rows, dossier=vu.dossier):
                _close(vu, form)
        except StaleVersion as stale:
            changed = True
            form.version.data = stale.current.version
        except DomainError as error:
            form.refuse(error)
        else:
            return lead(code, still=vu.relation & (Relation.MEMBRE | Relation.COORDINATEUR))
    return page("cloture.html", vu, status=409 if changed else status(), form=form, change=changed)


def _close(vu: DossierVisible, form: CloturerForm) -> None:
    services.close(
        requete.session(),
        vu.dossier,
        version=posted_version(),
        le=form.le.data,
        motif=MotifSortie(form.motif.data),
        etapes=form.reponses(),
        **qui(),
    )


@bp.route("/dossiers/<code>/reouverture", methods=["GET", "POST"])
@requires(Permission.CLORE)
def rouvrir(code: str) -> Reponse:
    vu = visible(code)
    if vu is None or not may_reopen(vu, requete.agent()):
        abort(404)
    if vu.dossier.clos_le is None:
        flash("Ce dossier est ouvert.", "info")
        return redirect(adresse(code), 303)
    me = str(requete.agent().id) if requete.agent().referent else ""
    form = RouvrirForm(formdata=form_data(), data={"version": vu.dossier.version, "referent": me})
    here = {"structure_id": vu.dossier.structure_id, "today": requete.today()}
    form.offer(possible_referents(requete.session(), **here), requete.today())
    changed = False
    if request.method == "POST" and form.validate():
        try:
            _reopen(vu, form)
        except StaleVersion as stale:
            changed = True
            form.version.data = stale.current.version
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Le dossier est rouvert.", "succes")
            return lead(code, still=vu.relation)
    return page("reouverture.html", vu, status=409 if changed else status(), form=form, change=changed)


def _reopen(vu: DossierVisible, form: RouvrirForm) -> None:
    services.reopen(
        requete.session(),
        vu.dossier,
        version=posted_version(),
        to=_chosen(form.referent.data),
        par=requete.agent(),
        jeune_informe_le=form.jeune_informe_le.data,
        **qui(),
    )


def _chosen(agent_id: str) -> Agent | None:
    if not agent_id:
        return None
    found = receiver(agent_id)
    check_there(requete.session(), found, requete.today())
    return found


@bp.route("/dossiers/<code>/intensite", methods=["GET", "POST"])
@requires(Permission.NOTER)
def intensite(code: str) -> Reponse:
    vu = allowed(visible(code), lambda relation, _: may_set_intensity(relation))
    if vu.dossier.clos_le is not None:
        flash("Ce dossier est clos.", "info")
        return redirect(adresse(code), 303)
    shown = {"version": vu.dossier.version, "intensite": vu.dossier.intensite.value}
    form = IntensiteForm(formdata=form_data(), data=shown)
    changed = False
    if request.method == "POST" and form.validate():
        chosen = Intensite(form.intensite.data)
        try:
            set_intensite(requete.session(), vu.dossier, version=posted_version(), intensite=chosen, **qui())
        except StaleVersion as stale:
            changed = True
            form.version.data = stale.current.version
        except DomainError as error:
            form.refuse(error)
        else:
            flash(f"Rythme du suivi : {chosen.label.lower()}.", "succes")
            return lead(code, still=vu.relation)
    context = {"form": form, "change": changed, "attendus": attendus(_rhythms(vu))}
    context["enregistre"] = vu.dossier.intensite.label.lower()
    return page("intensite.html", vu, status=409 if changed else status(), **context)


def _rhythms(vu: DossierVisible) -> dict[str, int]:
    """For each rhythm, every how many days an exchange is expected in the present situation."""
    days = RYTHMES[vu.etat.situation]
    return {intensite.value: days * intensite.facteur for intensite in Intensite}
