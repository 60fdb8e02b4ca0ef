"""Mon parcours: choosing what is printed, then one page for the young person, on screen, on paper or as a file."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, abort, current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.audit.vocabulaire import Action
from app.jeunes import views_feuille_mots as mots
from app.jeunes.queries import open_nom
from app.jeunes.queries_dossier import head_of
from app.jeunes.rules_feuille import PRENOM, Element, fits, may_be_minor, printed, ticked_at_first
from app.jeunes.vocabulaire_feuille import Rubrique
from app.parcours.queries import etapes_of
from app.parcours.queries_objectifs import objectifs_of
from app.parcours.views_acces import adresse, dossier_permis
from app.parcours.views_objectifs_mots import reading, shown
from app.referents.policies import may_log
from app.referents.queries import DossierVisible
from app.referents.queries_rendez_vous import contacts_of
from app.referents.queries_reponse import Repondant, answering
from app.referents.vocabulaire import Relation
from app.web.impression import engine, pdf_of

bp = Blueprint("feuille", __name__, template_folder="templates")
COCHE = "e"


@bp.get("/dossiers/<code>/mon-parcours")
@requires(Permission.NOTER)
def choisir(code: str) -> str:
    """What is ticked at first, or what was when the page was asked for."""
    vu, elements, mineur, repondants = _load(code, Action.DOSSIER_CONSULTE)
    asked = request.args.getlist(COCHE)
    ticked = frozenset(asked) if asked else ticked_at_first(elements, mineur=mineur)
    return _choice(vu, elements, ticked, mineur=mineur, repondants=repondants)


@bp.get("/dossiers/<code>/mon-parcours/feuille")
@requires(Permission.NOTER)
def feuille(code: str) -> str | tuple[str, int]:
    vu, elements, mineur, repondants = _load(code, Action.MON_PARCOURS_IMPRIME)
    ticked = frozenset(request.args.getlist(COCHE))
    chosen = printed(elements, ticked)
    if not chosen or not fits(chosen):
        why = "trop" if chosen else "rien"
        return _choice(vu, elements, ticked, mineur=mineur, repondants=repondants, refus=why), 422
    return _sheet(vu, chosen)


@bp.get("/dossiers/<code>/mon-parcours.pdf")
@requires(Permission.NOTER)
def pdf(code: str) -> Response:
    """404 where nothing can draw it: the page prints well without."""
    vu, elements, _, _ = _load(code, Action.MON_PARCOURS_IMPRIME)
    chosen = printed(elements, request.args.getlist(COCHE))
    if engine() is None or not chosen or not fits(chosen):
        abort(404)
    statique = Path(current_app.static_folder or "")
    drawn = pdf_of(_sheet(vu, chosen), statique=statique, prefixe=url_for("static", filename=""), style="")
    answer = Response(drawn, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'attachment; filename="mon-parcours.pdf"'
    return answer


def _load(code: str, action: Action) -> tuple[DossierVisible, list[Element], bool, list[Repondant]]:
    """Everything that may be ticked, in the order of the page; whether they may be a minor; who answers."""
    vu = dossier_permis(code, lambda seen: may_log(seen.relation), action=action)
    session, dossier, today = requete.session(), vu.dossier, requete.today()
    head, keys = head_of(session, dossier.id, today=today), requete.vault().keys([dossier.uid])
    nom, etapes = open_nom(keys, dossier.uid, code, head.identite), etapes_of(session, dossier.id)
    contacts = contacts_of(session, dossier.id, promis_par=None, today=today)
    found, _, _ = objectifs_of(session, dossier.id, lecture=reading(vu))
    repondants = list(answering(session, dossier, today=today))
    answered = bool(repondants) and repondants[0].relation is Relation.REFERENT
    elements = [
        *mots.first_name(nom),
        *mots.here(etapes, vu, today),
        *mots.next_things(contacts, etapes, vu, today),
        *mots.to_reach(repondants, head.referent_structure if answered else head.structure),
        *mots.goals(shown(found, keys, dossier.uid), today),
    ]
    born = nom.date_naissance or dossier.annee_naissance
    return vu, elements, may_be_minor(born, today), repondants


def _by_part(elements: list[Element]) -> list[tuple[Rubrique, list[Element]]]:
    parts = [(part, [element for element in elements if element.rubrique is part]) for part in Rubrique]
    return [(part, of_it) for part, of_it in parts if of_it]


def _choice(
    vu: DossierVisible,
    elements: list[Element],
    ticked: frozenset[str],
    *,
    mineur: bool,
    repondants: list[Repondant],
    refus: str = "",
) -> str:
    return render_template(
        "jeunes/mon_parcours.html",
        dossier=vu.dossier,
        retour=adresse(vu.dossier.code),
        prenom=next((element for element in elements if element.cle == PRENOM), None),
        parties=_by_part(elements),
        coches=ticked,
        mineur=mineur,
        decoche=mineur and any(element.maison for element in elements),
        sans_telephone=repondants[0] if repondants and not repondants[0].telephone else None,
        refus=refus,
    )


def _sheet(vu: DossierVisible, chosen: list[Element]) -> str:
    keys = [element.cle for element in chosen]
    return render_template(
        "jeunes/feuille.html",
        code=vu.dossier.code,
        prenom=next((element.texte for element in chosen if element.cle == PRENOM), ""),
        parties=_by_part(chosen),
        coches=keys,
        pdf=engine() is not None,
    )
