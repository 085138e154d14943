"""A Mastodon server on this machine, as far as the channel needs one: the same addresses, checks
and answers, and the ways in which a server fails. One account is the council's; every other one is
a citizen's, on this server or another.

Shapes and rules: docs.joinmastodon.org/methods and /entities.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import count
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

from hub import clock

BEARER = "of-the-council"
COUNCIL, COUNCIL_ID = "region", "109302436954721982"
KEY_LASTS = timedelta(hours=1)
WINDOW, CALLS = timedelta(minutes=5), 300
MOST_CHARACTERS, LINK_LENGTH = 500, 23
MENTION = re.compile(r"(?<![\w/])@(\w+)(?:@([\w.:-]*\w))?")
LINK = re.compile(r"https?://\S+")
#: Fault -> what it answers instead. `answer_lost` does the work and cuts the connection.
FAULTS: Mapping[str, tuple[int, str]] = {
    "answer_lost": (0, ""),
    "bad_token": (401, "The access token is invalid"),
    "forbidden": (403, "This action is not allowed"),
    "invalid": (422, "Validation failed: Text is not acceptable"),
    "rate_limited": (429, "Too many requests"),
    "broken": (503, "Remote data could not be fetched"),
}


class _Refused(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass
class Post:
    """A status: `acct` of its author, `people` it names, `text` as it was typed."""

    id: str
    acct: str
    text: str
    visibility: str
    created_at: datetime
    people: list[str]
    reply_to: str | None = None
    warning: str = ""
    language: str = ""
    media: list[dict[str, Any]] = field(default_factory=list)
    edited_at: datetime | None = None
    content: str = ""


class MastodonStandIn:
    """Plays the server; methods play the citizens and read what they would see."""

    def __init__(self) -> None:
        self.address = ""
        self.files: dict[str, tuple[bytes, str]] = {}
        self.drops_private_mentions = False
        self._posts: dict[str, Post] = {}
        self._notifications: list[tuple[str, str, Post]] = []
        self._ids: dict[str, str] = {COUNCIL: COUNCIL_ID}
        self._keys: dict[str, tuple[datetime, str]] = {}
        self._calls: list[datetime] = []
        self._faults: list[str] = []
        self._numbers = count(1)
        self._lock = threading.RLock()

    # --- What people do

    def write(
        self,
        acct: str,
        text: str,
        *,
        visibility: str = "public",
        reply_to: str | None = None,
        **values: Any,
    ) -> Post:
        """Somebody publishes. `values`: warning, language, media, and content for HTML of other
        software. Those named in the text, or in `people`, are notified."""
        with self._lock:
            number, named = next(self._numbers), [_acct(*found) for found in MENTION.findall(text)]
            values.setdefault("people", named)
            post = Post(
                id=str(112_000_000_000_000_000 + number),
                acct=acct,
                text=text,
                visibility=visibility,
                created_at=clock.now(),
                reply_to=reply_to,
                **values,
            )
            self._posts[post.id] = post
            if COUNCIL in post.people and acct != COUNCIL:
                self.notify("mention", post)
            return post

    def notify(self, kind: str, post: Post) -> None:
        """Tell the council's account of something."""
        with self._lock:
            self._notifications.append((str(next(self._numbers)), kind, post))

    def edit(self, post_id: str, text: str) -> None:
        with self._lock:
            self._posts[post_id].text = text
            self._posts[post_id].edited_at = clock.now()

    def delete(self, post_id: str) -> None:
        with self._lock:
            del self._posts[post_id]

    def attach(self, name: str, content: bytes, media_type: str) -> str:
        """Keep a file; gives its address."""
        self.files[name] = (content, media_type)
        return f"{self.address}/system/{name}"

    def spoil(self, fault: str, times: int = 1) -> None:
        """Let the next calls fail; `answer_lost` waits for a post to be made."""
        assert fault in FAULTS
        self._faults += [fault] * times

    # --- What people see

    def said_to(self, acct: str) -> list[Post]:
        """The council's posts that this person is notified of, oldest first."""
        return [post for post in self.posts_of(COUNCIL) if acct in post.people]

    def posts_of(self, acct: str) -> list[Post]:
        """Oldest first."""
        return [post for post in self._posts.values() if post.acct == acct]

    # --- The interface

    def app(self) -> Flask:
        app = Flask(__name__)
        routes: dict[str, Callable[..., Response]] = {
            "v1/accounts/verify_credentials": self._verify_credentials,
            "v1/accounts/<account_id>/statuses": self._statuses_of,
            "v1/notifications": self._list_notifications,
            "v1/statuses/<post_id>": self._status,
            "v2/instance": self._instance,
            "v2/notifications/policy": self._policy,
        }
        for path, view in routes.items():
            app.add_url_rule(f"/api/{path}", view.__name__, view)
        app.add_url_rule("/api/v1/statuses", "create", self._create, methods=["POST"])
        app.add_url_rule("/system/<name>", "file", self._file)
        app.before_request(self._enter)
        app.after_request(self._leave)
        app.register_error_handler(_Refused, lambda error: _problem(error.status, str(error)))
        app.register_error_handler(HTTPException, lambda error: _problem(error.code, error.name))
        return app

    @contextmanager
    def serving(self) -> Iterator["MastodonStandIn"]:
        """Answer on a free port of this machine, whose address is in `address`."""
        server = make_server("127.0.0.1", 0, self.app(), threaded=True)
        self.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()

    def _enter(self) -> None:
        if request.path.startswith("/system/"):
            return
        at = clock.now()
        self._calls = [call for call in self._calls if call > at - WINDOW] + [at]
        if self._faults and self._faults[0] != "answer_lost":
            raise _Refused(*FAULTS[self._faults.pop(0)])
        if len(self._calls) > CALLS:
            raise _Refused(*FAULTS["rate_limited"])
        if request.headers.get("Authorization") != f"Bearer {BEARER}":
            raise _Refused(*FAULTS["bad_token"])

    def _leave(self, response: Response) -> Response:
        response.headers["X-RateLimit-Limit"] = str(CALLS)
        response.headers["X-RateLimit-Remaining"] = str(max(CALLS - len(self._calls), 0))
        response.headers["X-RateLimit-Reset"] = _wire(clock.now() + WINDOW)
        if request.method == "POST" and self._faults[:1] == ["answer_lost"]:
            self._faults.pop(0)
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return response

    def _verify_credentials(self) -> Response:
        return jsonify(self._account(COUNCIL))

    def _instance(self) -> Response:
        statuses = {
            "max_characters": MOST_CHARACTERS,
            "characters_reserved_per_url": LINK_LENGTH,
        }
        return jsonify(
            title="Mastodon of the region", version="4.5.2", configuration={"statuses": statuses}
        )

    def _policy(self) -> Response:
        choice = "drop" if self.drops_private_mentions else "filter"
        return jsonify(for_private_mentions=choice)

    def _list_notifications(self) -> Response:
        wanted = request.args.getlist("types[]")
        everything = request.args.get("include_filtered") == "true"
        with self._lock:
            found = [
                {
                    "id": key,
                    "type": kind,
                    "created_at": _wire(post.created_at),
                    "account": self._account(post.acct),
                    "status": self._json(post),
                }
                for key, kind, post in self._notifications
                if (not wanted or kind in wanted)
                and (everything or post.visibility != "direct")
                and post.id in self._posts
            ]
        return _page(found)

    def _statuses_of(self, account_id: str) -> Response:
        with self._lock:
            return _page(
                [
                    self._json(post)
                    for post in self._posts.values()
                    if self.id_of(post.acct) == account_id
                ]
            )

    def _status(self, post_id: str) -> Response:
        with self._lock:
            return jsonify(self._json(self._known(post_id)))

    def _create(self) -> Response:
        key, values = request.headers.get("Idempotency-Key"), request.form
        with self._lock:
            at, post_id = self._keys.get(key or "", (None, ""))
            if at and clock.now() - at < KEY_LASTS:
                return jsonify(self._json(self._known(post_id)))
            text = values.get("status", "")
            if not text.strip():
                raise _Refused(422, "Validation failed: Text can't be blank")
            if _counted(text) > MOST_CHARACTERS:
                raise _Refused(422, "Validation failed: Text character limit of 500 exceeded")
            answered = values.get("in_reply_to_id") or None
            if answered:
                self._known(answered)
            post = self.write(
                COUNCIL,
                text,
                visibility=values.get("visibility", "public"),
                reply_to=answered,
                language=values.get("language", ""),
            )
            if key:
                self._keys[key] = (clock.now(), post.id)
            return jsonify(self._json(post))

    def _file(self, name: str) -> Response:
        content, media_type = self.files[name]
        return Response(content, mimetype=media_type)

    def _known(self, post_id: str) -> Post:
        if post_id not in self._posts:
            raise _Refused(404, "Record not found")
        return self._posts[post_id]

    # --- Shapes

    def id_of(self, acct: str) -> str:
        return self._ids.setdefault(acct, str(110_000_000_000_000_000 + len(self._ids)))

    def _account(self, acct: str) -> dict[str, Any]:
        username = acct.partition("@")[0]
        name = "Région Montvallée" if acct == COUNCIL else username.capitalize()
        return {"id": self.id_of(acct), "username": username, "acct": acct, "display_name": name}

    def _json(self, post: Post) -> dict[str, Any]:
        answered = self._posts.get(post.reply_to or "")
        return {
            "id": post.id,
            "created_at": _wire(post.created_at),
            "in_reply_to_id": post.reply_to,
            "in_reply_to_account_id": self.id_of(answered.acct) if answered else None,
            "spoiler_text": post.warning,
            "visibility": post.visibility,
            "language": post.language,
            "uri": f"{self.address}/users/{post.acct}/statuses/{post.id}",
            "url": f"{self.address}/@{post.acct}/{post.id}",
            "content": post.content or _html(post.text, self.address),
            "reblog": None,
            "edited_at": _wire(post.edited_at) if post.edited_at else None,
            "account": self._account(post.acct),
            "media_attachments": post.media,
            "mentions": [
                {name: self._account(acct)[name] for name in ("id", "username", "acct")}
                for acct in post.people
            ],
        }


def _page(found: list[dict[str, Any]]) -> Response:
    """Newest first. `min_id` gives what follows it immediately, else the newest are given."""
    limit = min(int(request.args.get("limit", "20")), 80)
    after = int(request.args.get("min_id", "0"))
    newer = [item for item in found if int(item["id"]) > after]
    chosen = newer[:limit] if after else newer[-limit:]
    return jsonify(chosen[::-1])


def _problem(status: int | None, words: str) -> tuple[Response, int]:
    return jsonify(error=words), status or 500


def _acct(username: str, host: str) -> str:
    return f"{username}@{host}" if host else username


def _counted(text: str) -> int:
    shown = MENTION.sub(lambda found: f"@{found[1]}", LINK.sub("x" * LINK_LENGTH, text))
    return len(shown)


def _html(text: str, address: str) -> str:
    """As Mastodon writes it: paragraphs, breaks, anchors for people and for links."""
    paragraphs = [_anchored(part, address) for part in text.split("\n\n")]
    return "".join(f"<p>{part}</p>".replace("\n", "<br />") for part in paragraphs)


def _anchored(text: str, address: str) -> str:
    def person(found: re.Match[str]) -> str:
        return (
            f'<span class="h-card" translate="no"><a href="{address}/@{found[1]}" '
            f'class="u-url mention">@<span>{found[1]}</span></a></span>'
        )

    def link(found: re.Match[str]) -> str:
        scheme, _slashes, rest = found[0].partition("://")
        return (
            f'<a href="{found[0]}" target="_blank" rel="nofollow noopener">'
            f'<span class="invisible">{scheme}://</span><span class="ellipsis">{rest[:30]}</span>'
            f'<span class="invisible">{rest[30:]}</span></a>'
        )

    pieces = re.split(r"(https?://\S+)", escape(text, quote=False))
    return "".join(
        LINK.sub(link, piece) if LINK.match(piece) else MENTION.sub(person, piece)
        for piece in pieces
    )


def _wire(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
