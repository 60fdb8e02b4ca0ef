"""Demander à suivre un dossier dont on a entendu le code ; répondre à qui le demande."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.models import Agent
from app.accounts.policies import Permission, requires
from app.accounts.queries import agent_by_id
from app.accounts.saisie import depot, form_data
from app.db.errors import DomainError
from app.parcours.views_acces import adresse, ouvrir, posted_depot, qui, status
from app.referents import services_demandes
from app.referents.forms_equipe import CollegueForm, PartageForm, RefusForm, RejoindreForm, partage_begun
from app.referents.models_demandes import DemandeEquipe
from app.referents.policies import may_invite
from app.referents.queries import DossierVisible, is_partner
from app.referents.queries_demandes import load_waiting
from app.referents.rules_equipe import proposed_end
from app.referents.views_acces import Reponse, allowed, page, visible
from app.referents.views_equipe import terms
from app.referents.vocabulaire import Finalite, MotifRefusEquipe
from app.vault.errors import Unreadable
from app.vault.places import Place

bp = Blueprint("acces", __name__, template_folder="templates")
ENVOYEE = (
    "Votre demande est envoyée. Si ce code est bien celui d’un dossier, son référent vous répondra : sa réponse "
    "paraîtra dans « Demandes »."
)


@bp.route("/rejoindre", methods=["GET", "POST"])
@requires(Permission.CREER_DOSSIER)
def rejoindre() -> Reponse:
    """Whether the code is somebody's or nobody's, the same page answers, with the same words."""
    form = RejoindreForm(formdata=form_data(), data={"depot": depot(), "echeance": proposed_end(requete.today())})
    if request.method == "POST" and form.validate():
        if visible(form.code_dit) is not None:
            flash("Vous suivez déjà ce dossier.", "info")
            return redirect(adresse(form.code_dit), 303)
        try:
            _ask(form)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(ENVOYEE, "succes")
            return _back()
    return render_template("referents/rejoindre.html", form=form, **terms(None)), status()


def _ask(form: RejoindreForm) -> None:
    services_demandes.ask_to_join(
        requete.session(),
        requete.vault(),
        code=form.code_dit,
        finalite=Finalite(form.finalite.data),
        echeance=form.echeance.data,
        mots=form.texte,
        demande_id=posted_depot(),
        agent=requete.agent(),
        **qui(),
    )


@bp.route("/demandes/equipe/<uuid:acces_id>", methods=["GET", "POST"])
@requires(Permission.CREER_DOSSIER)
def accepter(acces_id: UUID) -> Reponse:
    """What is agreed with whoever asks: as for an invitation."""
    vu, demande, asker = _waiting(acces_id)
    form = _form(vu, demande, asker)
    if request.method == "POST" and form.validate():
        who = {"asker": asker, "partage": form.partage(), "par": requete.agent()}
        try:
            if services_demandes.accept(requete.session(), vu.dossier, acces_id, **who, **qui()) is None:
                abort(404)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(f"{asker.prenom} {asker.nom} est dans l’équipe de suivi.", "succes")
            return _back()
    return _page(vu, demande, asker, form, RefusForm(formdata=None))


@bp.post("/demandes/equipe/<uuid:acces_id>/refuser")
@requires(Permission.CREER_DOSSIER)
def refuser(acces_id: UUID) -> Reponse:
    vu, demande, asker = _waiting(acces_id)
    refus = RefusForm()
    if not refus.validate():
        return _page(vu, demande, asker, _form(vu, demande, asker, posted=False), refus)
    said = {"motif": MotifRefusEquipe(refus.motif.data), "par": requete.agent()}
    if services_demandes.refuse(requete.session(), vu.dossier, acces_id, **said, **qui()) is None:
        abort(404)
    flash("C’est noté : la personne saura que sa demande n’a pas de suite, sans en savoir plus.", "succes")
    return _back()


def _waiting(acces_id: UUID) -> tuple[DossierVisible, DemandeEquipe, Agent]:
    """A request that waits for this agent's answer, its dossier, and who asks; 404 for any other."""
    given = {"agent": requete.agent(), "today": requete.today(), "now": requete.now()}
    demande, code = load_waiting(requete.session(), acces_id, **given) or abort(404)
    vu = allowed(visible(code), lambda relation, _: may_invite(relation))
    return vu, demande, agent_by_id(requete.session(), demande.demandeur_id) or abort(404)


def _form(vu: DossierVisible, demande: DemandeEquipe, asker: Agent, *, posted: bool = True) -> CollegueForm:
    echeance = max(demande.echeance, requete.today())
    kind = PartageForm if is_partner(vu.dossier, asker) else CollegueForm
    data = partage_begun(demande.finalite, echeance=echeance)
    return kind(formdata=form_data() if posted else None, data=data)


def _page(vu: DossierVisible, demande: DemandeEquipe, asker: Agent, form: CollegueForm, refus: RefusForm) -> Reponse:
    return page(
        "demande_equipe.html",
        vu,
        status=status(),
        form=form,
        refus=refus,
        demande=demande,
        agent=asker,
        retour=url_for("demandes.demandes"),
        mots=_words(vu, demande),
        **terms(vu.dossier.annee_naissance),
    )


def _words(vu: DossierVisible, demande: DemandeEquipe) -> str:
    try:
        return ouvrir(vu.dossier, demande.mots, place=Place.DEMANDE_EQUIPE, row=demande.id)
    except Unreadable:
        return ""


def _back() -> Response:
    return redirect(url_for("demandes.demandes"), 303)
