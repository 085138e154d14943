import io
import socket
import time

import pytest

from hub.channels import download as module
from hub.channels.download import FileRetryLater, FileUnavailable, download, is_public
from tests.channels.servers import (
    certificate,
    closed_port,
    listening,
    request_of,
    speaking_tls,
)

PICTURE = b"\x89PNG" + b"x" * 1000


def ok(body=PICTURE, content_type="image/PNG; charset=binary"):
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def answering(answer, seen=None):
    def serve(connection):
        request = request_of(connection)
        if seen is not None:
            seen.append(request)
        connection.sendall(answer)

    return serve


def moved(location):
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def copy(url, **options):
    """Copy from this machine, which stands in the origins unless the test says otherwise; the
    declared type, and the bytes."""
    given = {"hosts": ["fbcdn.net"], "origins": [], "max_bytes": 10_000, "seconds": 5}
    into = io.BytesIO()
    declared = download(url, into=into, **{**given, **options})
    return declared, into.getvalue()


def refusal(url, **options):
    with pytest.raises((FileUnavailable, FileRetryLater)) as caught:
        copy(url, **options)
    return type(caught.value).__name__, caught.value.code


@pytest.fixture
def resolving(monkeypatch):
    """Let names lead where a test says; each look-up is counted."""
    asked = []

    def to(*addresses):
        def getaddrinfo(host, port, *_args, **_options):
            asked.append(host)
            return [
                (
                    socket.AF_INET6 if ":" in address else socket.AF_INET,
                    socket.SOCK_STREAM,
                    6,
                    "",
                    (address, port),
                )
                for address in addresses
            ]

        monkeypatch.setattr(module.socket, "getaddrinfo", getaddrinfo)
        return asked

    return to


def test_a_file_is_copied_with_its_declared_type():
    with listening(answering(ok())) as port:
        origin = f"http://127.0.0.1:{port}"
        assert copy(f"{origin}/a.png?oh=1", origins=[origin]) == ("image/png", PICTURE)


def test_a_file_without_a_type_has_none():
    with listening(answering(b"HTTP/1.1 200 OK\r\n\r\nok")) as port:
        origin = f"http://127.0.0.1:{port}"
        assert copy(f"{origin}/", origins=[origin]) == ("", b"ok")


def test_the_address_is_asked_as_it_was_given():
    seen = []
    with listening(answering(ok(), seen)) as port:
        origin = f"http://localhost:{port}"
        copy(f"{origin}/v/é.png?oh=00_x&oe=69", origins=[f"{origin}/"])

    assert seen[0].startswith(b"GET /v/%C3%A9.png?oh=00_x&oe=69 HTTP/1.1\r\n")
    assert f"\r\nHost: localhost:{port}\r\n".encode() in seen[0]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.png",
        "/reel/1/",
        "file:///etc/passwd",
        "ftp://fbcdn.net/a",
        "http://",
        "http://[::1",
        "http://user:pass@x.fbcdn.net/a",
        "https://fbcdn.net.ailleurs.example/a",
        "https://ailleursfbcdn.net/a",
        "https://x.fbcdn.net:8443/a",
        "https://x.fbcdn.net:22/a",
        "http://127.0.0.1/a",
        "http://169.254.169.254/latest/meta-data",
    ],
)
def test_an_address_that_is_not_the_platforms_is_refused(url, resolving):
    asked = resolving("157.240.1.1")

    assert refusal(url) == ("FileUnavailable", "address_refused")
    assert asked == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
    ],
)
def test_a_platforms_name_that_leads_inside_is_refused(address, resolving):
    resolving(address)

    assert not is_public(address)
    assert refusal("https://x.fbcdn.net/a") == ("FileUnavailable", "address_refused")


def test_one_inside_address_among_public_ones_refuses_all(resolving):
    resolving("157.240.1.1", "127.0.0.1")

    assert refusal("https://x.fbcdn.net/a") == ("FileUnavailable", "address_refused")


@pytest.mark.parametrize(
    "address", ["157.240.1.1", "2a03:2880::1", "::ffff:157.240.1.1", "64:ff9b::9df0:101"]
)
def test_addresses_of_the_open_internet_are_public(address):
    assert is_public(address)


def test_a_name_is_looked_up_once_and_the_checked_address_is_connected(resolving, monkeypatch):
    asked = resolving("157.240.1.1")
    connected = []

    def connect(address, *_args, **_options):
        connected.append(address)
        raise OSError("closed")

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)

    assert refusal("https://X.fbcdn.net/a") == ("FileRetryLater", "unreachable")
    assert asked == ["x.fbcdn.net"]
    assert connected == [("157.240.1.1", 443)]


def test_tls_is_checked_against_the_name_while_connected_to_the_address(tmp_path, monkeypatch):
    pem, named = certificate("localhost", tmp_path), []
    monkeypatch.setattr(module.certifi, "where", lambda: str(pem))
    with listening(speaking_tls(pem, answering(ok()), named)) as port:
        origin = f"https://localhost:{port}"
        declared, _ = copy(f"{origin}/a.png", origins=[origin])

    assert declared == "image/png"
    assert named == ["localhost"]


def test_a_certificate_of_another_name_is_refused(tmp_path, monkeypatch):
    pem = certificate("autre.example", tmp_path)
    monkeypatch.setattr(module.certifi, "where", lambda: str(pem))
    with listening(speaking_tls(pem, answering(ok()))) as port:
        origin = f"https://localhost:{port}"
        assert refusal(f"{origin}/a.png", origins=[origin]) == ("FileRetryLater", "unreachable")


def test_a_redirect_is_followed_to_an_allowed_place():
    with listening(answering(ok())) as end:
        target = f"http://127.0.0.1:{end}"
        with listening(answering(moved(f"{target}/a.png"))) as start:
            origin = f"http://127.0.0.1:{start}"
            assert copy(f"{origin}/", origins=[origin, target])[1] == PICTURE


def test_a_proof_of_who_asks_is_shown_to_the_address_it_is_for_alone():
    first, second = [], []
    with listening(answering(ok(), second)) as end:
        target = f"http://127.0.0.1:{end}"
        with listening(answering(moved(f"{target}/a.png"), first)) as start:
            origin = f"http://127.0.0.1:{start}"

            def proof(address):
                return {"Authorization": "Bearer secret"} if address.startswith(origin) else {}

            copy(f"{origin}/", origins=[origin, target], headers_for=proof)
    assert b"Authorization: Bearer secret" in first[0]
    assert b"secret" not in second[0]


@pytest.mark.parametrize("elsewhere", ["http://127.0.0.1:1/", "http://10.0.0.1/", "file:///etc/x"])
def test_a_redirect_elsewhere_is_refused(elsewhere):
    with listening(answering(moved(elsewhere))) as port:
        origin = f"http://127.0.0.1:{port}"
        assert refusal(origin, origins=[origin]) == ("FileUnavailable", "address_refused")


def test_three_redirects_are_followed_and_a_fourth_is_not():
    def serving(redirects):
        answers = [moved("/encore")] * redirects + [ok()]

        def serve(connection):
            request_of(connection)
            connection.sendall(answers.pop(0))

        return serve

    with listening(serving(3)) as port:
        origin = f"http://127.0.0.1:{port}"
        assert copy(origin, origins=[origin])[1] == PICTURE
    with listening(serving(4)) as port:
        origin = f"http://127.0.0.1:{port}"
        assert refusal(origin, origins=[origin]) == ("FileUnavailable", "too_many_redirects")


@pytest.mark.parametrize(
    "answer", [ok(b"x" * 101), b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 101], ids=["declared", "not"]
)
def test_a_file_larger_than_allowed_is_refused(answer):
    with listening(answering(answer)) as port:
        origin = f"http://127.0.0.1:{port}"
        assert refusal(origin, origins=[origin], max_bytes=100) == (
            "FileUnavailable",
            "too_large",
        )


def test_a_file_of_just_the_size_allowed_is_copied():
    with listening(answering(ok(b"x" * 100))) as port:
        origin = f"http://127.0.0.1:{port}"
        assert len(copy(origin, origins=[origin], max_bytes=100)[1]) == 100


def test_a_trickle_meets_the_deadline():
    def serve(connection):
        request_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.02)

    with listening(serve) as port:
        origin, start = f"http://127.0.0.1:{port}", time.monotonic()
        assert refusal(origin, origins=[origin], seconds=0.3) == ("FileRetryLater", "too_slow")
        assert time.monotonic() - start < 1


def test_silence_meets_the_deadline():
    def serve(connection):
        request_of(connection)
        connection.recv(1)

    with listening(serve) as port:
        origin = f"http://127.0.0.1:{port}"
        assert refusal(origin, origins=[origin], seconds=0.2)[0] == "FileRetryLater"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("404 Not Found", ("FileUnavailable", "gone")),
        ("403 Forbidden", ("FileUnavailable", "gone")),
        ("204 No Content", ("FileUnavailable", "gone")),
        ("302 Found", ("FileUnavailable", "gone")),
        ("429 Too Many", ("FileRetryLater", "busy")),
        ("503 Busy", ("FileRetryLater", "busy")),
    ],
)
def test_a_status_says_whether_to_try_again(status, outcome):
    with listening(answering(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())) as port:
        origin = f"http://127.0.0.1:{port}"
        assert refusal(origin, origins=[origin]) == outcome


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"])
def test_a_connection_that_breaks_is_tried_later(answer):
    with listening(answering(answer)) as port:
        origin = f"http://127.0.0.1:{port}"
        assert refusal(origin, origins=[origin]) == ("FileRetryLater", "unreachable")


def test_nobody_at_the_address_is_tried_later():
    origin = f"http://127.0.0.1:{closed_port()}"

    assert refusal(origin, origins=[origin]) == ("FileRetryLater", "unreachable")


def test_an_unknown_name_is_tried_later(monkeypatch):
    def nobody(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(module.socket, "getaddrinfo", nobody)

    assert refusal("https://x.fbcdn.net/a") == ("FileRetryLater", "unreachable")


def test_the_second_address_is_tried_when_the_first_is_silent(resolving):
    with listening(answering(ok())) as port:
        resolving("127.0.0.2", "127.0.0.1")
        origin = f"http://fichiers.example:{port}"
        assert copy(origin, origins=[origin])[1] == PICTURE


def test_compressed_files_are_not_asked_for_and_not_unpacked():
    seen, packed = [], b"\x1f\x8b" + b"x" * 50
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 52\r\n\r\n"
    with listening(answering(head + packed, seen)) as port:
        origin = f"http://127.0.0.1:{port}"
        assert copy(origin, origins=[origin])[1] == packed
    assert b"Accept-Encoding: identity" in seen[0]
