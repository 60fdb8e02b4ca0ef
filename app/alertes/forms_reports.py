"""Putting an alert off; the sentence for each refusal."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from app.alertes.vocabulaire import MotifReport
from app.web.saisie import DateFrancaise, Refusable

REFUS = {
    "alerte_fermee": "Cette alerte n’est plus ouverte : sa cause a disparu entre-temps.",
    "horloge_legale": "Cette échéance vient d’un texte : elle ne se reporte pas.",
    "second_report": "Cette alerte a déjà été reportée une fois : la suite se décide avec la coordination.",
    "report_passe": "Choisissez un jour à venir, à partir de demain.",
    "report_trop_long": "Ce jour est trop loin. La date la plus tardive est écrite au-dessus du champ.",
}


class ReportForm(Refusable):
    refus = REFUS

    motif = RadioField(
        "Pourquoi",
        choices=[SelectChoice(motif.value, motif.label) for motif in MotifReport],
        validators=[InputRequired("Choisissez pourquoi elle peut attendre.")],
    )
    jusqu_au = DateFrancaise("Elle reviendra le", validators=[InputRequired("Écrivez le jour où elle reviendra.")])

    def values(self) -> dict[str, Any]:
        return {"motif": MotifReport(self.motif.data), "jusqu_au": self.jusqu_au.data}
