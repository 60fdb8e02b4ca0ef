"""Two people wrote over each other: both texts side by side, the one that lost kept for both of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms import Form

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.audit.vocabulaire import Action
from app.db.cliche import portion
from app.db.errors import DomainError
from app.parcours.forms_refus import REFUS
from app.parcours.forms_suivis import AUTRE, CorrigerSuiviForm
from app.parcours.models_propositions import Proposition
from app.parcours.queries_propositions import find_proposition, propositions_of
from app.parcours.services_propositions import keep_proposition, settle_proposition
from app.parcours.views_acces import Acte, adresse, dossier_permis, illisible, page, posted_depot, typed
from app.parcours.views_annulation import annulable
from app.parcours.views_cibles import Cible, cible_of
from app.parcours.vocabulaire_propositions import ObjetProposition
from app.referents.policies import may_amend
from app.referents.queries import DossierVisible
from app.vault.errors import Unreadable
from app.vault.places import Place
from app.web.deux_textes import as_posted, belongs, marked, said_by

bp = Blueprint("propositions", __name__, template_folder="templates")
bp.register_error_handler(Unreadable, illisible)
Reponse = Response | tuple[str, int]
# what a form posts beside its fields: under which id to keep what it replaces, and which version it adopts
AUTRE_VERSION, ADOPTEE = "autre-version", "proposition"
_COORDONNEES = frozenset({ObjetProposition.IDENTITE, ObjetProposition.REPRESENTANT})
SECONDAIRE = "bouton bouton-secondaire"


@dataclass(frozen=True, slots=True)
class EnAttente:
    """What a page says of another version: of what, from whom, since when, and where both are."""

    objet: ObjetProposition
    qui: str
    cree_le: datetime
    url: str


def deux_versions(vu: DossierVisible, objet: ObjetProposition, ligne_id: UUID, form: Form, *, titre: str) -> Reponse:
    """409: somebody wrote meanwhile. Either text stays, and the other is kept as a proposal for both people."""
    cible = cible_of(vu, objet, ligne_id) or abort(404)
    _reveal(vu, objet)
    mine = [*typed(request.form), ("version", str(cible.version)), (AUTRE_VERSION, str(uuid4()))]
    kept = [*_sent(form), ("objet", objet.value), ("ligne", str(ligne_id)), ("depot", str(uuid4()))]
    draft = [pair for pair in typed(request.form) if pair[0] == "brouillon"]
    here = url_for("propositions.garder", code=vu.dossier.code)
    return _page(
        vu,
        cible,
        said_by(form),
        titre=titre,
        autre="Ce que vous venez d’écrire",
        actes=[
            Acte(request.full_path, "Enregistrer ma version", mine),
            Acte(here, "Garder l’autre, proposer la mienne", [*kept, *draft], SECONDAIRE),
        ],
    ), 409


@contextmanager
def versions_reglees(vu: DossierVisible, objet: ObjetProposition, ligne_id: UUID) -> Iterator[None]:
    """Edit inside: what it replaces is kept when the form asks for it, and the version that it adopts is settled."""
    other, adopted = _posted(AUTRE_VERSION), _posted(ADOPTEE)
    before = cible_of(vu, objet, ligne_id) if other else None
    yield
    who = {"acteur": requete.acteur(), "now": requete.now()}
    if adopted:
        settle_proposition(requete.session(), vu.dossier, proposition_id=adopted, adoptee=True, **who)
    if other and before:
        writers = {"auteur_id": before.auteur_id, "autre_id": requete.agent().id}
        _keep(vu, before, other, _sent(before.stored), **writers)


def annoncer(vu: DossierVisible, objet: ObjetProposition | None = None, ligne_id: UUID | None = None) -> None:
    """Say on this page which other versions wait for this agent: of the dossier, or of one of its rows."""
    rows = propositions_of(requete.session(), vu.dossier.id, agent_id=requete.agent().id)
    asked = [row for row in rows if objet is None or (row.objet, row.ligne_id) == (objet, ligne_id)]
    asked = [row for row in asked if _is_shown(vu, row)]
    g.propositions = [
        EnAttente(row.objet, f"{row.prenom} {row.nom}" if row.prenom else "", row.cree_le, _url(vu, row.id))
        for row in asked
    ]


@bp.get("/dossiers/<code>/propositions/<uuid:proposition_id>")
@requires(Permission.NOTER)
def voir(code: str, proposition_id: UUID) -> Reponse:
    """What is stored, and the version that waits."""
    vu, found, cible = _load(code, proposition_id)
    _reveal(vu, found.objet)
    saisie = [(name, value) for name, value in _open(vu, found)]
    adopt = [*saisie, ("version", str(cible.version)), (ADOPTEE, str(found.id)), (AUTRE_VERSION, str(uuid4()))]
    aside = url_for("propositions.ecarter", code=code, proposition_id=found.id)
    mine = found.auteur_id == requete.agent().id
    return _page(
        vu,
        cible,
        said_by(cible.written(saisie)),
        titre=f"Deux versions : {found.objet.label[0].lower()}{found.objet.label[1:]}",
        autre="Votre version" if mine else "L’autre version",
        actes=[Acte(cible.url, "Adopter cette version", adopt), Acte(aside, "L’écarter", [], SECONDAIRE)],
    ), 200


@bp.post("/dossiers/<code>/propositions")
@requires(Permission.NOTER)
def garder(code: str) -> Reponse:
    """What is stored stays; what was written against it is kept for both people."""
    vu = dossier_permis(code, lambda seen: may_amend(seen.relation))
    objet = next((one for one in ObjetProposition if one.value == request.form.get("objet")), None) or abort(400)
    ligne_id = _posted("ligne") or abort(400)
    cible = cible_of(vu, objet, ligne_id) or abort(404)
    form = cible.written(_fields(cible))
    if not form.validate():
        abort(400)
    try:
        writers = {"auteur_id": requete.agent().id, "autre_id": cible.auteur_id}
        _keep(vu, cible, posted_depot(), _sent(form), **writers)
    except DomainError as error:
        flash(REFUS[error.code], "attention")
    else:
        flash(
            "Ce qui était enregistré reste. Votre version est gardée : vous la voyez ici, et son auteur aussi.",
            "succes",
        )
    return redirect(adresse(code), 303)


@bp.post("/dossiers/<code>/propositions/<uuid:proposition_id>/ecarter")
@requires(Permission.NOTER)
def ecarter(code: str, proposition_id: UUID) -> Response:
    vu, found, _ = _load(code, proposition_id)
    rows = portion(Proposition, dossier_id=vu.dossier.id, id=found.id)
    who = {"acteur": requete.acteur(), "now": requete.now()}
    with annulable("L’autre version est écartée.", "proposition", rows, dossier=vu.dossier):
        settle_proposition(requete.session(), vu.dossier, proposition_id=found.id, adoptee=False, **who)
    return redirect(adresse(code), 303)


def _load(code: str, proposition_id: UUID) -> tuple[DossierVisible, Proposition, Cible]:
    """For one of the two who wrote, as long as they may edit what it is about."""
    vu = dossier_permis(code, lambda seen: may_amend(seen.relation))
    found = find_proposition(requete.session(), vu.dossier.id, proposition_id, agent_id=requete.agent().id)
    cible = found and cible_of(vu, found.objet, found.ligne_id)
    shown = found and cible and cible.shows(cible.written(_open(vu, found)))
    return (vu, found, cible) if found and cible and shown else abort(404)


def _is_shown(vu: DossierVisible, row: Any) -> bool:
    """Whether this agent may edit what it is about, and read this version of it, which a partner may not."""
    cible = cible_of(vu, row.objet, row.ligne_id)
    if cible is None or vu.genres is None:
        return cible is not None
    found = find_proposition(requete.session(), vu.dossier.id, row.id, agent_id=requete.agent().id)
    return found is not None and cible.shows(cible.written(_open(vu, found)))


def _page(
    vu: DossierVisible, cible: Cible, other: Sequence[tuple[str, str]], *, titre: str, autre: str, actes: list[Acte]
) -> str:
    stored = said_by(cible.stored)
    both = {"enregistre": stored, "saisi": other, "actes": actes}
    marks = {"enregistre_marque": marked(stored, other), "saisi_marque": marked(other, stored)}
    return page("conflit.html", vu, titre=titre, autre=autre, sans_lien=True, **both, **marks)


def _keep(vu: DossierVisible, cible: Cible, key: UUID, saisie: list[tuple[str, str]], **writers: int | None) -> None:
    keys = requete.vault().keys([vu.dossier.uid])
    sealed = keys.seal(vu.dossier.uid, {"saisie": saisie}, place=Place.PROPOSITION, row=key)
    of = {"objet": cible.objet, "ligne_id": cible.ligne_id, "acteur": requete.acteur(), "now": requete.now()}
    keep_proposition(requete.session(), vu.dossier, proposition_id=key, contenu=sealed, **of, **writers)


def _open(vu: DossierVisible, found: Proposition) -> list[tuple[str, str]]:
    keys = requete.vault().keys([vu.dossier.uid])
    return keys.open(vu.dossier.uid, found.contenu, place=Place.PROPOSITION, row=found.id)["saisie"]


def _sent(form: Form) -> list[tuple[str, str]]:
    """The fields to keep; a day is written in full, since « aujourd’hui » will be another one."""
    if not isinstance(form, CorrigerSuiviForm):
        return as_posted(form)
    day = form.values()["jour"]
    others = [pair for pair in as_posted(form) if pair[0] not in ("quand", "jour")]
    return [*others, ("quand", AUTRE), ("jour", f"{day:%d/%m/%Y}")]


def _fields(cible: Cible) -> list[tuple[str, str]]:
    """What was posted of the form itself."""
    own = cible.stored
    return [(name, value) for name, value in typed(request.form) if belongs(name, own)]


def _reveal(vu: DossierVisible, objet: ObjetProposition) -> None:
    if objet in _COORDONNEES:
        requete.journal_read(Action.NUMERO_REVELE, dossier=vu.dossier.code)


def _url(vu: DossierVisible, proposition_id: UUID) -> str:
    return url_for("propositions.voir", code=vu.dossier.code, proposition_id=proposition_id)


def _posted(name: str) -> UUID | None:
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        return None
