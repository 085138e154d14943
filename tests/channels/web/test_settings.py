import pytest

from config import ConfigurationError
from hub.channels.web.settings import MailSettings


def settings(url: str, sender: str = "contact@region.example") -> MailSettings:
    return MailSettings.from_environ({"MAIL_URL": url, "MAIL_FROM": sender})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", ("mail.example", 25, "none", "", "")),
        ("smtp://mail.example:1025", ("mail.example", 1025, "none", "", "")),
        ("smtps://mail.example", ("mail.example", 465, "tls", "", "")),
        ("smtp+tls://mail.example", ("mail.example", 587, "starttls", "", "")),
        ("smtp://mail.example?starttls", ("mail.example", 587, "starttls", "", "")),
        ("smtp://mail.example:25?starttls=on", ("mail.example", 25, "starttls", "", "")),
        (
            "smtps://hub%40region.example:p%40ss%3Aword@mail.example:4650",
            ("mail.example", 4650, "tls", "hub@region.example", "p@ss:word"),
        ),
        ("smtp://[::1]:1025", ("::1", 1025, "none", "", "")),
    ],
)
def test_the_address_of_the_mail_server_says_all(url: str, expected: tuple[object, ...]) -> None:
    found = settings(url)
    assert (found.host, found.port, found.security, found.username, found.password) == expected


@pytest.mark.parametrize(
    "url",
    [
        "mail.example:25",
        "https://mail.example",
        "smtp://",
        "smtp://mail.example:port",
        "smtp://mail.example?tls",
        "smtps://mail.example?starttls",
        "smtp://mail.example?starttls=perhaps",
    ],
)
def test_an_unusable_address_stops_the_start_and_names_the_setting(url: str) -> None:
    with pytest.raises(ConfigurationError, match="MAIL_URL"):
        settings(url)


@pytest.mark.parametrize(
    "sender", ["", "nobody", "@region.example", "a@b@c", "x@y.example\r\nBcc: all@z.example"]
)
def test_a_mail_server_needs_a_sender_that_can_stand_in_a_header(sender: str) -> None:
    with pytest.raises(ConfigurationError, match="MAIL_FROM"):
        settings("smtp://mail.example", sender)


def test_the_sender_may_have_a_name() -> None:
    sender = settings("smtp://mail.example", "Région Exemple <contact@region.example>").sender
    assert (sender.display_name, sender.addr_spec) == ("Région Exemple", "contact@region.example")


def test_without_a_mail_server_nothing_is_asked() -> None:
    assert not MailSettings.from_environ({}).is_on


def test_the_password_never_shows() -> None:
    assert "s3cret" not in repr(settings("smtps://hub:s3cret@mail.example"))
