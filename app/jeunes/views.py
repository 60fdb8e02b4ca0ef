"""Nouveau jeune, identité, révéler le numéro."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.accounts import brouillons
from app.accounts.policies import Permission, requires
from app.accounts.requete import acteur, agent, journal_read, now, session, today, vault
from app.accounts.saisie import depot, forget_draft, form_data, with_draft
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.jeunes import queries, services, services_accueil
from app.jeunes.forms import IDENTITE_SAISIE, IdentiteForm, Inconnu, NouveauJeune, carried
from app.jeunes.rules_identite import age_of
from app.jeunes.services_accueil import Accueil, Reception
from app.jeunes.services_doublons import Ailleurs
from app.jeunes.vocabulaire import FormeInformation
from app.parcours.forms_suivis import CANAUX, RESULTATS, shown
from app.parcours.models import Dossier
from app.parcours.queries import last_territoire
from app.parcours.views_acces import apres
from app.parcours.views_cibles import UNIQUE
from app.parcours.views_propositions import annoncer, deux_versions, versions_reglees
from app.parcours.vocabulaire import Canal, Resultat
from app.parcours.vocabulaire_propositions import ObjetProposition
from app.programme.queries import territoires_ouverts
from app.referents.policies import may_amend, may_log
from app.referents.queries import DossierVisible, load_visible
from app.referents.queries_receveurs import possible_referents
from app.web.saisie import read_version

bp = Blueprint("jeunes", __name__, template_folder="templates")
Page = Response | tuple[str, int]


def amendable_dossier(code: str) -> Dossier:
    """The dossier of an address, for whoever may correct it; else the answer given to what does not exist."""
    return amendable(code).dossier


def amendable(code: str) -> DossierVisible:
    """The same, as this agent sees it."""
    found = load_visible(session(), code, agent=agent(), today=today())
    return found if found and may_amend(found.relation) else abort(404)


@bp.route("/dossiers/nouveau", methods=["GET", "POST"])
@requires(Permission.CREER_DOSSIER)
def nouveau() -> Page:
    return _welcome("jeunes/nouveau.html", NouveauJeune(formdata=form_data()))


@bp.route("/noter/inconnu", methods=["GET", "POST"])
@requires(Permission.CREER_DOSSIER)
def inconnu() -> Page:
    """Somebody met in the street: a nickname and two words, where and when this agent usually is."""
    known = {"territoire_id": last_territoire(session(), agent().id), "rencontre": "1"}
    return _welcome("jeunes/inconnu.html", Inconnu(formdata=form_data(), data=known))


def _welcome(template: str, form: NouveauJeune) -> Page:
    form.offer(
        territoires_ouverts(session()),
        possible_referents(session(), structure_id=agent().structure_id, today=today()),
        moi=agent().id if agent().referent else None,
    )
    if request.method == "GET":
        form.depot.data = str(depot())
    elif twin := request.form.get("meme"):
        return _same_person(form, twin)
    elif form.validate():
        try:
            return _received(form, _receive(form))
        except DepotConflict as conflict:
            if load_visible(session(), conflict.existing.code, agent=agent(), today=today()):
                return _already_created(form, conflict.existing)
            # handed over since: its name and first note are no longer theirs to see
            form.refuse(DomainError("depot_inconnu"))
        except DomainError as error:
            form.refuse(error)
    return render_template(template, form=form), 422 if form.errors else 200


def _receive(form: NouveauJeune) -> Reception:
    return services_accueil.receive(
        session(),
        vault(),
        services_accueil.prepare(Accueil(**form.values()), today=today()),
        referent_id=form.referent,
        autres=request.form.getlist("autres"),
        agent=agent(),
        acteur=acteur(),
        now=now(),
        today=today(),
    )


def _received(form: NouveauJeune, reception: Reception) -> Page:
    if reception.dossier is None and reception.jumeaux:
        journal_read(Action.LISTE_CONSULTEE, nombre=len(reception.jumeaux))
        ages = {twin.dossier_id: age_of(twin.nom.date_naissance, twin.annee_naissance, today=today())
                for twin in reception.jumeaux}  # fmt: skip
        autres = {*request.form.getlist("autres"), *(twin.nom.code for twin in reception.jumeaux)}
        page = {"jumeaux": reception.jumeaux, "ages": ages, "autres": sorted(autres), "porte": carried(form)}
        return render_template("jeunes/jumeaux.html", **page), 200
    if reception.dossier is None:
        # the page says that the identity is not kept: nor is its draft
        forget_draft()
        porte = carried(form, without=IDENTITE_SAISIE) | {"naissance": form.naissance.annee or ""}
        return render_template("jeunes/ailleurs.html", form=form, porte=porte), 200
    if reception.ailleurs is Ailleurs.LIMITE:
        flash("Dix recherches de doublons ont été faites aujourd’hui : celle-ci ne l’a pas été ailleurs.", "attention")
    flash("Le dossier est créé.", "succes")
    return redirect(url_for("dossier.dossier", code=reception.dossier.code), 303)


def _same_person(form: NouveauJeune, code: str) -> Response:
    """The agent recognised somebody: what was typed of the meeting becomes a note to reread, in their journal."""
    found = load_visible(session(), code, agent=agent(), today=today()) or abort(404)
    if not (form.note.data and may_log(found.relation)):
        return redirect(url_for("dossier.dossier", code=code), 303)
    page = url_for("suivis.noter", code=code)
    canal = form.canal.data if form.canal.data in set(Canal) else Canal.PRESENCE_RUE
    typed = shown(Canal(canal), CANAUX, "canal") | shown(Resultat.ECHANGE_FAIT, RESULTATS, "resultat")
    draft = brouillons.save(
        session(),
        vault(),
        agent_id=agent().id,
        chemin=page,
        saisie=[*typed.items(), ("quand", "aujourdhui"), ("mots", form.note.data)],
        now=now(),
    )
    return redirect(with_draft(page, draft), 303)


def _already_created(form: NouveauJeune, dossier: Dossier) -> Page:
    journal_read(Action.DOSSIER_CONSULTE, dossier=dossier.code)
    page = {
        "dossier": dossier,
        "nom": queries.nom_of(session(), vault(), dossier),
        "note": services_accueil.first_note(session(), vault(), dossier),
        "porte": carried(form, without=["depot"]) | {"depot": str(depot())},
    }
    return render_template("jeunes/deja_cree.html", form=form, **page), 409


@bp.route("/dossiers/<code>/identite", methods=["GET", "POST"])
@requires(Permission.NOTER)
def identite(code: str) -> Page:
    vu = amendable(code)
    if request.method == "POST":
        return _edit(vu)
    dossier = vu.dossier
    annoncer(vu, ObjetProposition.IDENTITE, UNIQUE)
    fiche = queries.identite_of(session(), vault(), dossier)
    journal_read(Action.NUMERO_REVELE if fiche and fiche.contact else Action.DOSSIER_CONSULTE, dossier=dossier.code)
    known = IdentiteForm.shown(fiche, annee=dossier.annee_naissance, anonymat=dossier.anonymat_demande)
    return _identity_page(IdentiteForm(formdata=form_data(), data=known), dossier)


def _edit(vu: DossierVisible) -> Page:
    form, dossier = IdentiteForm(), vu.dossier
    if form.validate():
        who = {"acteur": acteur(), "now": now(), "today": today()}
        said = {"version": read_version(form.version.data), **form.identity(), **who}
        try:
            with versions_reglees(vu, ObjetProposition.IDENTITE, UNIQUE):
                services.edit_identite(session(), vault(), dossier, **said)
        except StaleVersion:
            titre = "L’identité a changé pendant que vous écriviez"
            return deux_versions(vu, ObjetProposition.IDENTITE, UNIQUE, form, titre=titre)
        except DomainError as error:
            form.refuse(error)
        else:
            flash("L’identité est enregistrée.", "succes")
            return redirect(url_for("dossier.dossier", code=dossier.code), 303)
    return _identity_page(form, dossier)


def _identity_page(form: IdentiteForm, dossier: Dossier) -> Page:
    page = {"dossier": dossier, "nom": queries.nom_of(session(), vault(), dossier)}
    return render_template("jeunes/identite.html", form=form, **page), 422 if form.errors else 200


@bp.post("/dossiers/<code>/informe")
@requires(Permission.NOTER)
def informe(code: str) -> Page:
    """« Informé aujourd’hui, de vive voix »; the page of the identity corrects the day and the form."""
    dossier, forme = amendable_dossier(code), FormeInformation.ORALE
    if services.tell(session(), dossier, forme=forme, acteur=acteur(), now=now(), today=today()):
        notice = render_template("jeunes/_notice_informe.html", code=code)
        flash(Markup(notice), "succes")  # noqa: S704 - our own template, escaped
    else:
        flash("Rien n’a changé : l’information était déjà notée, ou ce dossier n’a pas encore de nom.", "info")
    return apres(code)


@bp.post("/dossiers/<code>/numero")
@requires(Permission.VOIR_SES_DOSSIERS)
def numero(code: str) -> Page:
    vu = load_visible(session(), code, agent=agent(), today=today()) or abort(404)
    page = {
        "dossier": vu.dossier,
        "nom": queries.nom_of(session(), vault(), vu.dossier),
        "numero": services.reveal_number(session(), vault(), vu.dossier, acteur=acteur(), now=now()),
        "noter": may_log(vu.relation),
        "corriger": may_amend(vu.relation),
    }
    return render_template("jeunes/numero.html", **page), 200
