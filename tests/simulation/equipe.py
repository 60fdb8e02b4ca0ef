"""Référents and coordinateurs: what they look at, and what they do about it within the hours of a day."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

from app.accounts.models import Agent
from app.alertes.queries_lignes import Dite, Ligne
from app.alertes.rules_parametres import REPORT_PAR_DEFAUT, REPORTS
from app.alertes.vocabulaire import HORLOGES_LEGALES, Regle
from app.parcours.vocabulaire import Canal, GenreEtape, Intensite, MotifSortie, Resultat, StatutEtape
from app.parcours.vocabulaire_actes import GenreJalon, MoyenDemarche, ObjetVerification, ReponseVerification
from tests.simulation.calendrier import accueil
from tests.simulation.journal import Fiche, Pas, RendezVous, jours
from tests.simulation.registre import Registre
from tests.simulation.vie import ECOLES, VIDES, G, Jeune, Vie

REUSSIS = frozenset({Resultat.ECHANGE_FAIT, Resultat.RDV_PRIS})
MANQUES = (Resultat.SANS_REPONSE, Resultat.ABSENT_NON_EXCUSE, Resultat.COORDONNEES_INCORRECTES, Resultat.EXCUSE)
CANAUX = (Canal.ENTRETIEN, Canal.TELEPHONE, Canal.MESSAGE, Canal.PRESENCE_RUE, Canal.VISITE_DOMICILE)
# the same young person is not called every morning
REPIT = 4


@dataclass(eq=False, slots=True)
class Poste:
    """Somebody at work. `capacite`: how many young people they can take care of in a day."""

    compte: Agent
    capacite: int
    absences: list[tuple[date, date]]
    limite: int
    parti: date | None = None
    agenda: dict[date, list[tuple[Fiche, RendezVous]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def id(self) -> int:
        return self.compte.id

    def present(self, jour: date) -> bool:
        if self.parti is not None and jour >= self.parti:
            return False
        return not any(du <= jour <= au for du, au in self.absences)


class Actes:
    """What is done of one reason of an alert. Each returns nothing: what it changes, the engine sees."""

    def __init__(self, registre: Registre, vie: Vie, chance: Random, mission_locale: set[int]) -> None:
        self.registre, self.vie, self.chance = registre, vie, chance
        self.mission_locale = mission_locale
        self.essais: dict[int, date] = {}

    @property
    def jour(self) -> date:
        return self.registre.jour

    def hasard(self, share: float) -> bool:
        return self.chance.random() < share

    def traite(self, poste: Poste, ligne: Ligne) -> bool:
        """The first reason of a line, then most of the folded ones. Whether it took time."""
        fiche = self.registre.fiches[ligne.dossier_id]
        if fiche.id in self.registre.touches:
            return False
        if self.essais.get(fiche.id, date.min) > self.jour - jours(REPIT):
            return False
        before = fiche.version
        for rank, dite in enumerate(ligne.alertes):
            if fiche.id in self.registre.clotures or (rank and self.hasard(0.2)):
                break
            self.agit(poste, fiche, dite)
        return fiche.version != before

    def agit(self, poste: Poste, fiche: Fiche, dite: Dite) -> None:
        regle = Regle(dite.regle)
        before = fiche.version
        heard = self._heard_today(fiche)
        getattr(self, f"_{regle.value}", self._appelle)(poste, fiche, dite, json.loads(dite.faits))
        failed = fiche.version != before and not heard and not self._heard_today(fiche)
        if failed and self.hasard(0.3) and regle not in HORLOGES_LEGALES and fiche.clos_le is None:
            self.reporte(poste, fiche, dite, self.chance.randint(5, 14))

    def reporte(self, poste: Poste, fiche: Fiche, dite: Dite, days: int) -> None:
        longest = REPORTS.get(Regle(dite.regle), REPORT_PAR_DEFAUT)
        self.registre.reporte(fiche, dite.alerte_id, poste.id, self.jour + jours(min(days, longest)))

    def _heard_today(self, fiche: Fiche) -> bool:
        return bool(fiche.contacts) and fiche.contacts[-1][0] == self.jour and fiche.contacts[-1][2] in REUSSIS

    def pas_de(self, fiche: Fiche, cle: str) -> Pas | None:
        return next((pas for pas in fiche.pas if pas.id == UUID(cle)), None)

    # -- meeting

    def rencontre(self, poste: Poste, fiche: Fiche) -> bool:
        """Try to reach the young person; whether it succeeded, and if so everything that comes with it."""
        if self._heard_today(fiche):
            return True
        if self.essais.get(fiche.id) == self.jour:
            return False
        self.essais[fiche.id] = self.jour
        jeune = self.vie.jeunes[fiche.id]
        lost = jeune.perdu is not None and jeune.perdu[0] <= self.jour < jeune.perdu[1]
        if lost or not self.hasard(jeune.joignable * accueil(self.jour)):
            resultat = self.chance.choices(MANQUES, (62, 20, 10, 8))[0]
            self.registre.suivi(fiche, poste.id, Canal.TELEPHONE, resultat)
            return False
        self.entretien(poste, jeune)
        return True

    def entretien(self, poste: Poste, jeune: Jeune, canal: Canal | None = None) -> None:
        fiche = jeune.fiche
        self.registre.suivi(fiche, poste.id, canal or self.chance.choice(CANAUX), Resultat.ECHANGE_FAIT)
        for rdv in fiche.rendez_vous:
            if rdv.prevu and rdv.jour <= self.jour:
                self.registre.solde(fiche, rdv, tenu=True)
        self.vie.apprend(jeune, self.jour)
        if fiche.informe_le is None and self.hasard(0.8):
            self.registre.informe(fiche)
        if self.hasard(0.35) and not any(rdv.prevu for rdv in fiche.rendez_vous):
            rdv = self.registre.prevoit(fiche, self.jour + jours(self.chance.randint(3, 40)))
            poste.agenda[rdv.jour].append((fiche, rdv))
        if self.hasard(0.015):
            self.registre.attend(fiche, self.jour + jours(self.chance.randint(14, 90)))
        self._ajuste(fiche)

    def _ajuste(self, fiche: Fiche) -> None:
        """Follow less closely what goes well, begin a chantier, close what is over."""
        genres = {pas.genre for pas in fiche.ouverts()}
        stable = bool(genres - VIDES - {G.SCOLARITE_FRAGILE, G.CHANTIER_EDUCATIF, G.RACCROCHAGE})
        if fiche.age(self.jour) >= 26 and self.hasard(0.5):
            return self.registre.clot(fiche, MotifSortie.LIMITE_AGE)
        if stable and self.hasard(0.01):
            motif = MotifSortie.EMPLOI_DURABLE if G.EMPLOI in genres else MotifSortie.OBJECTIFS_ATTEINTS
            return self.registre.clot(fiche, motif)
        if stable and self.hasard(0.08):
            calmer = Intensite.SUIVI if fiche.intensite is Intensite.SOUTENU else Intensite.VEILLE
            return self.registre.intensite(fiche, calmer)
        if genres & VIDES and fiche.intensite is not Intensite.SOUTENU and self.hasard(0.5):
            self.registre.intensite(fiche, Intensite.SOUTENU)
        if genres & (VIDES | {G.SCOLARITE_FRAGILE}) and fiche.age(self.jour) >= 14 and self.hasard(0.05):
            self.vie.commence(fiche, G.CHANTIER_EDUCATIF, self.jour + jours(self.chance.randint(0, 20)), self.jour)
        return None

    def _appelle(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        self.rencontre(poste, fiche)

    def _injoignable(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        if self.rencontre(poste, fiche):
            return
        eve = max((jour for jour, canal, resultat in fiche.contacts if resultat in REUSSIS), default=date.min)
        tried = {moyen for moyen, jour in fiche.demarches if jour > eve}
        left = [moyen for moyen in MoyenDemarche if moyen not in tried]
        if left:
            self.registre.demarche(fiche, left[0])
            if left[0] is MoyenDemarche.PARTENAIRE:
                self.registre.suivi(fiche, poste.id, Canal.ENTRETIEN_TIERS, Resultat.ECHANGE_FAIT)
                self.vie.apprend(self.vie.jeunes[fiche.id], self.jour)
        elif self.hasard(0.35):
            self.registre.clot(fiche, MotifSortie.SANS_NOUVELLES)
        elif not any(one.depuis > eve for one in fiche.attentes):
            self.registre.attend(fiche, self.jour + jours(60))

    # -- steps

    def _etape_en_retard(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        jeune = self.vie.jeunes[fiche.id]
        if not self.rencontre(poste, fiche) and self.hasard(0.6):
            self.registre.suivi(fiche, poste.id, Canal.ENTRETIEN_TIERS, Resultat.ECHANGE_FAIT)
            self.vie.apprend(jeune, self.jour)

    def _planifie(self, fiche: Fiche, genre: GenreEtape, debut: date) -> None:
        if fiche.id not in self.registre.clotures:
            self.vie.commence(fiche, genre, max(debut, self.jour), self.jour)

    def _rentree(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        school = fiche.age(self.jour) < 16
        if not (self.rencontre(poste, fiche) or (school and self.hasard(0.5))) or self._leads(fiche):
            return
        genre = GenreEtape(faits["genre"]) if self.hasard(0.85) else G.FORMATION
        september = date(self.jour.year, 9, self.chance.randint(1, 8))
        if self.hasard(0.75):
            self._planifie(fiche, genre if genre in ECOLES or fiche.age(self.jour) >= 16 else G.SCOLARITE, september)
        else:
            self.reporte(poste, fiche, dite, 30)

    def _leads(self, fiche: Fiche) -> bool:
        return fiche.clos_le is not None or bool(fiche.prevus())

    def _etape_qui_finit(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        pas = self.pas_de(fiche, dite.cle)
        if not self.rencontre(poste, fiche) or self._leads(fiche) or pas is None or pas not in fiche.ouverts():
            return
        if self.hasard(0.3):
            self.registre.change(fiche, pas, fin_prevue=max(self.jour, pas.fin_prevue) + jours(60))
            self.vie.avenir_de(self.vie.jeunes[fiche.id], pas)
        elif self.hasard(0.6):
            genre, _ = self.vie.suite("fin", fiche.age(self.jour), self.jour)
            if genre not in VIDES | {None}:
                self._planifie(fiche, genre, pas.fin_prevue + jours(self.chance.randint(1, 20)))
        else:
            self.reporte(poste, fiche, dite, 21)

    def _rupture_sans_suite(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        if self.rencontre(poste, fiche) and fiche.clos_le is None:
            self._un_pas(fiche, "rupture")

    def _entree_immobile(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        if self.rencontre(poste, fiche) and fiche.clos_le is None and not fiche.ouverts():
            genre = self.vie.entree(fiche.age(self.jour)) or G.ACCOMPAGNEMENT_EDUCATIF
            self.vie.commence(fiche, genre, self.jour, self.jour)

    def _un_pas(self, fiche: Fiche, what: str) -> None:
        if any(pas.genre.rang is not None for pas in [*fiche.ouverts(), *fiche.prevus()]):
            return
        if self.vie.apres(self.vie.jeunes[fiche.id], what, self.jour, self.jour) is None:
            genre = G.DECROCHAGE if fiche.age(self.jour) < 18 else G.SANS_SOLUTION
            self.vie.commence(fiche, genre, self.jour, self.jour)

    def _decrochage_qui_dure(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        if not self.rencontre(poste, fiche) or self._leads(fiche):
            return
        if self.hasard(0.35):
            genre = G.RACCROCHAGE if fiche.age(self.jour) < 18 else G.FORMATION
            self._planifie(fiche, genre, self.jour + jours(self.chance.randint(0, 30)))
        else:
            self.reporte(poste, fiche, dite, 30)

    def _parcours_immobile(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        if self.rencontre(poste, fiche) and fiche.clos_le is None:
            if self.hasard(0.3):
                self.registre.clot(fiche, MotifSortie.OBJECTIFS_ATTEINTS)
            else:
                self.reporte(poste, fiche, dite, 90)

    # -- clocks of a text

    def _obligation_formation(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        if self.rencontre(poste, fiche) and fiche.ouverts() and not {p.genre for p in fiche.ouverts()} & VIDES:
            return
        if fiche.structure not in self.mission_locale:
            self.registre.suivi(fiche, poste.id, Canal.ENTRETIEN_TIERS, Resultat.ECHANGE_FAIT)
            return
        said = {genre for genre, _, _ in fiche.jalons}
        etape = faits["etape"]
        if etape == "entretien" and self.hasard(0.03):
            self.registre.jalon(fiche, GenreJalon.EXEMPTION_MEDICALE, self.jour + jours(120))
        elif etape == "entretien":
            self.registre.jalon(fiche, GenreJalon.ENTRETIEN_PROPOSE)
        elif etape == "propose" and GenreJalon.ENTRETIEN_PROPOSE in said:
            self.registre.jalon(fiche, GenreJalon.ABSENCE_NON_JUSTIFIEE)
        elif etape == "convocation":
            self.registre.jalon(fiche, GenreJalon.CONVOCATION)

    def _transmission_departement(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        self.registre.jalon(fiche, GenreJalon.TRANSMISSION_DEPARTEMENT)

    def _chantier_mineur(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        pas = self.pas_de(fiche, dite.cle)
        if faits["age"] == "16_17":
            self.registre.conditions(fiche, pas.id)
        elif pas.statut is StatutEtape.PREVUE or self.hasard(0.5):
            self.registre.change(fiche, pas, statut=StatutEtape.ANNULEE)
        else:
            self.registre.change(fiche, pas, statut=StatutEtape.INTERROMPUE_STRUCTURE, fin=max(pas.debut, self.jour))

    # -- one tap

    def reponse(self) -> ReponseVerification:
        return self.chance.choices(
            (ReponseVerification.TOUJOURS_EN_PLACE, ReponseVerification.CHANGEE, ReponseVerification.INCONNUE),
            (70, 18, 12),
        )[0]

    def _raccrochage_a_verifier(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        self.registre.verifie(fiche, ObjetVerification.RACCROCHAGE, dite.depuis, 6, self.reponse())

    def _apres_sortie(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        if self.hasard(0.6):
            self.registre.verifie(fiche, ObjetVerification.SORTIE, dite.depuis, faits["mois"], self.reponse())

    def _situation_a_confirmer(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        if faits["situation"] == "inconnue":
            if self.rencontre(poste, fiche) and fiche.clos_le is None:
                self._un_pas(fiche, "rupture")
        elif self.hasard(0.5) or self.rencontre(poste, fiche):
            still = ReponseVerification.TOUJOURS_EN_PLACE
            self.registre.verifie(fiche, ObjetVerification.SITUATION, dite.depuis, None, still)

    def _rendez_vous_sans_suite(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        for rdv in fiche.rendez_vous:
            if rdv.prevu and rdv.jour <= self.jour:
                kept = self.hasard(0.6)
                resultat = Resultat.ECHANGE_FAIT if kept else Resultat.ABSENT_NON_EXCUSE
                self.registre.suivi(fiche, poste.id, Canal.ENTRETIEN, resultat, le=rdv.jour)
                self.registre.solde(fiche, rdv, tenu=kept)

    def _informer_jeune(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        if self.rencontre(poste, fiche) and fiche.informe_le is None:
            self.registre.informe(fiche)

    def _age(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        self.rencontre(poste, fiche)
        if fiche.clos_le is None:
            self.reporte(poste, fiche, dite, 60)

    def _chantier_plafond(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        self.reporte(poste, fiche, dite, 30)

    def _sans_referent(self, poste: Poste, fiche: Fiche, dite: Dite, faits: dict[str, Any]) -> None:
        """For the coordinateur, who gives the dossier to somebody (`agence`)."""
