"""Files of replies: what a way takes, and how they reach its platform."""

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from hub import files
from hub.channels.base import FileRule
from hub.extensions import db
from hub.outbox import actions as outbox
from hub.outbox import attaching
from hub.outbox.attaching import ReplyFile
from hub.outbox.refusals import EmptyReply, WrongFiles
from hub.tickets.models import Attachment, Message, Ticket
from tests.chirp import FILES, create_chirp_ticket

FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(2000)


def png(width: int = 60) -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (width, 40), "teal").save(drawn, "PNG")
    return drawn.getvalue()


def upload(content: bytes, name: str = "gare.png") -> FileStorage:
    return FileStorage(BytesIO(content), filename=name)


def held(content: bytes | None = None, **values: object) -> ReplyFile:
    key, size = files.hold(BytesIO(png() if content is None else content))
    said = {"name": "gare.png", "media_type": "image/png", "alt_text": "La gare.", **values}
    return ReplyFile(key=key, size=size, **said)


def film(**values: object) -> ReplyFile:
    return held(FILM, **{"name": "film.mp4", "media_type": "video/mp4", "alt_text": "", **values})


@pytest.fixture
def ticket(chirp) -> Ticket:
    return create_chirp_ticket()


def reply(ticket: Ticket, *given: ReplyFile, text: str = "Bonjour.", visibility: str = "public"):
    return outbox.reply(ticket, text, visibility=visibility, by=None, files=given)


def refusal(ticket: Ticket, *given: ReplyFile, **values: str) -> str:
    with pytest.raises(WrongFiles) as refused:
        reply(ticket, *given, **values)
    assert db.session.scalars(select(Message).where(Message.direction == "out")).all() == []
    assert db.session.scalars(select(Attachment)).all() == []
    return " ".join(refused.value.reasons)


# --- On the way out -----------------------------------------------------------------------------


def test_files_reach_the_platform_with_their_words_and_their_bytes(chirp, ticket, work):
    first, second = png(60), png(61)
    reply(ticket, held(first), held(second, name="quai.png", alt_text="Le quai."))
    work()
    (sent,) = chirp.sent
    assert [(file.name, file.alt_text) for file in sent.files] == [
        ("gare.png", "La gare."),
        ("quai.png", "Le quai."),
    ]
    assert [file.read() for file in sent.files] == [first, second]
    assert [(file.media_type, file.size) for file in sent.files] == [
        ("image/png", len(first)),
        ("image/png", len(second)),
    ]


def test_files_go_with_the_first_part_alone(chirp, ticket, work):
    reply(ticket, held(), text="Bonjour, le car de sept heures ne passera pas demain matin.")
    work()
    assert [len(message.files) for message in chirp.sent] == [1, 0]


def test_a_picture_may_be_all_there_is_to_say(chirp, ticket, work):
    reply(ticket, held(), text=" ")
    work()
    assert [(message.text, len(message.files)) for message in chirp.sent] == [("", 1)]
    with pytest.raises(EmptyReply):
        reply(ticket, text=" ")


def test_a_file_is_kept_with_its_message(ticket):
    message = reply(ticket, held(), text="Voici.")
    (attachment,) = message.attachments
    assert (attachment.kind, attachment.state) == ("image", "stored")
    assert files.path(attachment.storage_key).read_bytes() == png()
    assert attachment.storage_key in set(files.keys())


def test_the_same_file_may_go_with_two_answers(ticket):
    one = held()
    assert reply(ticket, one).id != reply(ticket, one).id
    assert files.path(one.key).exists()


# --- What a way takes -----------------------------------------------------------------------------


def test_a_way_without_files_takes_none(ticket):
    assert "No file can go with this answer" in refusal(ticket, held(), visibility="private")


def test_no_more_files_than_the_way_takes(ticket):
    pictures = [held(png(60 + number)) for number in range(3)]
    assert refusal(ticket, *pictures) == ("At most 2 files can go with this answer. Take some out.")


def test_what_goes_alone_goes_alone(ticket):
    assert refusal(ticket, film(), held()) == "“film.mp4” goes alone. Take the other files out."
    assert reply(ticket, film()).attachments[0].kind == "video"


def test_a_kind_the_platform_does_not_take_is_named_with_those_it_does(ticket):
    said = refusal(ticket, held(b"%PDF-1.7", name="lettre.pdf", media_type="application/pdf"))
    assert said == "“lettre.pdf” is not of a kind that can go with this answer: JPG, MP4, PNG."


def test_a_file_larger_than_its_kind_may_be_is_refused_with_the_limit(ticket):
    said = refusal(ticket, held(png() + bytes(20_000)))
    assert said == "“gare.png” is larger than 20 kB. Choose a smaller file."


def test_a_picture_without_its_text_alternative_is_refused(ticket):
    bare = held(alt_text="")
    with pytest.raises(WrongFiles) as refused:
        reply(ticket, bare)
    assert refused.value.undescribed == {bare.key}
    assert "“gare.png” shows" in refused.value.reasons[0]


def test_where_nobody_asks_for_a_text_alternative_none_is_needed():
    rule = FileRule(most=1, most_bytes={"image/png": 10_000})
    attaching.check([ReplyFile(key="0" * 64, name="a.png", media_type="image/png", size=1)], rule)


def test_a_text_alternative_has_an_end(ticket):
    assert "at most 1000 characters" in refusal(ticket, held(alt_text="x" * 1001))


def test_a_file_that_was_held_for_too_long_is_asked_for_again(ticket):
    gone = ReplyFile(
        key="0" * 64, name="gare.png", media_type="image/png", size=1, alt_text="La gare."
    )
    assert refusal(ticket, gone) == "“gare.png” is no longer here. Choose it again."


# --- Uploads --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "empty.png", "is empty"),
        (b"MZ\x90\x00 a program", "gare.png", "is not of a kind"),
        (b"<svg onload='alert(1)'/>", "gare.png", "is not of a kind"),
        (png()[:60], "gare.png", "is a damaged picture"),
        (png() + bytes(20_000), "gare.png", "is larger than 20 kB"),
    ],
)
def test_an_upload_is_refused_for_what_it_is(app, content, name, reason):
    assert f"“{name}” {reason}" in attaching.problem(upload(content, name), FILES)


@pytest.mark.parametrize(("content", "name"), [(png(), "gare.txt"), (FILM, "film.mp4")])
def test_an_upload_is_taken_for_what_it_is_whatever_its_name(app, content, name):
    assert attaching.problem(upload(content, name), FILES) == ""
    file = attaching.hold(upload(content, name))
    assert (file.name, file.size) == (name, len(content))
    assert file.media_type in FILES.most_bytes
    assert files.held(file.key).read_bytes() == content


def test_the_hub_takes_no_more_than_it_can_be_sent(app):
    rule = FileRule(most=1, most_bytes={"image/png": 512 * 1024 * 1024})
    file = ReplyFile(
        key="0" * 64, name="a.png", media_type="image/png", size=attaching.MOST_BYTES + 1
    )
    with pytest.raises(WrongFiles, match="larger than 31 MB"):
        attaching.check([file], rule)
