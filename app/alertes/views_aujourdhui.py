"""*Aujourd’hui*: the few young people who come first this morning, and what can be done with one thumb."""

from __future__ import annotations

from flask import Blueprint, g, render_template, url_for

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot
from app.alertes.queries_aujourdhui import today_page
from app.alertes.queries_reglages import reglages_of
from app.alertes.rules_ordre import LIBELLES
from app.alertes.views_lignes import cartes
from app.audit.vocabulaire import Action
from app.jeunes.queries import open_identites, open_telephones

bp = Blueprint("aujourdhui", __name__, template_folder="templates")


@bp.get("/aujourdhui")
@requires(Permission.VOIR_SES_DOSSIERS)
def aujourdhui() -> str:
    """A few lines, so their numbers are there to be called: each is journalled as if it had been asked for."""
    agent, today, session = requete.agent(), requete.today(), requete.session()
    limite = reglages_of(session, agent.structure_id)["aujourdhui"]
    matin = today_page(session, agent, today, limite)
    # the same young people as those that the menu counts
    g.alertes_ouvertes = matin.total
    keys = requete.vault().keys(ligne.uid for ligne in matin.lignes)
    numeros = open_telephones(keys, matin.lignes)
    requete.journal_read(Action.ALERTE_CONSULTEE, nombre=len(matin.lignes))
    for ligne in matin.lignes:
        if ligne.uid in numeros:
            requete.journal_read(Action.NUMERO_REVELE, dossier=ligne.code)
    return render_template(
        "alertes/aujourdhui.html",
        cartes=cartes(matin.lignes, open_identites(keys, matin.lignes), today=today, agent=agent),
        lignes=matin.lignes,
        numeros=numeros,
        reste=matin.total - len(matin.lignes),
        total=matin.total,
        limite=limite,
        ordre=LIBELLES.values(),
        relais=agent.coordinateur,
        nouveau_depot=depot,
        retour=url_for("aujourdhui.aujourdhui"),
    )
