"""Goals: writing one with the young person, correcting it, their agreement, ticking a small step in one tap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID, uuid4

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot, form_data
from app.db.cliche import Portion, portion
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.parcours import services_objectifs
from app.parcours.forms_objectifs import (
    LIGNES_DE_PLUS,
    LIGNES_NEUVES,
    REFUS_OBJECTIF,
    AccordForm,
    CorrigerObjectifForm,
    ObjectifForm,
    objectif_shown,
    said,
)
from app.parcours.forms_refus import REFUS
from app.parcours.models import Dossier
from app.parcours.models_objectifs import Objectif, PetitPas
from app.parcours.models_propositions import Proposition
from app.parcours.policies import may_read_objectif
from app.parcours.queries_objectifs import find_objectif, pas_of, past_of
from app.parcours.services_objectifs import Dit, PasDit
from app.parcours.views_acces import (
    Acte,
    adresse,
    apres,
    conflit,
    dossier_a_noter,
    dossier_vu,
    illisible,
    page,
    posted_depot,
    posted_version,
    qui,
    qui_suit,
    sceller,
    status,
    typed,
)
from app.parcours.views_annulation import annulable
from app.parcours.views_objectifs_mots import reading, said_pairs, shown, step_words, stored_pairs, words_of
from app.parcours.views_propositions import annoncer, deux_versions, versions_reglees
from app.parcours.vocabulaire import Theme
from app.parcours.vocabulaire_objectifs import StatutObjectif
from app.parcours.vocabulaire_propositions import ObjetProposition
from app.referents.policies import may_log, may_take_back
from app.referents.queries import DossierVisible
from app.vault.errors import Unreadable
from app.vault.places import Place

bp = Blueprint("objectifs", __name__, template_folder="templates")
bp.register_error_handler(Unreadable, illisible)
Reponse = Response | tuple[str, int]


@bp.route("/dossiers/<code>/objectifs", methods=["GET", "POST"])
@requires(Permission.NOTER)
def ecrire(code: str) -> Reponse:
    vu = dossier_a_noter(code)
    form = ObjectifForm(formdata=form_data(), data={"depot": depot()})
    if request.method == "POST" and form.validate():
        try:
            written = _write(vu.dossier, form)
        except DepotConflict as conflict:
            return _written_otherwise(vu, form, conflict.existing)
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Objectif enregistré.", "succes")
            return _back(code, written.id)
    form.add_lines(max(LIGNES_NEUVES, len(form.pas)))
    return page("objectif.html", vu, form=form, objectif=None), status()


def _write(dossier: Dossier, form: ObjectifForm) -> Objectif:
    key, today = posted_depot(), requete.today()
    steps = list(form.steps())
    return services_objectifs.write_objectif(
        requete.session(),
        dossier,
        agent=requete.agent(),
        objectif_id=key,
        depot=key,
        dit=_dit(dossier, form, key),
        pas=_sealed_steps(dossier, [(uuid4(), words) for _, words in steps]),
        accord_le=today if form.accord.data else None,
        same_words=lambda stored: words_of(dossier, stored) == _typed_words(form),
        same_steps=lambda stored: [step_words(dossier, step) for step in stored] == [words for _, words in steps],
        **qui(),
    )


@bp.route("/dossiers/<code>/objectifs/<uuid:objectif_id>", methods=["GET", "POST"])
@requires(Permission.NOTER)
def objectif(code: str, objectif_id: UUID) -> Reponse:
    """Correct a goal; its agreement and its removal are acts of their own, on the same page."""
    vu, found = _load(code, objectif_id)
    steps = pas_of(requete.session(), vu.dossier.id, found.id)
    shown = [(step, step_words(vu.dossier, step)) for step in steps]
    data = objectif_shown(found, words_of(vu.dossier, found), shown)
    form = CorrigerObjectifForm(formdata=form_data(), data=data)
    if request.method == "POST" and form.validate():
        kept = {ref for ref, _ in form.steps()}
        try:
            gone = sum(str(step.id) not in kept for step in steps)
            with _telling(vu.dossier, found, gone), versions_reglees(vu, ObjetProposition.OBJECTIF, found.id):
                _correct(vu.dossier, found, form, steps)
        except StaleVersion:
            titre = "Cet objectif a changé pendant que vous écriviez"
            return deux_versions(vu, ObjetProposition.OBJECTIF, found.id, form, titre=titre)
        except DomainError as error:
            form.refuse(error)
        else:
            return _back(code, found.id)
    annoncer(vu, ObjetProposition.OBJECTIF, found.id)
    form.add_lines(len(form.pas) + LIGNES_DE_PLUS if request.method == "GET" else len(form.pas))
    may_delete = may_take_back(vu.relation, author_id=found.cree_par, agent=requete.agent())
    shared = {"form": form, "objectif": found, "may_delete": may_delete, "accord": AccordForm(formdata=None)}
    return page("objectif.html", vu, **shared), status()


def _correct(dossier: Dossier, found: Objectif, form: CorrigerObjectifForm, steps: Sequence[PetitPas]) -> Objectif:
    known = {str(step.id): step.id for step in steps}
    # a line that the address of another goal would name is a new one here
    lines = [(known.pop(ref, None) or uuid4(), words) for ref, words in form.steps()]
    return services_objectifs.edit_objectif(
        requete.session(),
        dossier,
        found,
        version=posted_version(),
        agent=requete.agent(),
        statut=StatutObjectif(form.statut.data),
        dit=_dit(dossier, form, found.id),
        pas=_sealed_steps(dossier, lines),
        same_words=lambda stored: words_of(dossier, stored) == _typed_words(form),
        **qui(),
    )


@contextmanager
def _telling(dossier: Dossier, found: Objectif, gone: int) -> Iterator[None]:
    """Correct inside. What takes `gone` small steps out may be taken back; the rest is corrected again."""
    had = found.accord_le is not None
    if gone:
        said = (
            "Objectif corrigé, un petit pas enlevé." if gone == 1 else f"Objectif corrigé, {gone} petits pas enlevés."
        )
        with annulable(said, "petit_pas", *_portions(dossier, found), dossier=dossier):
            yield
    else:
        yield
    if had and found.accord_le is None:
        flash("Les mots ont changé : son accord est à redemander.", "attention")
    elif not gone:
        flash("Objectif corrigé.", "succes")


def _portions(dossier: Dossier, found: Objectif) -> list[Portion]:
    mine, of_it = {"dossier_id": dossier.id}, {"objectif_id": found.id}
    other = portion(Proposition, **mine, ligne_id=found.id)
    return [portion(Objectif, **mine, id=found.id), portion(PetitPas, **mine, **of_it), other]


@bp.post("/dossiers/<code>/objectifs/<uuid:objectif_id>/accord")
@requires(Permission.NOTER)
def accord(code: str, objectif_id: UUID) -> Reponse:
    """They said yes: today in one tap, or on the day that is written; or they take it back."""
    vu, found = _load(code, objectif_id)
    form, taken_back = AccordForm(), "retirer" in request.form
    if not form.validate():
        flash(form.accord_le.errors[0] if form.accord_le.errors else "Cette page a expiré.", "attention")
        return _to_goal(code, found.id)
    le = None if taken_back else form.accord_le.data or requete.today()
    try:
        services_objectifs.set_accord(
            requete.session(), vu.dossier, found, version=posted_version(), accord_le=le, **qui()
        )
    except StaleVersion:
        flash("Cet objectif a changé entre-temps : relisez-le ensemble avant de noter l’accord.", "attention")
        return _to_goal(code, found.id)
    except DomainError as error:
        flash((REFUS | REFUS_OBJECTIF)[error.code], "attention")
        return _to_goal(code, found.id)
    flash("Accord retiré." if taken_back else "Accord noté.", "succes")
    return _back(code, found.id)


@bp.post("/dossiers/<code>/objectifs/<uuid:objectif_id>/pas/<uuid:pas_id>")
@requires(Permission.NOTER)
def pas(code: str, objectif_id: UUID, pas_id: UUID) -> Reponse:
    """Tick a small step, or untick it: what is posted says which, so that a second tap changes nothing."""
    vu, found = _load(code, objectif_id)
    done = request.form.get("fait")
    if done not in ("oui", "non"):
        abort(400)
    who = {"acteur": requete.acteur(), "now": requete.now()}
    fait_le = requete.today() if done == "oui" else None
    try:
        services_objectifs.tick_pas(requete.session(), vu.dossier, found, pas_id, fait_le=fait_le, **who)
    except DomainError as error:
        if error.code == "pas_retire":
            abort(404)
        flash(REFUS[error.code], "attention")
    return _back(code, found.id)


@bp.post("/dossiers/<code>/objectifs/<uuid:objectif_id>/supprimer")
@requires(Permission.NOTER)
def supprimer(code: str, objectif_id: UUID) -> Reponse:
    vu, found = _load(code, objectif_id)
    if not may_take_back(vu.relation, author_id=found.cree_par, agent=requete.agent()):
        abort(404)
    who = {"version": posted_version(), "acteur": requete.acteur(), "now": requete.now()}
    try:
        with annulable("Objectif supprimé.", "objectif", *_portions(vu.dossier, found), dossier=vu.dossier):
            services_objectifs.delete_objectif(requete.session(), vu.dossier, found, **who)
    except StaleVersion:
        flash("Cet objectif a changé entre-temps : le voici.", "attention")
        return _to_goal(code, found.id)
    return apres(code)


@bp.get("/dossiers/<code>/objectifs/passes")
@requires(Permission.VOIR_SES_DOSSIERS)
def passes(code: str) -> Reponse:
    """Those that are over."""
    vu, after = dossier_vu(code), request.args.get("avant", type=UUID)
    found, more = past_of(requete.session(), vu.dossier.id, lecture=reading(vu), after=after)
    keys = requete.vault().keys([vu.dossier.uid])
    shared = {
        "base": adresse(code),
        "objectifs": shown(found, keys, vu.dossier.uid),
        "droits_objectifs": may_log(vu.relation) and vu.dossier.clos_le is None,
        "avant": after,
        "suivant": found[-1].objectif.id if more else None,
    }
    return page("objectifs_passes.html", vu, **shared), 200


def _load(code: str, objectif_id: UUID) -> tuple[DossierVisible, Objectif]:
    vu = dossier_a_noter(code)
    found = find_objectif(requete.session(), vu.dossier.id, objectif_id)
    whose = {"agent": requete.agent(), "genres": vu.genres}
    if found is None or not may_read_objectif(found.theme, author_id=found.cree_par, **whose):
        abort(404)
    return vu, found


def _back(code: str, objectif_id: UUID) -> Response:
    """To the goal, on its dossier."""
    return redirect(f"{adresse(code)}#objectif-{objectif_id}", 303)


def _to_goal(code: str, objectif_id: UUID) -> Response:
    return redirect(url_for("objectifs.objectif", code=code, objectif_id=objectif_id), 303)


def _dit(dossier: Dossier, form: ObjectifForm, row: UUID) -> Dit:
    jeune, pro = _typed_words(form)
    return Dit(
        Theme(form.theme.data),
        sceller(dossier, jeune, place=Place.OBJECTIF_JEUNE, row=row),
        sceller(dossier, pro, place=Place.OBJECTIF_PRO, row=row),
        form.echeance.data,
    )


def _typed_words(form: ObjectifForm) -> tuple[str, str]:
    return said(form.mots_jeune), said(form.mots_pro)


def _sealed_steps(dossier: Dossier, lines: Sequence[tuple[UUID, str]]) -> list[PasDit]:
    keys = requete.vault().keys([dossier.uid])
    place = Place.PETIT_PAS
    return [PasDit(row, keys.seal(dossier.uid, {"texte": words}, place=place, row=row)) for row, words in lines]


def _written_otherwise(vu: DossierVisible, form: ObjectifForm, earlier: Objectif) -> Reponse:
    """The back button, then other words: neither is lost."""
    another = url_for("objectifs.ecrire", code=vu.dossier.code, **qui_suit())
    correct = url_for("objectifs.objectif", code=vu.dossier.code, objectif_id=earlier.id, **qui_suit())
    again = typed(request.form)
    version = [("version", str(earlier.version)), ("statut", earlier.statut.value)]
    return conflit(
        vu,
        titre="Cet objectif est déjà enregistré, avec d’autres mots",
        enregistre=_stored(vu.dossier, earlier),
        saisi=said_pairs(form),
        actes=[
            Acte(correct, "Corriger l’objectif enregistré", [*again, *version]),
            Acte(another, "En écrire un autre", [*again, ("depot", str(depot()))], "bouton bouton-secondaire"),
        ],
    )


def _stored(dossier: Dossier, objectif: Objectif) -> list[tuple[str, str]]:
    steps = pas_of(requete.session(), dossier.id, objectif.id)
    words = [step_words(dossier, step) for step in steps]
    return stored_pairs(objectif, words_of(dossier, objectif), words)
