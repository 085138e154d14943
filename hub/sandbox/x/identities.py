"""Who and what the stand-in starts with: the council's account, its posts, a few citizens.

All of it is invented. The texts are French because the citizens are.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hub.sandbox.people import CITIZENS
from hub.sandbox.x import access
from hub.sandbox.x.store import Store, id_at
from hub.sandbox.x.values import Media, Person, Post

ACCOUNT_ID = "1710000000000000001"
HANDLE = "Montvallee"
NAME = "Région Montvallée"

#: All that a hub asks for.
SCOPES = (
    "tweet.read tweet.write tweet.moderate.write users.read dm.read dm.write media.write "
    "offline.access"
)
#: X's answer when the account was connected for the first time. Good only here, and for two
#: hours; `XStandIn.grant` gives a fresh one.
CREDENTIALS: dict[str, str | int] = {
    "token_type": "bearer",
    "expires_in": 7200,
    "access_token": "sandbox0access0token",
    "scope": SCOPES,
    "refresh_token": "sandbox0refresh0token",
}
#: The same account's access by OAuth 1.0a, which does not end.
OAUTH1_CREDENTIALS = {
    "oauth_token": f"{ACCOUNT_ID}-sandbox0oauth0token",
    "oauth_token_secret": "sandbox0oauth0secret",
}

#: What a council subscribes to (X Activity).
EVENT_TYPES = (
    "post.mention.create", "post.reply.create", "post.quote.create", "post.create", "post.delete",
    "dm.received", "dm.sent", "chat.received",
)  # fmt: skip
#: Where the hub beside this stand-in takes deliveries.
HOOK = "/hooks/twitter"

_JOINED = datetime(2023, 10, 6, 14, 0, tzinfo=UTC)
ACCOUNT = Person(id=ACCOUNT_ID, handle=HANDLE, name=NAME, created_at=_JOINED)
PEOPLE = tuple(
    Person(
        id=citizen.x_id,
        handle=citizen.handle,
        name=citizen.x_name,
        created_at=_JOINED - timedelta(days=97 * number),
    )
    for number, citizen in enumerate(CITIZENS)
)


@dataclass(frozen=True)
class _SeedPost:
    """`author` is an index in PEOPLE, None for the council; `answers` one in this list."""

    author: int | None
    age: timedelta
    text: str
    picture: str = ""
    answers: int | None = None


_POSTS = (
    _SeedPost(
        None,
        timedelta(days=5, hours=1),
        "Les Nuits de Montvallée reviennent : trois soirées de concerts et de théâtre dans douze "
        "communes, entrée libre pour les moins de 26 ans. Le programme : nuits.montvallee.example",
        "festival.jpg",
    ),
    _SeedPost(
        None,
        timedelta(days=2, hours=3),
        "Bourse régionale du lycéen : les dossiers sont ouverts jusqu’au 15 janvier. Une question "
        "sur le vôtre ? Écrivez-nous en message privé. #lycée",
    ),
    _SeedPost(
        None,
        timedelta(hours=30),
        "Dès le 1er décembre, la ligne 214 Montvallée – Saint-Aubin passe à un car toutes les "
        "30 minutes aux heures de pointe. Dernier départ à 20 h 40.",
        "coach.jpg",
    ),
    _SeedPost(
        2,
        timedelta(hours=29),
        "Très bonne nouvelle pour les lycéens de Saint-Aubin, merci.",
        answers=2,
    ),
)


def seed(store: Store) -> None:
    """Fill an empty store. The posts are older than the hub, by more than a day: no webhook
    tells of them and no first look finds them, only a back-fill does. One webhook stands
    already, beside this stand-in, with all it needs."""
    for person in (ACCOUNT, *PEOPLE):
        store.add_person(person)
    _seed_posts(store)
    access.add_token(
        store, str(CREDENTIALS["access_token"]), "access", SCOPES, store.now() + access.TOKEN_LIFE
    )
    access.add_token(store, str(CREDENTIALS["refresh_token"]), "refresh", SCOPES)
    webhook = access.add_webhook(store, HOOK)
    for event_type in EVENT_TYPES:
        access.subscribe(store, event_type, event_type.replace(".", "-"), webhook.id)
    store.set("account_activity", webhook.id)


def _seed_posts(store: Store) -> None:
    made: list[Post] = []
    for seeded in _POSTS:
        at = store.now() - seeded.age
        parent = None if seeded.answers is None else made[seeded.answers]
        post = Post(
            id=id_at(at),
            first_id=id_at(at),
            author_id=ACCOUNT_ID if seeded.author is None else PEOPLE[seeded.author].id,
            text=seeded.text,
            created_at=at,
            conversation_id=parent.conversation_id if parent else id_at(at),
            addressed=(parent.author_id,) if parent else (),
            reply_to=parent.id if parent else None,
            media=(_seed_picture(store, seeded.picture, at),) if seeded.picture else (),
        )
        store.add_post(post)
        made.append(post)


def _seed_picture(store: Store, picture: str, at: datetime) -> str:
    media = Media(
        id=str(int(id_at(at)) - 1),
        category="tweet_image",
        media_type="image/jpeg",
        created_at=at,
        size=0,
        state="succeeded",
        picture=picture,
    )
    store.add_media(media)
    return media.id
