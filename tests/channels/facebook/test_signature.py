import pytest

from hub.channels.base import BadHandshake, BadSignature, NotOurs
from hub.channels.facebook.signature import app_secret_proof
from tests.channels.facebook.builders import channel
from tests.channels.facebook.wire import PROOF, SECRET, TOKEN, VERIFY_TOKEN, signed

BODY = (
    rb'{"object":"page","entry":[{"id":"104000000000001","time":1794300000,"changes":[{"field":'
    rb'"feed","value":{"item":"comment","verb":"add","message":"Merci \u00e0 la r\u00e9gion '
    rb'\ud83d\ude8c https:\/\/ex.fr\/a"}}]}]}'
)
SIGNATURE = "sha256=e3d1d5eedd36925cdc827c997047c446e069aeea502bb3e61c2b61da3b41c395"
QUERY = {
    "hub.mode": "subscribe",
    "hub.verify_token": VERIFY_TOKEN,
    "hub.challenge": "1158201444",
}


def test_the_known_body_has_the_known_signature():
    assert len(BODY) == 211
    channel().verify({"X-Hub-Signature-256": SIGNATURE}, BODY)


def test_the_name_of_the_header_may_be_written_in_any_case():
    channel().verify({"x-hub-signature-256": SIGNATURE}, BODY)


def test_the_known_token_has_the_known_proof():
    assert app_secret_proof(SECRET, TOKEN) == PROOF


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": SIGNATURE.removeprefix("sha256=")},
        {"X-Hub-Signature-256": SIGNATURE[:-1] + "4"},
        {"X-Hub-Signature-256": SIGNATURE + "0"},
        {"X-Hub-Signature-256": SIGNATURE.upper()},
        {"X-Hub-Signature-256": "sha256=é\udce9"},
        {"X-Hub-Signature": "sha1=0123456789012345678901234567890123456789"},
    ],
)
def test_any_other_signature_is_refused(headers):
    with pytest.raises(BadSignature):
        channel().verify(headers, BODY)


def test_the_same_json_in_other_bytes_is_refused():
    rewritten = BODY.replace(rb"\/", b"/")

    with pytest.raises(BadSignature):
        channel().verify({"X-Hub-Signature-256": SIGNATURE}, rewritten)


def test_while_secrets_change_both_are_accepted_and_no_third():
    both = channel(app_secrets=("new", "old"))

    both.verify(signed(BODY, "new"), BODY)
    both.verify(signed(BODY, "old"), BODY)
    with pytest.raises(BadSignature):
        both.verify(signed(BODY, "older"), BODY)


def test_without_a_secret_every_delivery_is_refused():
    with pytest.raises(BadSignature):
        channel(app_secrets=()).verify(signed(BODY, ""), BODY)


def test_the_challenge_comes_back_as_plain_text():
    assert channel().handshake(QUERY) == ("1158201444", "text/plain")


def test_the_challenge_is_text_to_us():
    given = QUERY | {"hub.challenge": "<b>lettres</b>"}

    assert channel().handshake(given) == ("<b>lettres</b>", "text/plain")


@pytest.mark.parametrize(
    "changes",
    [
        {"hub.mode": "unsubscribe"},
        {"hub.verify_token": "autre"},
        {"hub.verify_token": ""},
        {"hub.challenge": ""},
    ],
)
def test_any_other_handshake_is_refused(changes):
    with pytest.raises(BadHandshake):
        channel().handshake(QUERY | changes)


def test_an_empty_query_is_refused():
    with pytest.raises(BadHandshake):
        channel().handshake({})


@pytest.mark.parametrize("missing", [{"verify_token": ""}, {"app_secrets": ()}])
def test_without_token_or_secret_every_handshake_is_refused(missing):
    with pytest.raises(BadHandshake):
        channel(**missing).handshake(QUERY | {"hub.verify_token": missing.get("verify_token", "")})
    with pytest.raises(BadHandshake):
        channel(**missing).handshake(QUERY)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"hub",
        b"[]",
        b"{}",
        b'{"object":"instagram","entry":[{}]}',
        b'{"object":"page"}',
        b'{"object":"page","entry":{}}',
        b'{"object":"page","entry":[]}',
        b'{"object":"page","entry":[NaN]}',
        b'{"object":"page","entry":[' + b"9" * 5000 + b"]}",
        b"[" * 100_000,
    ],
)
def test_a_body_no_retry_could_make_sense_of_is_not_ours(body):
    with pytest.raises(NotOurs, match=r"^The .+\.$"):
        channel().check_envelope(body)


@pytest.mark.parametrize("body", [BODY, b'{"object":"page","entry":[{"new":1}]}'])
def test_whatever_is_about_a_page_is_ours(body):
    channel().check_envelope(body)
