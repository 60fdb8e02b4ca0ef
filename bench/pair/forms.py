"""The form of a follow-up."""

from __future__ import annotations

from django import forms
from django.utils import timezone

from app.parcours.vocabulaire import Canal, Resultat, Theme, Visibilite


class SuiviForm(forms.Form):
    depot = forms.UUIDField(widget=forms.HiddenInput)
    resultat = forms.ChoiceField(choices=Resultat.choices().items(), widget=forms.RadioSelect)
    canal = forms.ChoiceField(choices=Canal.choices().items(), widget=forms.RadioSelect)
    jour = forms.DateField(input_formats=["%d/%m/%Y"])
    mots = forms.CharField(max_length=4000, required=False, widget=forms.Textarea)
    themes = forms.MultipleChoiceField(
        choices=Theme.choices().items(), required=False, widget=forms.CheckboxSelectMultiple
    )
    visibilite = forms.ChoiceField(choices=Visibilite.choices().items(), widget=forms.RadioSelect)

    def clean_jour(self):
        jour = self.cleaned_data["jour"]
        if jour > timezone.localdate():
            raise forms.ValidationError("Cette date est dans l’avenir.")
        return jour
