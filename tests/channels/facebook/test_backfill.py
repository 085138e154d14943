from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.channels.base import (
    AccountBroken,
    Author,
    Deleted,
    Echo,
    Hidden,
    InboundMessage,
    Publication,
    RemoteFile,
    RetryLater,
    Unknown,
)
from hub.channels.facebook.backfill import Backfill
from hub.channels.facebook.client import Graph
from hub.channels.facebook.lists import next_cursor
from hub.channels.facebook.parse import parse
from tests.channels.facebook.builders import COMMENT, POST, PSID, channel, page_access, settings
from tests.channels.facebook.test_payloads import CASES, read
from tests.channels.facebook.wire import APP_ID, PAGE, TOKEN, Answer, StandIn, as_meta_writes

SINCE = datetime(2026, 11, 10, 8, 0, tzinfo=UTC)
NOLWENN = {"id": PSID, "name": "Nolwenn Tanguy"}
REGION = {"id": PAGE, "name": "Région Exemple"}
LINK = "https://www.facebook.com/104000000000001/posts/122200000000010"
EMPTY: dict[str, Any] = {"data": []}


def comment(minute=40, **changes):
    given = {
        "id": COMMENT,
        "from": NOLWENN,
        "message": "Bonjour, la gare routière est-elle accessible en fauteuil ?",
        "created_time": f"2026-11-10T08:{minute:02}:02+0000",
    }
    return given | changes


def post(*comments, following="", **changes):
    page = {"data": list(comments)} | cursor(following)
    given = {
        "id": POST,
        "from": REGION,
        "message": "La gare routière rouvre.",
        "created_time": "2026-11-01T08:00:00+0000",
        "permalink_url": LINK,
        "comments": page,
    }
    return given | changes


def message(mid="m_Zk1-AbC_dEf", minute=44, by=NOLWENN, **changes):
    given = {
        "id": mid,
        "created_time": f"2026-11-10T08:{minute:02}:00+0000",
        "from": by,
        "message": "Bonjour, où en est mon dossier bourse ?",
    }
    return given | changes


def talk(*messages, following="", **changes):
    given = {
        "id": "t_10150000000000777",
        "updated_time": "2026-11-10T08:44:00+0000",
        "participants": {"data": [NOLWENN, REGION]},
        "messages": {"data": list(messages)} | cursor(following),
    }
    return given | changes


def cursor(after):
    if not after:
        return {}
    elsewhere = f"https://ailleurs.example/v25.0/x?after={after}&access_token=vol"
    return {"paging": {"cursors": {"before": "QVFI1", "after": after}, "next": elsewhere}}


def run(pages, since=SINCE):
    """Back-fill from a stand-in that holds these pages, by path and cursor: the values, and the
    requests it saw."""

    def answer(request):
        name = request.path.removeprefix(f"/v25.0/{PAGE}/").removeprefix("/v25.0/")
        found = pages.get((name, request.fields["after"]) if "after" in request.fields else name)
        return found if isinstance(found, Answer) else Answer(found or EMPTY)

    with StandIn(answer) as meta:
        graph = Graph(settings=settings(graph_url=meta.url), token=TOKEN)
        reading = Backfill(graph=graph, page_id=PAGE, since=since, pause=lambda _: None)
        return list(reading.values()), meta.requests


def values(pages, since=SINCE):
    return run(pages, since)[0]


def delivered(name):
    case = next(path for path in CASES if path.stem == name)
    return parse(as_meta_writes(read(case)["body"]), APP_ID)[0]


def test_a_comment_read_is_the_comment_delivered():
    (found,) = values({"feed": {"data": [post(comment())]}})

    expected = delivered("comment-top-level")
    publication = Publication(external_id=POST, permalink=LINK, text="La gare routière rouvre.")
    assert isinstance(expected, InboundMessage)
    assert isinstance(found, InboundMessage)
    assert found.publication == publication
    assert same_but(found, "publication") == same_but(expected, "publication")


def test_a_nested_comment_read_is_the_one_delivered():
    nested = comment(
        41,
        id="122200000000010_880000000000002",
        parent={"id": COMMENT},
        message="Même question pour Carhaix",
        **{"from": {"id": "25000000000000888", "name": "P. Morvan"}},
    )
    nested["created_time"] = "2026-11-10T08:41:00+0000"

    (found,) = values({"feed": {"data": [post(nested)]}})

    expected = delivered("comment-nested")
    assert same_but(found, "publication") == same_but(expected, "publication")


def test_a_message_read_is_the_message_delivered():
    (found,) = values({"conversations": {"data": [talk(message())]}})

    expected = delivered("messenger-text")
    unlike = ("posted_at", "author")  # reading gives whole seconds, and the person's name
    assert same_but(found, *unlike) == same_but(expected, *unlike)
    assert found.posted_at == expected.posted_at.replace(microsecond=0)
    assert found.author == Author(external_id=PSID, name="Nolwenn Tanguy")


def same_but(value, *names):
    return {name: getattr(value, name) for name in value.__slots__ if name not in names}


def test_a_visitors_post_comes_once_though_two_lists_have_it():
    visit = post(id=f"{PAGE}_77", message="Nid-de-poule", created_time="2026-11-10T09:00:00+0000")
    visit["from"] = NOLWENN

    found = values({"feed": {"data": [visit]}, "visitor_posts": {"data": [visit]}})

    assert [(v.external_id, v.conversation) for v in found] == [
        (f"{PAGE}_77", f"public:{PAGE}_77:{PSID}")
    ]


def test_a_visitors_album_brings_all_its_pictures():
    def photo(number):
        src = f"https://scontent.xx.fbcdn.net/{number}.jpg"
        return {"media_type": "photo", "media": {"image": {"src": src}}}

    album = {"media_type": "album", "subattachments": {"data": [photo(1), photo(2)]}}
    visit = post(created_time="2026-11-10T09:00:00+0000", attachments={"data": [album]})
    visit["from"] = NOLWENN

    (found,) = values({"feed": {"data": [visit]}})

    assert [file.name for file in found.files] == ["1.jpg", "2.jpg"]


@pytest.mark.parametrize(
    ("attachment", "file"),
    [
        (
            {"type": "sticker", "media": {"image": {"src": "https://x.fbcdn.net/chat.png"}}},
            RemoteFile(kind="image", url="https://x.fbcdn.net/chat.png", name="chat.png"),
        ),
        (
            {
                "type": "video_inline",
                "media": {
                    "image": {"src": "https://x.fbcdn.net/apercu.jpg"},
                    "source": "https://x.fbcdn.net/film.mp4",
                },
            },
            RemoteFile(kind="video", url="https://x.fbcdn.net/film.mp4", name="film.mp4"),
        ),
        (
            {"type": "share", "url": "https://journal.example/a"},
            RemoteFile(kind="file", label="link: https://journal.example/a"),
        ),
    ],
)
def test_the_attachment_of_a_comment_comes_along(attachment, file):
    (found,) = values({"feed": {"data": [post(comment(message="", attachment=attachment))]}})

    assert found.files == (file,)


def test_comments_come_oldest_first_over_all_pages_and_stop_at_the_instant():
    pages = {
        "feed": {"data": [post(comment(50, id="10_5"), comment(45, id="10_4"), following="C1")]},
        (f"{POST}/comments", "C1"): {
            "data": [comment(42, id="10_3"), comment(41, id="10_2")],
            **cursor("C2"),
        },
        (f"{POST}/comments", "C2"): {"data": [comment(5, id="10_1")], **cursor("C3")},
    }

    found, requests = run(pages, since=SINCE + timedelta(minutes=30))

    assert [value.external_id for value in found] == ["10_2", "10_3", "10_4", "10_5"]
    assert not any(request.fields.get("after") == "C3" for request in requests)


def test_posts_are_read_over_all_pages_and_no_address_is_followed_elsewhere():
    other = post(comment(id="11_1"), id=f"{PAGE}_11")
    pages = {
        "feed": {"data": [post(comment())], **cursor("F1")},
        ("feed", "F1"): {"data": [other]},
    }

    found, requests = run(pages)

    assert [value.external_id for value in found] == [COMMENT, "11_1"]
    assert all(request.fields["access_token"] == TOKEN for request in requests)


def test_a_list_that_gives_the_same_cursor_for_ever_ends():
    page = {"data": [post(comment())], **cursor("F1")}

    assert len(values({"feed": page, ("feed", "F1"): page})) == 1


def test_posts_older_than_the_instant_are_read_for_new_comments():
    _, requests = run({})

    earliest = SINCE - timedelta(days=30)
    assert requests[0].fields["since"] == str(int(earliest.timestamp()))


def test_the_pages_own_words_are_echoes():
    answer = comment(43, id="10_9", parent={"id": COMMENT}, message="Oui.", **{"from": REGION})
    private = message("m_OUT", by=REGION, message="Votre dossier est complet.")

    public_echo, private_echo = values(
        {
            "feed": {"data": [post(answer)]},
            "conversations": {"data": [talk(private)]},
        }
    )

    assert isinstance(public_echo, Echo)
    assert (public_echo.reply_to, public_echo.conversation) == (COMMENT, None)
    assert isinstance(private_echo, Echo)
    assert private_echo.conversation == f"messenger:{PSID}"


def test_a_hidden_comment_is_followed_by_its_being_hidden():
    shown, hidden = values({"feed": {"data": [post(comment(is_hidden=True))]}})

    assert isinstance(shown, InboundMessage)
    assert isinstance(hidden, Hidden)
    assert (hidden.external_id, hidden.hidden) == (COMMENT, True)


def test_messages_come_oldest_first_and_old_conversations_end_the_list():
    old = talk(message("m_0"), id="t_old", updated_time="2026-11-09T08:00:00+0000")
    pages = {
        "conversations": {"data": [talk(message("m_2", 45), following="M1"), old]},
        ("t_10150000000000777/messages", "M1"): {"data": [message("m_1", 44)]},
    }

    assert [value.external_id for value in values(pages)] == ["m_1", "m_2"]


def test_files_of_a_message_come_along():
    data = [
        {"mime_type": "image/jpeg", "image_data": {"url": "https://x.fbcdn.net/route.jpg"}},
        {"mime_type": "video/mp4", "video_data": {"url": "https://x.fbcdn.net/film.mp4"}},
        {"mime_type": "audio/mpeg", "file_url": "https://x.fbsbx.com/son.mp3"},
        {"mime_type": "application/pdf", "file_url": "https://x.fbsbx.com/dossier.pdf"},
    ]
    sent = message(message="", attachments={"data": data}, sticker="https://x.fbcdn.net/chat.png")

    (found,) = values({"conversations": {"data": [talk(sent)]}})

    assert [(file.kind, file.name) for file in found.files] == [
        ("image", "route.jpg"),
        ("video", "film.mp4"),
        ("audio", "son.mp3"),
        ("file", "dossier.pdf"),
        ("sticker", "chat.png"),
    ]


def test_what_cannot_be_read_is_kept_aside_beside_the_rest():
    broken = comment(id=None)

    kept, found = values({"feed": {"data": [post(broken, comment(41))]}})

    assert isinstance(kept, Unknown)
    assert kept.raw["message"] == broken["message"]
    assert found.external_id == COMMENT


def test_nothing_new_gives_nothing():
    assert values({"feed": {"data": [post()]}}) == []
    assert not any(isinstance(value, Deleted) for value in values({}))


def test_a_dead_token_says_so():
    dead = Answer({"error": {"message": "Non.", "code": 190, "error_subcode": 460}}, 400)

    with pytest.raises(AccountBroken):
        run({"feed": dead})


@pytest.mark.parametrize("answer", [Answer(b"<html>", 502), Answer(drop=True)])
def test_reading_that_fails_may_be_tried_again(answer):
    with pytest.raises(RetryLater):
        run({"feed": answer})


def test_the_channel_reads_through_its_own_settings():
    with StandIn(lambda _: Answer(EMPTY)) as meta:
        assert list(channel(graph_url=meta.url).backfill(page_access(), SINCE)) == []

    assert meta.asked() == [
        f"GET /v25.0/{PAGE}/feed",
        f"GET /v25.0/{PAGE}/visitor_posts",
        f"GET /v25.0/{PAGE}/conversations",
    ]


@pytest.mark.parametrize(
    ("page", "after"),
    [
        ({"data": [1], **cursor("A")}, "A"),
        ({"data": [1], "paging": {"next": "https://x.example/?after=B"}}, "B"),
        ({"data": [1], "paging": {"next": "https://x.example/?until=3"}}, None),
        ({"data": [1], "paging": {"next": "https://[x"}}, None),
        ({"data": [1], "paging": {"cursors": {"after": "A"}}}, None),
        ({"data": [], **cursor("A")}, None),
        ({}, None),
    ],
)
def test_only_a_cursor_leads_to_the_next_page(page, after):
    assert next_cursor(page) == after
