"""A network that the product does not know, added as one folder and one word in CHANNELS, through
the pages, on both databases."""

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import gettext
from flask_migrate import upgrade
from PIL import Image
from sqlalchemy import select

import hub
from hub import create_app
from hub.accounts.models import Role, User
from hub.api.actions import create_token
from hub.channels import registry
from hub.channels.registry import catalogues
from hub.clock import now
from hub.extensions import db
from hub.tickets.models import Attachment, DeliveryStatus, Direction, Message, State, Ticket
from tests.api.conftest import Tool
from tests.builders import create_department, create_rule
from tests.conftest import Client, make_settings

#: As it is; the other tests do without catalogues.
CATALOGUES = hub.CATALOGUES
ZOE, REMI = "zoe", "remi@autre.example"
ASKED = "@region Bonjour, le car scolaire de la ligne 214 n’est pas passé ce matin."


@pytest.fixture(scope="module")
def migrated_app(
    networks: Path, engine_name: str, new_database: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The product with one word more in CHANNELS."""
    folder = tmp_path_factory.mktemp("with-mastodon")
    settings = make_settings(folder, new_database(engine_name), CHANNELS="facebook,web,mastodon")
    app = create_app(settings)
    app.config["TESTING"] = True
    app.test_client_class = Client
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def council(app: Flask, server: Any, stand_in_module: ModuleType) -> None:
    """Departments, a rule, and the account, connected by its command."""
    create_department("accueil")
    create_rule(create_department("transports"), name="Cars", words=["car scolaire"])
    origins = {"MASTODON_FILE_ORIGINS": server.address}
    app.extensions["hub.channels"]["mastodon"] = registry.build(("mastodon",), origins)["mastodon"]
    words = ["channels", "connect", "mastodon", "--server", server.address, "--token-stdin"]
    db.session.rollback()
    done = app.test_cli_runner().invoke(args=words, input=f"{stand_in_module.BEARER}\n")
    assert done.exit_code == 0, done.output


@pytest.fixture
def poll(work: Any) -> Callable[[], None]:
    """Gives a function: let two minutes pass, and the workers work."""
    passed = timedelta()

    def run() -> None:
        nonlocal passed
        passed += timedelta(minutes=2)
        with time_machine.travel(now() + passed):
            work()

    return run


def the_ticket() -> Ticket:
    db.session.expire_all()
    return db.session.scalars(select(Ticket)).one()


def reply(client: FlaskClient, ticket: Ticket, text: str, way: str) -> None:
    """Fill in the composer of the ticket's page and send it."""
    address = f"/tickets/{ticket.reference}"
    assert f'value="{way}"' in client.get(address).text
    sent = client.post(f"{address}/replies", data={"text": text, "way": way})
    assert sent.status_code == 303


def test_a_mention_is_routed_and_shown_in_the_inbox_under_its_channel(
    server: Any, poll: Any, agent: User, signed_in: Any
) -> None:
    server.write(ZOE, ASKED)
    poll()
    ticket = the_ticket()
    assert (ticket.channel, ticket.department.slug) == ("mastodon", "transports")
    assert ticket.visibility == "public"
    client = signed_in(agent)
    rows = client.get("/inbox?channel=mastodon").text
    assert f'id="ticket-{ticket.reference}"' in rows
    assert '<option value="mastodon" selected>Mastodon</option>' in rows
    assert "icons.svg#megaphone" in rows
    assert ticket.reference not in client.get("/inbox?channel=facebook").text


@pytest.mark.parametrize(
    ("visibility", "way"), [("public", "public:reply"), ("direct", "private:direct")]
)
def test_an_answer_from_the_page_stands_under_the_post_and_the_citizen_goes_on_in_the_ticket(
    server: Any, poll: Any, agent: User, signed_in: Any, visibility: str, way: str
) -> None:
    asked = server.write(REMI, ASKED, visibility=visibility)
    poll()
    reply(signed_in(agent), the_ticket(), "Un car part à 8 h.", way)
    poll()
    (answer,) = server.said_to(REMI)
    assert (answer.reply_to, answer.visibility) == (asked.id, visibility)
    assert answer.text == f"@{REMI} Un car part à 8 h.\n\nAgathe Agent, Transports"
    assert the_ticket().state == State.WAITING
    server.write(REMI, "@region Merci !", visibility=visibility, reply_to=answer.id)
    poll()
    assert the_ticket().state == State.OPEN
    texts = list(db.session.scalars(select(Message.text).order_by(Message.id)))
    assert texts == [ASKED.removeprefix("@region "), "Un car part à 8 h.", "Merci !"]


def test_a_private_answer_to_a_public_post_brings_the_citizens_answer_to_the_same_ticket(
    server: Any, poll: Any, agent: User, signed_in: Any
) -> None:
    server.write(ZOE, ASKED)
    poll()
    reply(signed_in(agent), the_ticket(), "Quel est votre arrêt ?", "private:direct")
    poll()
    server.write(ZOE, "@region Saint-Aubin", visibility="direct")
    poll()
    assert the_ticket().state == State.OPEN


def test_a_long_answer_stands_as_a_thread(
    server: Any, poll: Any, agent: User, signed_in: Any
) -> None:
    asked = server.write(ZOE, ASKED)
    poll()
    text = " ".join(f"Voici la phrase numéro {number} de la réponse." for number in range(30))
    reply(signed_in(agent), the_ticket(), text, "public:reply")
    poll()
    answers = server.said_to(ZOE)
    assert len(answers) == 3
    assert [answer.reply_to for answer in answers] == [asked.id, *(a.id for a in answers[:-1])]


def test_a_lost_answer_is_sent_again_by_itself_and_stands_there_once(
    server: Any, poll: Any, agent: User, signed_in: Any
) -> None:
    server.write(ZOE, ASKED)
    poll()
    reply(signed_in(agent), the_ticket(), "Un car part à 8 h.", "public:reply")
    server.spoil("answer_lost", times=2)
    poll()
    poll()
    assert len(server.said_to(ZOE)) == 1
    poll()
    (answer,) = server.said_to(ZOE)
    replies = select(Message).where(Message.direction == Direction.OUT)
    db.session.expire_all()
    message = db.session.scalars(replies).one()
    assert (message.delivery, message.external_id) == (DeliveryStatus.SENT, answer.id)
    assert not message.outside


def test_a_lost_answer_is_found_again_when_the_server_has_forgotten_its_key(
    server: Any, poll: Any, work: Any, agent: User, signed_in: Any
) -> None:
    server.write(ZOE, ASKED)
    poll()
    reply(signed_in(agent), the_ticket(), "Un car part à 8 h.", "public:reply")
    server.spoil("answer_lost")
    work()
    with time_machine.travel(now() + timedelta(hours=3)):
        work()
    (answer,) = server.said_to(ZOE)
    db.session.expire_all()
    (message,) = db.session.scalars(select(Message).where(Message.direction == Direction.OUT))
    assert (message.delivery, message.external_id) == (DeliveryStatus.SENT, answer.id)


def test_a_picture_is_copied_from_the_accounts_server(server: Any, poll: Any) -> None:
    content = io.BytesIO()
    Image.new("RGB", (2, 2)).save(content, "PNG")
    url = server.attach("1.png", content.getvalue(), "image/png")
    media = [{"type": "image", "url": url, "description": "Un abribus sans vitre"}]
    server.write(ZOE, ASKED, media=media)
    poll()
    db.session.rollback()
    picture = db.session.scalars(select(Attachment)).one()
    assert (picture.state, picture.name) == ("stored", "Un abribus sans vitre")


def test_an_answer_given_on_mastodon_itself_stops_the_clock(server: Any, poll: Any) -> None:
    asked = server.write(ZOE, ASKED)
    server.write("region", "@zoe À 8 h.", reply_to=asked.id)
    poll()
    assert the_ticket().waiting_since is None


def test_what_a_citizen_deletes_is_gone_here_too(server: Any, work: Any, poll: Any) -> None:
    asked = server.write(ZOE, ASKED)
    poll()
    server.delete(asked.id)
    with time_machine.travel(now() + timedelta(days=1)):
        work()
    db.session.expire_all()
    assert db.session.scalars(select(Message.text)).one() == ""


def test_reports_the_api_and_the_settings_know_the_channel(
    server: Any, poll: Any, client: FlaskClient, admin: User, signed_in: Any
) -> None:
    server.write(ZOE, ASKED)
    poll()
    page = signed_in(admin)
    assert '<th scope="row">Mastodon</th>' in page.get("/reports").text
    settings = page.get("/settings/channels").text
    assert "Région Montvallée" in settings
    assert f"@{server.address.partition('//')[2]}</code>" in settings
    tool = Tool(client, create_token("tool", Role.SUPERVISOR))
    (ticket,) = tool.get("/tickets", channel="mastodon").json["tickets"]
    assert (ticket["channel"], ticket["contact"]["handle"]) == ("mastodon", "@zoe")
    today = now().date().isoformat()
    report = {"from": today, "to": (now() + timedelta(days=1)).date().isoformat()}
    rows = tool.get("/reports/response-times", by="channel", **report).json["rows"]
    assert [(row["key"], row["name"]) for row in rows] == [("mastodon", "Mastodon")]


def test_a_check_of_the_account_is_told_in_words(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["channels", "check"])
    assert (done.exit_code, "All is well." in done.output) == (0, True)


def test_the_channels_french_is_found_beside_the_hubs_and_gives_way_to_it(
    app: Flask, networks: Path
) -> None:
    babel = app.extensions["babel"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub, "CATALOGUES", CATALOGUES)
        patch.setattr(registry, "catalogues", catalogues)
        folders = hub._catalogues(("facebook", "mastodon")).split(";")
        patch.setattr(babel, "translation_directories", folders)
        patch.setattr(babel.instance.domain_instance, "cache", {})
        with app.test_request_context():
            said = registry.sentence("mastodon", "gone")
            word = gettext("Account")
    assert folders == [str(networks / "mastodon" / "translations"), str(CATALOGUES)]
    assert said.startswith("Le message n’existe plus sur Mastodon")
    assert word == "Compte"
