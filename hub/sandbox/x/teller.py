"""What every telling of a post or message needs: its words, its pictures, its people."""

from dataclasses import dataclass

from hub.sandbox.x import text
from hub.sandbox.x.store import Store
from hub.sandbox.x.text import Tail, Told
from hub.sandbox.x.values import AppKeys, Media, Message, Person, Post

#: A film's first picture.
STILL = "coach.jpg"


@dataclass(frozen=True)
class Teller:
    """Looks things up in one open transaction."""

    store: Store
    keys: AppKeys

    def person(self, person_id: str) -> Person:
        """Everyone who writes is known here."""
        person = self.store.person(person_id)
        assert person is not None
        return person

    def post(self, post_id: str | None) -> Post | None:
        """The post, unless it is deleted."""
        post = self.store.post(post_id) if post_id else None
        return None if post is None or post.deleted_at is not None else post

    def told(self, post: Post) -> Told:
        """A post's text as X tells it, with all that X adds."""
        return text.tell(
            post.text,
            self.store.person_by_handle,
            before=[self.person(person_id) for person_id in post.addressed],
            after=self._tails(post),
        )

    def told_message(self, message: Message) -> Told:
        """A direct message's text; one with a picture alone begins with a blank, as on X."""
        link = f"https://x.com/messages/media/{message.id}"
        after = [Tail("media", link)] if message.media else []
        told = text.tell(message.text, self.store.person_by_handle, after=after)
        if message.media and not message.text:
            told = text.tell(" ", self.store.person_by_handle)
            told.link("media", link)
        return told

    def media(self, post: Post) -> list[Media]:
        found = [self.store.media(media_id) for media_id in post.media]
        return [media for media in found if media is not None]

    def address(self, media: Media) -> str:
        """Where the picture, or the film itself, is served."""
        if media.picture:
            return self.keys.file_url(media.picture)
        return f"{self.keys.base_url}/sandbox/x/media/{media.id}"

    def still(self, media: Media) -> str:
        """A picture to show: of a film, its first one."""
        return self.keys.file_url(STILL) if media.kind == "video" else self.address(media)

    def private_address(self, message: Message) -> str:
        """Where the picture of a direct message is served: only with the account's access."""
        place = f"/sandbox/x/1.1/ton/data/dm/{message.id}/{message.media}"
        return f"{self.keys.base_url}{place}/{message.media}.jpg"

    def permalink(self, post: Post) -> str:
        return f"https://x.com/{self.person(post.author_id).handle}/status/{post.id}"

    def _tails(self, post: Post) -> list[Tail]:
        tails = []
        if quoted := self.store.post(post.quote_of) if post.quote_of else None:
            link = self.permalink(quoted)
            tails.append(Tail("quote", link))
        if media := self.media(post):
            kind = "video" if media[0].kind == "video" else "photo"
            tails.append(Tail("media", f"{self.permalink(post)}/{kind}/1"))
        return tails
