"""What follows a write, in Django's ORM: the same rows as the application derives, by the same pure rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace

from app.alertes import rules as alertes_rules
from app.alertes.rules_parametres import PARAMETRES, RYTHMES
from app.alertes.vocabulaire import Regle
from app.audit.rules import CHAINED, STREAMS, as_text, fingerprint
from app.parcours.rules import current_situation, spells
from app.parcours.vocabulaire import Contrat, GenreEtape, Intensite, Situation, StatutEtape
from bench.pair import coffre
from bench.pair.models import (
    Agent,
    Alerte,
    ContactPrevu,
    Dossier,
    EntreeJournal,
    Etape,
    Etat,
    SituationMois,
    Suivi,
    TeteFlux,
)


def refresh_dates(dossier: Dossier, **others: object) -> None:
    """The dates of the state row, from the events; `others` are written with them."""
    suivis = Suivi.objects.filter(dossier=dossier)
    exchanged = suivis.filter(resultat__in=["echange_fait", "rdv_pris"]).exclude(canal="entretien_tiers")
    planned = ContactPrevu.objects.filter(dossier=dossier, statut="prevu")
    Etat.objects.filter(dossier=dossier).update(
        dernier_contact=exchanged.order_by("-jour").values_list("jour", flat=True).first(),
        derniere_tentative=suivis.order_by("-jour").values_list("jour", flat=True).first(),
        prochain_contact=planned.order_by("jour").values_list("jour", flat=True).first(),
        **others,
    )


def refresh(dossier: Dossier) -> None:
    """The whole state row, and the situations by month when they changed."""
    steps = [_lived(etape) for etape in Etape.objects.filter(dossier=dossier).exclude(statut__in=["prevue", "annulee"])]
    now = current_situation(steps, ouvert_le=dossier.ouvert_le, clos_le=dossier.clos_le)
    refresh_dates(dossier, situation=now.situation, situation_depuis=now.depuis, etape_id=now.etape_id)
    found = [(s.m0, s.m1, s.situation, s.precedente) for s in spells(steps, dossier.ouvert_le, dossier.clos_le)]
    months = SituationMois.objects.filter(dossier=dossier).order_by("m0")
    if list(months.values_list("m0", "m1", "situation", "precedente")) != found:
        months.delete()
        names = ("m0", "m1", "situation", "precedente")
        SituationMois.objects.bulk_create(
            SituationMois(dossier=dossier, **dict(zip(names, row, strict=True))) for row in found
        )


def _lived(etape: Etape) -> SimpleNamespace:
    """A step as the rules read it."""
    return SimpleNamespace(
        id=etape.id,
        genre=GenreEtape(etape.genre),
        statut=StatutEtape(etape.statut),
        debut=etape.debut,
        fin=etape.fin,
        contrat=etape.contrat and Contrat(etape.contrat),
    )


@dataclass(frozen=True, slots=True)
class Cause:
    """An alert that should be open."""

    regle: str
    cle: str
    depuis: date
    due: date
    gravite: int
    faits: str


def reevaluate(dossier: Dossier) -> None:
    """Open and close the alerts of one dossier."""
    day, now = coffre.today(), coffre.Coffre.clock()
    etat = Etat.objects.get(dossier=dossier)
    wanted = {(cause.regle, cause.cle): cause for cause in _causes(dossier, etat) if cause.due <= day}
    stored = {(alerte.regle, alerte.cle): alerte for alerte in Alerte.objects.filter(dossier=dossier)}
    over = [alerte.id for key, alerte in stored.items() if alerte.fermee_le is None and key not in wanted]
    if over:
        Alerte.objects.filter(id__in=over).update(fermee_le=now)
    for key, cause in wanted.items():
        values = {name: getattr(cause, name) for name in ("depuis", "due", "gravite", "faits")}
        if key not in stored:
            Alerte.objects.create(dossier=dossier, regle=cause.regle, cle=cause.cle, ouverte_le=now, **values)
        elif stored[key].fermee_le is not None:
            Alerte.objects.filter(id=stored[key].id).update(fermee_le=None, **values)


def _causes(dossier: Dossier, etat: Etat) -> Iterator[Cause]:
    """Of two rules, where the application reads twenty-one: the peer does less, which favours it."""
    situation = Situation(etat.situation)
    if situation in RYTHMES:
        days = RYTHMES[situation] * Intensite(dossier.intensite).facteur
        since = etat.dernier_contact or etat.ouvert_le
        grave = situation in alertes_rules.SITUATIONS_GRAVES
        gravity = alertes_rules.GRAVITE_SILENCE_GRAVE if grave else alertes_rules.GRAVITE[Regle.SILENCE]
        facts = {"jours": days, "situation": situation, "intensite": dossier.intensite, "depart": "contact"}
        yield _cause(Regle.SILENCE, since.isoformat(), since, days, gravity, facts)
    for etape in Etape.objects.filter(dossier=dossier, statut__in=["prevue", "en_cours", "en_attente"]):
        expected = etape.debut if etape.statut == "prevue" else etape.fin_prevue
        if expected is not None:
            which = "debut" if etape.statut == "prevue" else "fin"
            facts = {"attendu": which, "genre": etape.genre}
            late = PARAMETRES["retard"].defaut
            yield _cause(Regle.ETAPE_EN_RETARD, etape.id.hex, expected, late, 3, facts)


def _cause(regle: Regle, cle: str, since: date, days: int, gravity: int, facts: dict[str, object]) -> Cause:
    return Cause(regle.value, cle, since, since + timedelta(days=days), gravity, json.dumps(facts))


def record(agent_id: int, dossier: Dossier) -> None:
    """One link of the journal of access."""
    structure_id = Agent.objects.values_list("structure_id", flat=True).get(pk=agent_id)
    flux = structure_id % STREAMS
    head, _ = TeteFlux.objects.select_for_update().get_or_create(flux=flux, defaults={"numero": 0, "tete": bytes(32)})
    line = {
        "flux": flux,
        "numero": head.numero + 1,
        "instant": coffre.Coffre.clock(),
        "agent_id": agent_id,
        "acteur": "agent",
        "action": "suivi_note",
        "dossier": coffre.Coffre.vault.pseudonymise(dossier.code),
        "nombre": None,
        "precision": None,
    }
    previous = bytes(head.tete)
    chained = [as_text(line[name]) if name == "instant" else line[name] for name in CHAINED]
    head.numero, head.tete = head.numero + 1, fingerprint(chained, previous)
    EntreeJournal.objects.create(**line, precedent=previous, empreinte=head.tete)
    head.save(update_fields=["numero", "tete"])
