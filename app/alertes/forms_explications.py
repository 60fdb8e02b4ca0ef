"""“Pourquoi cette alerte ?”: what each rule looks at, when it begins and ceases, what to do. One text, two readers:
the page of the agents, with the numbers of their structure, and docs/alertes.md, with the defaults.

`{code}` in a sentence is the number of that parameter, with its unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from app.alertes.rules_ages import SUITE_ENTRETIEN
from app.alertes.rules_parametres import PARAMETRES, Source
from app.alertes.vocabulaire import Regle


@dataclass(frozen=True, slots=True)
class Explication:
    """`sources`: beside those of its numbers, what the rule itself comes from."""

    regarde: str
    commence: str
    cesse: str
    faire: str
    sources: tuple[str, ...] = ()


def sources_of(regle: Regle) -> list[str]:
    """Where the rule and its numbers come from, the longest report aside: that one is ours for every rule."""
    own = {
        one.source: one.source.label for one in PARAMETRES.values() if one.regle is regle and not is_report(one.code)
    }
    return [*EXPLICATIONS[regle].sources, *own.values()] or [Source.PRODUIT.label]


def is_report(code: str) -> bool:
    return code.startswith("report_")


def cites(regle: Regle) -> frozenset[str]:
    """The codes of the numbers that its sentences already say."""
    said = EXPLICATIONS[regle]
    texts = (said.regarde, said.commence, said.cesse, said.faire)
    return frozenset(field for text in texts for _, field, _, _ in Formatter().parse(text) if field)


def dite(phrase: str, nombres: Mapping[str, str]) -> str:
    """The sentence with its numbers in words, as “14 jours”."""
    return phrase.format_map(nombres)


EXPLICATIONS: dict[Regle, Explication] = {
    Regle.SILENCE: Explication(
        regarde="Le dernier échange avec le jeune lui-même : une rencontre, un appel, un message auquel il a "
        "répondu, un rendez-vous pris avec lui. Une tentative, un échange avec la famille ou un partenaire n’en est "
        "pas un.",
        commence="Le jour où le rythme de sa situation est passé sans échange, compté depuis le dernier ou, à défaut, "
        "depuis l’ouverture ou la réouverture du dossier. Une alternance est suivie de plus près à son début "
        "({alternance_debut}), un emploi tenu {emploi_installe} d’un peu plus loin. Un chantier éducatif en cours "
        "ramène le rythme à {silence_chantier} quand il est plus long. L’intensité « Suivi » double ensuite ce délai, "
        "« Veille » le multiplie par quatre.",
        cesse="Au premier échange avec le jeune. Un changement de situation ou d’intensité la fait recalculer.",
        faire="Appelez ou écrivez, et notez-le. Une tentative sans réponse se note aussi : elle ne ferme pas l’alerte, "
        "elle conduit à essayer autrement.",
    ),
    Regle.INJOIGNABLE: Explication(
        regarde="Les tentatives sans succès (absent, sans réponse, coordonnées incorrectes) depuis le dernier échange.",
        commence="Quand cela arrive {injoignable_tentatives} en {injoignable_jours}, le jour de la dernière tentative.",
        cesse="Au premier échange avec le jeune. Quand tous les moyens ont été tentés, elle demeure : il reste à "
        "décider.",
        faire="Changez de moyen, dans cet ordre : message ou courrier, passage à domicile ou dans la rue, partenaire, "
        "famille si elle peut être contactée, amis. Chaque moyen se note, ou se dit impossible ici. Le motif de "
        "clôture « Sans nouvelles » ne s’ouvre qu’ensuite.",
    ),
    Regle.ETAPE_EN_RETARD: Explication(
        regarde="Une étape prévue qui n’a pas commencé ; une étape en cours dont la fin prévue est passée.",
        commence="{retard} après la date prévue. Une scolarité, des études ou une formation qui finissent de juin à "
        "août sont jugées à partir du 15 septembre.",
        cesse="Quand l’étape est commencée, terminée ou annulée, ou que sa date est corrigée.",
        faire="Mettez l’étape à jour : la commencer, la terminer, la prolonger, ou dire qu’elle n’a pas eu lieu.",
    ),
    Regle.ETAPE_QUI_FINIT: Explication(
        regarde="Une étape en cours (scolarité, formation, emploi, service civique, chantier, stage, accompagnement) "
        "dont la fin prévue approche, quand rien qui mène quelque part n’est prévu, ni en cours au-delà de cette "
        "fin. Ce qui finit avec l’année scolaire relève de « Et à la rentrée ? ».",
        commence="{fin_proche} avant la fin prévue, et jamais avant que l’étape ait commencé.",
        cesse="Quand une suite est notée, que l’étape est prolongée ou finie. Passée la fin, « Étape en retard » la "
        "remplace.",
        faire="Préparez la suite avec le jeune, et notez-la comme étape à venir.",
    ),
    Regle.RENTREE: Explication(
        regarde="Une scolarité, des études supérieures ou une formation qui finissent de juin à août sans que rien "
        "ne soit prévu après.",
        commence="Le 1er juin, ou au début de l’étape s’il est plus tard.",
        cesse="Quand une suite est notée ; sinon le 15 septembre, où « Étape en retard » ou « Rupture sans suite » "
        "prend la relève.",
        faire="Demandez « et à la rentrée ? », et notez la réponse comme étape à venir.",
    ),
    Regle.RUPTURE_SANS_SUITE: Explication(
        regarde="La dernière étape qui disait la situation du jeune, terminée ou arrêtée, quand rien n’est prévu ni en "
        "cours après elle : sa situation est alors inconnue.",
        commence="{rupture} après le dernier jour de l’étape, ou après la réouverture. Ce qui a fini de juin à août "
        "est jugé à partir du 15 septembre.",
        cesse="Quand une étape est prévue ou commencée, ou que la situation est dite, même « Sans solution ».",
        faire="Demandez ce que le jeune fait aujourd’hui, et notez-le : ce qui est prévu, ou qu’il est sans solution.",
    ),
    Regle.DECROCHAGE_QUI_DURE: Explication(
        regarde="Un décrochage ouvert, sans aucune étape en cours qui le referme : scolarité, raccrochage, formation, "
        "alternance, emploi, insertion par l’activité économique, service civique. Un chantier ou un stage s’y déroule "
        "sans le refermer ni remettre le délai à zéro.",
        commence="{decrochage} après le début du décrochage, ou après la fin de la dernière de ces étapes. La plus "
        "grave avant 16 ans, grave à 16 et 17 ans ; l’âge est ici celui de l’année de naissance.",
        cesse="Quand une de ces étapes commence, ou que le décrochage est terminé.",
        faire="Avant 16 ans, l’instruction est obligatoire : voyez l’établissement et la direction des services "
        "départementaux de l’éducation nationale. Ensuite, cherchez un retour, une formation, un premier pas ; "
        "notez-le dès qu’il est prévu.",
        sources=(Source.INSTRUCTION.label,),
    ),
    Regle.OBLIGATION_FORMATION: Explication(
        regarde="Un jeune en décrochage ou sans solution, du jour de ses 16 ans à la veille de ses 18 ans, et les "
        "actes datés de la procédure : entretien proposé, absence non justifiée, convocation, exemption.",
        commence=f"Tout de suite, tant qu’aucun entretien n’est proposé ; {SUITE_ENTRETIEN} jours après un entretien "
        "proposé, si rien ne dit ce qu’il a donné ; après une absence non justifiée, jusqu’à la convocation ; après la "
        "convocation, pendant les deux mois qui courent. Après une exemption, pas avant qu’elle finisse.",
        cesse="À l’acte attendu, quand le jeune retrouve une solution, pendant une exemption, et à 18 ans. Au bout "
        "des deux mois, « Transmission au département » la remplace.",
        faire="En mission locale : proposez l’entretien, convoquez le jeune et son représentant légal s’il n’est pas "
        "venu sans motif. Ailleurs : prenez contact avec la mission locale. Chaque acte se note avec sa date.",
        sources=(Source.OBLIGATION.label,),
    ),
    Regle.TRANSMISSION_DEPARTEMENT: Explication(
        regarde="La convocation du jeune et de son représentant légal restée sans effet.",
        commence="{transmission} après la convocation, jour pour jour.",
        cesse="Quand la transmission au département est notée, que le jeune retrouve une solution, pendant une "
        "exemption, et à 18 ans.",
        faire="En mission locale : transmettez au président du conseil départemental, et notez la date. Ailleurs : "
        "prenez contact avec la mission locale.",
    ),
    Regle.RACCROCHAGE_FRAGILE: Explication(
        regarde="Un retour récent après un décrochage, et les absences ou les contacts manqués depuis.",
        commence="Au premier contact manqué dans les {raccrochage_fragile} qui suivent le retour, sans échange depuis.",
        cesse="Au premier échange avec le jeune, ou quand le retour ne tient plus : le décrochage reprend ses alertes.",
        faire="Prenez des nouvelles vite, du jeune et du lieu qui l’accueille.",
    ),
    Regle.RACCROCHAGE_A_VERIFIER: Explication(
        regarde="Un retour après un décrochage, qui semble tenir.",
        commence="{raccrochage_solide} après le retour.",
        cesse="À la réponse, d’un geste : toujours en place, a changé, on ne sait pas.",
        faire="Répondez. Un retour qui tient à six mois est dit solide.",
    ),
    Regle.SANS_REFERENT: Explication(
        regarde="Un dossier ouvert sans référent, ou dont le compte du référent est fermé. Une absence sans suppléant "
        "se lit dans « Continuité ».",
        commence="{sans_referent} après le départ du dernier référent, ou après l’ouverture ou la réouverture. Le jour "
        "même quand le compte du référent est désactivé.",
        cesse="Quand un référent est désigné.",
        faire="Coordination : choisissez un référent.",
    ),
    Regle.RENDEZ_VOUS_SANS_SUITE: Explication(
        regarde="Un rendez-vous ou un appel prévu, passé, dont personne n’a dit s’il a eu lieu.",
        commence="{rendez_vous} après le jour prévu.",
        cesse="Quand il est noté tenu ou manqué, ou annulé.",
        faire="Notez ce qui s’est passé, même l’absence.",
    ),
    Regle.SITUATION_A_CONFIRMER: Explication(
        regarde="Depuis quand ce que l’on sait de la situation n’a été ni noté ni confirmé.",
        commence="Quand la durée pendant laquelle on tient une telle situation pour vraie est passée.",
        cesse="Quand la situation est confirmée, d’un geste, ou qu’une étape la change.",
        faire="Confirmez, ou notez ce qui a changé.",
    ),
    Regle.AGE: Explication(
        regarde="Les anniversaires qui changent les droits : 16, 18, 21, 25 et 26 ans.",
        commence="Le premier jour du mois où l’on entre dans les {age} qui précèdent l’anniversaire : le jour exact de "
        "naissance ne se devine pas.",
        cesse="Le premier jour du mois qui suit l’anniversaire.",
        faire="16 ans : l’instruction n’est plus obligatoire, l’obligation de formation commence. 18 ans : majorité, "
        "fin de l’obligation de formation, le jeune signe lui-même. 21 ans : fin de l’accompagnement de jeune majeur "
        "par l’aide sociale à l’enfance. 25 ans : le RSA devient possible. 26 ans : fin de l’accompagnement par la "
        "mission locale. Préparez-le avec lui.",
    ),
    Regle.CHANTIER_PLAFOND: Explication(
        regarde="Les heures de chantier éducatif notées dans Parcours, sur {chantier_mois}.",
        commence="Quand leur somme atteint {chantier_heures}.",
        cesse="Quand assez d’heures sont devenues anciennes.",
        faire="L’exonération s’arrête à 750 heures sur 12 mois, toutes structures confondues : demandez au jeune ce "
        "qu’il a fait ailleurs.",
    ),
    Regle.CHANTIER_MINEUR: Explication(
        regarde="Un chantier éducatif prévu ou en cours pour quelqu’un qui est mineur le premier jour, et ce que la "
        "loi demande avant. À 16 et 17 ans : l’accord du représentant légal. À 14 et 15 ans : cet accord, "
        "l’inspection du travail prévenue, des vacances d’au moins 14 jours dont le chantier prend la moitié au "
        "plus. Avant 14 ans, Parcours refuse le chantier.",
        commence="Le jour où l’étape est notée, s’il manque quelque chose.",
        cesse="Quand tout est noté, ou que le chantier est fini ou annulé.",
        faire="Recueillez ce qui manque et notez-en la date, avant le premier jour.",
        sources=("Code du travail, art. L. 4153-1, L. 4153-3, D. 4153-2 et D. 4153-5.",),
    ),
    Regle.ENTREE_IMMOBILE: Explication(
        regarde="Un dossier ouvert ou rouvert sans aucune étape prévue, en cours ou passée depuis.",
        commence="{entree} après l’ouverture ou la réouverture.",
        cesse="Dès qu’une étape est notée, même à venir.",
        faire="Notez ce que le jeune fait aujourd’hui, ou un premier pas à venir.",
    ),
    Regle.PARCOURS_IMMOBILE: Explication(
        regarde="Le dernier jour où une étape a commencé ou fini.",
        commence="{immobile} sans changement d’étape, comptés aussi depuis l’ouverture ou la réouverture ; pas avant "
        "la fin prévue d’une étape en cours, qui va comme il était prévu.",
        cesse="Quand une étape commence ou finit.",
        faire="Relisez le parcours : quel est le prochain pas ? Si l’accompagnement est fini, c’est le moment de clore "
        "le dossier.",
    ),
    Regle.APRES_SORTIE: Explication(
        regarde="Un dossier clos, à 3, 6 et 12 mois de la clôture. Pas après un décès, ni un doublon.",
        commence="Le jour des 3, 6 et 12 mois.",
        cesse="À la réponse, d’un geste, ou quand la vérification suivante arrive ; la dernière s’éteint après 6 mois.",
        faire="Le dernier référent, sinon la coordination, prend des nouvelles et répond : toujours en place, a "
        "changé, on ne sait pas.",
        sources=(Source.SORTIE.label,),
    ),
    Regle.INFORMER_JEUNE: Explication(
        regarde="Un dossier qui porte un nom sans que soit noté quand et comment le jeune en a été informé.",
        commence="{informer} après l’enregistrement du nom.",
        cesse="Quand la date et la forme de l’information sont notées.",
        faire="Expliquez au jeune ce qui est noté, pourquoi et pour qui, et notez-le.",
    ),
}
