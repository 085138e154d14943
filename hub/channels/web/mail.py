"""Handing one e-mail to the council's mail server, told apart by what may have happened.

The steps of SMTP are made one by one rather than by smtplib.sendmail, because the answer to
"may it be sent again?" depends on the step that failed (RFC 5321, section 4.2.5 and 6.1: from
the end of the data on, the server may have taken the message).
"""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP as WIRE

from hub.channels.base import AccountBroken, OutcomeUnknown, Refused, RetryLater
from hub.channels.web.settings import MailSettings

#: For each step of the dialogue. Together they stay below the lease of a message being sent.
STEP_SECONDS = 8.0
#: For the answer to the data: servers look at the content before they confirm.
DATA_SECONDS = 40.0


def deliver(
    settings: MailSettings,
    email: EmailMessage,
    recipient: str,
    *,
    at_last: Callable[[], None] = lambda: None,
) -> None:
    """Have the server take the message for one recipient. `at_last` is called when all is ready and
    the message is about to be handed over: before that nothing was taken, whatever happens.

    Raises RetryLater when nothing was taken and may be taken later, Refused when this message
    never will, AccountBroken when no message will until a setting is mended, and OutcomeUnknown
    when the server fell silent after the data.
    """
    wire = email.as_bytes(policy=WIRE)
    with connected(settings) as server:
        _offer(server, settings.sender.addr_spec, recipient)
        at_last()
        _hand_over(server, wire)


@contextmanager
def connected(settings: MailSettings) -> Iterator[smtplib.SMTP]:
    """A connection that has said hello, is encrypted as the settings ask, and signed in. It is
    closed politely when all went well, and a server that is gone by then is no matter.

    Raises RetryLater or AccountBroken: nothing was sent.
    """
    try:
        server = _open(settings)
    except (OSError, smtplib.SMTPException) as error:
        raise RetryLater("mail-unreachable", _what(error)) from error
    try:
        _prepare(server, settings)
        yield server
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
    finally:
        server.close()


def _open(settings: MailSettings) -> smtplib.SMTP:
    hello = settings.sender.domain
    if settings.security == "tls":
        return smtplib.SMTP_SSL(
            settings.host,
            settings.port,
            local_hostname=hello,
            timeout=STEP_SECONDS,
            context=ssl.create_default_context(),
        )
    return smtplib.SMTP(settings.host, settings.port, local_hostname=hello, timeout=STEP_SECONDS)


def _prepare(server: smtplib.SMTP, settings: MailSettings) -> None:
    try:
        server.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        if settings.username:
            server.login(settings.username, settings.password)
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code >= 500:
            raise AccountBroken("mail-credentials", _what(error)) from error
        raise RetryLater("mail-later", _what(error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise RetryLater("mail-unreachable", _what(error)) from error


def _offer(server: smtplib.SMTP, sender: str, recipient: str) -> None:
    """Name the two ends of the envelope. Nothing is taken yet."""
    try:
        code, words = server.mail(sender)
        if code >= 400:
            raise _refusal(code, words, AccountBroken("mail-sender", _said(code, words)))
        code, words = server.rcpt(recipient)
        if code >= 400:
            raise _refusal(code, words, Refused("mail-refused", _said(code, words)))
    except (OSError, smtplib.SMTPException) as error:
        raise RetryLater("mail-unreachable", _what(error)) from error


def _hand_over(server: smtplib.SMTP, wire: bytes) -> None:
    assert server.sock is not None
    server.sock.settimeout(DATA_SECONDS)
    try:
        code, words = server.data(wire)
    except smtplib.SMTPDataError as error:  # the server did not want to hear the data at all
        said = _said(error.smtp_code, error.smtp_error)
        raise _refusal(error.smtp_code, said, Refused("mail-refused", said)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise OutcomeUnknown("mail-unknown", _what(error)) from error
    if code >= 400:
        raise _refusal(code, words, Refused("mail-refused", _said(code, words)))
    server.sock.settimeout(STEP_SECONDS)


def _refusal(
    code: int, words: bytes | str, final: Refused | AccountBroken
) -> RetryLater | Refused | AccountBroken:
    """4xx means later, 5xx means no (RFC 5321, section 4.2.1)."""
    return RetryLater("mail-later", _said(code, words)) if code < 500 else final


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return text if text.startswith(str(code)) else f"{code} {text}"


def _what(error: Exception) -> str:
    """The kind of failure, and the server's words where it said any; never the credentials."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}"
