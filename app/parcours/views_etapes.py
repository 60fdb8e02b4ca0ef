"""Steps: a new one, its page, its correction, and the acts that make it move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot, form_data
from app.db.cliche import portion
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.parcours import services_etapes
from app.parcours.forms_etapes import (
    FORMS_DES_ACTES,
    PROPRES,
    ActeForm,
    CorrigerEtapeForm,
    NouvelleEtapeForm,
    etape_shown,
    genres_by_famille,
    offer_ends,
)
from app.parcours.forms_refus import REFUS
from app.parcours.models import Dossier, Etape
from app.parcours.queries import etapes_of, find_etape
from app.parcours.rules_etapes import TRANSITIONS, Faits, actes_possibles
from app.parcours.views_acces import (
    Acte,
    Paires,
    apres,
    conflit,
    dossier_a_noter,
    dossier_permis,
    illisible,
    naissance_de,
    ouvrir,
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
from app.parcours.views_chantier import lacking_of
from app.parcours.views_propositions import annoncer, deux_versions, versions_reglees
from app.parcours.vocabulaire import ActeEtape, GenreEtape, StatutEtape
from app.parcours.vocabulaire_propositions import ObjetProposition
from app.referents.policies import may_write_etape
from app.referents.queries import DossierVisible
from app.vault.errors import Unreadable
from app.vault.places import Place
from app.web.filters import date_longue, paragraphes

bp = Blueprint("etapes", __name__, template_folder="templates")
bp.register_error_handler(Unreadable, illisible)
Reponse = Response | tuple[str, int]
SERVICES: dict[ActeEtape, Callable[..., Etape]] = {
    ActeEtape.COMMENCER: services_etapes.start_etape,
    ActeEtape.METTRE_EN_ATTENTE: services_etapes.hold_etape,
    ActeEtape.REPRENDRE: services_etapes.resume_etape,
    ActeEtape.TERMINER: services_etapes.finish_etape,
    ActeEtape.INTERROMPRE: services_etapes.interrupt_etape,
    ActeEtape.ANNULER: services_etapes.cancel_etape,
}
CHANGEE = "Cette étape a changé pendant que vous écriviez"
PERIMEE = "Une étape de ce dossier a changé pendant que vous écriviez. Relisez, puis enregistrez."


@bp.get("/dossiers/<code>/etapes/nouvelle")
@requires(Permission.NOTER)
def nouvelle(code: str) -> Reponse:
    return ajouter(code)


@bp.route("/dossiers/<code>/etapes", methods=["GET", "POST"])
@requires(Permission.NOTER)
def ajouter(code: str) -> Reponse:
    """The kind first, then a form that asks only what this kind needs."""
    vu, said = dossier_permis(code, may_write_etape), form_data(url_for("etapes.ajouter", code=code))
    genre = _genre(vu, (request.args if said is None else said).get("genre"))
    if genre is None:
        return page("etape_genre.html", vu, familles=genres_by_famille(vu.genres)), status()
    form = NouvelleEtapeForm(formdata=said, data=_begun(genre))
    form.offer(_etapes(vu), today=requete.today())
    answer = _add(vu, form) if request.method == "POST" and form.validate() else status()
    if not isinstance(answer, int):
        return answer
    own = form._fields.get(PROPRES.get(genre, ""))
    return page("etape_nouvelle.html", vu, form=form, genre=genre, propre=own), answer


def _begun(genre: GenreEtape) -> dict[str, Any]:
    return {"depot": depot(), "genre": genre.value, "statut": StatutEtape.EN_COURS.value}


def _genre(vu: DossierVisible, code: str | None) -> GenreEtape | None:
    """A kind that this agent sees."""
    return GenreEtape(code) if code in set(GenreEtape) and vu.shows(GenreEtape(code)) else None


def _etapes(vu: DossierVisible) -> list[Any]:
    """The steps that this agent may see."""
    return vu.shown(etapes_of(requete.session(), vu.dossier.id))


def _add(vu: DossierVisible, form: NouvelleEtapeForm) -> Reponse | int:
    """Write the step; what it answers, or the status of the form shown again."""
    key, dossier = posted_depot(), vu.dossier

    def same_precisions(stored: bytes | None) -> bool:
        return ouvrir(dossier, stored, place=Place.ETAPE, row=key) == form.texte

    try:
        services_etapes.add_etape(
            requete.session(),
            dossier,
            faits=form.faits(sceller(dossier, form.texte, place=Place.ETAPE, row=key)),
            etape_id=key,
            depot=key,
            closing=form.closing(),
            same_precisions=same_precisions,
            naissance=naissance_de(dossier),
            **qui(),
        )
    except DepotConflict as conflict:
        return _added_otherwise(vu, form, conflict.existing)
    except StaleVersion:
        return _reread(form, vu, form.genre_voulu())
    except DomainError as error:
        form.refuse(error)
        return 422
    flash("Étape enregistrée.", "succes")
    return _asked_next(vu, key) or apres(dossier.code)


def _asked_next(vu: DossierVisible, etape_id: UUID) -> Response | None:
    """A minor's chantier that lacks an agreement leads to the page where it is recorded."""
    etape = find_etape(requete.session(), vu.dossier.id, etape_id)
    if etape is None or etape.statut is not StatutEtape.PREVUE or not lacking_of(vu, etape):
        return None
    return redirect(url_for("chantier.conditions", code=vu.dossier.code, chantier_id=etape_id, **qui_suit()), 303)


def _reread(form: Any, vu: DossierVisible, genre: GenreEtape) -> int:
    """A step that was to be ended changed meanwhile: the form comes back with what there is now to end."""
    form.form_errors.append(PERIMEE)
    form.clore.raw_data = None
    offer_ends(form.clore, genre, _etapes(vu), today=requete.today())
    return 409


@bp.route("/dossiers/<code>/etapes/<uuid:etape_id>", methods=["GET", "POST"])
@requires(Permission.NOTER)
def etape(code: str, etape_id: UUID) -> Reponse:
    """The page of a step: what it is, what can be done with it, and its correction."""
    vu, found = _load(code, etape_id)
    texte = _words(vu.dossier, found)
    form = CorrigerEtapeForm(formdata=form_data(), data=etape_shown(found, texte))
    form.offer_genres(vu.genres)
    if request.method == "POST" and form.validate():
        try:
            with versions_reglees(vu, ObjetProposition.ETAPE, found.id):
                _correct(vu.dossier, found, form)
        except StaleVersion:
            return deux_versions(vu, ObjetProposition.ETAPE, found.id, form, titre=CHANGEE)
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Étape corrigée.", "succes")
            return apres(code)
    annoncer(vu, ObjetProposition.ETAPE, found.id)
    shown = {"etape": found, "actes": actes_possibles(found.statut), "pairs": _pairs(found, texte)}
    shown["conditions"] = lacking_of(vu, found)
    sans_form = [acte for acte in ActeEtape if acte not in FORMS_DES_ACTES]
    return page("etape.html", vu, form=form, directs=sans_form, **shown), status()


def _correct(dossier: Dossier, found: Etape, form: CorrigerEtapeForm) -> None:
    sealed = sceller(dossier, form.texte, place=Place.ETAPE, row=found.id)
    services_etapes.correct_etape(
        requete.session(),
        dossier,
        found,
        version=posted_version(),
        faits=form.faits(sealed),
        naissance=naissance_de(dossier),
        **qui(),
    )


@bp.route("/dossiers/<code>/etapes/<uuid:etape_id>/<acte>", methods=["GET", "POST"])
@requires(Permission.NOTER)
def agir(code: str, etape_id: UUID, acte: str) -> Reponse:
    """Commencer, mettre en attente, reprendre, terminer, interrompre, annuler."""
    if acte not in set(ActeEtape):
        abort(404)
    act = ActeEtape(acte)
    vu, found = _load(code, etape_id)
    if request.method == "GET" and act not in actes_possibles(found.statut):
        flash(REFUS["transition_impossible"], "info")
        return redirect(url_for("etapes.etape", code=code, etape_id=etape_id), 303)
    form = _form_of(act, vu, found)
    answer = _act(vu, found, act, form) if request.method == "POST" and form.validate() else status()
    if not isinstance(answer, int):
        return answer
    shown = {"form": form, "etape": found, "acte": act, "pairs": _pairs(found)}
    if act is ActeEtape.COMMENCER:
        shown["conditions"] = lacking_of(vu, found)
    return page("etape_acte.html", vu, **shown), answer


def _form_of(act: ActeEtape, vu: DossierVisible, found: Etape) -> ActeForm:
    today = requete.today()
    data = {"version": str(found.version), "debut": min(found.debut, today), "fin": today}
    form = FORMS_DES_ACTES.get(act, ActeForm)(formdata=form_data(), data=data)
    if "clore" in form:
        others = [other for other in _etapes(vu) if other.id != found.id]
        offer_ends(form.clore, found.genre, others, today=today)
    return form


def _act(vu: DossierVisible, found: Etape, act: ActeEtape, form: ActeForm) -> Reponse | int:
    """Do it; what it answers, or the status of the form shown again."""
    born = {"naissance": naissance_de(vu.dossier)} if act is ActeEtape.COMMENCER else {}
    said = {"version": posted_version(), **form.values(), **born, **qui()}
    rows = portion(Dossier, id=vu.dossier.id), portion(Etape, dossier_id=vu.dossier.id)
    try:
        with annulable("Étape enregistrée.", "etape", *rows, dossier=vu.dossier):
            SERVICES[act](requete.session(), vu.dossier, found, **said)
    except StaleVersion as stale:
        if stale.current is not found:
            return _reread(form, vu, found.genre)
        return _changed_meanwhile(vu, stale.current, saisi=_act_pairs(act, form), act=act)
    except DomainError as error:
        form.refuse(error)
        return 422
    return apres(vu.dossier.code)


def _load(code: str, etape_id: UUID) -> tuple[DossierVisible, Etape]:
    vu = dossier_a_noter(code)
    found = find_etape(requete.session(), vu.dossier.id, etape_id)
    if found is None or not vu.shows(found.genre):
        abort(404)
    return vu, found


def _words(dossier: Dossier, etape: Etape) -> str:
    return ouvrir(dossier, etape.precisions, place=Place.ETAPE, row=etape.id)


def _added_otherwise(vu: DossierVisible, form: NouvelleEtapeForm, earlier: Etape) -> Reponse:
    if not vu.shows(earlier.genre):
        # its kind was corrected since
        abort(404)
    code, again = vu.dossier.code, typed(request.form)
    another = url_for("etapes.ajouter", code=code, **qui_suit())
    corrected = [(name, value) for name, value in again if name not in ("statut", "clore")]
    corrected += [("statut", form.statut_voulu().value), ("version", str(earlier.version))]
    return conflit(
        vu,
        titre="Cette étape est déjà enregistrée, autrement",
        enregistre=_pairs(earlier, _words(vu.dossier, earlier)),
        saisi=_pairs(form.faits(None), form.texte),
        actes=[
            Acte(
                url_for("etapes.etape", code=code, etape_id=earlier.id, **qui_suit()),
                "Corriger l’étape enregistrée",
                corrected,
            ),
            Acte(another, "En noter une autre", [*again, ("depot", str(depot()))], "bouton bouton-secondaire"),
        ],
    )


def _changed_meanwhile(vu: DossierVisible, current: Etape, *, saisi: Paires, act: ActeEtape | None = None) -> Reponse:
    again = [*typed(request.form), ("version", str(current.version))]
    possible = act is None or current.statut in TRANSITIONS[act][0]
    return conflit(
        vu,
        titre=CHANGEE,
        enregistre=_pairs(current, _words(vu.dossier, current)),
        saisi=saisi,
        actes=[Acte(request.full_path, "Enregistrer ma version", again)] if possible else [],
    )


def _pairs(etape: Etape | Faits, texte: str = "") -> Paires:
    shown = [
        ("Genre", etape.genre.label),
        ("Où en est-elle", etape.statut.label),
        ("Début prévu" if etape.statut is StatutEtape.PREVUE else "Début", date_longue(etape.debut)),
        ("Fin prévue", date_longue(etape.fin_prevue)),
        ("Dernier jour", date_longue(etape.fin)),
        ("Issue", etape.issue.label if etape.issue else ""),
        ("Contrat", etape.contrat.label if etape.contrat else ""),
        ("Niveau visé", etape.niveau_vise.label if etape.niveau_vise else ""),
        ("Heures", "" if etape.heures is None else str(etape.heures)),
        ("Précisions", paragraphes(texte)),
    ]
    return [(term, said) for term, said in shown if said]


def _act_pairs(act: ActeEtape, form: ActeForm) -> Paires:
    said = form.values()
    shown = [("Acte", act.label)]
    shown += [(form[name].label.text, date_longue(said[name])) for name in ("debut", "fin") if name in said]
    return shown + [(form[name].label.text, said[name].label) for name in ("statut", "issue") if said.get(name)]
