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
    prenom = models.CharField(max_length=80)
    nom = models.CharField(max_length=80)
    structure_id = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "agent"


class Dossier(models.Model):
    uid = models.UUIDField()
    code = models.CharField(max_length=8)
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
    clos_le = models.DateField(null=True)
    situation = models.CharField(max_length=40)
    situation_depuis = models.DateField()
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

    class Meta:
        managed = False
        db_table = "situation_mois"


class Alerte(models.Model):
    dossier = models.ForeignKey(Dossier, models.DO_NOTHING, related_name="alertes")
    regle = models.CharField(max_length=40)
    depuis = models.DateField()
    due = models.DateField()
    gravite = models.IntegerField()
    faits = models.TextField()
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
