import socket

import pytest
import requests

from hub.channels.base import OutcomeUnknown, RetryLater
from hub.channels.http import Http, json_object
from tests.channels.servers import (
    certificate,
    closed_port,
    listening,
    request_of,
    speaking_tls,
)

QUICK = Http(connect_seconds=0.5, read_seconds=0.2)


@pytest.fixture
def seen():
    """The requests that reached a server."""
    return []


def answering(seen, answer):
    def serve(connection):
        seen.append(request_of(connection))
        connection.sendall(answer)

    return serve


@pytest.mark.parametrize("status", [b"200 OK", b"404 Not Found", b"500 Oh", b"302 Found"])
def test_an_answer_of_any_status_is_given_back(seen, status):
    answer = b"HTTP/1.1 %b\r\nLocation: /ailleurs\r\nContent-Length: 2\r\n\r\nok" % status
    with listening(answering(seen, answer)) as port:
        found = QUICK.get(f"http://127.0.0.1:{port}/", params={"q": "été"})
        sent = QUICK.post(f"http://127.0.0.1:{port}/", json={"texte": "été"})

    assert [found.status_code, sent.status_code] == [int(status[:3])] * 2
    assert len(seen) == 2


def test_a_netrc_file_adds_nothing_to_our_headers(seen, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login autre password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    with listening(answering(seen, b"HTTP/1.1 204 No\r\n\r\n")) as port:
        QUICK.post(f"http://127.0.0.1:{port}/", headers={"Authorization": "Bearer le-notre"})

    assert b"Bearer le-notre" in seen[0]


def test_a_refused_connection_was_surely_not_sent():
    with pytest.raises(RetryLater) as caught:
        QUICK.post(f"http://127.0.0.1:{closed_port()}/")
    assert caught.value.code == "unreachable"


def test_a_name_that_is_not_found_was_surely_not_sent(monkeypatch):
    def nobody(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(RetryLater):
        QUICK.post("http://graph.example/")


def test_a_connection_that_takes_too_long_was_surely_not_sent():
    # A listener whose queue is full lets further connections wait.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        with pytest.raises(RetryLater):
            QUICK.post(f"http://127.0.0.1:{port}/")
        for each in waiting:
            each.close()


def test_a_certificate_nobody_trusts_was_surely_not_sent(seen, tmp_path):
    serve = speaking_tls(certificate("localhost", tmp_path), answering(seen, b""))
    with listening(serve) as port, pytest.raises(RetryLater):
        QUICK.post(f"https://localhost:{port}/")
    assert seen == []


def test_a_server_without_tls_was_surely_not_sent():
    def serve(connection):
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n")

    with listening(serve) as port, pytest.raises(RetryLater):
        QUICK.post(f"https://127.0.0.1:{port}/")


def test_an_answer_that_does_not_come_is_unknown_and_asked_once(seen):
    def serve(connection):
        seen.append(request_of(connection))
        connection.recv(1)

    with listening(serve) as port, pytest.raises(OutcomeUnknown) as caught:
        QUICK.post(f"http://127.0.0.1:{port}/", data={"message": "Bonjour"})
    assert caught.value.code == "no_answer"
    assert len(seen) == 1


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok", b"n'importe quoi\r\n\r\n"]
)
def test_an_answer_cut_short_or_senseless_is_unknown(seen, answer):
    with listening(answering(seen, answer)) as port, pytest.raises(OutcomeUnknown):
        QUICK.post(f"http://127.0.0.1:{port}/", data={"message": "Bonjour"})
    assert len(seen) == 1


def test_tls_that_breaks_after_the_request_is_unknown(seen, tmp_path, monkeypatch):
    pem = certificate("localhost", tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))

    def serve(connection):
        seen.append(request_of(connection))
        raw = socket.socket(fileno=connection.detach())
        raw.sendall(b"\x17\x03\x03\x00\x05bruit")
        raw.close()

    with listening(speaking_tls(pem, serve)) as port, pytest.raises(OutcomeUnknown):
        QUICK.post(f"https://localhost:{port}/")
    assert len(seen) == 1


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok"])
def test_reading_may_always_be_tried_again(seen, answer):
    with listening(answering(seen, answer)) as port, pytest.raises(RetryLater):
        QUICK.get(f"http://127.0.0.1:{port}/")


def test_no_error_repeats_the_address(seen):
    with pytest.raises(RetryLater) as caught:
        QUICK.get(f"http://127.0.0.1:{closed_port()}/", params={"access_token": "EAAsecret"})

    assert "EAAsecret" not in str(caught.value)
    assert isinstance(caught.value.__cause__, requests.ConnectionError)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b'{"id": 2120073977656246395, "at": 1.50}', {"id": 2120073977656246395, "at": "1.50"}),
        (b'{"score": NaN}', None),
        (b"[]", None),
        (b"<html>", None),
        (b"", None),
        (b"[" * 100_000, None),
    ],
)
def test_an_answer_is_a_json_object_that_can_be_stored_or_none(content, found):
    response = requests.Response()
    response._content = content
    assert json_object(response) == found
