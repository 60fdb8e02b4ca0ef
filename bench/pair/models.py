"""The same tables, as Django reads and writes them. Nothing here is migrated."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from django.db import models

GRAVES = ("decrochage", "sans_solution")


class Instant(models.DateTimeField):
    """On SQLite the application keeps instants as ISO text in UTC."""

    def get_db_prep_value(self, value: datetime | None, connection, prepared: bool = False):
        if value is None or connection.vendor != "sqlite":
            return super().get_db_prep_value(value, connection, prepared)
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Territoire(models.Model):
    nom = models.CharField(max_length=120)

    class Meta:
        managed = False
        db_table = "territoire"


class Agent(models.Model):
    coordinateur = models.BooleanField()
    prenom = models.CharField(max_length=80)
    nom = models.CharField(max_length=80)
    structure_id = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "agent"


class Dossier(models.Model):
    uid = models.UUIDField()
    code = models.CharField(max_length=8)
    structure_id = models.BigIntegerField()
    territoire = models.ForeignKey(Territoire, models.DO_NOTHING)
    annee_naissance = models.IntegerField(null=True)
    intensite = models.CharField(max_length=40)
    ouvert_le = models.DateField()
    clos_le = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "dossier"


class Identite(models.Model):
    dossier = models.OneToOneField(Dossier, models.DO_NOTHING, primary_key=True)
    identite = models.BinaryField(null=True)

    class Meta:
        managed = False
        db_table = "identite"


class Etat(models.Model):
    dossier = models.OneToOneField(Dossier, models.DO_NOTHING, primary_key=True)
    referent = models.ForeignKey(Agent, models.DO_NOTHING, null=True)
    ouvert_le = models.DateField()
    clos_le = models.DateField(null=True)
    situation = models.CharField(max_length=40)
    situation_depuis = models.DateField()
    etape_id = models.UUIDField(null=True)
    dernier_contact = models.DateField(null=True)
    derniere_tentative = models.DateField(null=True)
    prochain_contact = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "etat"


class SituationMois(models.Model):
    pk = models.CompositePrimaryKey("dossier_id", "m0")
    dossier = models.ForeignKey(Dossier, models.DO_NOTHING, related_name="situations")
    m0 = models.IntegerField()
    m1 = models.IntegerField()
    situation = models.CharField(max_length=40)
    precedente = models.CharField(max_length=40, null=True)

    class Meta:
        managed = False
        db_table = "situation_mois"


class Alerte(models.Model):
    dossier = models.ForeignKey(Dossier, models.DO_NOTHING, related_name="alertes")
    regle = models.CharField(max_length=40)
    cle = models.CharField(max_length=60)
    depuis = models.DateField()
    due = models.DateField()
    gravite = models.IntegerField()
    faits = models.TextField()
    ouverte_le = Instant()
    reprises = models.IntegerField(default=0)
    fermee_le = Instant(null=True)

    class Meta:
        managed = False
        db_table = "alerte"

    def phrase(self, today: date) -> str:
        faits = self.faits if isinstance(self.faits, dict) else json.loads(self.faits)
        days = (today - self.depuis).days
        if self.regle == "silence":
            return f"Aucun échange depuis {days} jours · attendu : tous les {faits['jours']} jours"
        if self.regle == "etape_en_retard":
            when = "début prévu" if faits["attendu"] == "debut" else "fin prévue"
            return f"{faits['genre']} : {when} le {self.depuis:%d/%m/%Y} · toujours ouverte {days} jours après"
        return f"Sans référent depuis {days} jours · attendu : un référent sous 3 jours"


class Suivi(models.Model):
    pk = models.CompositePrimaryKey("dossier_id", "id")
    dossier = models.ForeignKey(Dossier, models.DO_NOTHING)
    id = models.UUIDField()
    jour = models.DateField()
    agent = models.ForeignKey(Agent, models.DO_NOTHING)
    canal = models.CharField(max_length=40)
    resultat = models.CharField(max_length=40)
    themes = models.CharField(max_length=400)
    visibilite = models.CharField(max_length=40)
    note = models.BinaryField(null=True)
    cree_le = Instant()
    depot = models.UUIDField()
    version = models.IntegerField(default=1)

    class Meta:
        managed = False
        db_table = "suivi"


class ContactPrevu(models.Model):
    pk = models.CompositePrimaryKey("dossier_id", "id")
    dossier = models.ForeignKey(Dossier, models.DO_NOTHING)
    id = models.UUIDField()
    jour = models.DateField()
    statut = models.CharField(max_length=40)
    tenu_par = models.UUIDField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        managed = False
        db_table = "contact_prevu"


class Etape(models.Model):
    pk = models.CompositePrimaryKey("dossier_id", "id")
    dossier = models.ForeignKey(Dossier, models.DO_NOTHING)
    id = models.UUIDField()
    genre = models.CharField(max_length=40)
    statut = models.CharField(max_length=40)
    debut = models.DateField()
    fin = models.DateField(null=True)
    fin_prevue = models.DateField(null=True)
    contrat = models.CharField(max_length=40, null=True)

    class Meta:
        managed = False
        db_table = "etape"


class MembreEquipe(models.Model):
    pk = models.CompositePrimaryKey("dossier_id", "agent_id", "depuis")
    dossier = models.ForeignKey(Dossier, models.DO_NOTHING, related_name="membres")
    agent = models.ForeignKey(Agent, models.DO_NOTHING)
    depuis = models.DateField()
    jusqu_au = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "membre_equipe"


class TeteFlux(models.Model):
    flux = models.SmallIntegerField(primary_key=True)
    numero = models.BigIntegerField()
    tete = models.BinaryField()

    class Meta:
        managed = False
        db_table = "journal_flux"


class EntreeJournal(models.Model):
    flux = models.SmallIntegerField()
    numero = models.BigIntegerField()
    instant = Instant()
    agent_id = models.BigIntegerField(null=True)
    acteur = models.CharField(max_length=40)
    action = models.CharField(max_length=40)
    dossier = models.BinaryField(null=True)
    nombre = models.IntegerField(null=True)
    precision = models.CharField(max_length=40, null=True)
    precedent = models.BinaryField()
    empreinte = models.BinaryField()

    class Meta:
        managed = False
        db_table = "journal_acces"
