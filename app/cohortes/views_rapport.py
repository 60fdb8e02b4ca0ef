"""The yearly report of the contrat de ville, its comments, its PDF, and the one for the people who live there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Reponse

from app.accounts.policies import Permission, requires
from app.audit.vocabulaire import Action
from app.cohortes import queries_commentaires, queries_contrats, queries_releves, services_commentaires
from app.cohortes.acces import acces
from app.cohortes.forms_habitants import DEMANDER, DEMANDER_POUR_SOI, GLOSSAIRE, MOTS_SIMPLES, bars, bars_alt, simples
from app.cohortes.forms_rapport import (
    CONTEXTE_PAPIER,
    Choix,
    CommentaireForm,
    axis_parts,
    fiche_of,
    parts_of,
    read_comment_address,
    read_report,
    running_foot,
)
from app.cohortes.rules_rapport import territory_part
from app.cohortes.rules_treillis import Cle
from app.cohortes.vocabulaire import Mesure
from app.db.errors import DomainError, StaleVersion
from app.web.impression import engine, pdf_of
from app.web.saisie import read_version

bp = Blueprint("cohortes_rapport", __name__, template_folder="templates")


@bp.context_processor
def _words() -> dict[str, object]:
    return CONTEXTE_PAPIER


@bp.get("/cohortes/rapport")
@requires(Permission.VOIR_COHORTES)
def rapport() -> str:
    return _report(_asked())


@bp.get("/cohortes/rapport.pdf")
@requires(Permission.VOIR_COHORTES)
def pdf() -> Response:
    """404 where nothing can draw it: the page prints well without."""
    choix = _asked()
    if engine() is None or choix.millesime is None:
        abort(404)
    statique = Path(current_app.static_folder or "")
    prefixe = url_for("static", filename="")
    drawn = pdf_of(_report(choix), statique=statique, prefixe=prefixe, style=running_foot(choix))
    answer = Response(drawn, mimetype="application/pdf")
    name = f"rapport-{choix.annee}-{choix.contrat.code}.pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.get("/cohortes/rapport.css")
@requires(Permission.VOIR_COHORTES)
def pied() -> Response:
    """What stands at the foot of each printed page; the policy allows no style but in a file."""
    return Response(running_foot(_asked()), mimetype="text/css")


@bp.get("/cohortes/rapport/habitants")
@requires(Permission.VOIR_COHORTES)
def habitants() -> str:
    choix, session = _asked(), acces().session()
    lieux, releves = queries_contrats.lieux(session), {}
    if choix.millesime is not None:
        cles = [Cle(), *(lieu.cle for lieu in lieux)]
        releves = queries_releves.several(session, cles, Mesure, jusqua=choix.millesime)
    acces().journal_read(Action.COHORTE_CONSULTEE, nombre=sum(bool(found) for found in releves.values()))
    tout = releves.get(Cle(), {})
    places = [(lieu, releves[lieu.cle][Mesure.SITUATIONS]) for lieu in lieux if releves.get(lieu.cle)]
    return render_template(
        "cohortes/rapport_habitants.html",
        choix=choix,
        simples=simples(tout),
        barres=bars(tout),
        description=bars_alt(tout),
        noms=MOTS_SIMPLES,
        glossaire=GLOSSAIRE,
        demander=DEMANDER,
        demander_pour_soi=DEMANDER_POUR_SOI,
        lieux=places,
        structure=acces().agent().structure,
        delegue=queries_contrats.data_officer(session),
    )


@bp.route("/cohortes/rapport/commentaire", methods=["GET", "POST"])
@bp.route("/cohortes/rapport/commentaire/<annee>/<partie>", methods=["GET", "POST"])
@requires(Permission.VOIR_COHORTES)
def commentaire(**part: str) -> Reponse | tuple[str, int]:
    """A draft is known by the path of its page: the one that the report leads to says which part is being written."""
    adresse, label = _part(**part)
    annee, partie = adresse["annee"], adresse["partie"]
    found = queries_commentaires.comments_of(acces().session(), annee).get(partie)
    stored = {"texte": found.texte if found else "", "version": str(found.version if found else 0)}
    form = CommentaireForm(formdata=acces().form_data(), data=stored)
    page = {"adresse": adresse, "label": label, "form": form}
    if request.method != "POST" or not form.validate():
        return render_template("cohortes/rapport_commentaire.html", existe=found, **page), _status()
    try:
        services_commentaires.write_comment(
            acces().session(),
            annee=annee,
            partie=partie,
            texte=form.texte.data,
            version=read_version(form.version.data),
            agent=acces().agent(),
            acteur=acces().acteur(),
            now=acces().now(),
        )
    except StaleVersion as stale:
        return render_template("cohortes/rapport_conflit.html", actuel=stale.current, **page), 409
    except DomainError as error:
        form.refuse(error)
        return render_template("cohortes/rapport_commentaire.html", existe=found, **page), 422
    flash("Le commentaire est enregistré. Il paraît dans le rapport.", "succes")
    return _back(adresse)


@bp.post("/cohortes/rapport/commentaire/supprimer")
@requires(Permission.VOIR_COHORTES)
def supprimer() -> Reponse | tuple[str, int]:
    adresse, label = _part()
    which = {"annee": adresse["annee"], "partie": adresse["partie"]}
    version = read_version(request.form.get("version"))
    who = {"acteur": acces().acteur(), "now": acces().now()}
    try:
        services_commentaires.delete_comment(acces().session(), version=version, **which, **who)
    except StaleVersion as stale:
        page = {"adresse": adresse, "label": label, "form": None}
        return render_template("cohortes/rapport_conflit.html", actuel=stale.current, **page), 409
    flash("Le commentaire est supprimé.", "succes")
    return _back(adresse)


def _report(choix: Choix) -> str:
    session = acces().session()
    shared: dict[str, Any] = {"choix": choix, "pdf": engine() is not None, "structure": acces().agent().structure}
    if choix.millesime is None:
        return render_template("cohortes/rapport.html", **shared)
    lieux = queries_contrats.lieux(session)
    cles = [Cle(), *(lieu.cle for lieu in lieux)]
    releves = queries_releves.several(session, cles, Mesure, jusqua=choix.millesime)
    refus = queries_contrats.refused_at(session, choix.millesime)
    published = [(lieu, releves[lieu.cle]) for lieu in lieux if releves[lieu.cle]]
    axes = [axe for axe in queries_contrats.axes(session) if axe.contrat_id == choix.contrat.id]
    acces().journal_read(Action.COHORTE_CONSULTEE, nombre=len(published) + 1)
    return render_template(
        "cohortes/rapport.html",
        tout=fiche_of("Tous les jeunes", releves[Cle()], refus={}, raison=refus.get(Cle())),
        axes=axis_parts(axes, releves[Cle()], published),
        fiches=[
            (partie, fiche_of(lieu.nom, found, refus={}, raison=refus.get(lieu.cle), partie=partie))
            for lieu, found in published
            for partie in [territory_part(lieu.id)]
        ],
        tus=[(lieu.nom, refus[lieu.cle].label) for lieu in lieux if lieu.cle in refus and not releves[lieu.cle]],
        commentaires=queries_commentaires.comments_of(session, choix.annee),
        delegue=queries_contrats.data_officer(session),
        **shared,
    )


def _asked() -> Choix:
    session = acces().session()
    return read_report(
        request.args,
        millesimes=queries_releves.millesimes(session),
        contrats=queries_contrats.contrats(session),
        today=acces().today(),
    ) or abort(404)


def _part(**part: str) -> tuple[dict[str, Any], str]:
    """What the address holds, and the words of its part; the summary of the last report when it says nothing."""
    session = acces().session()
    parties = parts_of(queries_contrats.axes(session), queries_contrats.lieux(session))
    adresse = read_comment_address(
        MultiDict({**request.args.to_dict(), **part}),
        parties=parties,
        contrats=queries_contrats.contrats(session),
        millesimes=queries_releves.millesimes(session),
        today=acces().today(),
    )
    return (adresse, parties[adresse["partie"]]) if adresse else abort(404)


def _back(adresse: dict[str, Any]) -> Reponse:
    report = {"annee": adresse["annee"], "contrat": adresse["contrat"], "_anchor": adresse["partie"]}
    return redirect(url_for("cohortes_rapport.rapport", **report), 303)


def _status() -> int:
    return 422 if request.method == "POST" else 200
