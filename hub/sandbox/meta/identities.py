"""Who and what the stand-in starts with: one council's page, its posts, a few citizens.

All of it is invented. The texts are French because the citizens are.
"""

from dataclasses import dataclass
from datetime import timedelta

from hub.sandbox.meta.store import Store
from hub.sandbox.meta.values import Person, Post
from hub.sandbox.people import CITIZENS

PAGE_ID = "104000000000001"
PAGE_NAME = "Région Montvallée"

#: Good only here: they open nothing but this stand-in.
PAGE_TOKEN = "EAAsandbox0PAGE0TOKEN"  # noqa: S105
USER_TOKEN = "EAAsandbox0USER0TOKEN"  # noqa: S105
LONG_USER_TOKEN = "EAAsandbox0LONG0USER0TOKEN"  # noqa: S105

PEOPLE = tuple(
    Person(id=one.facebook_id, first_name=one.first_name, last_name=one.last_name)
    for one in CITIZENS
)


@dataclass(frozen=True)
class _SeedPost:
    number: int
    age: timedelta
    picture: str
    text: str


_POSTS = (
    _SeedPost(
        122200000000014,
        timedelta(hours=3),
        "coach.jpg",
        "Dès le 1er décembre, la ligne 214 Montvallée – Saint-Aubin passe à un car toutes les "
        "30 minutes aux heures de pointe, et le dernier départ recule à 20 h 40. Les abonnements "
        "en cours restent valables, sans démarche.",
    ),
    _SeedPost(
        122200000000013,
        timedelta(days=1, hours=2),
        "meeting.jpg",
        "La Région recrute ! Rencontrez nos équipes samedi de 9 h à 13 h à l’hôtel de Région : "
        "cuisine, entretien et maintenance dans les lycées, 42 postes à pourvoir. Venez avec "
        "votre CV, sans rendez-vous.",
    ),
    _SeedPost(
        122200000000012,
        timedelta(days=3, hours=5),
        "school.jpg",
        "Bourse régionale du lycéen : les dossiers sont ouverts jusqu’au 15 janvier. Elle aide à "
        "payer l’équipement professionnel et l’internat. Une question sur votre dossier ? "
        "Écrivez-nous en message privé.",
    ),
    _SeedPost(
        122200000000011,
        timedelta(days=6),
        "festival.jpg",
        "Les Nuits de Montvallée reviennent : trois soirées de concerts et de théâtre dans douze "
        "communes, entrée libre pour les moins de 26 ans. Le programme complet paraît vendredi.",
    ),
)

_COMMENTS = (
    # post, author, minutes after the post, parent (index in this list), text
    (0, 2, 25, None, "Très bonne nouvelle, merci ! Et le samedi, est-ce que ça change aussi ?"),
    (0, 3, 61, 0, "Même question pour le dimanche soir, pour le retour à l’internat."),
    (3, 4, 90, None, "Hâte d’y être. Les spectacles seront-ils accessibles en fauteuil ?"),
)


def post_id(number: int) -> str:
    """A post's id as Graph and the webhooks write it."""
    return f"{PAGE_ID}_{number}"


def seed(store: Store) -> None:
    """Fill an empty store. The comments are older than the hub: no webhook tells of them, a
    back-fill finds them."""
    now = store.now()
    for person in PEOPLE:
        store.add_person(person)
    for post in _POSTS:
        store.add_post(
            Post(
                id=post_id(post.number),
                author_id=PAGE_ID,
                text=post.text,
                picture=post.picture,
                created_at=now - post.age,
            )
        )
    ids: list[str] = []
    for post_index, person_index, minutes, parent, text in _COMMENTS:
        post = _POSTS[post_index]
        comment = store.new_comment(
            post_id=post_id(post.number),
            parent_id=None if parent is None else ids[parent],
            author_id=PEOPLE[person_index].id,
            text=text,
            at=now - post.age + timedelta(minutes=minutes),
        )
        ids.append(comment.id)
