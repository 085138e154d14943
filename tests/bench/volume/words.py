"""What the citizens of an invented region write, and what they are answered: as many different
words as people use, a few of them in every third message and most of them hardly ever."""

from random import Random

GREETINGS = ("Bonjour,", "Bonjour", "Bonsoir,", "Madame, Monsieur,", "bjr", "Coucou,", "")
MATTERS = {
    "accueil": (
        "je ne sais pas à quel service m'adresser pour {thing}",
        "pouvez-vous m'orienter vers la bonne personne au sujet de {thing} ?",
    ),
    "transports": (
        "le car de la ligne {number} n'est pas passé à {place} ce matin",
        "ma carte de transport n'est toujours pas arrivée, {street} à {place}",
        "le train de {hour} h {number} a encore été supprimé entre {place} et {other}",
    ),
    "lycees": (
        "le chauffage est en panne au lycée de {place} depuis {number} jours",
        "comment inscrire mon fils à l'internat du lycée de {place} ?",
        "la cantine du lycée de {place} a changé ses tarifs, pourquoi ?",
    ),
    "aides": (
        "mon dossier d'aide numéro {number} est en instruction depuis des mois",
        "j'ai envoyé les pièces manquantes pour {thing}, les avez-vous reçues ?",
        "qui peut demander l'aide au permis de conduire ? J'habite {street} à {place}",
    ),
    "formation": (
        "ma rémunération de stagiaire n'a pas été versée en {month}",
        "je cherche une formation d'aide-soignante près de {place}",
    ),
    "economie": (
        "je crée mon entreprise à {place}, quelles aides de la Région existent ?",
        "notre commerce, {street} à {place}, a été inondé en {month}",
    ),
    "numerique": ("la fibre s'arrête au bout de notre rue, {street} à {place}",),
    "environnement": ("les haies du chemin de {place} ont été arrachées en {month}",),
    "culture-sport": ("notre festival à {place} attend la réponse à sa demande de {month}",),
    "rh": ("j'ai vu l'offre {number} sur les réseaux, puis-je encore postuler ?",),
    "sante": ("il n'y a plus de médecin à {place} depuis {month}",),
    "europe": ("notre demande de paiement européenne {number} est restée sans réponse",),
    "communication": ("le lien de votre publication sur {place} ne marche pas",),
    "juridique": ("je conteste la décision {number} que j'ai reçue en {month}",),
    "hors-competence": ("les poubelles de la {street} à {place} débordent",),
    "elus": ("je souhaite un rendez-vous avec la présidente au sujet de {place}",),
    "moderation": ("cliquez ici pour gagner {number} euros",),
    "tourisme": ("le refuge au-dessus de {place} est-il ouvert en {month} ?",),
}  # fmt: skip
#: The share of each department, in thousandths; the last of them hardly hear from anybody.
SHARES = {
    "accueil": 120, "transports": 260, "lycees": 170, "aides": 150, "formation": 90,
    "economie": 50, "numerique": 30, "environnement": 25, "culture-sport": 25, "rh": 20,
    "sante": 15, "europe": 12, "communication": 10, "juridique": 8, "hors-competence": 6,
    "elus": 5, "moderation": 3, "tourisme": 1,
}  # fmt: skip
ENDINGS = (
    "Merci d'avance pour votre réponse.",
    "C'est urgent, nous attendons depuis trop longtemps !",
    "Cordialement",
    "Pourriez-vous me rappeler ?",
    "Merci",
    "On fait comment maintenant ??",
    "Je reste à votre disposition pour tout renseignement.",
)
ANSWERS = (
    "Bonjour, votre message est bien arrivé au service {department}. Nous vérifions auprès de "
    "l'équipe de {place} et revenons vers vous.",
    "Bonjour, le nécessaire a été fait. Si rien n'a changé d'ici la fin de {month}, "
    "écrivez-nous à nouveau en rappelant ce fil.",
    "Bonjour, cette question relève d'une autre administration : nous lui avons transmis votre "
    "demande et vous restons joignables ici.",
)
MORE = (
    "Merci, mais à {place} rien n'a changé.",
    "Toujours rien reçu, j'habite {street}.",
    "Parfait, merci beaucoup pour votre aide !",
    "Et pour {thing}, faut-il un autre dossier ?",
)
THINGS = (
    "une bourse", "un duplicata", "la rentrée", "un abonnement", "un remboursement",
    "ma candidature", "une attestation", "le logement", "mon apprentissage", "un stage",
    "la subvention", "un contrat",
)  # fmt: skip
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
)  # fmt: skip
FIRST_NAMES = (
    "Agathe", "Bastien", "Camille", "Damien", "Élodie", "Fabrice", "Gaëlle", "Hugo", "Inès",
    "Jérôme", "Karima", "Loïc", "Maëlys", "Nadir", "Océane", "Paul", "Quitterie", "Raphaël",
    "Soraya", "Théo", "Ursule", "Valentin", "Wilfried", "Yasmine", "Zoé",
)  # fmt: skip
_HEADS = ("mar", "ver", "cha", "lou", "tré", "bel", "gar", "sau", "plan", "vi", "ro", "fon", "cas")
_HEARTS = ("ti", "ne", "ran", "gue", "lu", "mo", "ber", "so", "da", "cé")
_TAILS = ("gnac", "ville", "mont", "rac", "nay", "zelle", "bourg", "tignes", "dun", "court", "las")
TAGS = (
    "rentrée", "neige", "retard", "réclamation", "à rappeler", "presse", "doublon", "remerciement",
    "pièce manquante", "panne", "grève", "inondation", "bourse", "car scolaire", "internat",
)  # fmt: skip


def place(draw: Random) -> str:
    """One of some 1,400 towns."""
    return (draw.choice(_HEADS) + draw.choice(_HEARTS) + draw.choice(_TAILS)).capitalize()


def street(draw: Random) -> str:
    """One of some hundred thousand streets: a rare word."""
    name = draw.choice(_HEADS) + draw.choice(_HEARTS) + draw.choice(_HEARTS) + draw.choice(_TAILS)
    return f"{draw.randint(1, 90)} rue {name.capitalize()}{draw.choice(('', 's', 'in', 'on'))}"


def person(draw: Random) -> str:
    """First name and surname."""
    return f"{draw.choice(FIRST_NAMES)} {place(draw)}"


def filled(draw: Random, sentence: str, department: str = "") -> str:
    """A sentence with its gaps filled."""
    return sentence.format(
        place=place(draw),
        other=place(draw),
        street=street(draw),
        thing=draw.choice(THINGS),
        month=draw.choice(MONTHS),
        number=draw.randint(2, 9999),
        hour=draw.randint(5, 21),
        department=department,
    )


def question(draw: Random, department: str) -> str:
    """A citizen's first message to a department, by its slug."""
    matter = filled(draw, draw.choice(MATTERS[department]))
    return " ".join(filter(None, (draw.choice(GREETINGS), matter, draw.choice(ENDINGS))))
