"""*Mes jeunes*, its search, and the inbox of alerts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.maison import maison
from app.accounts.models import Agent
from app.accounts.navigation import count_menu
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot
from app.alertes import queries, queries_portefeuille
from app.alertes.forms import RechercheForm, address_of, listes, read_filtre, read_page
from app.alertes.queries import Vue
from app.alertes.queries_lignes import Ligne
from app.alertes.queries_portefeuille import Lien
from app.alertes.rules import PAR_PAGE
from app.alertes.views_lignes import Carte, cartes
from app.audit.vocabulaire import Action
from app.jeunes.queries import open_identites, search
from app.web.saisie import lire_numero

bp = Blueprint("alertes", __name__, template_folder="templates")
RESULTATS = 50
VUES = {
    Vue.A_TRAITER: "À traiter",
    Vue.PORTEES: "Portées à votre attention",
    Vue.REPORTEES: "Reportées",
}


@bp.get("/mes-jeunes")
@requires(Permission.VOIR_SES_DOSSIERS)
def mes_jeunes() -> str:
    agent, today, session = requete.agent(), requete.today(), requete.session()
    defaut = Lien.REFERENT if agent.referent else Lien.EQUIPE
    filtre = read_filtre(request.args, defaut=defaut)
    page, par = read_page(request.args)
    found = queries_portefeuille.caseload(session, agent=agent, today=today, filtre=filtre, page=page, par=par)
    choix = queries_portefeuille.choices(session, agent=agent, today=today, filtre=filtre, page=found)
    asked = address_of(filtre)
    if filtre.lien is defaut:
        del asked["lien"]
    requete.journal_read(Action.LISTE_CONSULTEE, nombre=len(found.lignes))
    return render_template(
        "alertes/mes_jeunes.html",
        cartes=_opened(found.lignes, today),
        choix=choix,
        equipe=filtre.lien is Lien.EQUIPE,
        filtres=listes(filtre, choix),
        filtre=bool(asked),
        pages=_pages(asked, page, par, found.total),
        depot=depot(),
        relais=agent.coordinateur,
        retour=url_for("alertes.mes_jeunes", **asked, **_place(page, par)),
    )


@bp.post("/mes-jeunes/recherche")
@requires(Permission.VOIR_SES_DOSSIERS)
def recherche() -> Response | str | tuple[str, int]:
    """Names never stand in an address: the search is posted, and reads without the lock of a write."""
    form = RechercheForm()
    if not form.validate():
        return render_template("alertes/recherche.html", form=form, texte=form.texte.data, cartes=[], trouves=0), 422
    if not form.texte.data:
        return redirect(url_for("alertes.mes_jeunes"), 303)
    agent, today = requete.agent(), requete.today()
    with maison().database.reading() as session:
        ids = search(session, requete.vault(), agent=agent, texte=form.texte.data, today=today)
        lignes = queries_portefeuille.found(session, agent=agent, today=today, ids=ids[:RESULTATS])
        count_menu(session)
    requete.journal_read(Action.RECHERCHE, nombre=len(lignes))
    return render_template(
        "alertes/recherche.html",
        form=form,
        texte=form.texte.data,
        cartes=_opened(lignes, today),
        trouves=len(ids),
        depot=depot(),
        relais=agent.coordinateur,
        retour=url_for("alertes.mes_jeunes"),
    )


@bp.get("/alertes")
@requires(Permission.VOIR_SES_DOSSIERS)
def alertes() -> str:
    agent, today = requete.agent(), requete.today()
    vue = _view(agent)
    after = _mark(request.args.get("apres", ""))
    boite = queries.inbox(requete.session(), agent=agent, today=today, apres=after, vue=vue)
    requete.journal_read(Action.ALERTE_CONSULTEE, nombre=len(boite.lignes))
    suite = boite.suite
    nobody = agent.coordinateur and vue is Vue.A_TRAITER and not boite.lignes
    return render_template(
        "alertes/alertes.html",
        portees=nobody and queries.count_open(requete.session(), agent=agent, today=today),
        cartes=_opened(boite.lignes, today),
        vue=vue,
        vues=[(one, label) for one, label in VUES.items() if one is not Vue.PORTEES or agent.coordinateur],
        debut=_of(vue) if "apres" in request.args else None,
        suivant=_of(vue, apres=f"{suite.ordre}_{suite.due}_{suite.alerte_id}") if suite else None,
        depot=depot(),
        relais=agent.coordinateur,
        retour=_of(vue),
    )


def _view(agent: Agent) -> Vue:
    """The part of the inbox that an address asks for: what was brought up is for a coordinateur."""
    asked = request.args.get("vue", "")
    vue = Vue(asked) if asked in set(Vue) else Vue.A_TRAITER
    return Vue.A_TRAITER if vue is Vue.PORTEES and not agent.coordinateur else vue


def _of(vue: Vue, **more: str) -> str:
    return url_for("alertes.alertes", **({} if vue is Vue.A_TRAITER else {"vue": vue.value}), **more)


def _opened(lignes: Sequence[Ligne], today: date) -> list[Carte]:
    """The lines with their names: one statement on the key store."""
    uids: list[UUID] = [ligne.uid for ligne in lignes]
    return cartes(lignes, open_identites(requete.vault().keys(uids), lignes), today=today, agent=requete.agent())


def _place(page: int, par: int) -> dict[str, int]:
    first = {} if page == 1 else {"page": page}
    return first if par == PAR_PAGE[0] else first | {"par": par}


def _pages(asked: dict[str, str], page: int, par: int, total: int) -> dict[str, Any]:
    """What the pager shows. A page past the end leads back to the first."""

    def address(number: int, size: int) -> str:
        return url_for("alertes.mes_jeunes", **asked, **_place(number, size))

    last = min(page * par, total)
    return {
        "precedent": address(page - 1, par) if page > 1 else None,
        "suivant": address(page + 1, par) if last < total else None,
        "position": f"{(page - 1) * par + 1} à {last} sur {total}" if total > par else "",
        "par": par,
        "tailles": [(size, address(1, size)) for size in PAR_PAGE] if total > PAR_PAGE[0] else [],
    }


def _mark(text: str) -> queries.Repere | None:
    """Where the page before ended; what does not say it begins at the beginning."""
    try:
        ordre, due, alerte_id = text.split("_")
        return queries.Repere(lire_numero(ordre), date.fromisoformat(due), lire_numero(alerte_id))
    except ValueError:
        return None
