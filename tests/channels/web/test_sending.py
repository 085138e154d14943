"""What the mail server does, and what the hub may do next."""

import datetime
import ssl
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.channels import web
from hub.channels.base import (
    AccountAccess,
    AccountBroken,
    OutboundMessage,
    OutcomeUnknown,
    Refused,
    RetryLater,
)
from hub.channels.web import mail
from tests.channels.web.server import Server, free_port, listening

FORM = AccountAccess(external_id="contact")
REFERENCE = "2026-000017-K"
URL = "https://hub.region.example/suivi/a-token"


def channel(server: Server, scheme: str = "smtp", credentials: str = "") -> web.Channel:
    return web.create(
        {
            "MAIL_URL": f"{scheme}://{credentials}127.0.0.1:{server.port}",
            "MAIL_FROM": "Région Exemple <contact@region.example>",
        }
    )


def answer(text: str = "Votre dossier est complet.", **context: str) -> OutboundMessage:
    email = context.pop("email", "nolwenn@courriel.example")
    return OutboundMessage(
        marker="a-marker",
        visibility="private",
        text=text,
        target={"email": email} if email else {},
        context={
            "reference": REFERENCE,
            "tracking_url": URL,
            "author_name": "Claire Martin",
            "author_title": "Conseillère, Direction des transports",
            "organisation": "Région Exemple",
            **context,
        },
    )


def sent(message: OutboundMessage) -> EmailMessage:
    """The e-mail that the server was given."""
    with listening(Server()) as server:
        channel(server).send(FORM, message)
    [envelope] = server.taken
    assert isinstance(envelope.content, bytes)
    email = message_from_bytes(envelope.content, policy=default)
    assert isinstance(email, EmailMessage)
    return email


# --- What is said -------------------------------------------------------------------------------


def test_the_citizen_gets_the_answer_signed_by_the_agent_with_the_way_back() -> None:
    text = sent(answer("Votre dossier est complet.\n\nIl passe en commission le 3.")).get_content()
    assert text.splitlines() == [
        "Hello,",
        "",
        "Votre dossier est complet.",
        "",
        "Il passe en commission le 3.",
        "",
        "Claire Martin",
        "Conseillère, Direction des transports",
        "Région Exemple",
        "",
        "-- ",
        f"Reference: {REFERENCE}",
        "To read the whole exchange or write to us again, open your tracking page:",
        URL,
        "This address is private: whoever has it can read your exchange.",
        "Please do not answer this e-mail: write on your tracking page.",
    ]


def test_an_answer_that_greets_is_not_greeted_again() -> None:
    assert sent(answer("Bonjour Madame,\nc'est fait.")).get_content().startswith("Bonjour Madame,")


def test_the_e_mail_is_one_plain_utf_8_text() -> None:
    email = sent(answer("L’été à 5 € — œuvre"))
    assert not email.is_multipart()
    assert email["Content-Type"].params["charset"] == "utf-8"
    assert "L’été à 5 € — œuvre" in email.get_content()


def test_its_id_is_ours_and_the_same_at_each_try() -> None:
    with listening(Server()) as server:
        ids = {channel(server).send(FORM, answer()).external_id for _try in range(2)}
    assert ids == {"<a-marker@region.example>"}
    assert [message_from_bytes(e.content)["Message-ID"] for e in server.taken] == [*ids, *ids]


def test_answers_to_one_ticket_stand_together_in_the_mailbox() -> None:
    assert sent(answer())["References"] == f"<{REFERENCE}@region.example>"


def test_no_answering_machine_answers_to_an_automatic_message() -> None:
    assert sent(answer(automatic="yes"))["Auto-Submitted"] == "auto-generated"
    assert sent(answer())["Auto-Submitted"] is None


def test_a_date_stands_in_the_header() -> None:
    with time_machine.travel("2026-11-10T08:40:00+00:00"):
        assert sent(answer())["Date"] == "Tue, 10 Nov 2026 08:40:00 +0000"


def test_no_text_can_add_a_header() -> None:
    evil = "x\r\nBcc: everybody@region.example\r\n\r\nBuy"
    email = sent(answer(evil, reference=evil, author_name=evil))
    assert email["Bcc"] is None
    assert "Bcc:" in email.get_content()


@pytest.mark.parametrize(
    "address", ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "é@b.example", "a"]
)
def test_an_address_that_cannot_stand_in_a_header_is_refused(address: str) -> None:
    with listening(Server()) as server, pytest.raises(Refused) as refusal:
        channel(server).send(FORM, answer(email=address))
    assert refusal.value.code == "mail-address"
    assert not server.taken


def test_a_domain_with_accents_is_written_as_servers_know_it() -> None:
    with listening(Server()) as server:
        channel(server).send(FORM, answer(email="jean@élysée.example"))
    assert server.taken[0].rcpt_tos == ["jean@xn--lyse-9oad.example"]


# --- Where nothing is to be mailed --------------------------------------------------------------


def test_without_a_mail_server_the_tracking_page_is_enough() -> None:
    assert web.create({}).send(FORM, answer()).external_id == "page:a-marker"


def test_without_an_address_the_tracking_page_is_enough() -> None:
    with listening(Server()) as server:
        channel(server).send(FORM, answer(email=""))
    assert not server.taken


# --- What goes wrong ----------------------------------------------------------------------------


def test_a_server_that_is_away_means_later() -> None:
    with pytest.raises(RetryLater) as trouble:
        channel(Server(port=free_port())).send(FORM, answer())
    assert trouble.value.code == "mail-unreachable"


@pytest.mark.parametrize(
    ("faults", "error", "code"),
    [
        ({"to_recipient": "450 greylisted"}, RetryLater, "mail-later"),
        ({"to_recipient": "550 no such user"}, Refused, "mail-refused"),
        ({"to_sender": "451 not now"}, RetryLater, "mail-later"),
        ({"to_sender": "530 sign in first"}, AccountBroken, "mail-sender"),
        ({"to_data": "452 full"}, RetryLater, "mail-later"),
        ({"to_data": "554 looks like spam"}, Refused, "mail-refused"),
        ({"at_data": "gone"}, OutcomeUnknown, "mail-unknown"),
        ({"at_data": "silent"}, OutcomeUnknown, "mail-unknown"),
    ],
)
def test_each_failure_is_named_by_the_next_step(
    faults: dict[str, str],
    error: type[Exception],
    code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail, "DATA_SECONDS", 0.3)
    with listening(Server(**faults)) as server, pytest.raises(error) as trouble:
        channel(server).send(FORM, answer())
    assert trouble.value.code == code
    assert trouble.value.code in web.create({}).sentences


def test_the_servers_own_words_are_kept() -> None:
    with listening(Server(to_recipient="550 no such user")) as server, pytest.raises(Refused) as no:
        channel(server).send(FORM, answer())
    assert no.value.detail == "550 no such user"


# --- Signing in, and encryption -----------------------------------------------------------------


def test_the_hub_signs_in_with_the_name_and_password_of_the_setting() -> None:
    with listening(Server(), sign_in=True) as server:
        channel(server, credentials="hub%40region.example:p%40ss%3Aword@").send(FORM, answer())
    assert server.signed_in == ["hub@region.example"]
    assert len(server.taken) == 1


def test_a_wrong_password_pauses_the_account_and_shows_nowhere() -> None:
    with listening(Server(), sign_in=True) as server, pytest.raises(AccountBroken) as trouble:
        channel(server, credentials="hub:s3cret@").send(FORM, answer())
    assert trouble.value.code == "mail-credentials"
    assert "s3cret" not in str(trouble.value)


@pytest.fixture
def certificate(tmp_path: Path) -> Callable[[], ssl.SSLContext]:
    """Gives a function: a certificate of this machine's own, whose file is in `tmp_path`."""

    def make() -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
        today = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - datetime.timedelta(days=1))
            .not_valid_after(today + datetime.timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
            )
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        (tmp_path / "certificate.pem").write_bytes(made.public_bytes(pem))
        (tmp_path / "key.pem").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
        return context

    return make


def test_starttls_encrypts_before_anything_is_said(
    certificate: Callable[[], ssl.SSLContext], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with listening(Server(), tls=certificate()) as server:
        channel(server, scheme="smtp+tls").send(FORM, answer())
    assert server.encrypted == [True]


def test_a_certificate_nobody_vouches_for_is_not_spoken_to(
    certificate: Callable[[], ssl.SSLContext],
) -> None:
    with listening(Server(), tls=certificate()) as server, pytest.raises(RetryLater):
        channel(server, scheme="smtp+tls").send(FORM, answer())
    assert not server.taken


def test_starttls_is_never_given_up_for_plain_text() -> None:
    with listening(Server()) as server, pytest.raises(RetryLater):
        channel(server, scheme="smtp+tls").send(FORM, answer())
    assert not server.taken


# --- The check of a supervisor ------------------------------------------------------------------


def test_a_check_greets_the_server_and_finds_nothing_wrong() -> None:
    with listening(Server()) as server:
        health = channel(server).check(FORM)
    assert health.problems == ()
    assert health.facts == {"Mail server": f"127.0.0.1:{server.port}"}


def test_a_check_says_that_the_password_is_wrong() -> None:
    with listening(Server(), sign_in=True) as server:
        health = channel(server, credentials="hub:wrong@").check(FORM)
    assert "MAIL_URL" in health.problems[0]


def test_a_check_of_a_server_that_is_away_means_later() -> None:
    with pytest.raises(RetryLater):
        channel(Server(port=free_port())).check(FORM)


def test_a_hub_without_a_mail_server_is_well() -> None:
    assert web.create({}).check(FORM).problems == ()
